"""A solution or recommender selects data by columns that the schema does not have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tastemaker.model.rules.base import Declaration, Rule, Violation
from tastemaker.model.suggest import build_hint

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tastemaker.model.operations import Recommender
    from tastemaker.model.project import Project
    from tastemaker.model.solutions import Solution
    from tastemaker.model.source import Path


def _check(declaration: Declaration) -> Iterator[Violation]:
    for path, dataset, column in _list_used(declaration.project):
        if not declaration.declares("datasets", dataset, "schema", column):
            known = declaration.names("datasets", dataset, "schema")
            hint = build_hint(column, known, "Columns")
            yield Violation(path, f"datasets.{dataset} has no column `{column}`", hint)


def _list_used(project: Project) -> Iterator[tuple[Path, str, str]]:
    """Where a column is named, its dataset and the column."""
    for name, solution in project.solutions.items():
        yield from _by_events(("solutions", name), solution)
        yield from _by_columns(("solutions", name), solution)
    for name, recommender in project.recommenders.items():
        yield from _by_columns(("recommenders", name), recommender)


def _by_events(path: Path, solution: Solution) -> Iterator[tuple[Path, str, str]]:
    if solution.event_type is not None:
        yield (*path, "eventType"), "interactions", "EVENT_TYPE"
    if solution.event_value_threshold is not None:
        yield (*path, "eventValueThreshold"), "interactions", "EVENT_VALUE"
    if solution.events_config is not None:
        yield (*path, "eventsConfig"), "interactions", "EVENT_TYPE"


def _by_columns(path: Path, owner: Solution | Recommender) -> Iterator[tuple[Path, str, str]]:
    for key, columns in (
        ("excludedDatasetColumns", owner.excluded_dataset_columns),
        ("includedDatasetColumns", owner.included_dataset_columns),
    ):
        for dataset, names in columns.items():
            for index, column in enumerate(names):
                yield (*path, key, dataset, index), dataset, column


RULE = Rule(
    "column-unknown",
    "Columns that a solution or recommender names are in the schema.",
    "developer guide, custom-config-columns",
    _check,
)
