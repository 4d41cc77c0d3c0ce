"""The iterations of an inline Map: lines of control inside the same execution."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import simpy

from tastemaker.runner.interpreter.dataset import Item
from tastemaker.runner.interpreter.failures import StateError
from tastemaker.runner.interpreter.lanes import Lanes
from tastemaker.runner.interpreter.payload import Payload, checked_payload
from tastemaker.runner.interpreter.visit import Track, Visit
from tastemaker.runner.interpreter.walk import run_scope

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from tastemaker.runner.interpreter.model import Scope, Steps

CONCURRENCY = 40
"""What an inline Map runs at once at most. Source: developer guide, "Map state processing modes"."""


@dataclass(slots=True)
class Iterations:
    """The iterations of one Map visit.

    Attributes:
        started: id of MapStateStarted, which the first iteration of each lane follows; a later one follows the last
            event inside the iteration before it in the same lane.
    """

    visit: Visit
    scope: Scope
    items: list[Any]
    started: int
    followed: dict[int, int] = field(default_factory=dict)
    last_end: int = 0

    def run(self, width: int, tolerates: Callable[[int], bool]) -> Generator[simpy.Event, Any, Lanes]:
        """All iterations, at most `width` at once."""
        track = self.visit.track
        lanes = Lanes(
            self.visit.run.env, len(self.items), width, self._steps, tolerates, last_event=lambda: track.previous
        )
        yield from lanes.run()
        if self.last_end and not lanes.failures:
            track.previous = self.last_end
        return lanes

    def _steps(self, index: int, lane: int) -> Steps:
        outer, state = self.visit.track, self.visit.state
        path, finished = (*outer.path, state.name, index), self.visit.run.progress.finished
        if path in finished:
            return finished[path]
        item = Item(self.items[index]).context(index)
        previous = self.followed.get(lane, self.started)
        track = Track(previous, dict(outer.variables), item, is_inner=True, path=path)
        inner = Visit(self.visit.run, track, state, self.visit.data, self.visit.entered_id, self.visit.entered_at)
        details = {"name": state.name, "index": index}
        try:
            inner.record("MapIterationStarted", details)
            yield self.visit.run.env.timeout(0)  # the service starts all iterations before one goes on
            result = yield from self._run(inner, track, self.items[index])
            finished[path] = result
            self.last_end = inner.record("MapIterationSucceeded", details, is_source=False)
            return result
        except StateError:
            inner.record("MapIterationFailed", details, is_source=False)
            raise
        except simpy.Interrupt:
            inner.record("MapIterationAborted", details, is_source=False)
            raise
        finally:
            outer.previous = self.followed[lane] = track.previous

    def _run(self, inner: Visit, track: Track, item: Any) -> Generator[simpy.Event, Any, Any]:
        state = self.visit.state
        data = checked_payload(state.data.item(inner, item), f"state/task '{state.name}'")
        result: Payload = yield from run_scope(self.visit.run, track, self.scope, data)
        return result.value
