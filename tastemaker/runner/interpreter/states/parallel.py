from __future__ import annotations

from typing import TYPE_CHECKING

from tastemaker.runner.interpreter.failures import StateError
from tastemaker.runner.interpreter.lanes import Lanes
from tastemaker.runner.interpreter.model import Outcome
from tastemaker.runner.interpreter.payload import checked_payload
from tastemaker.runner.interpreter.visit import Track, begin_lines
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
        outer, lines = visit.track, visit.run.progress
        begin_lines(visit)
        started = visit.record("ParallelStateStarted")

        def branch(position: int, _lane: int) -> Steps:
            path = (*outer.path, visit.state.name, position)
            if path in lines.finished:
                return lines.finished[path]
            track = Track(started, dict(outer.variables), outer.map_item, is_inner=True, path=path)
            try:
                result = yield from run_scope(visit.run, track, branches[position], data)
            finally:
                outer.previous = track.previous
            lines.finished[path] = result.value
            return result.value

        lanes = Lanes(
            visit.run.env, len(branches), len(branches), branch, lambda _: False, last_event=lambda: outer.previous
        )
        yield from lanes.run()
        if lanes.failures:
            failure = lanes.failures[0][1]
            raise StateError(failure.error, failure.cause, of_inner=True)
        lines.forget(outer.path, visit.state.name)
        visit.record("ParallelStateSucceeded", is_source=False)
        output, assigned = visit.state.data.finish(visit, lanes.results)
        return Outcome(output, visit.state.next, assigned)

    return work
