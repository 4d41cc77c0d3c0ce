"""Simulated services as an ASGI application.

Written against the protocol itself: with a framework's request, response and routing objects between, a server answers
half as many requests (docs/benchmarks.md).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tastemaker.wire.endpoint import WireResponse, internal_failure
from tastemaker.wire.workers import Workers

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, MutableMapping

    from tastemaker.wire.endpoint import Endpoint

    Message = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[Message]]
    Send = Callable[[Message], Awaitable[None]]

_HEALTHY = WireResponse(200, {"Content-Type": "application/json"}, b'{"status":"ok"}')
_THREADS = 16
_PATIENCE_SECONDS = 0.2


class WireApp:
    """An endpoint's services at one address, and `GET /healthz`; `name` is what defects are blamed on.

    The simulator is called in a worker thread unless `is_prompt` says otherwise: a slow call holds up no other request.
    """

    def __init__(self, endpoint: Endpoint, name: str) -> None:
        self._endpoint, self._name = endpoint, name
        self._workers = Workers(name.lower().replace(" ", "-"), _THREADS, _PATIENCE_SECONDS)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        body = await read_body(receive)
        if body is None:
            return
        method, path = scope["method"], scope["path"]
        if path == "/healthz" and method in {"GET", "HEAD"}:
            await _respond(send, _HEALTHY)
            return
        try:
            request = method, path, _target(scope["headers"]), body
            kind = path if self.is_prompt(path) else None
            answer = await self._workers.run(self._answer, *request, prompt_kind=kind)
        except BaseException:  # whatever it was, the client gets an answer
            await _respond(send, internal_failure(path, self._name))
            raise  # the server logs the trace
        await _respond(send, answer)

    def _answer(self, method: str, path: str, headers: Mapping[str, str | bytes], body: bytes) -> WireResponse:
        answer = self._endpoint.answer(method, path, headers, body)
        return replace(answer, content=answer.body)  # written down where it was computed

    def is_prompt(self, path: str) -> bool:  # noqa: ARG002 - for services that know better
        """Whether a request to this path now computes its answer and waits for nothing."""
        return False


async def read_body(receive: Receive) -> bytes | None:
    """The whole body; None when the client went away."""
    message = await receive()
    if message["type"] == "http.request" and not message.get("more_body", False):
        first: bytes = message.get("body", b"")
        return first
    parts = []
    while message["type"] == "http.request":
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts)
        message = await receive()
    return None


def _target(headers: list[tuple[bytes, bytes]]) -> dict[str, str | bytes]:
    """The only header that addresses an operation; ASGI gives names in lower case."""
    return next(({"X-Amz-Target": value} for name, value in headers if name == b"x-amz-target"), {})


async def _respond(send: Send, response: WireResponse) -> None:
    headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in response.headers.items()]
    body = response.body
    headers.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
