"""The local Personalize over HTTP, for other languages, the AWS CLI and boto3's `endpoint_url`."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import queue
import signal
import socket
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

import uvicorn

from tastemaker.errors import TastemakerError
from tastemaker.simulator.asgi import PersonalizeApp
from tastemaker.simulator.joined_writes import JoinedWritesProtocol

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence
    from types import FrameType

    from starlette.types import ASGIApp

    from tastemaker.simulator.wire import Service

_STOP_TIMEOUT_SECONDS = 5
_KEEP_ALIVE_SECONDS = 60
"""Above what clients wait before they give up an idle connection: who uses one that is being closed gets a reset."""
_COLLECT_AFTER_OBJECTS = 20_000
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def build_personalize_app(service: Service) -> ASGIApp:
    """The three services at one address, and `GET /healthz`."""
    return PersonalizeApp(service)


@dataclass(frozen=True)
class ServerSpec:
    """One application to serve; port 0 lets the system choose a free one.

    Attributes:
        listener: a socket that listens already, instead of host and port.
    """

    app: ASGIApp
    host: str = "127.0.0.1"
    port: int = 0
    listener: socket.socket | None = None


class _Server(uvicorn.Server):
    """A uvicorn server that leaves signals to whoever runs several of them."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


class _Group:
    """Servers that start and stop together. Binds on creation, so `urls` are known before anything runs."""

    def __init__(self, specs: Sequence[ServerSpec]) -> None:
        self._sockets: list[socket.socket] = []
        try:
            for spec in specs:
                self._sockets.append(spec.listener or bind(spec.host, spec.port))
        except TastemakerError:
            self._close_sockets()
            raise
        self._servers = [_Server(_configure(spec.app)) for spec in specs]
        self.urls = [url_of(spec.host, bound) for spec, bound in zip(specs, self._sockets, strict=True)]

    def run(self, on_ready: Callable[[list[str]], None]) -> None:
        try:
            asyncio.run(self._serve(on_ready))
        finally:
            self._close_sockets()

    def stop(self) -> None:
        for server in self._servers:
            # a second Ctrl-C no longer waits for open connections
            server.force_exit = server.should_exit
            server.should_exit = True

    async def _serve(self, on_ready: Callable[[list[str]], None]) -> None:
        async with asyncio.TaskGroup() as tasks:
            for server, bound in zip(self._servers, self._sockets, strict=True):
                tasks.create_task(server.serve(sockets=[bound]))
            tasks.create_task(self._announce(on_ready))

    async def _announce(self, on_ready: Callable[[list[str]], None]) -> None:
        while not all(server.started or server.should_exit for server in self._servers):
            await asyncio.sleep(0.01)
        if all(server.started for server in self._servers):
            on_ready(self.urls)

    def _close_sockets(self) -> None:
        for bound in self._sockets:
            bound.close()


def run_servers(servers: Sequence[ServerSpec], on_ready: Callable[[list[str]], None]) -> None:
    """Serve until Ctrl-C or SIGTERM, then finish the running requests and return. Call it from the main thread.

    Args:
        on_ready: called once, when all accept connections, with their URLs in the order of `servers`.

    Raises:
        TastemakerError: an address cannot be bound.
    """
    group = _Group(servers)

    def stop(_signal: int, _frame: FrameType | None) -> None:
        group.stop()

    previous = {number: signal.signal(number, stop) for number in _SIGNALS}
    try:
        with _collecting_seldom():
            group.run(on_ready)
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def _collecting_seldom() -> Iterator[None]:
    """What exists now outlives all requests; looking through it over and over takes a tenth of their processor time."""
    before = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(_COLLECT_AFTER_OBJECTS, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


@contextlib.contextmanager
def serving(servers: Sequence[ServerSpec]) -> Iterator[list[str]]:
    """Serve from a background thread while the block runs; gives the URLs in the order of `servers`.

    Raises:
        TastemakerError: an address cannot be bound, or a server ended before it was ready.
    """
    group = _Group(servers)
    ready: queue.SimpleQueue[list[str] | None] = queue.SimpleQueue()

    def run() -> None:
        try:
            group.run(ready.put)
        finally:
            ready.put(None)  # wakes the caller when starting failed

    thread = threading.Thread(target=run, name="tastemaker-servers", daemon=True)
    thread.start()
    try:
        urls = ready.get()
        if urls is None:
            raise TastemakerError("A local server ended before it was ready; the log above has the reason.")
        yield urls
    finally:
        group.stop()
        thread.join()


def _configure(app: ASGIApp) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=JoinedWritesProtocol,
        log_level="warning",
        access_log=False,
        proxy_headers=False,  # a caller is who is connected, as for API Gateway, whatever its headers say
        timeout_graceful_shutdown=_STOP_TIMEOUT_SECONDS,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        ws="none",
        lifespan="off",
    )


def bind(host: str, port: int) -> socket.socket:
    """A socket that listens; port 0 takes any free one.

    Raises:
        TastemakerError: the address cannot be bound.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio switches Nagle's algorithm off only where it sees the protocol number; with it, the two writes of one
    # response cost 44 ms (socket.create_server leaves the number 0)
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name == "posix":  # a port that was just freed; elsewhere the option would share a busy port
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, port))
        bound.listen()
    except (OSError, OverflowError) as error:
        bound.close()
        message = f"Cannot listen on {host}:{port}: {error}. Choose another address; port 0 takes any free one."
        raise TastemakerError(message) from error
    return bound


def url_of(host: str, listener: socket.socket) -> str:
    """Where a server of this socket answers."""
    name = f"[{host}]" if ":" in host else host
    return f"http://{name}:{listener.getsockname()[1]}"
