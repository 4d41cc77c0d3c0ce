"""The ASGI application, driven without a server."""

from __future__ import annotations

import asyncio
import json
import threading
import time
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


class Slow(Echo):
    """The same after 30 ms of the processor."""

    def invoke(self, function: str, payload: Any) -> Any:
        begun = time.thread_time()
        while time.thread_time() - begun < 0.03:
            pass
        return super().invoke(function, payload)


def _ask(
    method: str, target: str, body: bytes = b"", *, functions: Echo | None = None, times: int = 1
) -> tuple[int, dict[str, str], Any]:
    """The last answer where the request is sent several times."""
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

    app = build_gateway_app(Gateway(ROUTES, functions or Echo(), now=lambda: 0.0))

    async def ask() -> None:
        for _ in range(times):
            sent.clear()
            await app(scope, receive, send)

    asyncio.run(ask())
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


def test_a_handler_that_was_slow_runs_beside_the_event_loop() -> None:
    threads = [_ask("POST", "/events", functions=Slow(), times=times)[2]["thread"] for times in (1, 2)]
    assert [thread == threading.get_ident() for thread in threads] == [True, False]


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
