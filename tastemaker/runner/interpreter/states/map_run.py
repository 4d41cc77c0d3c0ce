"""The work of a distributed Map: items from the input or from S3, in child executions of their own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import simpy

from tastemaker.runner.interpreter.execution import ABORTED, FAILED, SUCCEEDED
from tastemaker.runner.interpreter.failures import EXCEED_TOLERATED_FAILURE_THRESHOLD, StateError
from tastemaker.runner.interpreter.lanes import Lanes
from tastemaker.runner.interpreter.payload import checked_payload, to_text
from tastemaker.runner.interpreter.visit import Track, Visit

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from tastemaker.runner.interpreter.integrations import MapStorage
    from tastemaker.runner.interpreter.map_runs import MapRun
    from tastemaker.runner.interpreter.model import Scope, Steps

    Covers = Callable[[int, int], bool]

CONCURRENCY = 10_000
"""Child executions at once at most. Source: developer guide, "Map state in Distributed mode"."""
_EXCEEDED = "The specified tolerated failure threshold was exceeded"


@dataclass(frozen=True, slots=True)
class DistributedMap:
    """What the definition says of the Map Runs of one state.

    Attributes:
        label: part of their ARNs; generated when None.
        execution_type: STANDARD or EXPRESS, of the child executions.
    """

    label: str | None
    execution_type: str
    storage: MapStorage

    def begin(self, visit: Visit, scope: Scope, width: int, count: int, percentage: float) -> MapRunPlay:
        """A new Map Run of this visit; it moves when `play` does."""
        run = visit.run.host.begin_map_run(visit.run.execution, self.label, width, count, percentage)
        return MapRunPlay(self, visit, scope, run)


@dataclass(slots=True)
class MapRunPlay:
    """One Map Run while it goes on."""

    config: DistributedMap
    visit: Visit
    scope: Scope
    run: MapRun

    def play(self, items: list[Any], reader: dict[str, Any] | None, covers: Covers) -> Generator[simpy.Event, Any, Any]:
        """Run to the end; returns the outputs in the order of the items, or where ResultWriter put them.

        Raises:
            StateError: the items cannot be read, too many failed, or the results cannot be written.
        """
        self.visit.record("MapRunStarted", {"mapRunArn": self.run.arn})
        try:
            found = items if reader is None else self.config.storage.read(reader)
            lanes = yield from self._children(self._inputs(found), covers)
            result = self._written(lanes.results)
        except StateError as failure:
            self._end(FAILED)
            self.visit.record("MapRunFailed", failure.details())
            raise StateError(failure.error, failure.cause, of_inner=True) from failure
        except simpy.Interrupt:
            self._end(ABORTED)
            raise
        self._end(SUCCEEDED)
        self.visit.record("MapRunSucceeded")
        return result

    def _end(self, status: str) -> None:
        self.run.status, self.run.stopped_at = status, float(self.visit.run.env.now)

    def _inputs(self, items: list[Any]) -> list[tuple[Any, int]]:
        """Input of each child execution and how many items it holds."""
        shaped = [self._item(index, value) for index, value in enumerate(items)]
        batcher = self.visit.state.data.block(self.visit, "ItemBatcher")
        batches = [(value, 1) for value in shaped] if batcher is None else list(_batches(shaped, batcher))
        self.run.items, self.run.batches = len(shaped), len(batches)
        return batches

    def _item(self, index: int, value: Any) -> Any:
        visit, item = self.visit, {"Index": index, "Value": value}
        track = Track(0, visit.track.variables, item, is_inner=True)
        inner = Visit(visit.run, track, visit.state, visit.data, visit.entered_id, visit.entered_at)
        return visit.state.data.item(inner)

    def _children(self, inputs: list[tuple[Any, int]], covers: Covers) -> Generator[simpy.Event, Any, Lanes]:
        def failed_items() -> int:
            return sum(size for child, size in self.run.children if child.status not in {SUCCEEDED, "RUNNING"})

        lanes = Lanes(
            self.visit.run.env,
            len(inputs),
            self.run.max_concurrency or CONCURRENCY,
            lambda index, _lane: self._child(*inputs[index]),
            lambda _: covers(failed_items(), self.run.items),
        )
        yield from lanes.run()
        if not covers(failed_items(), self.run.items):
            raise StateError(EXCEED_TOLERATED_FAILURE_THRESHOLD, _EXCEEDED)
        return lanes

    def _child(self, value: Any, size: int) -> Steps:
        host, state = self.visit.run.host, self.visit.state
        payload = checked_payload(value, f"state/task '{state.name}'")
        child = host.start_child(self.visit.run.execution, self.run, self.scope, payload, self.config.execution_type)
        self.run.children.append((child, size))
        try:
            yield child.done
        except simpy.Interrupt:
            host.stop(child)
            raise
        if child.status != SUCCEEDED:
            raise StateError(child.error, child.cause)
        return child.output

    def _written(self, results: list[Any]) -> Any:
        writer = self.visit.state.data.block(self.visit, "ResultWriter")
        if writer is None or not writer.get("Arguments"):
            return results
        details = self.config.storage.write(writer, self.run)
        self.run.results_written = True
        return {"MapRunArn": self.run.arn, "ResultWriterDetails": details}


def _batches(items: list[Any], batcher: dict[str, Any]) -> Generator[tuple[Any, int], None, None]:
    """Consecutive items under both limits. Source: developer guide, "ItemBatcher (Map)"."""
    most = int(batcher.get("MaxItemsPerBatch") or len(items) or 1)
    limit_bytes = int(batcher.get("MaxInputBytesPerBatch") or 0)
    extra = {"BatchInput": batcher["BatchInput"]} if "BatchInput" in batcher else {}
    batch: list[Any] = []
    for item in items:
        candidate = {**extra, "Items": [*batch, item]}
        if batch and (len(batch) == most or (limit_bytes and len(to_text(candidate).encode()) > limit_bytes)):
            yield {**extra, "Items": batch}, len(batch)
            batch = []
        batch.append(item)
    if batch:
        yield {**extra, "Items": batch}, len(batch)
