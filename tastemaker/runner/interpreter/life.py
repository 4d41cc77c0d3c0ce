"""The life of an execution: its states, then how it ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import simpy

from tastemaker.runner.interpreter.execution import ABORTED, FAILED, SUCCEEDED, TIMED_OUT
from tastemaker.runner.interpreter.failures import TIMEOUT, Ending, StateError, ending_of
from tastemaker.runner.interpreter.history import with_data
from tastemaker.runner.interpreter.visit import Track
from tastemaker.runner.interpreter.walk import run_scope

if TYPE_CHECKING:
    from collections.abc import Generator

    from tastemaker.runner.interpreter.model import Scope
    from tastemaker.runner.interpreter.payload import Payload
    from tastemaker.runner.interpreter.visit import Run

_EVENTS = {
    SUCCEEDED: "ExecutionSucceeded",
    FAILED: "ExecutionFailed",
    TIMED_OUT: "ExecutionTimedOut",
    ABORTED: "ExecutionAborted",
}

_FROM_OUTSIDE = frozenset({ABORTED, TIMED_OUT})
"""Endings whose event follows none."""


def play(run: Run, scope: Scope, payload: Payload, previous: int = 0) -> Generator[simpy.Event, Any, None]:
    """From the first state, or where a redrive continues, to the end; `previous` is the event before it."""
    track = Track(previous, dict(run.variables))
    try:
        output = yield from run_scope(run, track, scope, payload)
    except StateError as failure:
        _end(run, track, Ending(FAILED, failure.error, failure.cause))
    except simpy.Interrupt as interrupt:
        _end(run, track, ending_of(interrupt))
    else:
        run.execution.output, run.execution.output_text = output.value, output.text
        _end(run, track, Ending(SUCCEEDED), with_data("output", output.text))


def time_out(process: simpy.Process) -> None:
    """The machine's TimeoutSeconds are over."""
    if process.is_alive:
        process.interrupt(Ending(TIMED_OUT, TIMEOUT))


def _end(run: Run, track: Track, ending: Ending, details: dict[str, Any] | None = None) -> None:
    execution = run.execution
    execution.status, execution.error, execution.cause = ending.status, ending.error, ending.cause
    execution.stopped_at = float(run.env.now)
    pairs = (("error", ending.error), ("cause", ending.cause))
    if details is None:
        details = {name: text for name, text in pairs if text is not None}
    previous = 0 if ending.status in _FROM_OUTSIDE else track.previous
    execution.recorder.add(_EVENTS[ending.status], run.env.now, previous, details)
    run.tell("execution ended")
    execution.done.succeed()
