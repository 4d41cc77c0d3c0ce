"""The ASGI application, driven without a server."""

from __future__ import annotations

import asyncio
import json
import threading
from typing import Any

from tastemaker.plan.specs import RouteSpec
from tastemaker.runner.gateway import Gateway
from tastemaker.runner.http import build_gateway_app

ROUTES = (
    RouteSpec("GET", "/users/{userId}/recommendations", "echo", "get", ""),
    RouteSpec("POST", "/events", "echo", "post", ""),
)


class Echo:
    """Answers with the event and the thread it ran in."""

    def invoke(self, function: str, payload: Any) -> Any:
        body = {"event": payload, "thread": threading.get_ident()}
        return {"statusCode": 201, "headers": {"X-Function": function}, "body": json.dumps(body)}


def _ask(method: str, target: str, body: bytes = b"") -> tuple[int, dict[str, str], Any]:
    raw_path, _, query = target.partition("?")
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": raw_path,
        "raw_path": raw_path.encode(),
        "query_string": query.encode(),
        "headers": [(b"host", b"localhost"), (b"x-api-key", b"k")],
        "client": ("127.0.0.7", 1),
        "server": ("localhost", 80),
    }
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    app = build_gateway_app(Gateway(ROUTES, Echo(), now=lambda: 0.0))
    asyncio.run(app(scope, receive, send))
    headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    text = b"".join(message.get("body", b"") for message in sent[1:])
    return sent[0]["status"], headers, json.loads(text) if text else None


def test_a_request_reaches_the_handler_and_its_answer_comes_back() -> None:
    status, headers, body = _ask("POST", "/events?a=1&a=2&b=", b'{"x":1}')
    assert (status, headers["x-function"]) == (201, "echo")
    assert body["event"]["body"] == '{"x":1}'
    assert body["event"]["multiValueQueryStringParameters"] == {"a": ["1", "2"], "b": [""]}
    assert body["event"]["requestContext"]["identity"]["sourceIp"] == "127.0.0.7"
    assert body["event"]["requestContext"]["identity"]["apiKey"] == "k"


def test_a_slash_inside_an_id_is_no_separator() -> None:
    _, _, body = _ask("GET", "/users/a%2Fb/recommendations")
    assert body["event"]["pathParameters"] == {"userId": "a%2Fb"}


def test_handlers_run_beside_the_event_loop() -> None:
    _, _, body = _ask("POST", "/events")
    assert body["thread"] != threading.get_ident()


def test_an_unknown_path_is_answered_by_the_gateway() -> None:
    status, headers, body = _ask("GET", "/nothing")
    assert (status, body["type"]) == (403, "urn:tastemaker:problem:unknown-route")
    assert headers["access-control-allow-origin"] == "*"


def test_a_preflight_has_no_body() -> None:
    status, headers, body = _ask("OPTIONS", "/events")
    assert (status, body) == (204, None)
    assert headers["access-control-allow-headers"] == (
        "Authorization,Content-Type,If-None-Match,X-Api-Key,X-Correlation-Id"
    )
