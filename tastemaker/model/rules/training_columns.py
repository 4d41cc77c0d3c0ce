"""A solution selects data by columns that the schema does not have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tastemaker.model.rules.base import Declaration, Rule, Violation
from tastemaker.model.suggest import build_hint

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tastemaker.model.solutions import Solution
    from tastemaker.model.source import Path


def _check(declaration: Declaration) -> Iterator[Violation]:
    for name, solution in declaration.project.solutions.items():
        for path, dataset, column in _used(("solutions", name), solution):
            if declaration.declares("datasets", dataset, "schema", column):
                continue
            known = declaration.names("datasets", dataset, "schema")
            hint = build_hint(column, known, "Columns")
            yield Violation(path, f"datasets.{dataset} has no column `{column}`", hint)


def _used(path: Path, solution: Solution) -> Iterator[tuple[Path, str, str]]:
    """Where a column is named, its dataset and the column."""
    if solution.event_type is not None:
        yield (*path, "eventType"), "interactions", "EVENT_TYPE"
    if solution.event_value_threshold is not None:
        yield (*path, "eventValueThreshold"), "interactions", "EVENT_VALUE"
    if solution.events_config is not None:
        yield (*path, "eventsConfig"), "interactions", "EVENT_TYPE"
    for key, columns in (
        ("excludedDatasetColumns", solution.excluded_dataset_columns),
        ("includedDatasetColumns", solution.included_dataset_columns),
    ):
        for dataset, names in columns.items():
            for index, column in enumerate(names):
                yield (*path, key, dataset, index), dataset, column


RULE = Rule(
    "column-unknown",
    "Columns that a solution names are in the schema.",
    "developer guide, custom-config-columns",
    _check,
)
