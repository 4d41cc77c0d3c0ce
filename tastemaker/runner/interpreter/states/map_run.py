"""The work of a distributed Map: items from the input or from S3, in child executions of their own."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import simpy

from tastemaker.errors import TastemakerError
from tastemaker.runner.interpreter.execution import ABORTED, EXPRESS, FAILED, SUCCEEDED
from tastemaker.runner.interpreter.failures import EXCEED_TOLERATED_FAILURE_THRESHOLD, Halt, StateError
from tastemaker.runner.interpreter.lanes import Lanes
from tastemaker.runner.interpreter.map_results import format_results
from tastemaker.runner.interpreter.map_runs import Part
from tastemaker.runner.interpreter.payload import checked_payload, to_text
from tastemaker.runner.interpreter.visit import Track, Visit

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from tastemaker.runner.interpreter.dataset import Item
    from tastemaker.runner.interpreter.execution import Execution
    from tastemaker.runner.interpreter.integrations import MapStorage
    from tastemaker.runner.interpreter.map_runs import MapRun, Tolerance
    from tastemaker.runner.interpreter.model import Scope, Steps

CONCURRENCY = 10_000
"""Child executions at once at most. Source: developer guide, "Map state in Distributed mode"."""
EXCEEDED = "The specified tolerated failure threshold was exceeded"


@dataclass(frozen=True, slots=True)
class DistributedMap:
    """What the definition says of the Map Runs of one state.

    Attributes:
        label: part of their ARNs; generated when None.
        execution_type: STANDARD or EXPRESS, of the child executions.
        exports: whether ResultWriter writes the results to S3.
    """

    label: str | None
    execution_type: str
    storage: MapStorage
    scope: Scope
    exports: bool

    def begin(self, visit: Visit, width: int, tolerance: Tolerance) -> MapRunPlay:
        """A new Map Run of this visit; it moves when `play` does."""
        run = visit.run.host.begin_map_run(visit.run.execution, self.label, width, tolerance)
        visit.record("MapRunStarted", {"mapRunArn": run.arn})
        return MapRunPlay(self, visit, run)

    def again(self, visit: Visit, run: MapRun) -> MapRunPlay:
        """The redrive of a Map Run that did not succeed."""
        run.redrive(float(visit.run.env.now))
        visit.record("MapRunRedriven", {"mapRunArn": run.arn, "redriveCount": run.redrive_count})
        return MapRunPlay(self, visit, run)


@dataclass(slots=True)
class MapRunPlay:
    """One Map Run while it goes on."""

    config: DistributedMap
    visit: Visit
    run: MapRun

    def play(self, items: list[Item], reader: dict[str, Any] | None) -> Generator[simpy.Event, Any, Any]:
        """Run to the end; returns the results in the order of the items, or where ResultWriter put them.

        Raises:
            StateError: the items cannot be read, too many failed, or the results cannot be written.
        """
        try:
            if self.run.read is None:
                self.run.read = list(self._parts(items if reader is None else self._read(reader)))
            yield from self._children()
            result = self._result()
        except StateError as failure:
            self._end(FAILED, failure.error)
            self.visit.record("MapRunFailed", failure.details())
            raise StateError(failure.error, failure.cause, of_inner=True) from failure
        except simpy.Interrupt:
            self._try_to_write()
            self._end(ABORTED)
            raise
        self._end(SUCCEEDED)
        self.visit.record("MapRunSucceeded")
        return result

    def _end(self, status: str, error: str | None = None) -> None:
        self.run.end(status, float(self.visit.run.env.now), error)

    def _read(self, reader: dict[str, Any]) -> list[Item]:
        try:
            return self.config.storage.read(reader)
        except TastemakerError as error:
            raise Halt(error) from error

    def _parts(self, items: list[Item]) -> Iterator[Part]:
        shaped = shaped_items(self.visit, items)
        batcher = self.visit.state.data.block(self.visit, "ItemBatcher")
        return (Part(value, 1) for value in shaped) if batcher is None else batches_of(shaped, batcher)

    def _children(self) -> Generator[simpy.Event, Any, None]:
        """Run the child executions that have not succeeded yet."""
        parts = [part for part in self.run.parts if not part.succeeded and not part.failed]
        lanes = Lanes(
            self.visit.run.env,
            len(parts),
            self.run.max_concurrency or CONCURRENCY,
            lambda position, _lane: self._child(parts[position]),
            lambda _: self.run.is_tolerable(),
        )
        self.run.resize = lambda width: lanes.resize(width or CONCURRENCY)
        yield from lanes.run()
        if not self.run.is_tolerable():
            self._try_to_write()
            raise StateError(EXCEED_TOLERATED_FAILURE_THRESHOLD, EXCEEDED)

    def _child(self, part: Part) -> Steps:
        host, child = self.visit.run.host, self._begun(part)
        part.child, part.awaits_redrive = child, False
        try:
            yield child.done
        except simpy.Interrupt:
            host.stop(child)
            raise
        if child.status != SUCCEEDED:
            raise StateError(child.error, child.cause)

    def _begun(self, part: Part) -> Execution:
        """The child execution of a part, started or redriven; an express one starts again under its name."""
        host, visit, kind = self.visit.run.host, self.visit, self.config.execution_type
        if part.child is not None and kind != EXPRESS:
            host.redrive(part.child)
            return part.child
        payload = checked_payload(part.input, f"state/task '{visit.state.name}'")
        name = None if part.child is None else part.child.name
        return host.start_child(visit.run.execution, self.run, self.config.scope, payload, kind, name)

    def _result(self) -> Any:
        writer, now = self.visit.state.data.block(self.visit, "ResultWriter"), float(self.visit.run.env.now)
        if writer is None:
            return format_results("COMPACT", self.run.parts, now)
        if not writer.get("Arguments"):
            return format_results(writer["WriterConfig"].get("Transformation", "NONE"), self.run.parts, now)
        details = self.config.storage.write(writer, self.run, now)
        self.run.results_written = True
        return {"MapRunArn": self.run.arn, "ResultWriterDetails": details}

    def _try_to_write(self) -> None:
        """The results of a Map Run that fails are exported too; an error of that does not hide the first one."""
        if self.config.exports:
            with contextlib.suppress(StateError):
                self._result()


def shaped_items(visit: Visit, items: list[Item]) -> list[Any]:
    """Inputs of the child executions before they are batched: what ItemSelector makes of each item."""
    return [visit.state.data.item(_inner(visit, index, item), item.value) for index, item in enumerate(items)]


def _inner(visit: Visit, index: int, item: Item) -> Visit:
    track = Track(0, visit.track.variables, item.context(index), is_inner=True)
    return Visit(visit.run, track, visit.state, visit.data, visit.entered_id, visit.entered_at)


def batches_of(items: list[Any], batcher: dict[str, Any]) -> Iterator[Part]:
    """Consecutive items under both limits. Source: developer guide, "ItemBatcher (Map)"."""
    most = int(batcher.get("MaxItemsPerBatch") or len(items) or 1)
    limit_bytes = int(batcher.get("MaxInputBytesPerBatch") or 0)
    extra = {"BatchInput": batcher["BatchInput"]} if "BatchInput" in batcher else {}
    batch: list[Any] = []
    for item in items:
        if batch and (len(batch) == most or (limit_bytes and _size({**extra, "Items": [*batch, item]}) > limit_bytes)):
            yield Part({**extra, "Items": batch}, len(batch))
            batch = []
        batch.append(item)
    if batch:
        yield Part({**extra, "Items": batch}, len(batch))


def _size(value: Any) -> int:
    """In bytes."""
    return len(to_text(value).encode())
