"""The gateway as an ASGI application."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.routing import Route

if TYPE_CHECKING:
    from starlette.requests import Request

    from tastemaker.runner.gateway import Gateway

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


def build_gateway_app(gateway: Gateway) -> Starlette:
    """An application that passes every request to the gateway; handlers run in a thread pool."""

    async def answer(request: Request) -> Response:
        response = await run_in_threadpool(
            gateway.handle,
            request.method,
            _raw_path(request),
            parse_qsl(request.scope["query_string"].decode("latin-1"), keep_blank_values=True),
            request.headers.items(),
            await request.body(),
            "127.0.0.1" if request.client is None else request.client.host,
        )
        return _as_starlette(response.status, response.headers, response.body)

    return Starlette(routes=[Route("/{path:path}", answer, methods=list(METHODS))])


def _raw_path(request: Request) -> str:
    """Percent-encoded as it was sent: `/` inside an id must not look like a separator."""
    raw: bytes = request.scope["raw_path"]
    return raw.partition(b"?")[0].decode("latin-1")


def _as_starlette(status: int, headers: tuple[tuple[str, str], ...], body: bytes) -> Response:
    response = Response(body, status)
    for name, value in headers:
        response.headers.append(name, value)
    return response
