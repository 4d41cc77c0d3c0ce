"""Map Runs: what a distributed Map starts, and what DescribeMapRun tells of it.

Source: API reference, DescribeMapRun; developer guide, "Viewing Map Runs" and "Redriving Map Runs".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tastemaker.runner.interpreter.execution import ABORTED, FAILED, RUNNING, SUCCEEDED, TIMED_OUT
from tastemaker.runner.interpreter.failures import DATA_LIMIT_EXCEEDED, RUNTIME

if TYPE_CHECKING:
    from collections.abc import Callable

    from tastemaker.runner.interpreter.execution import Execution

_COUNTED = {
    SUCCEEDED: "succeeded", FAILED: "failed", TIMED_OUT: "timedOut", ABORTED: "aborted", RUNNING: "running",
}  # fmt: skip
_UNSUCCESSFUL = frozenset({FAILED, TIMED_OUT, ABORTED})
_BEGUN_ANEW = frozenset({DATA_LIMIT_EXCEEDED, RUNTIME})
"""Errors after which a redrive starts a new Map Run."""
_COUNTS = ("pending", *_COUNTED.values(), "total", "resultsWritten", "failuresNotRedrivable", "pendingRedrive")


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How many items of a Map may fail; with both, the one that is exceeded first decides.

    Attributes:
        count, percentage: None where nothing is said.

    Source: States Language, "Map State".
    """

    count: int | None = None
    percentage: float | None = None

    @property
    def is_given(self) -> bool:
        return self.count is not None or self.percentage is not None

    def covers(self, failures: int, items: int) -> bool:
        """Whether so many failures are tolerated; nothing is when nothing is said."""
        limits = [] if self.count is None else [int(self.count)]
        if self.percentage is not None:
            limits.append(int(items * self.percentage / 100))
        return failures <= min(limits, default=0)


@dataclass(eq=False, slots=True)
class Part:
    """What one child execution works on.

    Attributes:
        size: number of items.
        child: None until it starts.
    """

    input: Any
    size: int
    child: Execution | None = None
    awaits_redrive: bool = False

    @property
    def succeeded(self) -> bool:
        return self.child is not None and self.child.status == SUCCEEDED

    @property
    def failed(self) -> bool:
        """Whether it counts as a failure: it ended without success and nothing is to be tried again."""
        return self.child is not None and self.child.status in _UNSUCCESSFUL and not self.awaits_redrive

    def counted_as(self) -> str:
        """Member of the counts."""
        if self.awaits_redrive:
            return "pendingRedrive"
        return "pending" if self.child is None else _COUNTED[self.child.status]


@dataclass(eq=False)
class MapRun:
    """One Map Run; the engine changes it while virtual time passes.

    Attributes:
        max_concurrency: 0 stands for no limit.
        parts: in the order of the items; None until the items are read.
        error: why it failed.
        resize: tells the running Map Run of another concurrency.
    """

    arn: str
    execution_arn: str
    machine_arn: str
    started_at: float
    max_concurrency: int
    tolerance: Tolerance
    status: str = RUNNING
    stopped_at: float | None = None
    read: list[Part] | None = None
    error: str | None = None
    results_written: bool = False
    redrive_count: int = 0
    redriven_at: float | None = None
    resize: Callable[[int], None] = lambda _: None

    @property
    def parts(self) -> list[Part]:
        return self.read or []

    @property
    def begins_anew(self) -> bool:
        """Whether a redrive of the Map starts a new Map Run."""
        return self.error in _BEGUN_ANEW

    def is_tolerable(self) -> bool:
        """Whether the failures so far are tolerated."""
        failures = sum(part.size for part in self.parts if part.failed)
        return self.tolerance.covers(failures, sum(part.size for part in self.parts))

    def redrive(self, now: float) -> None:
        """Run again: what did not succeed waits for its redrive."""
        self.status, self.stopped_at, self.error = RUNNING, None, None
        self.redrive_count, self.redriven_at = self.redrive_count + 1, now
        for part in self.parts:
            child = part.child
            part.awaits_redrive = child is not None and child.status in _UNSUCCESSFUL and child.may_continue(now)

    def end(self, status: str, now: float, error: str | None = None) -> None:
        """What still waited for its redrive keeps its first end."""
        self.status, self.stopped_at, self.error = status, now, error
        for part in self.parts:
            part.awaits_redrive = False

    def describe(self, now: float) -> dict[str, Any]:
        """Members of DescribeMapRun without the dates."""
        return {
            "mapRunArn": self.arn,
            "executionArn": self.execution_arn,
            "status": self.status,
            "maxConcurrency": self.max_concurrency,
            "toleratedFailurePercentage": self.tolerance.percentage or 0.0,
            "toleratedFailureCount": self.tolerance.count or 0,
            "itemCounts": self.counts(now, of_items=True),
            "executionCounts": self.counts(now, of_items=False),
            "redriveCount": self.redrive_count,
        }

    def counts(self, now: float, *, of_items: bool) -> dict[str, int]:
        """`itemCounts` or `executionCounts`, by the status of the child executions."""
        counts = dict.fromkeys(_COUNTS, 0)
        for part in self.parts:
            size = part.size if of_items else 1
            counts["total"] += size
            counts[part.counted_as()] += size
            if part.failed and part.child is not None and not part.child.may_continue(now):
                counts["failuresNotRedrivable"] += size
        counts["resultsWritten"] = counts["succeeded"] if self.results_written else 0
        return counts
