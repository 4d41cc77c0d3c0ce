"""Waiting without sleeping."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from tastemaker.errors import AwsError, TastemakerError
from tastemaker.testing import local_personalize
from tastemaker.testing.waiting import KINDS, UPDATED_IN_PLACE, kind_of
from tests.support.shape_samples import service_model
from tests.support.simulator import INTERACTIONS_SCHEMA, ROLE, interactions_csv

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tastemaker.testing.local_aws import LocalAws

START = 1_800_000_000.0
PREFIX = "arn:aws:personalize:us-east-1:123456789012:"


@pytest.fixture
def local() -> Iterator[LocalAws]:
    with local_personalize(start=START) as account:
        yield account


def build_group(local: LocalAws) -> str:
    arn: str = local.client("personalize").create_dataset_group(name="shop")["datasetGroupArn"]
    local.wait_until_active(arn)
    return arn


def start_import(local: LocalAws, text: str) -> str:
    client = local.client("personalize")
    local.s3.create_bucket(Bucket="shop")
    local.s3.put_object(Bucket="shop", Key="data.csv", Body=text.encode())
    schema = client.create_schema(name="s", schema=json.dumps(INTERACTIONS_SCHEMA))["schemaArn"]
    names = {"name": "d", "datasetGroupArn": build_group(local), "datasetType": "Interactions"}
    dataset = client.create_dataset(schemaArn=schema, **names)["datasetArn"]
    local.wait_until_active(dataset)
    source = {"dataLocation": "s3://shop/data.csv"}
    job = client.create_dataset_import_job(jobName="j", datasetArn=dataset, dataSource=source, roleArn=ROLE)
    arn: str = job["datasetImportJobArn"]
    return arn


def build_version(local: LocalAws, **solution: Any) -> tuple[str, str]:
    """Solution and version ARN of a popularity count, the version not yet trained."""
    client = local.client("personalize")
    local.wait_until_active(start_import(local, interactions_csv()))
    recipe = "arn:aws:personalize:::recipe/aws-popularity-count"
    group = f"{PREFIX}dataset-group/shop"
    arn = client.create_solution(name="s", datasetGroupArn=group, recipeArn=recipe, **solution)["solutionArn"]
    local.wait_until_active(arn)
    return arn, client.create_solution_version(solutionArn=arn)["solutionVersionArn"]


def test_waiting_ends_at_the_moment_the_resource_is_active(local: LocalAws) -> None:
    arn = local.client("personalize").create_dataset_group(name="shop")["datasetGroupArn"]
    shown = local.wait_until_active(arn)
    assert (shown["name"], shown["status"]) == ("shop", "ACTIVE")
    assert local.clock.now() == START + 30


def test_what_is_active_already_costs_no_time(local: LocalAws) -> None:
    arn = build_group(local)
    before = local.clock.now()
    local.wait_until_active(arn)
    assert local.clock.now() == before


def test_a_failure_is_raised_with_the_reason_of_the_service(local: LocalAws) -> None:
    arn = start_import(local, interactions_csv(header="READER,ITEM_ID,TIMESTAMP,EVENT_TYPE,EVENT_VALUE"))
    with pytest.raises(TastemakerError, match=r"job/j is CREATE FAILED, not ACTIVE: .*USER_ID"):
        local.wait_until_active(arn)
    job = local.client("personalize").describe_dataset_import_job(datasetImportJobArn=arn)["datasetImportJob"]
    assert job["status"] == "CREATE FAILED"


def test_a_wait_that_is_too_short_says_so(local: LocalAws) -> None:
    arn = start_import(local, interactions_csv())
    message = r"job/j is CREATE IN_PROGRESS, not ACTIVE: nothing changes that within 60 seconds of virtual time"
    with pytest.raises(TastemakerError, match=message):
        local.wait_until_active(arn, timeout_seconds=60)
    with pytest.raises(TastemakerError, match=r"Within 60 seconds of virtual time these do not end: .*job/j\."):
        local.settle(timeout_seconds=60)


def test_an_absent_resource_is_refused_as_the_service_does(local: LocalAws) -> None:
    with pytest.raises(AwsError, match="campaign/home") as caught:
        local.wait_until_active(f"{PREFIX}campaign/home")
    assert caught.value.code == "ResourceNotFoundException"


def test_an_update_of_a_campaign_is_waited_for(local: LocalAws) -> None:
    client = local.client("personalize")
    _, version = build_version(local, performAutoTraining=False)
    local.wait_until_active(version)
    campaign = client.create_campaign(name="home", solutionVersionArn=version)["campaignArn"]
    local.wait_until_active(campaign)
    client.update_campaign(campaignArn=campaign, minProvisionedTPS=2)
    assert client.describe_campaign(campaignArn=campaign)["campaign"]["minProvisionedTPS"] == 1
    shown = local.wait_until_active(campaign)
    assert (shown["minProvisionedTPS"], shown["latestCampaignUpdate"]["status"]) == (2, "ACTIVE")
    client.update_campaign(campaignArn=campaign, minProvisionedTPS=3)
    local.settle()
    assert client.describe_campaign(campaignArn=campaign)["campaign"]["minProvisionedTPS"] == 3


def test_settling_waits_for_several_resources_and_for_deletions(local: LocalAws) -> None:
    client = local.client("personalize")
    for name in ("a", "b"):
        client.create_dataset_group(name=name)
    local.settle()
    assert [group["status"] for group in client.list_dataset_groups()["datasetGroups"]] == ["ACTIVE", "ACTIVE"]
    client.delete_dataset_group(datasetGroupArn=f"{PREFIX}dataset-group/a")
    local.settle()
    assert [group["name"] for group in client.list_dataset_groups()["datasetGroups"]] == ["b"]
    assert local.clock.now() == START + 60


def test_settling_does_not_run_after_automatic_trainings(local: LocalAws) -> None:
    solution, version = build_version(local, performAutoTraining=True)
    local.settle()
    versions = boto3.client("personalize").list_solution_versions(solutionArn=solution)["solutionVersions"]
    assert [(found["solutionVersionArn"], found["status"]) for found in versions] == [(version, "ACTIVE")]
    assert local.clock.now() < START + 2 * 3_600


@pytest.mark.parametrize(
    ("resource", "kind"),
    [
        ("dataset-group/shop", "DatasetGroup"),
        ("dataset/shop/INTERACTIONS", "Dataset"),
        ("solution/home", "Solution"),
        ("solution/home/1a2b3c4d", "SolutionVersion"),
        ("batch-inference-job/j", "BatchInferenceJob"),
    ],
)
def test_an_arn_names_its_kind(resource: str, kind: str) -> None:
    assert kind_of(PREFIX + resource) == kind


@pytest.mark.parametrize("arn", [f"{PREFIX}schema/s", "home", ""])
def test_what_has_no_status_is_refused(arn: str) -> None:
    with pytest.raises(TastemakerError, match=r"names nothing that becomes ACTIVE; give the ARN of a DatasetGroup, "):
        kind_of(arn)


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_described_and_listed_as_the_model_says(kind: str) -> None:
    model = service_model("personalize")
    member = kind[0].lower() + kind[1:]
    described = model.operation_model(f"Describe{kind}")
    assert list(described.input_shape.members) == [f"{member}Arn"]
    shape = described.output_shape.members[member]
    assert "status" in shape.members
    updates = [name for name in shape.members if name.startswith("latest") and name.endswith("Update")]
    assert bool(updates) == (kind in UPDATED_IN_PLACE)
    summaries = {
        name.lower(): shape for name, shape in model.operation_model(f"List{kind}s").output_shape.members.items()
    }
    assert {f"{member}Arn", "status"} <= set(summaries[f"{kind}s".lower()].member.members)


def test_the_kinds_are_all_that_the_model_gives_a_status() -> None:
    model = service_model("personalize")
    described = [name for name in model.operation_names if name.startswith("Describe")]
    outputs = {name: next(iter(model.operation_model(name).output_shape.members.values())) for name in described}
    with_status = {
        name.removeprefix("Describe") for name, shape in outputs.items() if "status" in getattr(shape, "members", {})
    }
    assert with_status - {"Algorithm", "FeatureTransformation", "Recipe"} == set(KINDS)
