"""Step Functions on the wire: for unmodified AWS clients, in process and over HTTP.

The engine's virtual time passes with the calls: see `VirtualPace` and `LivePace`.
"""

from __future__ import annotations

import re
import threading
import time
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

from tastemaker.runner.interpreter.api import StepFunctionsApi
from tastemaker.wire import Endpoint, transport
from tastemaker.wire.asgi import WireApp
from tastemaker.wire.operations import load_operations

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tastemaker.runner.interpreter.engine import Engine
    from tastemaker.wire.transport import Installation

_HOST = re.compile(r"(sync-)?states(-fips)?\.[a-z0-9-]+\.(amazonaws\.com(\.cn)?|api\.aws)")


_STILL = frozenset({"StartExecution", "StopExecution"})
"""Before these no time passes: what was started a moment ago can still be stopped."""


class Pace(Protocol):
    """Lets virtual time pass between calls."""

    def settle(self) -> None: ...


class VirtualPace:
    """Nothing waits in real time: executions run to their end, however long their waits are.

    Only while a callback or a worker is awaited does time pass as on the wall clock, so that a client has the time to
    answer before a timeout.
    """

    def __init__(self, engine: Engine, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._engine, self._monotonic = engine, monotonic
        self._last = monotonic()

    def settle(self) -> None:
        """Play until nothing runs, or until all that runs waits for somebody outside."""
        elapsed, self._last = self._monotonic() - self._last, self._monotonic()
        limit, engine = self._engine.now() + elapsed, self._engine
        while engine.stage.running and engine.next_event_at < float("inf"):
            if engine.tokens.opened and engine.next_event_at > limit:
                return
            engine.run_until(engine.next_event_at)


class LivePace:
    """Virtual time follows a clock, e.g. the wall clock of a served project."""

    def __init__(self, engine: Engine, now: Callable[[], float]) -> None:
        self._engine, self._now = engine, now

    def settle(self) -> None:
        """Play what is due."""
        self._engine.run_until(max(self._engine.now(), self._now()))


class StepFunctionsService:
    """Implements `wire.Service`; calls from several threads take turns."""

    def __init__(self, engine: Engine, pace: Pace | None = None) -> None:
        self._engine, self._api = engine, StepFunctionsApi(engine)
        self._pace = VirtualPace(engine) if pace is None else pace
        self._turn = threading.RLock()

    def call(self, service: str, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ARG002 - one service
        """See `wire.Service`."""
        with self._turn:
            if self._engine.is_playing:  # a task calls the service that runs it
                return self._api.call(operation, params)
            if operation not in _STILL:
                self._pace.settle()
            answer = self._api.call(operation, params)
            self._engine.run_until(self._engine.now())  # what follows from it at this very moment
            return answer


@lru_cache(maxsize=256)
def _states_path(url: str) -> str | None:
    """The URL's path when its host is Step Functions in any Region; else None."""
    parts = urlsplit(url)
    return parts.path if _HOST.fullmatch(parts.hostname or "") else None


def _endpoint(engine: Engine, pace: Pace | None) -> Endpoint:
    return Endpoint(StepFunctionsService(engine, pace), load_operations("stepfunctions"))


def install(engine: Engine, pace: Pace | None = None) -> Installation:
    """Answer every boto3 client of Step Functions created from now on; close it when done."""
    return transport.install(_endpoint(engine, pace), _states_path)


def build_stepfunctions_app(engine: Engine, pace: Pace | None = None) -> WireApp:
    """The service at one address, for `endpoint_url` of any AWS SDK; virtual time passes by `pace`."""
    return WireApp(_endpoint(engine, pace), "Step Functions")
