"""A shop's project as plain data, and single edits of it over every kind of resource and every field that it has."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    Tree = dict[str, Any]
    Edit = Callable[[Tree], None]

OPTIONAL_TEXT = {"type": "string", "categorical": True, "nullable": True}
NUMBER = {"type": "float", "nullable": True}
UNSEEN = 'EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("*")'
CHEAP = "INCLUDE ItemID WHERE Items.PRICE < 5"

SHARE = {"name": "popularity_discount_factor", "minValue": 0, "maxValue": 1}
RANGES = {
    "integerHyperParameterRanges": [{"name": "min_cointeraction_count", "minValue": 0, "maxValue": 4}],
    "continuousHyperParameterRanges": [SHARE],
}

BASE: Tree = {
    "project": "shop",
    "datasets": {
        "interactions": {
            "schema": {
                "USER_ID": "string", "ITEM_ID": "string", "TIMESTAMP": "long", "EVENT_TYPE": "string",
                "EVENT_VALUE": NUMBER,
            },
            "path": "interactions.csv",
        },
        "items": {"schema": {"ITEM_ID": "string", "GENRE": OPTIONAL_TEXT, "PRICE": NUMBER}, "path": "items.csv"},
    },
    "eventTracker": {"name": "events"},
    "filters": {"unseen": UNSEEN, "cheap": CHEAP},
    "solutions": {
        "popular": {"recipe": "aws-popularity-count"},
        "similar": {"recipe": "aws-sims", "hyperparameters": {"popularity_discount_factor": "0.5"}},
        "personal": {"recipe": "aws-user-personalization", "eventType": "view"},
        "modern": {
            "recipe": "aws-user-personalization-v2",
            "eventsConfig": {"eventParametersList": [{"eventType": "buy", "weight": 0.5}]},
        },
    },
    "campaigns": {
        "popular": {"solution": "popular"},
        "similar": {"solution": "similar", "minProvisionedTPS": 2},
        "personal": {"solution": "personal", "itemExplorationConfig": {"explorationWeight": "0.3"}},
    },
    "metricAttribution": {
        "name": "sales",
        "metrics": {"sold": {"eventType": "buy", "expression": "SAMPLECOUNT()"}},
    },
    "tags": {"team": "shop"},
}  # fmt: skip
SHOP: Tree = {
    "project": "store",
    "datasetGroup": {"domain": "ECOMMERCE"},
    "datasets": {
        "interactions": {
            "schema": {"USER_ID": "string", "ITEM_ID": "string", "TIMESTAMP": "long", "EVENT_TYPE": "string"},
            "path": "interactions.csv",
        },
        "items": {
            "schema": {
                "ITEM_ID": "string", "PRICE": "float", "CATEGORY_L1": {"type": "string", "categorical": True},
            },
            "path": "items.csv",
        },
    },
    "recommenders": {
        "best": {"recipe": "aws-ecomm-popular-items-by-views"},
        "home": {"recipe": "aws-ecomm-recommended-for-you"},
    },
}  # fmt: skip


def put(value: Any, *path: str) -> Edit:
    """Set what stands at the path."""

    def edit(tree: Tree) -> None:
        for key in path[:-1]:
            tree = tree.setdefault(key, {})
        tree[path[-1]] = copy.deepcopy(value)

    return edit


def drop(*path: str) -> Edit:
    """Take away what stands at the path, if anything."""

    def edit(tree: Tree) -> None:
        for key in path[:-1]:
            tree = tree.get(key, {})
        tree.pop(path[-1], None)

    return edit


def both(*edits: Edit) -> Edit:
    def edit(tree: Tree) -> None:
        for one in edits:
            one(tree)

    return edit


_TRIED = ("solutions", "searching", "hpoConfig")
_CONSENT = put(True, "consent", "removeUndeclared")

EDITS: dict[str, Edit] = {
    "nothing": lambda _tree: None,
    # what only constructs or other machines look at
    "a schedule": put("cron(0 3 ? * SUN *)", "schedules", "full"),
    "a gate": put({"metric": "precision_at_10", "maximumDrop": 0.2}, "release"),
    "an e-mail address": put(["a@example.com"], "notifications", "email"),
    # dataset group
    "a key": put(True, "datasetGroup", "customerManagedKey"),
    # schemas and datasets
    "a column of items": put(OPTIONAL_TEXT, "datasets", "items", "schema", "COLOUR"),
    "no such column": drop("datasets", "items", "schema", "COLOUR"),
    "a column that must be there": put("string", "datasets", "items", "schema", "MAKER"),
    "another type of a column": put({"type": "int", "nullable": True}, "datasets", "items", "schema", "PRICE"),
    "a column of interactions": put(OPTIONAL_TEXT, "datasets", "interactions", "schema", "DEVICE"),
    "users": put(
        {"schema": {"USER_ID": "string", "COUNTRY": OPTIONAL_TEXT}, "path": "users.csv"}, "datasets", "users"
    ),
    "a column of users": put(NUMBER, "datasets", "users", "schema", "AGE"),
    "no users": drop("datasets", "users"),
    # event tracker
    "no tracker": drop("eventTracker"),
    "a tracker": put({"name": "events"}, "eventTracker"),
    "a tracker by another name": put("clicks", "eventTracker", "name"),
    # filters
    "an expression": put(UNSEEN.replace("*", "buy"), "filters", "unseen"),
    "a filter": put('INCLUDE ItemID WHERE Items.GENRE IN ("drama")', "filters", "drama"),
    "no filter": drop("filters", "cheap"),
    "a filter by another name": both(drop("filters", "unseen"), put(UNSEEN, "filters", "new")),
    # solutions, create-only
    "a recipe": put({"recipe": "aws-similar-items"}, "solutions", "similar"),
    "performHPO": put(True, "solutions", "similar", "performHPO"),
    "an event type": put("buy", "solutions", "personal", "eventType"),
    "a threshold": put("0.5", "solutions", "personal", "eventValueThreshold"),
    "a hyperparameter": put("0.9", "solutions", "similar", "hyperparameters", "popularity_discount_factor"),
    "no hyperparameter": drop("solutions", "similar", "hyperparameters"),
    "a feature transformation": put(
        "0.1", "solutions", "similar", "featureTransformationParameters", "min_item_interaction_count_percentile"
    ),
    "excluded columns": put({"items": ["PRICE"]}, "solutions", "personal", "excludedDatasetColumns"),
    "included columns": put({"items": ["GENRE"]}, "solutions", "modern", "includedDatasetColumns"),
    "an objective": put(
        {"itemAttribute": "PRICE", "objectiveSensitivity": "LOW"}, "solutions", "personal", "optimizationObjective"
    ),
    "a recipe with consent": put({"recipe": "aws-similar-items", "replace": True}, "solutions", "similar"),
    # solutions, in place
    "weights of events": put(
        {"eventParametersList": [{"eventType": "buy", "weight": 0.75}]}, "solutions", "modern", "eventsConfig"
    ),
    "no schedules": drop("schedules"),
    "automatic training": put(True, "solutions", "modern", "performAutoTraining"),
    "its rhythm": put(
        {"schedulingExpression": "rate(3 days)"}, "solutions", "modern", "autoTrainingConfig"
    ),
    "no automatic training": both(
        drop("solutions", "modern", "autoTrainingConfig"),
        put(False, "solutions", "modern", "performAutoTraining"),
    ),
    "a solution": put({"recipe": "aws-personalized-ranking"}, "solutions", "ranking"),
    "no solution": drop("solutions", "ranking"),
    "a search": put(
        {
            "recipe": "aws-sims",
            "performHPO": True,
            "hpoConfig": {"hpoResourceConfig": {"maxNumberOfTrainingJobs": 3}, "algorithmHyperParameterRanges": RANGES},
        },
        "solutions", "searching",
    ),
    "what it may try": put(
        [SHARE | {"maxValue": 0.5}], *_TRIED, "algorithmHyperParameterRanges", "continuousHyperParameterRanges"
    ),
    "how often it may try": put(4, *_TRIED, "hpoResourceConfig", "maxNumberOfTrainingJobs"),
    "no search": drop("solutions", "searching"),
    "no solution, with consent": both(drop("campaigns", "popular"), drop("solutions", "popular"), _CONSENT),
    # campaigns
    "capacity": put(4, "campaigns", "similar", "minProvisionedTPS"),
    "scaling": put({"maximum": 9, "traffic": {}}, "campaigns", "similar", "scaling"),
    "capacity under scaling": put(5, "campaigns", "similar", "minProvisionedTPS"),
    "exploration": put({"explorationWeight": "0.4"}, "campaigns", "personal", "itemExplorationConfig"),
    "metadata": put(True, "campaigns", "personal", "enableMetadataWithRecommendations"),
    "no metadata": put(False, "campaigns", "personal", "enableMetadataWithRecommendations"),
    "a campaign": put({"solution": "modern"}, "campaigns", "modern"),
    "no campaign": drop("campaigns", "personal"),
    # metric attribution
    "a metric": put(
        {"eventType": "view", "expression": "SAMPLECOUNT()"}, "metricAttribution", "metrics", "seen"
    ),
    "what a metric counts": put(
        {"eventType": "buy", "expression": "SUM(Items.PRICE)"}, "metricAttribution", "metrics", "sold"
    ),
    "no metric": drop("metricAttribution", "metrics", "seen"),
    "what it counts anew": put(
        {"income": {"eventType": "buy", "expression": "SUM(Items.PRICE)"}}, "metricAttribution", "metrics"
    ),
    "an attribution by another name": put("income", "metricAttribution", "name"),
    "no attribution": drop("metricAttribution"),
    # tags and consent
    "a tag": put("7", "tags", "cost"),
    "another value": put("store", "tags", "team"),
    "a tag away": put(None, "tags", "cost"),
    "no tags": drop("tags"),
    "consent": _CONSENT,
}  # fmt: skip
"""Of BASE."""

SHOP_EDITS: dict[str, Edit] = {
    "nothing": lambda _tree: None,
    "capacity": put(2, "recommenders", "best", "minRecommendationRequestsPerSecond"),
    "metadata": put(True, "recommenders", "home", "enableMetadataWithRecommendations"),
    "exploration": put({"explorationWeight": "0.4"}, "recommenders", "home", "itemExplorationConfig"),
    "a use case": put("aws-ecomm-popular-items-by-purchases", "recommenders", "best", "recipe"),
    "scaling": put({"maximum": 9, "traffic": {}}, "recommenders", "home", "scaling"),
    "capacity under scaling": put(3, "recommenders", "home", "minRecommendationRequestsPerSecond"),
    "a use case with consent": put(
        {"recipe": "aws-ecomm-popular-items-by-purchases", "replace": True}, "recommenders", "best"
    ),
    "a recommender": put({"recipe": "aws-ecomm-frequently-bought-together"}, "recommenders", "together"),
    "no recommender": drop("recommenders", "together"),
    "no recommender, with consent": both(drop("recommenders", "best"), _CONSENT),
    "a column of items": put(NUMBER, "datasets", "items", "schema", "WEIGHT"),
}
"""Of SHOP."""


def edited(tree: Tree, edit: Edit) -> Tree:
    """A copy with the edit."""
    copied = copy.deepcopy(tree)
    edit(copied)
    return copied
