"""The account as a context manager: one process, moto and Personalize, virtual time."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.awsrequest import AWSPreparedRequest
from botocore.exceptions import ClientError
from moto import mock_aws

from tastemaker.errors import TastemakerError
from tastemaker.testing import local_personalize
from tests.support.simulator import HOUR

if TYPE_CHECKING:
    from tastemaker.testing.local_aws import LocalAws


def tracking_id(local: LocalAws) -> str:
    group = local.client("personalize").create_dataset_group(name="shop")["datasetGroupArn"]
    local.wait_until_active(group)
    found: str = local.client("personalize").create_event_tracker(name="t", datasetGroupArn=group)["trackingId"]
    return found


def test_personalize_reads_what_a_client_of_moto_wrote() -> None:
    with local_personalize() as local:
        boto3.client("s3").create_bucket(Bucket="shop")
        boto3.client("s3").put_object(Bucket="shop", Key="folder/a.csv", Body=b"USER_ID\n")
        fetched = local.simulator._world.objects.fetch("s3://shop/folder/")
        assert [path.read_bytes() for path in fetched] == [b"USER_ID\n"]


def test_key_and_role_come_from_moto() -> None:
    with local_personalize():
        assert boto3.client("kms").create_key()["KeyMetadata"]["AWSAccountId"] == "123456789012"
        role = boto3.client("iam").create_role(RoleName="personalize", AssumeRolePolicyDocument="{}")["Role"]
        assert role["Arn"] == "arn:aws:iam::123456789012:role/personalize"


def test_a_mock_of_the_users_own_is_joined_and_goes_on() -> None:
    with mock_aws():
        mine = boto3.client("s3", region_name="us-east-1")
        mine.create_bucket(Bucket="mine")
        session = boto3.DEFAULT_SESSION
        with local_personalize() as local:
            local.s3.create_bucket(Bucket="ours")
            local.client("personalize").create_dataset_group(name="shop")
        assert [bucket["Name"] for bucket in mine.list_buckets()["Buckets"]] == ["mine", "ours"]
        assert boto3.DEFAULT_SESSION is session


def test_a_mock_within_keeps_the_account() -> None:
    with local_personalize() as local:
        local.s3.create_bucket(Bucket="ours")
        with mock_aws():
            boto3.client("personalize").create_dataset_group(name="shop")
        assert [bucket["Name"] for bucket in local.s3.list_buckets()["Buckets"]] == ["ours"]
        assert len(local.client("personalize").list_dataset_groups()["datasetGroups"]) == 1


def test_same_seed_same_identifiers_and_another_seed_others() -> None:
    found = []
    for seed in (7, 7, 8):
        with local_personalize(seed=seed) as local:
            found.append(tracking_id(local))
    assert found[0] == found[1] != found[2]


def test_time_stands_still_until_it_is_moved() -> None:
    with local_personalize() as local:
        client = local.client("personalize")
        group = client.create_dataset_group(name="shop")["datasetGroupArn"]

        def status() -> Any:
            return client.describe_dataset_group(datasetGroupArn=group)["datasetGroup"]["status"]

        assert (status(), status()) == ("CREATE PENDING", "CREATE PENDING")
        local.clock.advance(HOUR)
        assert status() == "ACTIVE"
        assert local.clock.now() == 1_767_225_600 + HOUR


@pytest.mark.parametrize(
    ("start", "seconds"),
    [
        (1_700_000_000, 1_700_000_000.0),
        ("1700000000.5", 1_700_000_000.5),
        ("2026-01-01T00:00:00Z", 1_767_225_600.0),
        (datetime(2026, 1, 1, tzinfo=UTC), 1_767_225_600.0),
    ],
)
def test_time_starts_where_it_is_told_to(start: Any, seconds: float) -> None:
    with local_personalize(start=start) as local:
        assert local.clock.now() == seconds


@pytest.mark.parametrize("start", ["2026-01-01", "2026-13-01T00:00:00Z", "soon", datetime(2026, 1, 1)])  # noqa: DTZ001 - refused
def test_a_start_that_is_no_moment_is_refused(start: Any) -> None:
    with (
        pytest.raises(TastemakerError, match=r"is not a moment in time; write epoch seconds or"),
        local_personalize(start=start),
    ):
        pass


def test_the_developers_own_settings_stay_out_and_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "of-a-colleague")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "ap-south-1")
    before = dict(os.environ)
    with local_personalize(region="eu-west-1") as local:
        assert boto3.client("personalize").list_schemas()["schemas"] == []
        assert boto3.Session().client("s3").meta.region_name == local.region == "eu-west-1"
        assert local.s3.list_buckets()["Buckets"] == []
    assert dict(os.environ) == before


def test_a_client_made_earlier_is_connected_while_the_account_is_open() -> None:
    session = boto3.Session("key", "secret", region_name="us-east-1")
    early, early_s3 = session.client("personalize"), session.client("s3")
    for _ in range(2):
        with local_personalize() as local:
            local.connect(early)
            local.connect(early_s3)
            early_s3.create_bucket(Bucket="shop")
            early.create_dataset_group(name="shop")
            assert len(local.client("personalize").list_dataset_groups()["datasetGroups"]) == 1
            assert len(local.s3.list_buckets()["Buckets"]) == 1
    request = AWSPreparedRequest("POST", "https://personalize.us-east-1.amazonaws.com/", {}, b"{}", None)
    answers = early.meta.events.emit("before-send.personalize.ListSchemas", request=request)
    assert [answer for _, answer in answers if answer is not None] == []


def test_a_modelled_error_is_the_sdks_own_exception() -> None:
    with local_personalize() as local:
        client = local.client("personalize")
        with pytest.raises(client.exceptions.ResourceNotFoundException, match="shop") as caught:
            client.describe_dataset_group(
                datasetGroupArn="arn:aws:personalize:us-east-1:123456789012:dataset-group/shop"
            )
    assert isinstance(caught.value, ClientError)
