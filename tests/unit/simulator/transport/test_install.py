"""Reaching the simulator inside the process, alone and beside moto."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore import handlers
from botocore.config import Config
from botocore.exceptions import ClientError
from moto import mock_aws

from tastemaker.errors import AwsError
from tastemaker.simulator.transport import connect, install
from tests.support.echo_service import EchoService

if TYPE_CHECKING:
    from collections.abc import Iterator

KEYS = {"aws_access_key_id": "key", "aws_secret_access_key": "secret"}
ASK = {"campaignArn": "arn:aws:personalize:eu-west-1:123456789012:campaign/c", "userId": "u"}


@pytest.fixture(autouse=True)
def _restored_default_session() -> Iterator[None]:
    before, boto3.DEFAULT_SESSION = boto3.DEFAULT_SESSION, None
    yield
    boto3.DEFAULT_SESSION = before


def build_client(name: str = "personalize", **options: Any) -> Any:
    return boto3.client(name, **{"region_name": "eu-west-1", **KEYS, **options})


def test_an_unmodified_client_is_answered() -> None:
    with install(EchoService({"GetRecommendations": {"recommendationId": "r"}})):
        assert build_client("personalize-runtime").get_recommendations(**ASK)["recommendationId"] == "r"


@pytest.mark.parametrize("moto_first", [True, False])
def test_moto_never_sees_a_personalize_call(moto_first: bool) -> None:
    echo = EchoService({"CreateSchema": {"schemaArn": "ours"}, "ListCampaigns": {"campaigns": []}})
    contexts: list[Any] = [mock_aws(), install(echo)] if moto_first else [install(echo), mock_aws()]
    with contexts[0], contexts[1]:
        assert build_client().create_schema(name="s", schema="{}")["schemaArn"] == "ours"
        assert build_client().list_campaigns()["campaigns"] == []  # moto has no such operation
    with mock_aws():
        assert build_client().list_schemas()["schemas"] == []


@pytest.mark.parametrize("moto_first", [True, False])
def test_other_services_stay_with_moto(moto_first: bool) -> None:
    contexts: list[Any] = [mock_aws(), install(EchoService())]
    with contexts[not moto_first], contexts[moto_first]:
        s3 = boto3.client("s3", region_name="us-east-1")
        s3.create_bucket(Bucket="tastes")
        assert [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]] == ["tastes"]


def test_a_default_session_made_earlier_is_covered() -> None:
    boto3.setup_default_session(region_name="eu-west-1", **KEYS)
    with install(EchoService({"ListSchemas": {"schemas": [{"name": "ours"}]}})):
        assert boto3.client("personalize").list_schemas()["schemas"] == [{"name": "ours"}]


@pytest.mark.parametrize("default_session_first", [True, False])
def test_the_newest_installation_answers_new_clients(default_session_first: bool) -> None:
    if default_session_first:
        boto3.setup_default_session(region_name="eu-west-1", **KEYS)
    outer, inner = EchoService(), EchoService()
    with install(outer):
        build_client().list_schemas()
        with install(inner):
            build_client().list_campaigns()
        build_client().list_solutions()
    assert [call[1] for call in outer.calls] == ["ListSchemas", "ListSolutions"]
    assert [call[1] for call in inner.calls] == ["ListCampaigns"]


def test_a_client_stays_with_the_installation_it_was_made_in() -> None:
    outer, inner = EchoService(), EchoService()
    with install(outer):
        client = build_client()
        with install(inner):
            client.list_schemas()
    assert [call[1] for call in outer.calls] == ["ListSchemas"]
    assert inner.calls == []


def test_nothing_is_left_after_closing() -> None:
    before = list(handlers.BUILTIN_HANDLERS)
    boto3.setup_default_session(region_name="eu-west-1", **KEYS)
    echo = EchoService()
    with install(echo) as installation:
        client = build_client()
        installation.close()
    with mock_aws():
        assert client.list_schemas()["schemas"] == []  # moto's answer
        assert boto3.client("personalize", region_name="eu-west-1").list_schemas()["schemas"] == []
    assert echo.calls == []
    assert before == handlers.BUILTIN_HANDLERS


@pytest.mark.slow
@pytest.mark.parametrize(
    ("region", "options"),
    [
        ("us-east-1", {}),
        ("cn-north-1", {}),
        ("us-gov-west-1", {}),
        ("eu-west-1", {"use_dualstack_endpoint": True}),
        ("us-east-1", {"use_fips_endpoint": True}),
    ],
)
@pytest.mark.parametrize("service", ["personalize", "personalize-runtime", "personalize-events"])
def test_every_region_and_endpoint_variant_is_answered(service: str, region: str, options: dict[str, Any]) -> None:
    calls: dict[str, tuple[str, dict[str, Any]]] = {
        "personalize": ("list_schemas", {}),
        "personalize-runtime": ("get_recommendations", ASK),
        "personalize-events": ("put_users", {"datasetArn": "a", "users": [{"userId": "u"}]}),
    }
    echo = EchoService()
    with install(echo):
        method, params = calls[service]
        getattr(build_client(service, region_name=region, config=Config(**options)), method)(**params)
    assert [call[0] for call in echo.calls] == [service]


def test_an_endpoint_of_ones_own_is_left_alone() -> None:
    echo = EchoService()
    config = Config(connect_timeout=1, retries={"max_attempts": 0})
    with install(echo):
        client = build_client(endpoint_url="http://127.0.0.1:9", config=config)
        with pytest.raises(Exception, match="Could not connect to the endpoint URL"):
            client.list_schemas()
        client.close()
    assert echo.calls == []


def test_connect_answers_one_client_only() -> None:
    mine, installed = EchoService(), EchoService()
    with install(installed):
        connected, other = build_client(), build_client()
        connect(connected, mine)
        connected.list_schemas()
        other.list_campaigns()
    assert [call[1] for call in mine.calls] == ["ListSchemas"]
    assert [call[1] for call in installed.calls] == ["ListCampaigns"]


@pytest.mark.slow
def test_throttling_is_retried_by_the_client() -> None:
    echo = EchoService({"ListSchemas": AwsError("personalize", "ThrottlingException", "Rate exceeded")})
    with install(echo):
        client = build_client(config=Config(retries={"total_max_attempts": 2, "mode": "standard"}))
        with pytest.raises(ClientError, match="Rate exceeded") as caught:
            client.list_schemas()
    assert caught.value.response["Error"]["Code"] == "ThrottlingException"
    assert len(echo.calls) == 2


def test_many_threads_are_answered_at_once() -> None:
    echo = EchoService({"GetRecommendations": {"recommendationId": "r"}})
    with install(echo):
        client = build_client("personalize-runtime")
        threads = [
            threading.Thread(target=lambda: [client.get_recommendations(**ASK) for _ in range(20)]) for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(echo.calls) == 160


def test_a_defect_of_the_simulator_reaches_the_caller_as_it_is() -> None:
    with install(EchoService({"ListSchemas": ZeroDivisionError("ours")})), pytest.raises(ZeroDivisionError):
        build_client().list_schemas()
