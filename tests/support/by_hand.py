"""A dataset group that somebody made in the console: no name follows a rule, and settings are of all kinds."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.support.action_labs import ACTIONS_SCHEMA
from tests.support.simulator import INTERACTIONS_SCHEMA

if TYPE_CHECKING:
    from tastemaker.local import Local
    from tests.support.workflows import Shop

LONG = "A-solution-with-a-name-of-sixty-three-characters-that-is-so-long"[:63]
_JOBS = {"maxNumberOfTrainingJobs": "1", "maxParallelTrainingJobs": "1"}
SHARE = {"name": "popularity_discount_factor", "minValue": 0.2, "maxValue": 0.6}
_RANGES = {"continuousHyperParameterRanges": [SHARE]}


def make_by_hand(shop: Shop) -> None:
    """Group `My_Shop` in the shop's account, imported, trained and serving."""
    shop.upload(events=90)
    group = shop.call("CreateDatasetGroup", name="My_Shop", tags=[{"tagKey": "owner", "tagValue": "web"}])
    arn = group["datasetGroupArn"]
    shop.wait(3_600)
    _import(shop, arn)
    shop.call("CreateEventTracker", name="Tracker_1", datasetGroupArn=arn)
    expression = 'EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("buy")'
    shop.call("CreateFilter", name="Seen", datasetGroupArn=arn, filterExpression=expression)
    similar = _train(shop, arn)
    following = {"syncWithLatestSolutionVersion": True, "enableMetadataWithRecommendations": True}
    latest = f"{similar.rpartition('/')[0]}/$LATEST"
    shop.call(
        "CreateCampaign",
        name="Home-Page",
        solutionVersionArn=latest,
        minProvisionedTPS=2,
        campaignConfig=following,
    )
    shop.wait(7_200)


def make_neglected(shop: Shop) -> None:
    """Group `Neglected` beside it: an import and a training that failed, no event tracker, actions without rows."""
    arn = shop.call("CreateDatasetGroup", name="Neglected")["datasetGroupArn"]
    shop.wait(3_600)
    schema = shop.call("ListSchemas")["schemas"][0]["schemaArn"]
    _import_clicks(shop, arn, schema, "neglected", "nothing.csv")
    recipe = "arn:aws:personalize:::recipe/aws-user-personalization-v2"
    solution = shop.call(
        "CreateSolution", name="Feed", recipeArn=recipe, datasetGroupArn=arn, performAutoTraining=False
    )
    shop.wait(3_600)
    shop.call("CreateSolutionVersion", solutionArn=solution["solutionArn"])
    _offer_actions(shop, arn)
    shop.wait(14_400)


def _import(shop: Shop, group_arn: str) -> None:
    fields = INTERACTIONS_SCHEMA["fields"]
    avro = {**INTERACTIONS_SCHEMA, "fields": [*fields[:4], {"name": "EVENT_VALUE", "type": ["float", "null"]}]}
    schema = shop.call("CreateSchema", name="ClicksSchema", schema=json.dumps(avro))["schemaArn"]
    _import_clicks(shop, group_arn, schema, "by-hand", "full/interactions/interactions.csv")
    shop.wait(7_200)


def _offer_actions(shop: Shop, group_arn: str) -> None:
    """An Actions dataset, and a solution that needs it."""
    schema = shop.call("CreateSchema", name="OffersSchema", schema=json.dumps(ACTIONS_SCHEMA))["schemaArn"]
    shop.call("CreateDataset", name="offers", datasetType="Actions", datasetGroupArn=group_arn, schemaArn=schema)
    recipe = "arn:aws:personalize:::recipe/aws-next-best-action"
    shop.call("CreateSolution", name="Offer", recipeArn=recipe, datasetGroupArn=group_arn, performAutoTraining=False)
    shop.wait(600)


def _import_clicks(shop: Shop, group_arn: str, schema_arn: str, job: str, key: str) -> None:
    """Begins with the dataset; the import is under way afterwards."""
    params = {"name": "clicks", "datasetType": "INTERACTIONS", "datasetGroupArn": group_arn, "schemaArn": schema_arn}
    dataset = shop.call("CreateDataset", **params)["datasetArn"]
    shop.wait(3_600)
    shop.call(
        "CreateDatasetImportJob",
        jobName=job,
        datasetArn=dataset,
        dataSource={"dataLocation": f"s3://shop-dev-data/{key}"},
        roleArn=shop.local.values["PersonalizeRoleArn"],
    )


def _train(shop: Shop, group_arn: str) -> str:
    """ARN of a version of `Similar`, which searches; the other solution is trained by the service."""
    recipes = "arn:aws:personalize:::recipe/"
    config = {
        "eventValueThreshold": "1",
        "algorithmHyperParameters": {"min_cointeraction_count": "2"},
        "hpoConfig": {"algorithmHyperParameterRanges": _RANGES, "hpoResourceConfig": _JOBS},
    }
    similar = {"name": "Similar", "recipeArn": f"{recipes}aws-sims", "eventType": "buy", "solutionConfig": config}
    automatic = {"autoTrainingConfig": {"schedulingExpression": "rate(3 days)"}}
    popular = {"name": LONG, "recipeArn": f"{recipes}aws-popularity-count", "solutionConfig": automatic}
    arn = shop.call("CreateSolution", **similar, datasetGroupArn=group_arn, performHPO=True, performAutoTraining=False)
    shop.call("CreateSolution", **popular, datasetGroupArn=group_arn, performAutoTraining=True)
    shop.wait(60)
    version: str = shop.call("CreateSolutionVersion", solutionArn=arn["solutionArn"])["solutionVersionArn"]
    shop.wait(14_400)
    return version


def make_by_pipeline(local: Local, tree: Any) -> None:
    """What the CDK sample creates for its input, without imports and trainings."""
    config = tree["datasetGroup"]["serviceConfig"]
    group = _call(local, "CreateDatasetGroup", config)["datasetGroupArn"]
    for one in tree["datasetGroup"]["datasets"]:
        schema, version = one["schema"]["serviceConfig"], one["schema"]["schemaVersion"]
        name = f"{config['name']}-{schema['name']}-{version}"
        arn = _call(local, "CreateSchema", {"name": name, "schema": json.dumps(schema["schema"])})["schemaArn"]
        own = {**one["dataset"]["serviceConfig"], "datasetType": one["type"], "schemaArn": arn}
        _call(local, "CreateDataset", {**own, "datasetGroupArn": group})
    _call(local, "CreateEventTracker", {**tree["eventTracker"]["serviceConfig"], "datasetGroupArn": group})
    for one in tree["filters"]:
        _call(local, "CreateFilter", {**one["serviceConfig"], "datasetGroupArn": group})
    for one in tree["solutions"]:
        kept = {key: value for key, value in one["serviceConfig"].items() if key != "performAutoML"}  # not simulated
        _call(local, "CreateSolution", {**kept, "datasetGroupArn": group})


def _call(local: Local, operation: str, params: dict[str, Any]) -> dict[str, Any]:
    """Created, and given the time to become ACTIVE."""
    answer = local.simulator.call("personalize", operation, params)
    local.engine.advance(600)
    return answer
