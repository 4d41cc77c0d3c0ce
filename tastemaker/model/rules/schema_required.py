"""A schema lacks a column that its dataset type must have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tastemaker.facts.fields import DATASETS
from tastemaker.model.rules.base import Declaration, Rule, Violation
from tastemaker.model.suggest import find_close_match

if TYPE_CHECKING:
    from collections.abc import Iterator


def _check(declaration: Declaration) -> Iterator[Violation]:
    for dataset in declaration.project.datasets.declared():
        path, facts = ("datasets", dataset.key, "schema"), DATASETS[dataset.dataset_type]
        missing = [name for name in facts.required if not declaration.declares(*path, name)]
        for name in missing:
            others = [other for other in dataset.schema_fields if other not in facts.required]
            close = find_close_match(name, others)
            hint = f"Add `{name}: {facts.required[name]}`" + (f", or rename `{close}`." if close is not None else ".")
            yield Violation(path, f"the schema of {dataset.key} lacks the required column {name}", hint)
        if facts.needs_metadata and not missing and set(dataset.schema_fields) <= set(facts.required):
            message = f"the schema of {dataset.key} holds no metadata column"
            yield Violation(path, message, "Add at least one column, or remove the dataset.")


RULE = Rule(
    "schema-required-column",
    "A schema has the columns its dataset type must have.",
    "developer guide, how-it-works-dataset-schema",
    _check,
)
