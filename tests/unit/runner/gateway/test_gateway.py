from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from typing import Any

import pytest

from lambdas.shared.http import EXPOSED_HEADERS
from tastemaker.errors import FunctionError
from tastemaker.plan.bodies import build_records_body
from tastemaker.plan.specs import ParameterSpec, RouteSpec
from tastemaker.runner.callers import Caller, KeyDoor, TokenDoor
from tastemaker.runner.gateway import Gateway

NOW_SECONDS = 1_700_000_000.5
OK = {"statusCode": 200, "headers": {"X-A": "1"}, "body": '{"a":1}'}
ROUTES = (
    RouteSpec("GET", "/users/{userId}/recommendations", "recommend", "getRecommendations", ""),
    RouteSpec("GET", "/users/me/recommendations", "mine", "getMine", ""),
    RouteSpec("POST", "/events", "track", "postEvents", ""),
    RouteSpec("PUT", "/items", "put-records", "putItems", "", body=build_records_body("items", "itemId")),
    RouteSpec(
        "GET", "/search", "search", "search", "", (ParameterSpec("text", "query", "", True, {"type": "string"}),)
    ),
)
REQUEST_CONTEXT = {
    "accountId": "123456789012",
    "apiId": "local",
    "domainName": "localhost:8000",
    "domainPrefix": "local",
    "extendedRequestId": "request-1",
    "httpMethod": "GET",
    "identity": {
        "accessKey": None,
        "accountId": None,
        "apiKey": None,
        "apiKeyId": None,
        "caller": None,
        "sourceIp": "127.0.0.9",
        "user": None,
        "userAgent": "curl",
        "userArn": None,
    },
    "path": "/local/users/u1/recommendations",
    "protocol": "HTTP/1.1",
    "requestId": "request-1",
    "requestTime": "14/Nov/2023:22:13:20 +0000",
    "requestTimeEpoch": 1_700_000_000_500,
    "resourceId": "getRecommendations",
    "resourcePath": "/users/{userId}/recommendations",
    "stage": "local",
}
"""Of the request that is written out in full below."""


@dataclass
class RecordingFunctions:
    """Answers the same to everything and keeps what it was asked."""

    answer: Any = field(default_factory=lambda: dict(OK))
    calls: list[tuple[str, Any]] = field(default_factory=list)

    def invoke(self, function: str, payload: Any) -> Any:
        self.calls.append((function, payload))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def _gateway(functions: RecordingFunctions) -> Gateway:
    return Gateway(ROUTES, functions, now=lambda: NOW_SECONDS, new_request_id=lambda: "request-1")


def _event(method: str, path: str, **request: Any) -> dict[str, Any]:
    functions = RecordingFunctions()
    _gateway(functions).handle(method, path, **request)
    event: dict[str, Any] = functions.calls[0][1]
    return event


def test_a_path_template_finds_its_function() -> None:
    functions = RecordingFunctions()
    response = _gateway(functions).handle("GET", "/users/u1/recommendations")
    assert functions.calls[0][0] == "recommend"
    assert (response.status, response.body) == (200, b'{"a":1}')
    assert response.headers == (("X-A", "1"), ("Content-Type", "application/json"))


def test_a_literal_segment_wins_over_a_parameter() -> None:
    functions = RecordingFunctions()
    _gateway(functions).handle("GET", "/users/me/recommendations")
    assert functions.calls[0][0] == "mine"


