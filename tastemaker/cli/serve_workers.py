"""Processes that answer the REST API of `tastemaker serve --workers`: one listening socket, one local AWS for all.

Each process has a gateway and execution environments of its own, as Lambda has them, and what its handlers ask of AWS
goes to the parent, which holds the only simulator. So whatever one of them changes holds for all.

    parent    simulator, moto, event queue, state machines ── answers requests of botocore over a pipe to each worker
    worker    REST API ── gateway ── Lambda handlers ── botocore
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import selectors
import signal
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self, cast

import botocore.session

from tastemaker.aws import REGION, environment, shared_service_models
from tastemaker.errors import TastemakerError
from tastemaker.runner.callers import build_door
from tastemaker.runner.gateway import Gateway
from tastemaker.runner.handlers import LocalFunctions
from tastemaker.runner.http import build_gateway_app
from tastemaker.simulator.server import ServerSpec, run_servers
from tastemaker.wire import remote

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Mapping
    from multiprocessing.connection import Connection
    from multiprocessing.context import SpawnProcess
    from pathlib import Path

    from tastemaker.plan.specs import Plan
    from tastemaker.simulator.clock import Clock

_SPAWN = multiprocessing.get_context("spawn")
_READY = "ready"
_STOP_TIMEOUT_SECONDS = 10


@dataclass(frozen=True)
class WorkerSpec:
    """What a worker has to know; all of it can be sent to a new process.

    Attributes:
        values: token values, as `Local.values`.
        asset: folder of the functions' code.
        clock: the one of all processes.
        listener: where all workers take connections from.
    """

    plan: Plan
    values: Mapping[str, str]
    asset: Path
    clock: Clock
    listener: socket.socket


class Workers:
    """A number of workers while a block runs. Whoever of them dies is replaced.

    Args:
        aws: answers what their handlers ask, in one thread and one request after the other.
        tell: takes a line for the user.
    """

    def __init__(self, count: int, spec: WorkerSpec, aws: remote.Aws, tell: Callable[[str], None]) -> None:
        self._count, self._spec, self._aws, self._tell = count, spec, aws, tell
        self._workers: dict[Connection, SpawnProcess] = {}
        self._connections = selectors.DefaultSelector()
        self._changing = threading.Lock()
        self._started = threading.Semaphore(0)
        self._thread = threading.Thread(target=self._attend, name="workers", daemon=True)
        self._serving, self._stopping, self._failure = False, False, ""

    def __enter__(self) -> Self:
        """Start them and wait until all take connections.

        Raises:
            TastemakerError: one of them ended before that.
        """
        with contextlib.ExitStack() as stack:
            stack.callback(self._stop)
            for _ in range(self._count):
                self._start()
            self._thread.start()
            for _ in range(self._count):
                self._started.acquire()
                if self._failure:
                    raise TastemakerError(self._failure)
            self._serving = True
            self._leave = stack.pop_all()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._leave.close()

    def _start(self) -> None:
        ours, theirs = _SPAWN.Pipe()
        process = _SPAWN.Process(target=run_worker, args=(self._spec, theirs), name="tastemaker-worker", daemon=True)
        process.start()
        theirs.close()
        self._workers[ours] = process
        self._connections.register(ours, selectors.EVENT_READ)

    def _attend(self) -> None:
        while self._workers:
            for key, _ in self._connections.select():
                self._hear(cast("Connection", key.fileobj))

    def _hear(self, connection: Connection) -> None:
        try:
            message = connection.recv()
            if message != _READY:
                remote.answer_request(message, connection, self._aws)
                return
        except (EOFError, OSError):
            self._replace(connection)
            return
        self._started.release()

    def _replace(self, connection: Connection) -> None:
        """Start another one; where not all have started yet, another one would end in the same way."""
        with self._changing:
            self._connections.unregister(connection)
            dead = self._workers.pop(connection)
            dead.join()
            if self._stopping:
                return
            what = f"A worker process ended with exit code {dead.exitcode}"
            if self._serving:
                self._tell(f"{what}; another one takes its place.")
                self._start()
            else:
                self._failure = f"{what} before all were ready; the lines above may say why."
                self._started.release()

    def _stop(self) -> None:
        with self._changing:
            self._stopping = True
            processes = list(self._workers.values())
        for process in processes:
            process.terminate()
        for process in processes:
            process.join(_STOP_TIMEOUT_SECONDS)
            process.kill()
        if self._thread.is_alive():
            self._thread.join()
        self._connections.close()


def run_worker(spec: WorkerSpec, connection: Connection) -> None:
    """Answer the REST API until SIGTERM or the parent's end."""
    os.setsid()  # Ctrl-C is for the parent, which answers the last requests before it ends its workers
    threading.Thread(target=_end_with_parent, daemon=True).start()
    remote.install(connection)
    with environment({"AWS_DEFAULT_REGION": REGION, "AWS_REGION": REGION}), shared_service_models():
        functions = LocalFunctions(spec.asset, spec.plan.functions, spec.values, log=lambda _function, _line: None)
        door = build_door(spec.plan, spec.values)
        gateway = Gateway(spec.plan.routes, functions, now=spec.clock.now, door=door)
        gateway.warm_up()
        _read_service_models()
        connection.send(_READY)
        run_servers([ServerSpec(build_gateway_app(gateway), listener=spec.listener)], lambda _urls: None)


def _read_service_models() -> None:
    """Handlers make their clients with the first request, which would wait a tenth of a second for the models."""
    session = botocore.session.Session()
    session.set_credentials("local", "local")
    for service in remote.SERVICES:
        session.create_client(service, REGION)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
    os.kill(os.getpid(), signal.SIGTERM)
