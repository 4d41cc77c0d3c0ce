"""Widgets of a CloudWatch dashboard as plain data.

Source: CloudWatch API reference, dashboard body structure and syntax.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tastemaker.plan.tokens import REGION

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tastemaker.constructs.metrics import Metric

DAY_SECONDS = 86_400


def series(metric: Metric, **rendering: Any) -> list[Any]:
    """One line of a graph; `rendering` is label, id, visible, yAxis."""
    named = [part for dimension in metric.dimensions.items() for part in dimension]
    return [metric.namespace, metric.name, *named, {"stat": metric.stat, **rendering}]


def math(expression: str, label: str) -> list[Any]:
    """A line calculated from those with an id."""
    return [{"expression": expression, "label": label}]


def widget(title: str, metrics: Sequence[list[Any]], *, period: int = 300) -> dict[str, Any]:
    """A graph; where it stands is the page's business."""
    properties = {
        "title": title,
        "view": "timeSeries",
        "region": REGION,
        "period": period,
        "yAxis": {"left": {"min": 0}},
        "metrics": list(metrics),
    }
    return {"type": "metric", "properties": properties}
