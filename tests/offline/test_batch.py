"""`batch`: distinct names and folders, a manifest of outputs, the version that serves."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tastemaker.simulator.faults import Fault, Kind
from tests.support.workflows import SHOP, Shop, deployed_shop

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.slow

BATCH = SHOP + "batch:\n  mail: {solution: popular, input: batch-input/mail.json, numResults: 5}\n"


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """Deployed, with the input of one batch job and without its first run."""
    with deployed_shop(tmp_path, BATCH) as shop:
        put_input(shop)
        shop.upload()
        shop.run("ensure", shop.local.plan.resources)
        shop.run("maintain", shop.maintenance(Batch={"Jobs": []}))
        yield shop


def put_input(shop: Shop) -> None:
    body = b'{"userId": "u00"}\n{"userId": "u01"}\n'
    shop.local.aws.call("s3", "PutObject", {"Bucket": "shop-dev-data", "Key": "batch-input/mail.json", "Body": body})


def job(shop: Shop, **changes: Any) -> dict[str, Any]:
    wanted = shop.local.plan.maintenance["FULL"]["Batch"]
    return {**wanted, "Jobs": [{**one, **changes} for one in wanted["Jobs"]]}


def read(shop: Shop, location: str) -> Any:
    bucket, _, key = location.removeprefix("s3://").partition("/")
    return json.loads(shop.local.aws.call("s3", "GetObject", {"Bucket": bucket, "Key": key})["Body"].read())


def test_the_manifest_lists_what_the_job_wrote(shop: Shop) -> None:
    done = shop.run("batch", job(shop))["Jobs"][0]
    manifest = read(shop, done["Manifest"])
    assert manifest["job"] == "mail"
    assert [output["key"].rpartition("/")[2] for output in manifest["outputs"]] == ["mail.json.out"]
    assert manifest["outputs"][0]["sizeBytes"] > 0


def test_each_run_has_a_name_and_a_folder_of_its_own(shop: Shop) -> None:
    first = shop.run("batch", job(shop))["Jobs"][0]["Manifest"]
    shop.wait(60)
    assert shop.run("batch", job(shop))["Jobs"][0]["Manifest"] != first
    names = [found["jobName"] for found in shop.call("ListBatchInferenceJobs")["batchInferenceJobs"]]
    assert len(set(names)) == 2


def test_the_version_that_serves_answers_even_when_a_newer_one_was_held(shop: Shop) -> None:
    campaign = shop.call("ListCampaigns")["campaigns"]
    arn = next(found["campaignArn"] for found in campaign if found["name"] == "shop-dev-popular")
    serving = shop.call("DescribeCampaign", campaignArn=arn)["campaign"]["solutionVersionArn"]
    train = shop.maintenance()["Solutions"][0]["Train"]
    assert shop.run("train", {**train, "Streams": True})["SolutionVersionArn"] != serving
    assert shop.run("batch", job(shop))["Jobs"][0]["SolutionVersionArn"] == serving


def test_without_a_campaign_the_newest_version_answers(shop: Shop) -> None:
    assert shop.run("batch", job(shop, CampaignArns=[]))["Jobs"][0]["Status"] == "DONE"


def test_input_that_is_not_there_fails_with_advice(shop: Shop) -> None:
    assert shop.failure("batch", job(shop, Input="no.json")) == (
        "Tastemaker.BatchFailed: mail: no object below s3://shop-dev-data/no.json; upload the input of batch job mail"
    )


def test_a_full_maintenance_runs_the_jobs_without_a_schedule(shop: Shop) -> None:
    output = shop.run("maintain", shop.maintenance())
    assert [(done["Name"], done["Status"]) for done in output["Batch"]] == [("mail", "DONE")]


def test_a_failed_job_turns_the_maintenance_red_and_says_why(tmp_path: Path) -> None:
    fault = Fault(kind=Kind.FAILURE, operation="CreateBatchInferenceJob", reason="Invalid S3 input path")
    with deployed_shop(tmp_path, BATCH, fault) as shop:
        put_input(shop)
        shop.upload()
        shop.run("ensure", shop.local.plan.resources)
        failure = shop.failure("maintain", shop.maintenance())
        assert "batch job mail ended CREATE FAILED: Invalid S3 input path" in failure
        assert len(shop.call("ListCampaigns")["campaigns"]) == 2
