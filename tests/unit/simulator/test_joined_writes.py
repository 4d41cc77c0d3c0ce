"""Responses of the local servers in one write."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
import uvicorn
from uvicorn.server import ServerState

from tastemaker.simulator.joined_writes import JoinedWritesProtocol

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


class _Wire(asyncio.Transport):
    """Notes what is written and that it is closed."""

    def __init__(self) -> None:
        super().__init__({"peername": ("127.0.0.1", 1), "sockname": ("127.0.0.1", 2)})
        self.noted: list[bytes] = []

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.noted.append(bytes(data))

    def close(self) -> None:
        self.noted.append(b"closed")

    def is_closing(self) -> bool:
        return b"closed" in self.noted


async def _app(_scope: Any, _receive: Any, send: Callable[[dict[str, Any]], Awaitable[None]]) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"4")]})
    await send({"type": "http.response.body", "body": b"four"})


async def _written(request: bytes) -> list[bytes]:
    config = uvicorn.Config(_app, http=JoinedWritesProtocol, lifespan="off", log_level="warning", access_log=False)
    protocol, wire = JoinedWritesProtocol(config, ServerState(), {}), _Wire()
    protocol.connection_made(wire)
    protocol.data_received(request)
    while not wire.noted:
        await asyncio.sleep(0)
    await asyncio.sleep(0)
    protocol.connection_lost(None)
    return wire.noted


_RESPONSE = b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n"


@pytest.mark.parametrize(
    ("headers", "written"),
    [
        (b"", [_RESPONSE + b"\r\nfour", b"closed"]),
        (b"Connection: close\r\n", [_RESPONSE + b"connection: close\r\n\r\nfour", b"closed"]),
    ],
)
def test_head_and_body_of_a_response_are_one_write_before_the_connection_closes(
    headers: bytes, written: list[bytes]
) -> None:
    assert asyncio.run(_written(b"GET / HTTP/1.1\r\nHost: x\r\n" + headers + b"\r\n"))[:2] == written
