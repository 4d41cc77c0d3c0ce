"""Map Runs: what a distributed Map starts, and what DescribeMapRun tells of it.

Source: API reference, DescribeMapRun; developer guide, "Viewing Map Runs".
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tastemaker.runner.interpreter.execution import ABORTED, FAILED, RUNNING, SUCCEEDED, TIMED_OUT

if TYPE_CHECKING:
    from tastemaker.runner.interpreter.execution import Execution

_COUNTED = {
    SUCCEEDED: "succeeded", FAILED: "failed", TIMED_OUT: "timedOut", ABORTED: "aborted", RUNNING: "running",
}  # fmt: skip


@dataclass(eq=False)
class MapRun:
    """One Map Run; the engine changes it while virtual time passes.

    Attributes:
        max_concurrency: 0 stands for no limit.
        children: child executions in start order, each with the number of its items.
        items: number of items of all children, those that have not started included.
    """

    arn: str
    execution_arn: str
    machine_arn: str
    started_at: float
    max_concurrency: int
    tolerated_failure_count: int
    tolerated_failure_percentage: float
    status: str = RUNNING
    stopped_at: float | None = None
    children: list[tuple[Execution, int]] = field(default_factory=list)
    items: int = 0
    batches: int = 0
    results_written: bool = False

    def execution_counts(self) -> dict[str, int]:
        """Counts of child executions by status, as `executionCounts`."""
        return self._counts([(child, 1) for child, _ in self.children], self.batches)

    def item_counts(self) -> dict[str, int]:
        """Counts of items by the status of their child execution, as `itemCounts`."""
        return self._counts(self.children, self.items)

    def _counts(self, children: list[tuple[Execution, int]], total: int) -> dict[str, int]:
        counts = dict.fromkeys(("pending", *_COUNTED.values(), "total", "resultsWritten"), 0)
        for child, size in children:
            counts[_COUNTED[child.status]] += size
        counts["total"] = total
        counts["pending"] = total - sum(size for _, size in children)
        counts["failuresNotRedrivable"] = counts["pendingRedrive"] = 0
        counts["resultsWritten"] = counts["succeeded"] if self.results_written else 0
        return counts

    def describe(self) -> dict[str, Any]:
        """Members of DescribeMapRun without the dates."""
        return {
            "mapRunArn": self.arn,
            "executionArn": self.execution_arn,
            "status": self.status,
            "maxConcurrency": self.max_concurrency,
            "toleratedFailurePercentage": self.tolerated_failure_percentage,
            "toleratedFailureCount": self.tolerated_failure_count,
            "itemCounts": self.item_counts(),
            "executionCounts": self.execution_counts(),
            "redriveCount": 0,
        }
