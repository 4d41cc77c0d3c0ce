"""Where jobs read and write: folders, S3, and with whose permission."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import pytest
from moto import mock_aws

from tastemaker.aws import Boto3Caller, S3Objects
from tastemaker.errors import AwsError
from tastemaker.simulator.clock import ManualClock
from tastemaker.simulator.objects import FolderObjects
from tastemaker.simulator.recipes.personalization import PersonalizationRecipe
from tastemaker.simulator.service import Simulator
from tests.support.batches import OUT, results, run_job
from tests.support.simulator import DAY, ROLE, START, CountingRecipe, FolderStore, Lab

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from tastemaker.simulator.access import Job
    from tastemaker.simulator.objects import ObjectStore
    from tastemaker.simulator.recipes.base import Recipe

FILES = ("top.csv", "a/one.csv", "a/b/two.csv", "a/b/three.csv", "ab/other.csv")


@pytest.fixture
def folder(tmp_path: Path) -> ObjectStore:
    return FolderObjects(tmp_path)


@pytest.fixture
def s3(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ObjectStore]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    with mock_aws():
        caller = Boto3Caller("us-east-1")
        caller.call("s3", "CreateBucket", {"Bucket": "bucket"})
        yield S3Objects(caller, tmp_path)


@pytest.mark.parametrize("kind", ["folder", "s3"])
def test_a_tree_has_the_objects_of_sub_folders_and_a_fetch_has_not(request: pytest.FixtureRequest, kind: str) -> None:
    objects: ObjectStore = request.getfixturevalue(kind)
    for name in FILES:
        objects.put(f"s3://bucket/{name}", b"x")
    assert sorted(path.name for path in objects.fetch_tree("s3://bucket/a/")) == ["one.csv", "three.csv", "two.csv"]
    assert [path.name for path in objects.fetch("s3://bucket/a/")] == ["one.csv"]
    assert [path.name for path in objects.fetch_tree("s3://bucket/top.csv")] == ["top.csv"]
    with pytest.raises(AwsError) as caught:
        objects.fetch_tree("s3://bucket/absent.csv")
    assert caught.value.status == 404


class TwoPages:
    """An S3 with one object on each page of a listing."""

    def call(self, _service: str, operation: str, params: dict[str, Any]) -> dict[str, Any]:
        if operation == "GetObject":
            return {"Body": io.BytesIO(params["Key"].encode())}
        assert operation == "ListObjectsV2"
        if "ContinuationToken" not in params:
            return {"Contents": [{"Key": "in/a.json", "ETag": "1", "Size": 1}], "NextContinuationToken": "more"}
        return {"Contents": [{"Key": "in/b.json", "ETag": "2", "Size": 1}]}


def test_s3_lists_every_page_of_a_folder(tmp_path: Path) -> None:
    objects = S3Objects(cast("Boto3Caller", TwoPages()), tmp_path)
    assert [path.read_text() for path in objects.fetch("s3://bucket/in/")] == ["in/a.json", "in/b.json"]


@dataclass
class Refusing:
    """Denies one action, and remembers with which role it was asked."""

    action: str
    roles: list[str | None]

    def denial(self, job: Job, actions: Sequence[str], bucket: str, key: str) -> str | None:
        self.roles.append(job.role_arn)
        return f"{self.action} is denied" if self.action in actions else None

    def role_denial(self, job: Job, action: str) -> str | None:
        return f"{self.action} is denied" if self.action == action else None


def lab_with(tmp_path: Path, recipe: Recipe, access: Refusing | None = None) -> Lab:
    clock, objects = ManualClock(START), FolderStore(tmp_path)
    recipes = {"aws-user-personalization": recipe}
    return Lab(
        Simulator(clock=clock, objects=objects, recipes=recipes, access=access), clock, objects, CountingRecipe()
    )


def test_jobs_write_with_their_role(tmp_path: Path) -> None:
    access = Refusing("s3:PutObject", [])
    lab = lab_with(tmp_path, CountingRecipe(), access)
    group = lab.trained_group()
    version = lab.version(lab.solution(group, "aws-user-personalization"))
    role = ROLE + "-batch"
    job = run_job(lab, "CreateBatchInferenceJob", version, [{"userId": "u01"}], roleArn=role)
    described = lab.control("DescribeBatchInferenceJob", batchInferenceJobArn=job)["batchInferenceJob"]
    reason = "Insufficient privileges for accessing data in Amazon S3"
    assert (described["status"], described["failureReason"]) == ("CREATE FAILED", reason)
    export = lab.control(
        "CreateDatasetExportJob",
        jobName="copy",
        datasetArn=group.replace("dataset-group", "dataset") + "/ITEMS",
        roleArn=role,
        jobOutput={"s3DataDestination": {"path": OUT}},
    )["datasetExportJobArn"]
    lab.wait()
    exported = lab.control("DescribeDatasetExportJob", datasetExportJobArn=export)["datasetExportJob"]
    assert (exported["status"], exported["failureReason"]) == ("CREATE FAILED", reason)
    assert access.roles[-2:] == [role, role]


def test_jobs_read_with_their_role(tmp_path: Path) -> None:
    access = Refusing("", [])
    lab = lab_with(tmp_path, CountingRecipe(), access)
    group = lab.trained_group()
    access.action = "s3:GetObject"
    job = lab.control(
        "CreateDataDeletionJob",
        jobName="gdpr",
        datasetGroupArn=group,
        dataSource={"dataLocation": "s3://bucket/users.csv"},
        roleArn=ROLE + "-deletion",
    )["dataDeletionJobArn"]
    lab.wait(DAY)
    described = lab.control("DescribeDataDeletionJob", dataDeletionJobArn=job)["dataDeletionJob"]
    assert described["status"] == "FAILED"
    assert described["failureReason"] == "Insufficient privileges for accessing data in Amazon S3"
    assert access.roles[-1] == ROLE + "-deletion"


def test_many_users_at_once_get_what_each_gets_alone(tmp_path: Path) -> None:
    lab = lab_with(tmp_path, PersonalizationRecipe())
    version = lab.version(lab.solution(lab.trained_group(), "aws-user-personalization"))
    campaign = lab.campaign(version)
    users = [f"u{user:02}" for user in range(0, 40, 7)] + ["nobody"]
    run_job(lab, "CreateBatchInferenceJob", version, [{"userId": user} for user in users])
    for user, line in zip(users, results(lab), strict=True):
        online = lab.runtime("GetRecommendations", campaignArn=campaign, userId=user)["itemList"]
        assert line["output"]["recommendedItems"] == [entry["itemId"] for entry in online]
        assert line["output"]["scores"] == pytest.approx([entry["score"] for entry in online], abs=1e-6)
