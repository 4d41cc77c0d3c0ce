"""Where a metric attribution's numbers go: CloudWatch behind a seam."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, order=True)
class MetricPoint:
    """The sum or count of one metric for one source in one quarter of an hour.

    Attributes:
        metric_name, event_type: upper case, as the service reports them.
        timestamp: epoch seconds at which the quarter begins.
        source: eventAttributionSource, ARN of the campaign or recommender, or SOURCE_NAME_UNDEFINED.
        function: `samplecount` or `sum`.
    """

    metric_name: str
    event_type: str
    timestamp: int
    source: str
    function: str
    value: float


class MetricSink(Protocol):
    """What the simulator needs of CloudWatch. `local.py` gives one over moto, tests one that remembers."""

    def put(self, metric_attribution_arn: str, points: Sequence[MetricPoint]) -> None:
        """Add these points, which come in ascending order. Points of one moment and source may come more than once."""
        ...


@dataclass
class CollectedMetrics:
    """Keeps everything, for a simulator without CloudWatch beside it.

    Attributes:
        points: metric attribution ARN to its points in the order in which they came.
    """

    points: dict[str, list[MetricPoint]] = field(default_factory=dict)

    def put(self, metric_attribution_arn: str, points: Sequence[MetricPoint]) -> None:
        """See `MetricSink`."""
        self.points.setdefault(metric_attribution_arn, []).extend(points)
