"""A column with a fixed meaning has the wrong type, or may not be null."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tastemaker.facts.fields import DATASETS
from tastemaker.model.rules.base import Declaration, Rule, Violation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tastemaker.model.datasets import Dataset


def _check(declaration: Declaration) -> Iterator[Violation]:
    for dataset in declaration.project.datasets.declared():
        facts = DATASETS[dataset.dataset_type]
        for name, needed in {**facts.required, **facts.reserved}.items():
            yield from _check_column(dataset, name, needed, name in facts.required)


def _check_column(dataset: Dataset, name: str, needed: str, required: bool) -> Iterator[Violation]:
    column = dataset.schema_fields.get(name)
    if column is None:
        return
    path = ("datasets", dataset.key, "schema", name)
    if column.type != needed:
        yield Violation((*path, "type"), f"{name} must be {needed}, not {column.type}", f"Write `{name}: {needed}`.")
    if required and column.nullable:
        yield Violation((*path, "nullable"), f"{name} may not be null", "Remove `nullable`.")


RULE = Rule(
    "schema-reserved-type",
    "Columns with a fixed meaning have their fixed type.",
    "developer guide, how-it-works-dataset-schema",
    _check,
)
