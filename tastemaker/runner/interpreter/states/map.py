from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tastemaker.runner.interpreter.dataset import items_of
from tastemaker.runner.interpreter.failures import EXCEED_TOLERATED_FAILURE_THRESHOLD, StateError
from tastemaker.runner.interpreter.map_runs import Tolerance
from tastemaker.runner.interpreter.model import Outcome
from tastemaker.runner.interpreter.states.iteration import CONCURRENCY, Iterations
from tastemaker.runner.interpreter.states.map_run import EXCEEDED
from tastemaker.runner.interpreter.visit import begin_lines

if TYPE_CHECKING:
    from collections.abc import Generator

    import simpy

    from tastemaker.runner.interpreter.lanes import Lanes
    from tastemaker.runner.interpreter.model import Scope, Work
    from tastemaker.runner.interpreter.states.map_run import DistributedMap
    from tastemaker.runner.interpreter.visit import Visit


def compile_map(scope: Scope) -> Work:
    """Inline Map: one iteration of `scope` per item; results in the order of the items."""

    def work(visit: Visit) -> Generator[simpy.Event, None, Outcome]:
        width = number_of(visit, "MaxConcurrency") or CONCURRENCY
        items = visit.state.data.items(visit)
        begin_lines(visit)
        started = visit.record("MapStateStarted", {"length": len(items)})
        tolerance = tolerance_of(visit)
        iterations = Iterations(visit, scope, items, started)
        lanes = yield from iterations.run(
            min(width, CONCURRENCY), lambda failures: tolerance.covers(failures, len(items))
        )
        _raise_failure(lanes, tolerance)
        visit.run.progress.forget(visit.track.path, visit.state.name)
        return _succeeded(visit, lanes.results)

    return work


def compile_distributed_map(distributed: DistributedMap) -> Work:
    """Distributed Map: a Map Run with one child execution per item or batch."""

    def work(visit: Visit) -> Generator[simpy.Event, None, Outcome]:
        key = (*visit.track.path, visit.state.name)
        known = visit.run.progress.map_runs.get(key) if visit.is_resumed else None
        visit.is_resumed = False  # a retry starts a new Map Run
        reader = visit.state.data.block(visit, "ItemReader")
        items = items_of(visit.state.data.items(visit, takes_object=True)) if reader is None else []
        if known is None or known.begins_anew:
            width = number_of(visit, "MaxConcurrency") or 0
            visit.record("MapStateStarted", {"length": len(items)})
            play = distributed.begin(visit, width, tolerance_of(visit))
        else:
            play = distributed.again(visit, known)
        visit.run.progress.map_runs[key] = play.run
        result = yield from play.play(items, reader)
        return _succeeded(visit, result)

    return work


def _succeeded(visit: Visit, result: Any) -> Outcome:
    visit.record("MapStateSucceeded", is_source=False)
    output, assigned = visit.state.data.finish(visit, result)
    return Outcome(output, visit.state.next, assigned)


def number_of(visit: Visit, field: str) -> Any:
    """Value of a field, None when it is absent."""
    return visit.state.data.field(visit, field) if visit.state.data.has(field) else None


def tolerance_of(visit: Visit) -> Tolerance:
    """How many items may fail; evaluated after MapStateStarted, as the order of events of the service shows."""
    return Tolerance(number_of(visit, "ToleratedFailureCount"), number_of(visit, "ToleratedFailurePercentage"))


def _raise_failure(lanes: Lanes, tolerance: Tolerance) -> None:
    if tolerance.covers(len(lanes.failures), lanes.jobs):
        return
    if not tolerance.is_given:
        failure = lanes.failures[0][1]
        raise StateError(failure.error, failure.cause, of_inner=True)
    raise StateError(EXCEED_TOLERATED_FAILURE_THRESHOLD, EXCEEDED, of_inner=True)
