"""The release gate looks at a metric that the service does not report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tastemaker.model.rules.base import Declaration, Rule, Violation
from tastemaker.model.suggest import build_hint

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tastemaker.model.solutions import Release
    from tastemaker.model.source import Path

METRICS = (
    "coverage",
    "mean_reciprocal_rank_at_25",
    *(f"normalized_discounted_cumulative_gain_at_{k}" for k in (5, 10, 25)),
    *(f"precision_at_{k}" for k in (5, 10, 25)),
    *(f"normalized_discounted_cumulative_gain_with_event_weights_at_{k}" for k in (5, 10, 25)),
    "average_rewards_at_k",
    "trend_prediction_accuracy",
    "hits_at_1_percent",
    "recall_at_1_percent",
)
"""Keys of GetSolutionMetrics.metrics."""


def _check(declaration: Declaration) -> Iterator[Violation]:
    if declaration.project.release is not None:
        yield from _check_release(("release",), declaration.project.release)
    for name, solution in declaration.project.solutions.items():
        if solution.release is not None:
            yield from _check_release(("solutions", name, "release"), solution.release)


def _check_release(path: Path, release: Release) -> Iterator[Violation]:
    if release.metric is not None and release.metric not in METRICS:
        hint = build_hint(release.metric, METRICS, "Metrics")
        yield Violation((*path, "metric"), f"unknown metric `{release.metric}`", hint)
    for metric in release.minimum:
        if metric not in METRICS:
            hint = build_hint(metric, METRICS, "Metrics")
            yield Violation((*path, "minimum", metric), f"unknown metric `{metric}`", hint, at_key=True)
    if release.maximum_drop is not None and release.metric is None:
        message = "`maximumDrop` needs a metric to compare"
        yield Violation((*path, "maximumDrop"), message, "Add `metric: …`.", at_key=True)


RULE = Rule(
    "release-metric", "The release gate's metrics exist.", "developer guide, working-with-training-metrics", _check
)
