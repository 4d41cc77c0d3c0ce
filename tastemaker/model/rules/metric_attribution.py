"""Metrics that the service cannot compute."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tastemaker.model.rules.base import Declaration, Rule, Violation

if TYPE_CHECKING:
    from collections.abc import Iterator

_EXPRESSION = re.compile(r"SAMPLECOUNT\(\)|SUM\((Items|Interactions)\.([A-Za-z_]\w*)\)")
_NUMERIC = ("int", "long", "float", "double")


def _check(declaration: Declaration) -> Iterator[Violation]:
    attribution = declaration.project.metric_attribution
    if attribution is None:
        return
    if not declaration.declares("datasets", "interactions", "schema", "EVENT_TYPE"):
        message = "metric attribution needs the column EVENT_TYPE in interactions"
        yield Violation(("metricAttribution",), message, "Add `EVENT_TYPE: string`.")
    for name, metric in attribution.metrics.items():
        path = ("metricAttribution", "metrics", name, "expression")
        found = _EXPRESSION.fullmatch(metric.expression)
        if found is None:
            hint = "Write SAMPLECOUNT(), SUM(Items.COLUMN) or SUM(Interactions.COLUMN)."
            yield Violation(path, f"`{metric.expression}` is no expression of a metric", hint)
        elif found[1] is not None and not _is_numeric(declaration, found[1].lower(), found[2]):
            message = f"{found[1]}.{found[2]} is no numeric column"
            yield Violation(path, message, "Name a column of type int, long, float or double.")


def _is_numeric(declaration: Declaration, key: str, column: str) -> bool:
    dataset = next((one for one in declaration.project.datasets.declared() if one.key == key), None)
    field = dataset.schema_fields.get(column) if dataset is not None else None
    return field is not None and field.type in _NUMERIC


RULE = Rule(
    "metric-attribution",
    "Attributed metrics can be computed.",
    "developer guide, metric-attribution-requirements",
    _check,
)