def test_the_event_is_a_rest_proxy_event() -> None:
    event = _event(
        "GET",
        "/users/u1/recommendations",
        query=[("a", "1"), ("b", "x"), ("a", "2")],
        headers=[("host", "localhost:8000"), ("accept", "x"), ("accept", "y"), ("user-agent", "curl")],
        source_ip="127.0.0.9",
    )
    assert event == {
        "resource": "/users/{userId}/recommendations",
        "path": "/users/u1/recommendations",
        "httpMethod": "GET",
        "headers": {"host": "localhost:8000", "accept": "y", "user-agent": "curl"},
        "multiValueHeaders": {"host": ["localhost:8000"], "accept": ["x", "y"], "user-agent": ["curl"]},
        "queryStringParameters": {"a": "2", "b": "x"},
        "multiValueQueryStringParameters": {"a": ["1", "2"], "b": ["x"]},
        "pathParameters": {"userId": "u1"},
        "stageVariables": None,
        "requestContext": REQUEST_CONTEXT,
        "body": None,
        "isBase64Encoded": False,
    }


def test_what_is_absent_is_null() -> None:
    event = _event("POST", "/events", body=b"{}")
    absent = ("headers", "multiValueHeaders", "queryStringParameters", "multiValueQueryStringParameters")
    assert [event[name] for name in absent] == [None, None, None, None]
    assert (event["pathParameters"], event["body"]) == (None, "{}")


def test_path_parameters_stay_encoded_as_on_a_rest_api() -> None:
    assert _event("GET", "/users/a%2Fb/recommendations")["pathParameters"] == {"userId": "a%2Fb"}


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/nothing"), ("DELETE", "/events"), ("GET", "/users//recommendations"), ("OPTIONS", "/nothing")],
)
def test_an_unknown_route_is_403_as_on_a_rest_api(method: str, path: str) -> None:
    functions = RecordingFunctions()
    response = _gateway(functions).handle(method, path)
    assert response.status == 403
    assert json.loads(response.body) == {
        "type": "urn:tastemaker:problem:unknown-route",
        "title": "Unknown route",
        "status": 403,
        "detail": "There is no such route, or it asks for credentials.",
        "requestId": "request-1",
    }
    assert ("Content-Type", "application/problem+json") in response.headers
    assert ("Access-Control-Allow-Origin", "*") in response.headers
    assert ("Access-Control-Expose-Headers", EXPOSED_HEADERS) in response.headers
    assert ("X-Correlation-Id", json.loads(response.body)["requestId"]) in response.headers
    assert functions.calls == []


@pytest.mark.parametrize("query", [[], [("text", " ")], [("other", "x")]])
def test_a_required_parameter_is_asked_for(query: list[tuple[str, str]]) -> None:
    response = _gateway(RecordingFunctions()).handle("GET", "/search", query)
    assert (response.status, json.loads(response.body)["detail"]) == (
        400,
        "A required parameter is missing or empty.",
    )


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"NaN", b"{}", b'{"items":{}}', b'{"items":[],"itens":[]}', b'{"items":[NaN]}', b"[" * 100_000],
)
@pytest.mark.parametrize("headers", [[], [("Content-Type", "Application/JSON; charset=utf-8")]])
def test_a_body_that_is_not_of_the_models_form_reaches_no_function(body: bytes, headers: list[tuple[str, str]]) -> None:
    functions = RecordingFunctions()
    response = _gateway(functions).handle("PUT", "/items", headers=headers, body=body)
    problem = json.loads(response.body)
    assert (response.status, problem["type"]) == (400, "urn:tastemaker:problem:bad-parameter")
    assert problem["detail"] == "The body is not of the form that /openapi.json gives for this route."
    assert functions.calls == []


@pytest.mark.parametrize(
    ("content_type", "body"),
    [("", b'{"items":[]}'), ("application/json", b'{"items":[7,"x",{"wrong":true}]}'), ("text/plain", b"{")],
)
def test_entries_and_other_content_types_are_the_functions_business(content_type: str, body: bytes) -> None:
    functions = RecordingFunctions()
    _gateway(functions).handle("PUT", "/items", headers=[("content-type", content_type)], body=body)
    assert [payload["body"] for _, payload in functions.calls] == [body.decode()]


