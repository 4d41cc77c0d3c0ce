"""How to reach a state in which each of the 79 operations succeeds: a table of requests and what they come after.

Braces are filled with members of earlier answers. A label is an operation, or an operation and a variant
(`CreateSolution/ranking`). Scenarios of operations that are not simulated yet are played as soon as they are.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from tests.support.shape_samples import all_operations
from tests.support.simulator import INTERACTIONS_SCHEMA, ITEMS_SCHEMA, ROLE, USERS_SCHEMA

_RECIPE = "arn:aws:personalize:::recipe/"
_NAMESPACE = "com.amazonaws.personalize.schema"
_DESTINATION = {"s3DataDestination": {"path": "s3://bucket/out/"}}


@dataclass(frozen=True)
class Scenario:
    """One request.

    Attributes:
        params: with `{member}` where an earlier answer gives the value.
        after: labels that have to be played before, in order; the last one is what this request builds upon.
    """

    params: dict[str, Any]
    after: tuple[str, ...] = ()


def operation_of(label: str) -> tuple[str, str]:
    """Service and operation of a label."""
    return next(key for key in all_operations() if key[1] == label.partition("/")[0])


def _avro(name: str, **fields: Any) -> dict[str, Any]:
    listed = [{"name": field, "type": kind} for field, kind in fields.items()]
    return {"type": "record", "name": name, "namespace": _NAMESPACE, "fields": listed, "version": "1.0"}


_ACTIONS = _avro("Actions", ACTION_ID="string", VALUE=["null", "long"])
_ACTION_INTERACTIONS = _avro(
    "ActionInteractions", USER_ID="string", ACTION_ID="string", EVENT_TYPE="string", TIMESTAMP="long"
)
_WIDER = {**ITEMS_SCHEMA, "fields": [*ITEMS_SCHEMA["fields"], {"name": "BRAND", "type": ["null", "string"]}]}


def _schema(name: str, avro: dict[str, Any], **more: str) -> Scenario:
    return Scenario({"name": name, "schema": json.dumps(avro), **more})


def _dataset(kind: str, variant: str, group: str = "CreateDatasetGroup") -> Scenario:
    params = {"name": kind.lower(), "schemaArn": "{schemaArn}", "datasetGroupArn": "{datasetGroupArn}"}
    return Scenario({**params, "datasetType": kind}, (f"CreateSchema{variant}", group))


def _import(file: str, after: str) -> Scenario:
    params = {"jobName": file.partition(".")[0], "datasetArn": "{datasetArn}", "roleArn": ROLE}
    return Scenario({**params, "dataSource": {"dataLocation": f"s3://bucket/{file}"}}, (after,))


def _solution(recipe: str, *after: str) -> Scenario:
    params = {"name": recipe, "datasetGroupArn": "{datasetGroupArn}", "recipeArn": _RECIPE + recipe}
    return Scenario({**params, "performAutoTraining": False}, after)


def _version(variant: str = "") -> Scenario:
    return Scenario({"solutionArn": "{solutionArn}", "name": "first"}, (f"CreateSolution{variant}",))


def _campaign(variant: str = "") -> Scenario:
    params = {"name": "home", "solutionVersionArn": "{solutionVersionArn}"}
    return Scenario(params, (f"CreateSolutionVersion{variant}",))


def _job(name: str, variant: str, file: str) -> Scenario:
    source = {"s3DataSource": {"path": f"s3://bucket/{file}"}}
    params = {"jobName": name, "solutionVersionArn": "{solutionVersionArn}", "roleArn": ROLE}
    return Scenario({**params, "jobInput": source, "jobOutput": _DESTINATION}, (f"CreateSolutionVersion{variant}",))


def _of(arn_member: str, after: str, **more: Any) -> Scenario:
    return Scenario({arn_member: "{" + arn_member + "}", **more}, (after,))


_METRIC = {"eventType": "view", "metricName": "views", "expression": "SAMPLECOUNT()"}
_RECOMMENDER = {"name": "popular", "datasetGroupArn": "{datasetGroupArn}"}
_RECOMMENDER["recipeArn"] = _RECIPE + "aws-ecomm-popular-items-by-views"
_EVENT = {"eventType": "view", "sentAt": 1_800_000_000, "itemId": "i00"}
_ACTION_EVENT = {"actionId": "a0", "sessionId": "s", "timestamp": 1_800_000_000, "eventType": "TAKEN"}

_DATA = {
    "CreateDatasetGroup": Scenario({"name": "shop"}),
    "CreateDatasetGroup/second": Scenario({"name": "second"}),
    "CreateDatasetGroup/domain": Scenario({"name": "domain", "domain": "ECOMMERCE"}),
    "CreateSchema": _schema("interactions", INTERACTIONS_SCHEMA),
    "CreateSchema/items": _schema("items", ITEMS_SCHEMA),
    "CreateSchema/wider": _schema("wider", _WIDER),
    "CreateSchema/users": _schema("users", USERS_SCHEMA),
    "CreateSchema/actions": _schema("actions", _ACTIONS),
    "CreateSchema/action-interactions": _schema("action-interactions", _ACTION_INTERACTIONS),
    "CreateSchema/domain": _schema("domain", INTERACTIONS_SCHEMA, domain="ECOMMERCE"),
    "CreateDataset": _dataset("Interactions", ""),
    "CreateDataset/items": _dataset("Items", "/items"),
    "CreateDataset/users": _dataset("Users", "/users"),
    "CreateDataset/actions": _dataset("Actions", "/actions"),
    "CreateDataset/action-interactions": _dataset("Action_Interactions", "/action-interactions"),
    "CreateDataset/domain": _dataset("Interactions", "/domain", "CreateDatasetGroup/domain"),
    "DescribeDataset/action-interactions": _of("datasetArn", "CreateDataset/action-interactions"),
    "UpdateDataset": Scenario(
        {"datasetArn": "{datasetArn}", "schemaArn": "{schemaArn}"}, ("CreateSchema/wider", "CreateDataset/items")
    ),
    "CreateDatasetImportJob": _import("interactions.csv", "CreateDataset"),
    "CreateDatasetImportJob/items": _import("items.csv", "CreateDataset/items"),
    "CreateDatasetImportJob/actions": _import("actions.csv", "CreateDataset/actions"),
    "CreateDatasetImportJob/domain": _import("views.csv", "CreateDataset/domain"),
    "CreateDatasetExportJob": _of(
        "datasetArn", "CreateDatasetImportJob", jobName="export", roleArn=ROLE, jobOutput=_DESTINATION
    ),
    "CreateDataDeletionJob": _of(
        "datasetGroupArn", "CreateDatasetImportJob", jobName="forget", roleArn=ROLE,
        dataSource={"dataLocation": "s3://bucket/forgotten.csv"},
    ),
    "CreateEventTracker": _of("datasetGroupArn", "CreateDatasetGroup", name="clicks"),
    "CreateEventTracker/second": _of("datasetGroupArn", "CreateDatasetGroup/second", name="taps"),
    "CreateFilter": _of(
        "datasetGroupArn", "CreateDataset", name="unseen",
        filterExpression='EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("buy")',
    ),
    "CreateMetricAttribution": _of(
        "datasetGroupArn", "CreateDatasetImportJob", name="reach",
        metrics=[_METRIC, {**_METRIC, "metricName": "buys", "eventType": "buy"}],
        metricsOutputConfig={"roleArn": ROLE, **_DESTINATION},
    ),
}  # fmt: skip

_TRAINED = {
    "CreateSolution": _solution("aws-user-personalization-v2", "CreateDatasetImportJob"),
    "CreateSolution/ranking": _solution("aws-personalized-ranking-v2", "CreateDatasetImportJob"),
    "CreateSolution/segments": _solution("aws-item-affinity", "CreateDatasetImportJob"),
    "CreateSolution/actions": _solution(
        "aws-next-best-action", "CreateDatasetImportJob/actions", "CreateDatasetImportJob",
        "CreateDataset/action-interactions",
    ),
    **{f"CreateSolutionVersion{variant}": _version(variant) for variant in ("", "/ranking", "/segments", "/actions")},
    **{f"CreateCampaign{variant}": _campaign(variant) for variant in ("", "/ranking", "/actions")},
    "StopSolutionVersionCreation": _of("solutionVersionArn", "CreateSolutionVersion"),
    "GetSolutionMetrics": _of("solutionVersionArn", "CreateSolutionVersion"),
    "UpdateSolution": _of("solutionArn", "CreateSolution", performAutoTraining=True),
    "UpdateCampaign": _of("campaignArn", "CreateCampaign", minProvisionedTPS=2),
    "CreateBatchInferenceJob": _job("batch", "", "users.json"),
    "CreateBatchSegmentJob": _job("segments", "/segments", "items.json"),
    "CreateRecommender": Scenario(_RECOMMENDER, ("CreateDatasetImportJob/domain",)),
    "UpdateRecommender": _of(
        "recommenderArn", "CreateRecommender", recommenderConfig={"minRecommendationRequestsPerSecond": 2}
    ),
    "StopRecommender": _of("recommenderArn", "CreateRecommender"),
    "StartRecommender": _of("recommenderArn", "StopRecommender"),
    "UpdateMetricAttribution": _of(
        "metricAttributionArn", "CreateMetricAttribution",
        addMetrics=[{**_METRIC, "metricName": "shares", "eventType": "share"}],
    ),
}  # fmt: skip

_ASKED = {
    "GetRecommendations": _of("campaignArn", "CreateCampaign", userId="u01"),
    "GetPersonalizedRanking": _of("campaignArn", "CreateCampaign/ranking", userId="u01", inputList=["i00", "new"]),
    "GetActionRecommendations": _of("campaignArn", "CreateCampaign/actions", userId="u01"),
    "PutEvents": Scenario(
        {"trackingId": "{trackingId}", "userId": "u01", "sessionId": "s", "eventList": [_EVENT]},
        ("CreateDataset", "CreateEventTracker"),
    ),
    "PutItems": _of("datasetArn", "CreateDataset/items", items=[{"itemId": "new", "properties": '{"price": 3}'}]),
    "PutUsers": _of("datasetArn", "CreateDataset/users", users=[{"userId": "new", "properties": '{"age": 33}'}]),
    "PutActions": _of("datasetArn", "CreateDataset/actions", actions=[{"actionId": "new"}]),
    "PutActionInteractions": Scenario(
        {"trackingId": "{trackingId}", "actionInteractions": [_ACTION_EVENT]},
        ("DescribeDataset/action-interactions",),
    ),
    "TagResource": Scenario(
        {"resourceArn": "{datasetGroupArn}", "tags": [{"tagKey": "team", "tagValue": "web"}]}, ("CreateDatasetGroup",)
    ),
    "UntagResource": Scenario({"resourceArn": "{datasetGroupArn}", "tagKeys": ["team"]}, ("TagResource",)),
    "ListTagsForResource": Scenario({"resourceArn": "{datasetGroupArn}"}, ("TagResource",)),
    "DescribeRecipe": Scenario({"recipeArn": _RECIPE + "aws-sims"}),
    "DescribeAlgorithm": Scenario({"algorithmArn": "arn:aws:personalize:::algorithm/aws-sims"}),
    "DescribeFeatureTransformation": Scenario(
        {"featureTransformationArn": "arn:aws:personalize:::feature-transformation/sims"}
    ),
    "ListRecipes": Scenario({}),
    "ListMetricAttributionMetrics": _of("metricAttributionArn", "CreateMetricAttribution"),
}

_PARENTS = {
    "ListBatchInferenceJobs": "solutionVersionArn",
    "ListBatchSegmentJobs": "solutionVersionArn",
    "ListCampaigns": "solutionArn",
    "ListDatasetExportJobs": "datasetArn",
    "ListDatasetImportJobs": "datasetArn",
    "ListSolutionVersions": "solutionArn",
}
"""List operations whose parent is not the dataset group."""
_UNFILTERED = {"ListDatasetGroups", "ListSchemas"}


def _derived() -> dict[str, Scenario]:
    """Describe, Delete and List of everything that has a Create."""
    scenarios = {}
    names = {name for _, name in all_operations()}
    for create in [name for name in names if name.startswith("Create")]:
        kind = create.removeprefix("Create")
        arn_member = kind[0].lower() + kind[1:] + "Arn"
        for verb in ("Describe", "Delete"):
            if verb + kind in names:
                scenarios[verb + kind] = _of(arn_member, create)
        listing = f"List{kind}s"
        parent = _PARENTS.get(listing, "datasetGroupArn")
        params = {} if listing in _UNFILTERED else {parent: "{" + parent + "}"}
        scenarios[listing] = Scenario(params, (create,))
    return scenarios


SCENARIOS: dict[str, Scenario] = {**_derived(), **_DATA, **_TRAINED, **_ASKED}
"""Label to scenario; the labels without a variant are the operations."""
