"""The wire formats, byte by byte."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from tastemaker.errors import AwsError, UnsupportedBySimulatorError
from tastemaker.simulator.wire import Endpoint, WireResponse
from tests.support.echo_service import EchoService


def ask_control(endpoint: Endpoint, operation: str, body: bytes) -> WireResponse:
    return endpoint.answer("POST", "/", {"X-Amz-Target": f"AmazonPersonalize.{operation}"}, body)


def test_a_json_answer_carries_epoch_timestamps_and_a_request_id() -> None:
    answer = {"campaigns": [{"name": "c", "creationDateTime": datetime(2018, 12, 3, 18, 11, 25, 16000, tzinfo=UTC)}]}
    response = ask_control(Endpoint(EchoService({"ListCampaigns": answer})), "ListCampaigns", b"{}")
    assert response.status == 200
    assert response.body == b'{"campaigns":[{"name":"c","creationDateTime":1543860685.016}]}'
    assert response.headers == {
        "x-amzn-RequestId": "00000001-0000-4000-8000-000000000001",
        "Content-Type": "application/x-amz-json-1.1",
    }


def test_an_operation_without_output_answers_an_empty_body() -> None:
    response = ask_control(Endpoint(EchoService()), "DeleteCampaign", b'{"campaignArn":"a"}')
    assert (response.status, response.body) == (200, b"")


def test_an_empty_body_means_no_params() -> None:
    echo = EchoService()
    ask_control(Endpoint(echo), "ListSchemas", b"")
    assert echo.calls == [("personalize", "ListSchemas", {})]


def test_null_members_are_absent() -> None:
    echo = EchoService()
    ask_control(Endpoint(echo), "ListSchemas", b'{"nextToken":null}')
    assert echo.calls == [("personalize", "ListSchemas", {})]


def test_a_target_given_as_bytes_is_understood() -> None:
    response = Endpoint(EchoService()).answer("POST", "/", {"X-Amz-Target": b"AmazonPersonalize.ListSchemas"}, b"{}")
    assert response.status == 200


def test_a_control_plane_error_is_named_in_the_body() -> None:
    echo = EchoService({"ListSchemas": AwsError("personalize", "InvalidNextTokenException", "Bad token")})
    response = ask_control(Endpoint(echo), "ListSchemas", b"{}")
    assert response.status == 400
    assert json.loads(response.body) == {"__type": "InvalidNextTokenException", "message": "Bad token"}


def test_a_runtime_error_is_named_in_the_header_with_the_modelled_status() -> None:
    error = AwsError("personalize-runtime", "ResourceNotFoundException", "No campaign", status=400)
    response = Endpoint(EchoService({"GetRecommendations": error})).answer("POST", "/recommendations", {}, b"{}")
    assert response.status == 404
    assert response.headers["x-amzn-ErrorType"] == "ResourceNotFoundException"
    assert json.loads(response.body) == {"message": "No campaign"}


def test_what_is_not_built_answers_501() -> None:
    echo = EchoService({"GetRecommendations": UnsupportedBySimulatorError("themes", "Leave them out.")})
    response = Endpoint(echo).answer("POST", "/recommendations", {}, b"{}")
    assert response.status == 501
    assert response.headers["x-amzn-ErrorType"] == "UnsupportedBySimulator"
    assert json.loads(response.body) == {"message": "Not simulated: themes. Leave them out."}


def test_a_member_that_botocore_does_not_know_is_refused_by_name() -> None:
    response = Endpoint(EchoService()).answer("POST", "/recommendations", {}, b'{"userID":"u"}')
    assert response.status == 501
    assert json.loads(response.body)["message"] == (
        "Not simulated: member 'userID', which GetRecommendationsRequest lacks in the installed botocore."
        " Correct the name, or update boto3 when the member is new in the service."
    )


@pytest.mark.parametrize(
    ("operation", "body", "message"),
    [
        ("ListSchemas", b"{", "The body is not valid JSON: Expecting property name enclosed in double quotes"),
        ("ListSchemas", b"\xff", "The body is not valid JSON: 'utf-8' codec can't decode"),
        ("ListSchemas", b"[" * 100_000, "The body is not valid JSON: maximum recursion depth exceeded"),
        ("ListSchemas", b'{"maxResults":NaN}', "The body is not valid JSON: NaN is not a JSON number"),
        ("ListSchemas", b"[]", "START_ARRAY can not be converted to a structure"),
        ("ListSchemas", b'{"nextToken":5}', "nextToken: NUMBER_VALUE can not be converted to a String"),
        ("ListSchemas", b'{"maxResults":"5"}', "maxResults: STRING_VALUE can not be converted to an Integer"),
        ("ListSchemas", b'{"maxResults":1.5}', "maxResults: DECIMAL_VALUE can not be converted to an Integer"),
        ("ListSchemas", b'{"maxResults":true}', "maxResults: BOOLEAN_VALUE can not be converted to an Integer"),
        ("ListSchemas", b'{"maxResults":2147483648}', "maxResults: NUMBER_VALUE can not be converted to an Integer"),
        ("CreateSolution", b'{"performAutoML":1}', "performAutoML: NUMBER_VALUE can not be converted to a Boolean"),
        (
            "CreateDatasetGroup",
            b'{"tags":[{"tagKey":"a"},{"tagKey":[]}]}',
            "tags[1].tagKey: START_ARRAY can not be converted to a String",
        ),
        ("CreateDatasetGroup", b'{"tags":[null]}', "tags[0]: NULL_VALUE can not be converted to a structure"),
        ("CreateDatasetGroup", b'{"tags":{}}', "tags: START_OBJECT can not be converted to a list"),
        (
            "CreateCampaign",
            b'{"campaignConfig":{"itemExplorationConfig":{"a":1}}}',
            "campaignConfig.itemExplorationConfig.a: NUMBER_VALUE can not be converted to a String",
        ),
        (
            "CreateCampaign",
            b'{"campaignConfig":{"itemExplorationConfig":"a"}}',
            "campaignConfig.itemExplorationConfig: STRING_VALUE can not be converted to a map",
        ),
    ],
)
def test_an_unreadable_body_is_a_serialization_exception(operation: str, body: bytes, message: str) -> None:
    response = ask_control(Endpoint(EchoService()), operation, body)
    content = json.loads(response.body)
    assert (response.status, content["__type"]) == (400, "SerializationException")
    assert content["message"].startswith(message)


@pytest.mark.parametrize(
    ("sent_at", "message"),
    [
        ('"2026-11-22T06:08:24Z"', "STRING_VALUE can not be converted to a Timestamp (epoch seconds)"),
        ("1e18", "DECIMAL_VALUE can not be converted to a Timestamp between the years 1 and 9999"),
        ("true", "BOOLEAN_VALUE can not be converted to a Timestamp (epoch seconds)"),
    ],
)
def test_an_event_time_must_be_epoch_seconds(sent_at: str, message: str) -> None:
    body = f'{{"eventList":[{{"sentAt":{sent_at}}}]}}'.encode()
    response = Endpoint(EchoService()).answer("POST", "/events", {}, body)
    assert (response.status, response.headers["x-amzn-ErrorType"]) == (400, "SerializationException")
    assert json.loads(response.body) == {"message": f"eventList[0].sentAt: {message}"}


def test_a_fractional_event_time_keeps_its_milliseconds() -> None:
    echo = EchoService()
    Endpoint(echo).answer("POST", "/events", {}, b'{"eventList":[{"sentAt":1553631760.5}]}')
    expected = datetime(2019, 3, 26, 20, 22, 40, 500000, tzinfo=UTC)
    assert echo.calls[0][2]["eventList"] == [{"sentAt": expected}]


def test_a_number_beyond_double_is_refused() -> None:
    body = b'{"eventList":[{"eventValue":1' + b"0" * 400 + b"}]}"
    response = Endpoint(EchoService()).answer("POST", "/events", {}, body)
    assert json.loads(response.body) == {
        "message": "eventList[0].eventValue: NUMBER_VALUE can not be converted to a Double"
    }


@pytest.mark.parametrize(
    ("method", "path", "headers", "status", "message"),
    [
        ("POST", "/nothing", {}, 404, "No operation at POST /nothing."),
        ("GET", "/events", {}, 404, "No operation at GET /events."),
        ("POST", "/", {}, 400, "No operation for POST / with a request without X-Amz-Target."),
        (
            "POST",
            "/",
            {"X-Amz-Target": "AmazonPersonalize.Guess"},
            400,
            "No operation for POST / with X-Amz-Target 'AmazonPersonalize.Guess'.",
        ),
    ],
)
def test_an_unknown_operation_is_refused(
    method: str, path: str, headers: dict[str, str | bytes], status: int, message: str
) -> None:
    response = Endpoint(EchoService()).answer(method, path, headers, b"{}")
    content = json.loads(response.body)
    code = content.get("__type") or response.headers["x-amzn-ErrorType"]
    assert (response.status, code, content["message"]) == (status, "UnknownOperationException", message)


def test_a_naive_datetime_in_a_result_is_a_defect_and_says_so() -> None:
    answer: dict[str, Any] = {"schemas": [{"creationDateTime": datetime(2026, 1, 1)}]}  # noqa: DTZ001 - the case under test
    with pytest.raises(TypeError, match="allowed are JSON values and aware datetimes"):
        _ = ask_control(Endpoint(EchoService({"ListSchemas": answer})), "ListSchemas", b"{}").body