def test_a_preflight_is_answered_without_a_function() -> None:
    functions = RecordingFunctions()
    response = _gateway(functions).handle("OPTIONS", "/events")
    assert (response.status, response.body, functions.calls) == (204, b"", [])
    assert dict(response.headers)["Access-Control-Allow-Methods"] == "GET,POST,PUT,OPTIONS"


def test_a_body_over_ten_megabytes_is_refused() -> None:
    response = _gateway(RecordingFunctions()).handle("POST", "/events", body=b"x" * (10 * 1024 * 1024 + 1))
    assert (response.status, json.loads(response.body)["detail"]) == (413, "The request is too large.")


@pytest.mark.parametrize(
    "answer",
    [
        None,
        "text",
        {},
        {"statusCode": "200"},
        {"statusCode": True},
        {"statusCode": 99},
        {"statusCode": 200, "headers": {"a": ["b"]}},
        {"statusCode": 200, "headers": "a"},
        {"statusCode": 200, "multiValueHeaders": {"a": "b"}},
        {"statusCode": 200, "body": {"a": 1}},
        {"statusCode": 200, "body": "%", "isBase64Encoded": True},
        FunctionError("KeyError", "secret"),
    ],
)
def test_a_failed_or_malformed_answer_is_502_without_details(answer: Any) -> None:
    response = _gateway(RecordingFunctions(answer)).handle("POST", "/events")
    assert (response.status, json.loads(response.body)["detail"]) == (502, "The function failed.")


def test_a_base64_answer_is_decoded() -> None:
    answer = {"statusCode": 200, "body": "AAE=", "isBase64Encoded": True}
    assert _gateway(RecordingFunctions(answer)).handle("POST", "/events").body == b"\x00\x01"


def test_repeated_headers_are_kept() -> None:
    answer = {"statusCode": 200, "multiValueHeaders": {"Set-Cookie": ["a", "b"]}}
    response = _gateway(RecordingFunctions(answer)).handle("POST", "/events")
    assert response.headers[:2] == (("Set-Cookie", "a"), ("Set-Cookie", "b"))


KEYED = RouteSpec("POST", "/events", "track", "postEvents", "")
OPEN = RouteSpec("GET", "/healthz", "health", "getHealth", "", security="")


def _token(**claims: Any) -> list[tuple[str, str]]:
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return [("Authorization", f"Bearer e30.{payload}.signature")]


def test_a_key_is_known_by_its_id() -> None:
    door = KeyDoor({"web": "key-web"})
    assert door.admit(KEYED, [("X-Api-Key", "web")], 0) == Caller(api_key_id="key-web")
    assert door.admit(KEYED, [("x-api-key", "other")], 0) == "INVALID_API_KEY"
    assert door.admit(KEYED, [], 0) == "INVALID_API_KEY"
    assert door.admit(OPEN, [], 0) == Caller()


@pytest.mark.parametrize(
    "headers", [[], [("authorization", "Bearer x")], [("authorization", "a.%%%.c")], _token(sub="u1", exp=9)]
)
def test_a_missing_malformed_or_expired_token_is_refused(headers: list[tuple[str, str]]) -> None:
    assert TokenDoor().admit(KEYED, headers, 10) == "UNAUTHORIZED"


def test_a_token_tells_its_claims() -> None:
    assert TokenDoor().admit(KEYED, _token(sub="u1", exp=11), 10) == Caller(claims={"sub": "u1", "exp": 11})


def test_who_is_not_let_in_reaches_no_function() -> None:
    functions = RecordingFunctions()
    gateway = Gateway(ROUTES, functions, now=lambda: NOW_SECONDS, door=KeyDoor({"web": "key-web"}))
    statuses = [gateway.handle("POST", "/events", headers=headers).status for headers in ([], [("x-api-key", "web")])]
    assert (statuses, len(functions.calls)) == ([403, 200], 1)
    assert functions.calls[0][1]["requestContext"]["identity"]["apiKeyId"] == "key-web"
