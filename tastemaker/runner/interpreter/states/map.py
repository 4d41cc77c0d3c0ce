from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import simpy

from tastemaker.runner.interpreter.failures import EXCEED_TOLERATED_FAILURE_THRESHOLD, StateError
from tastemaker.runner.interpreter.lanes import Lanes
from tastemaker.runner.interpreter.model import Outcome
from tastemaker.runner.interpreter.payload import Payload, checked_payload
from tastemaker.runner.interpreter.visit import Track, Visit
from tastemaker.runner.interpreter.walk import run_scope

if TYPE_CHECKING:
    from collections.abc import Generator

    from tastemaker.runner.interpreter.model import Scope, Steps, Work

INLINE_CONCURRENCY = 40
"""What an inline Map runs at once at most. Source: developer guide, "Map state processing modes"."""


def compile_map(scope: Scope) -> Work:
    """Inline Map: one iteration of `scope` per item; results in the order of the items."""

    def work(visit: Visit) -> Generator[simpy.Event, None, Outcome]:
        items = visit.state.data.items(visit)
        width = _number(visit, "MaxConcurrency") or INLINE_CONCURRENCY
        tolerated = _tolerated(visit, len(items))
        iterations = Iterations(visit, scope, items, visit.record("MapStateStarted", {"length": len(items)}))
        lanes = Lanes(
            visit.run.env,
            len(items),
            min(width, INLINE_CONCURRENCY),
            iterations.steps,
            tolerates=lambda failures: tolerated is not None and failures <= tolerated,
        )
        yield from lanes.run()
        _raise_failure(visit, lanes, tolerated)
        visit.record("MapStateSucceeded")
        output, assigned = visit.state.data.finish(visit, lanes.results)
        return Outcome(output, visit.state.next, assigned)

    return work


def _number(visit: Visit, field: str) -> Any:
    return visit.state.data.field(visit, field) if visit.state.data.has(field) else None


def _tolerated(visit: Visit, items: int) -> int | None:
    """How many iterations may fail; None when the definition says nothing, which stops at the first with its own error.

    Both fields: the one that is exceeded first decides. Source: States Language, "Map State".
    """
    count, percentage = _number(visit, "ToleratedFailureCount"), _number(visit, "ToleratedFailurePercentage")
    limits = [] if count is None else [int(count)]
    if percentage is not None:
        limits.append(int(items * percentage / 100))
    return min(limits) if limits else None


def _raise_failure(visit: Visit, lanes: Lanes, tolerated: int | None) -> None:
    if not lanes.failures or (tolerated is not None and len(lanes.failures) <= tolerated):
        return
    visit.record("MapStateFailed")
    if tolerated is None:
        raise lanes.failures[0][1]
    raise StateError(
        EXCEED_TOLERATED_FAILURE_THRESHOLD,
        f"The specified tolerated failure threshold was exceeded: {len(lanes.failures)} of {lanes.jobs} items failed.",
    )


@dataclass(slots=True)
class Iterations:
    """The iterations of one Map visit.

    Attributes:
        previous: the event that a new iteration follows: MapStateStarted, then the end of the one that made room.
    """

    visit: Visit
    scope: Scope
    items: list[Any]
    previous: int

    def steps(self, index: int) -> Steps:
        outer, value = self.visit.track, self.items[index]
        item = {"Index": index, "Value": value, "Source": "STATE_DATA"}
        track = Track(self.previous, dict(outer.variables), item, is_inner=True)
        inner = Visit(
            self.visit.run, track, self.visit.state, self.visit.data, self.visit.entered_id, self.visit.entered_at
        )
        details = {"name": self.visit.state.name, "index": index}
        try:
            inner.record("MapIterationStarted", details)
            result = yield from self._run(inner, track)
            inner.record("MapIterationSucceeded", details)
            return result
        except StateError:
            inner.record("MapIterationFailed", details)
            raise
        except simpy.Interrupt:
            inner.record("MapIterationAborted", details)
            raise
        finally:
            outer.previous = self.previous = track.previous

    def _run(self, inner: Visit, track: Track) -> Generator[simpy.Event, Any, Any]:
        state = self.visit.state
        value = state.data.item(inner)
        data = checked_payload(value, f"state/task '{state.name}'")
        result: Payload = yield from run_scope(self.visit.run, track, self.scope, data)
        return result.value
