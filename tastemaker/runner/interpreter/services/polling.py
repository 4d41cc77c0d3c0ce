"""`.sync`: the call, then looks at the work until it ends, on the virtual clock.

Source: developer guide, "Run a Job (.sync)". How often the service looks is its own business; here a look comes after
five seconds, then after ever longer times.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import simpy

from tastemaker.runner.interpreter.failures import TASK_FAILED, TIMEOUT, StateError
from tastemaker.runner.interpreter.fields import MAX_SECONDS
from tastemaker.runner.interpreter.payload import to_text

if TYPE_CHECKING:
    from collections.abc import Generator

    from tastemaker.runner.interpreter.execution import Execution
    from tastemaker.runner.interpreter.services.jobs import JobKind
    from tastemaker.runner.interpreter.services.sdk import OperationIntegration

_FIRST_LOOK_SECONDS, _LONGEST_SECONDS = 5.0, 3600.0
_SHARE = 0.1
"""How long is waited for the next look, of the time that has passed."""
_SUFFIX = ".sync"


@dataclass(frozen=True, slots=True)
class RunJob:
    """An operation that starts work, and the wait for its end."""

    start: OperationIntegration
    describe: OperationIntegration
    stop: OperationIntegration
    kind: JobKind
    waits_for_token: bool = False

    @property
    def resource(self) -> str:
        return self.start.resource + _SUFFIX

    @property
    def resource_type(self) -> str:
        return self.start.resource_type

    def check(self, arguments: Any) -> list[str]:
        return self.start.check(arguments)

    def check_result(self, result: Any, *, strict: bool) -> list[str]:
        return self.describe.check_result(result, strict=strict)

    def prepare(self, arguments: Any) -> Any:
        return self.start.prepare(arguments)

    def call(self, prepared: Any, caller: Execution) -> Any:
        return self.start.call(prepared, caller)

    def job(self, prepared: Any, response: Any) -> PolledJob:
        return PolledJob(self, prepared, response)


@dataclass(slots=True)
class PolledJob:
    """Implements `integrations.Job`."""

    run: RunJob
    params: Any
    response: Any
    found: Any = None
    failure: StateError | None = None
    process: simpy.Process | None = None

    def begin(self, env: simpy.Environment) -> simpy.Event:
        self.process = env.process(self._looks(env))
        return self.process

    def result(self) -> Any:
        if self.failure is not None:
            raise self.failure
        return self.found

    def stop(self) -> None:
        if self.process is not None and self.process.is_alive:
            self.process.interrupt()

    def _looks(self, env: simpy.Environment) -> Generator[simpy.Event, Any, None]:
        """A task without a time limit of its own has the longest one that there is."""
        begun = env.now
        try:
            while env.now - begun < MAX_SECONDS:
                yield env.timeout(min(max(_FIRST_LOOK_SECONDS, (env.now - begun) * _SHARE), _LONGEST_SECONDS))
                if self._has_ended():
                    return
            self.failure = StateError(TIMEOUT, None)
        except StateError as failure:
            self.failure = failure
        except simpy.Interrupt:
            with contextlib.suppress(StateError):
                self.run.stop.send(self.run.kind.stop_by(self.params, self.response))

    def _has_ended(self) -> bool:
        kind = self.run.kind
        self.found = kind.found(self.run.describe.send(kind.describe_by(self.params, self.response)))
        status = None if self.found is None else kind.status(self.found)
        if status in kind.failed:
            self.failure = StateError(TASK_FAILED, to_text(self.found))
        return status in kind.failed or status in kind.succeeded
