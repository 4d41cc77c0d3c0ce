"""The gateway as an ASGI application.

Written against the protocol itself: a framework's router knows paths that it cannot match, and its request and response
objects cost as much as a handler.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from tastemaker.wire.asgi import read_body
from tastemaker.wire.workers import Workers

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping

    from tastemaker.runner.gateway import Gateway
    from tastemaker.runner.proxy import GatewayResponse

    Message = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[Message]]
    Send = Callable[[Message], Awaitable[None]]

_THREADS, _PATIENCE_SECONDS = 8, 1.0


class GatewayApp:
    """Passes every request to the gateway; handlers that take long run in worker threads."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._workers = Workers("gateway", _THREADS, _PATIENCE_SECONDS)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        body = await read_body(receive)
        if body is None:
            return
        # what handlers wait for computes in this process as well
        kind = f"{scope['method']} {scope['path'].split('/')[1]}"
        await _respond(send, await self._workers.run(self._answer, scope, body, prompt_kind=kind))

    def _answer(self, scope: Message, body: bytes) -> GatewayResponse:
        client = scope.get("client")
        return self._gateway.handle(
            scope["method"],
            _raw_path(scope),
            parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True) if scope["query_string"] else (),
            [(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]],
            body,
            "127.0.0.1" if client is None else client[0],
        )


def build_gateway_app(gateway: Gateway) -> GatewayApp:
    return GatewayApp(gateway)


def _raw_path(scope: Message) -> str:
    """Percent-encoded as it was sent: `/` inside an id must not look like a separator."""
    raw: bytes = scope["raw_path"]
    return raw.partition(b"?")[0].decode("latin-1")


async def _respond(send: Send, response: GatewayResponse) -> None:
    headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in response.headers]
    # These two never have a body, and a length would announce one. Source: RFC 9110, 8.6.
    if response.status not in (204, 304):
        headers.append((b"content-length", str(len(response.body)).encode()))
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    await send({"type": "http.response.body", "body": response.body})
