"""Settings of one endpoint that do not go together, or not with what it asks."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tastemaker.model.endpoints import ItemsEndpoint, PersonalEndpoint, RankingEndpoint
from tastemaker.model.rules.base import Declaration, Rule, Violation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tastemaker.model.endpoints import Endpoint

MAX_RESULTS_WITH_METADATA = 50


def _check_owner(declaration: Declaration) -> Iterator[Violation]:
    for route, endpoint in declaration.project.endpoints.asking():
        if (endpoint.campaign is None) == (endpoint.recommender is None):
            hint = "Write `campaign` for a solution of yours, `recommender` for a domain dataset group."
            yield Violation(("endpoints", route), "a route asks either a `campaign` or a `recommender`", hint)
        if isinstance(endpoint, ItemsEndpoint) and endpoint.fallback is not None:
            fallback = endpoint.fallback
            if fallback.campaign is None and fallback.items is None:
                hint = "Give a `campaign` of popular items, a list of `items`, or both."
                yield Violation(("endpoints", route, "fallback"), "the fallback has nothing to answer with", hint)


def _check_promotion(declaration: Declaration) -> Iterator[Violation]:
    recipes = {name: recipe for name, _, recipe in declaration.campaigns()}
    for route, endpoint in declaration.project.endpoints.asking():
        if not isinstance(endpoint, ItemsEndpoint) or endpoint.promotion is None:
            continue
        path = ("endpoints", route, "promotion")
        recipe = recipes.get(endpoint.campaign or "")
        if recipe is not None and not recipe.promotions:
            yield Violation(path, f"recipe {recipe.name} has no promotions", "Leave `promotion` out.")
        expression = declaration.project.filters.get(endpoint.promotion.filter, "")
        if "$" in expression:
            message = f"filter `{endpoint.promotion.filter}` has a placeholder, and nobody gives a promotion its value"
            yield Violation((*path, "filter"), message, "Write a filter with fixed values for it.")


def _check_context(declaration: Declaration) -> Iterator[Violation]:
    interactions = declaration.project.datasets.interactions
    for route, endpoint in declaration.project.endpoints.asking():
        if not isinstance(endpoint, (PersonalEndpoint, RankingEndpoint)) or interactions is None:
            continue
        for column in endpoint.context:
            if column not in interactions.schema_fields or re.fullmatch(r"\w{1,150}", column) is None:
                message = f"`{column}` is no column of the interactions dataset"
                hint = f"Its columns are: {', '.join(interactions.schema_fields)}."
                yield Violation(("endpoints", route, "context", column), message, hint, at_key=True)


def _check_metadata(declaration: Declaration) -> Iterator[Violation]:
    for route, endpoint in declaration.project.endpoints.asking():
        if not isinstance(endpoint, (ItemsEndpoint, RankingEndpoint)) or not endpoint.metadata_columns:
            continue
        yield from _check_columns(declaration, route, endpoint.metadata_columns)
        yield from _check_enabled(declaration, route, endpoint)
        if isinstance(endpoint, ItemsEndpoint) and endpoint.num_results > MAX_RESULTS_WITH_METADATA:
            message = f"`numResults` is {endpoint.num_results}; with metadata at most {MAX_RESULTS_WITH_METADATA}"
            yield Violation(
                ("endpoints", route, "numResults"), message, "Ask for fewer, or leave `metadataColumns` out."
            )


def _check_side_table(declaration: Declaration) -> Iterator[Violation]:
    files: dict[str, str] = {}
    for route, endpoint in declaration.project.endpoints.asking():
        if not isinstance(endpoint, (ItemsEndpoint, RankingEndpoint)) or endpoint.metadata is None:
            continue
        path = ("endpoints", route, "metadata")
        if endpoint.metadata_columns:
            message = "`metadata` and `metadataColumns` exclude each other"
            yield Violation(path, message, "Take them from your table or from Amazon Personalize.", at_key=True)
        taken = endpoint.metadata.attributes
        for place, attribute in enumerate(taken):
            if attribute in taken[:place]:
                yield Violation((*path, "attributes", place), f"`{attribute}` stands here twice", "Leave one out.")
        table, file = endpoint.metadata.table, endpoint.metadata.path
        if file is not None and files.setdefault(table, file) != file:
            message = f"table `{table}` is filled from `{files[table]}` already"
            yield Violation((*path, "path"), message, "Name one file for it.")


def _check_columns(declaration: Declaration, route: str, columns: tuple[str, ...]) -> Iterator[Violation]:
    items = declaration.project.datasets.items
    known = () if items is None else tuple(items.schema_fields)
    for place, column in enumerate(columns):
        if column not in known and not (items is None and declaration.declares("datasets", "items")):
            message = f"`{column}` is no column of the items dataset"
            hint = f"Its columns are: {', '.join(known)}." if known else "Declare an items dataset."
            yield Violation(("endpoints", route, "metadataColumns", place), message, hint)


def _check_enabled(declaration: Declaration, route: str, endpoint: Endpoint) -> Iterator[Violation]:
    """v2 recipes and semantic similarity return metadata without a switch. Source: reference §5.4."""
    for name, campaign, recipe in declaration.campaigns():
        without_switch = recipe.v2_pricing or recipe.name == "aws-semantic-similarity"
        if name == endpoint.campaign and not without_switch and not campaign.enable_metadata_with_recommendations:
            message = f"campaign `{name}` gives no metadata"
            hint = f"Set `enableMetadataWithRecommendations: true` in campaign `{name}`."
            yield Violation(("endpoints", route, "metadataColumns"), message, hint)


def _check_datasets(declaration: Declaration) -> Iterator[Violation]:
    endpoints = declaration.project.endpoints
    wanted = {
        "items": ("items", endpoints.items),
        "users": ("users", endpoints.users),
        "actionInteractions": ("actionInteractions", endpoints.action_interactions is not None),
    }
    for route, (dataset, declared) in wanted.items():
        if declared and not declaration.declares("datasets", dataset):
            message = f"route `{route}` writes to a dataset that is not declared"
            yield Violation(("endpoints", route), message, f"Declare `datasets.{dataset}`, or leave the route out.")


def _check_archive(declaration: Declaration) -> Iterator[Violation]:
    endpoints = declaration.project.endpoints
    if endpoints.archive is not None and endpoints.events is None and endpoints.action_interactions is None:
        message = "no route takes events that could be archived"
        yield Violation(("endpoints", "archive"), message, "Declare `endpoints.events`, or leave `archive` out.")


def _check_callers(declaration: Declaration) -> Iterator[Violation]:
    endpoints = declaration.project.endpoints
    ways = {"clients": bool(endpoints.clients), "userPool": endpoints.user_pool is not None, "iam": endpoints.iam}
    chosen = [name for name, is_chosen in ways.items() if is_chosen]
    if len(chosen) > 1:
        message = f"`{chosen[0]}` and `{chosen[1]}` exclude each other"
        yield Violation(("endpoints", chosen[1]), message, "Callers prove who they are in one way.", at_key=True)
    for name in endpoints.clients:
        if re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", name) is None:
            message = f"`{name}` cannot be the name of a client"
            yield Violation(("endpoints", "clients", name), message, "Use kebab-case, such as `web-shop`.", at_key=True)


OWNER = Rule("endpoint-owner", "A route knows whom to ask.", "API reference, GetRecommendations", _check_owner)
PROMOTION = Rule("endpoint-promotion", "A promotion can be answered.", "reference §5.4", _check_promotion)
CONTEXT = Rule("endpoint-context", "Context columns are in the Interactions schema.", "reference §5.2", _check_context)
METADATA = Rule("endpoint-metadata", "Metadata columns exist and are switched on.", "reference §5.2", _check_metadata)
SIDE_TABLE = Rule("endpoint-side-table", "Metadata come from one place.", "our own", _check_side_table)
DATASETS = Rule("endpoint-dataset", "What a route writes to is declared.", "API reference, PutItems", _check_datasets)
ARCHIVE = Rule("endpoint-archive", "There is something to archive.", "our own", _check_archive)
CALLERS = Rule("endpoint-callers", "Callers prove who they are in one way.", "our own", _check_callers)
