from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tastemaker.errors import UnsupportedBySimulatorError
from tastemaker.runner.interpreter.failures import EXCEED_TOLERATED_FAILURE_THRESHOLD, Halt, StateError
from tastemaker.runner.interpreter.model import Outcome
from tastemaker.runner.interpreter.states.iteration import CONCURRENCY, Iterations
from tastemaker.runner.interpreter.visit import begin_lines

if TYPE_CHECKING:
    from collections.abc import Generator

    import simpy

    from tastemaker.runner.interpreter.lanes import Lanes
    from tastemaker.runner.interpreter.model import Scope, Work
    from tastemaker.runner.interpreter.states.map_run import DistributedMap
    from tastemaker.runner.interpreter.visit import Visit

EXCEEDED = "The specified tolerated failure threshold was exceeded"


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How many items of a Map may fail; with both, the one that is exceeded first decides.

    Attributes:
        count, percentage: None where the definition says nothing.

    Source: States Language, "Map State".
    """

    count: int | None
    percentage: float | None

    @property
    def is_given(self) -> bool:
        return self.count is not None or self.percentage is not None

    def covers(self, failures: int, items: int) -> bool:
        """Whether so many failures are tolerated; nothing is when nothing is said."""
        limits = [] if self.count is None else [int(self.count)]
        if self.percentage is not None:
            limits.append(int(items * self.percentage / 100))
        return failures <= min(limits, default=0)


def compile_map(scope: Scope) -> Work:
    """Inline Map: one iteration of `scope` per item; results in the order of the items."""

    def work(visit: Visit) -> Generator[simpy.Event, None, Outcome]:
        width = _number(visit, "MaxConcurrency") or CONCURRENCY
        items = visit.state.data.items(visit)
        begin_lines(visit)
        started = visit.record("MapStateStarted", {"length": len(items)})
        tolerance = _tolerance(visit)
        iterations = Iterations(visit, scope, items, started)
        lanes = yield from iterations.run(
            min(width, CONCURRENCY), lambda failures: tolerance.covers(failures, len(items))
        )
        _raise_failure(lanes, tolerance)
        visit.run.progress.forget(visit.track.path, visit.state.name)
        return _succeeded(visit, lanes.results)

    return work


def compile_distributed_map(scope: Scope, distributed: DistributedMap) -> Work:
    """Distributed Map: a Map Run with one child execution of `scope` per item or batch."""

    def work(visit: Visit) -> Generator[simpy.Event, None, Outcome]:
        if visit.is_resumed:
            unsupported = UnsupportedBySimulatorError("the redrive of a Map Run", "Start a new execution.")
            raise Halt(unsupported)
        width = _number(visit, "MaxConcurrency") or 0
        reader = visit.state.data.block(visit, "ItemReader")
        items = visit.state.data.items(visit) if reader is None else []
        visit.record("MapStateStarted", {"length": len(items)})
        tolerance = _tolerance(visit)
        run = distributed.begin(visit, scope, width, tolerance.count or 0, tolerance.percentage or 0.0)
        result = yield from run.play(items, reader, tolerance.covers)
        return _succeeded(visit, result)

    return work


def _succeeded(visit: Visit, result: Any) -> Outcome:
    visit.record("MapStateSucceeded", is_source=False)
    output, assigned = visit.state.data.finish(visit, result)
    return Outcome(output, visit.state.next, assigned)


def _number(visit: Visit, field: str) -> Any:
    return visit.state.data.field(visit, field) if visit.state.data.has(field) else None


def _tolerance(visit: Visit) -> Tolerance:
    """Evaluated after MapStateStarted, as the order of events in recordings of the service shows."""
    return Tolerance(_number(visit, "ToleratedFailureCount"), _number(visit, "ToleratedFailurePercentage"))


def _raise_failure(lanes: Lanes, tolerance: Tolerance) -> None:
    if tolerance.covers(len(lanes.failures), lanes.jobs):
        return
    if not tolerance.is_given:
        failure = lanes.failures[0][1]
        raise StateError(failure.error, failure.cause, of_inner=True)
    raise StateError(EXCEED_TOLERATED_FAILURE_THRESHOLD, EXCEEDED, of_inner=True)
