"""The loop of the interpreter: enter a state, try it, retry or catch, leave it, go on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import simpy

from tastemaker.runner.interpreter.failures import StateError, ending_of, matches
from tastemaker.runner.interpreter.history import with_data
from tastemaker.runner.interpreter.model import Outcome
from tastemaker.runner.interpreter.payload import to_text
from tastemaker.runner.interpreter.visit import Standing, Visit

if TYPE_CHECKING:
    from collections.abc import Generator

    from tastemaker.runner.interpreter.model import Scope, State
    from tastemaker.runner.interpreter.payload import Payload
    from tastemaker.runner.interpreter.visit import Run, Track

_ABORTABLE = frozenset({"Task", "Wait", "Map", "Parallel"})


def run_scope(run: Run, track: Track, scope: Scope, data: Payload) -> Generator[simpy.Event, Any, Payload]:
    """Walk from StartAt to a terminal state; returns its output.

    Raises:
        StateError: a state failed and nothing caught it.
    """
    name: str | None = scope.start_at
    lines, resumed = run.progress, None
    if lines.resumed:
        resumed = lines.resumed.pop(track.path, None)
        if resumed is not None:
            name, data, track.variables = resumed.state, resumed.data, resumed.variables
    while name is not None:
        visit = _enter(run, track, scope.states[name], data, resumed)
        lines.standing[track.path] = Standing(name, data, track.variables, visit.entered_id, visit.entered_at)
        resumed = None
        outcome = yield from _attempts(visit)
        _leave(visit, outcome)
        data, name = outcome.data, outcome.next
    return data


def _enter(run: Run, track: Track, state: State, data: Payload, resumed: Standing | None) -> Visit:
    """A redrive goes on in the state that was entered before; only Fail is entered once more."""
    run.execution.transitions += 1
    visit = Visit(run, track, state, data, entered_at=run.env.now, is_resumed=resumed is not None)
    if resumed is None or state.type == "Fail":
        visit.entered_id = visit.record(state.entered_type, {"name": state.name, **with_data("input", data.text)})
    else:
        visit.entered_id, visit.entered_at = resumed.entered_id, resumed.entered_at
    if run.listeners:
        run.tell("state entered", state)
    return visit


def _leave(visit: Visit, outcome: Outcome) -> None:
    details: dict[str, Any] = {"name": visit.state.name, **with_data("output", outcome.data.text)}
    if outcome.assigned:
        visit.track.variables = {**visit.track.variables, **outcome.assigned}
        details["assignedVariables"] = {name: to_text(value) for name, value in outcome.assigned.items()}
        details["assignedVariablesDetails"] = {"truncated": False}
    visit.record(visit.state.exited_type, details)


def _attempts(visit: Visit) -> Generator[simpy.Event, Any, Outcome]:
    used = [0] * len(visit.state.retriers)
    try:
        while True:
            try:
                return (yield from visit.state.work(visit))
            except StateError as error:
                failure = _described(visit, error)
            delay = _retry_delay(visit, used, failure)
            if delay is None:
                if failure.of_inner:
                    visit.record(f"{visit.state.type}StateFailed")
                return _caught(visit, failure)
            yield visit.run.env.timeout(delay)
            visit.retry_count += 1
    except simpy.Interrupt as interrupt:
        if visit.track.is_inner and visit.state.type in _ABORTABLE:
            previous = ending_of(interrupt).previous
            visit.track.previous = visit.track.previous if previous is None else previous
            visit.record(f"{visit.state.type}StateAborted", is_source=False)
        raise


def _described(visit: Visit, error: StateError) -> StateError:
    """The error with the cause as the service words it; an error of a field is recorded."""
    if error.location is None and not error.of_state:
        return error
    entered = f"entered at the event id #{visit.entered_id}"
    where = f"An error occurred while executing the state '{visit.state.name}' ({entered})."
    of_inner = error.of_inner or (error.location is not None and visit.state.type == "Map")
    failure = StateError(error.error, f"{where} {error.cause}", of_inner=of_inner)
    if error.location is not None:
        visit.record("EvaluationFailed", {**failure.details(), "location": error.location, "state": visit.state.name})
    return failure


def _retry_delay(visit: Visit, used: list[int], failure: StateError) -> float | None:
    """Seconds until the next attempt; None when no rule answers or the first that does is used up."""
    for position, retrier in enumerate(visit.state.retriers):
        if matches(retrier.error_equals, failure):
            if used[position] >= retrier.max_attempts:
                return None
            used[position] += 1
            delay = retrier.delay(used[position] - 1)
            return visit.run.rng.uniform(0, delay) if retrier.full_jitter else delay
    return None


def _caught(visit: Visit, failure: StateError) -> Outcome:
    for position, catcher in enumerate(visit.state.catchers):
        if matches(catcher.error_equals, failure):
            try:
                data, assigned = visit.state.data.caught(visit, position, failure)
            except StateError as error:
                raise _described(visit, error) from failure
            return Outcome(data, catcher.next, assigned)
    raise failure
