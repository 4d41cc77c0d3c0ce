from __future__ import annotations

from typing import TYPE_CHECKING

from tastemaker.runner.interpreter.lanes import Lanes
from tastemaker.runner.interpreter.model import Outcome
from tastemaker.runner.interpreter.payload import checked_payload
from tastemaker.runner.interpreter.visit import Track
from tastemaker.runner.interpreter.walk import run_scope

if TYPE_CHECKING:
    from collections.abc import Generator

    import simpy

    from tastemaker.runner.interpreter.model import Scope, Steps, Work
    from tastemaker.runner.interpreter.visit import Visit


def compile_parallel(branches: list[Scope]) -> Work:
    """Parallel: all branches at once with the same input; one that fails stops the others."""

    def work(visit: Visit) -> Generator[simpy.Event, None, Outcome]:
        data = checked_payload(visit.state.data.arguments(visit), f"state/task '{visit.state.name}'")
        started = visit.record("ParallelStateStarted")

        def branch(position: int) -> Steps:
            outer = visit.track
            track = Track(started, dict(outer.variables), outer.map_item, is_inner=True)
            try:
                result = yield from run_scope(visit.run, track, branches[position], data)
            finally:
                visit.track.previous = track.previous
            return result.value

        lanes = Lanes(visit.run.env, len(branches), len(branches), branch, tolerates=lambda _: False)
        yield from lanes.run()
        if lanes.failures:
            visit.record("ParallelStateFailed")
            raise lanes.failures[0][1]
        visit.record("ParallelStateSucceeded")
        output, assigned = visit.state.data.finish(visit, lanes.results)
        return Outcome(output, visit.state.next, assigned)

    return work
