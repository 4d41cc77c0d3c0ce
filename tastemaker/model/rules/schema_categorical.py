"""`categorical`, `textual` and `itemName` stand where the service takes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tastemaker.facts.fields import DATASETS
from tastemaker.model.rules.base import Declaration, Rule, Violation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tastemaker.model.datasets import Dataset, SchemaField

_ATTRIBUTES = {"categorical": "categorical", "textual": "textual", "item_name": "itemName"}


def _check(declaration: Declaration) -> Iterator[Violation]:
    for dataset in declaration.project.datasets.declared():
        for name, column in dataset.schema_fields.items():
            for attribute, key in _ATTRIBUTES.items():
                problem = _find_problem(dataset, name, column, key) if getattr(column, attribute) else None
                if problem is not None:
                    path = ("datasets", dataset.key, "schema", name, key)
                    yield Violation(path, f"{name} cannot be {key}: {problem}", f"Remove `{key}`.", at_key=True)
        yield from _check_single_text(dataset)


def _find_problem(dataset: Dataset, name: str, column: SchemaField, key: str) -> str | None:
    facts = DATASETS[dataset.dataset_type]
    if column.type != "string":
        return f"it is {column.type}, and only string columns can"
    if name in facts.required or name in facts.reserved:
        return "its meaning is fixed by Amazon Personalize"
    if key != "categorical" and dataset.key != "items":
        return "only columns of items can"
    if key == "textual" and column.categorical:
        return "it is categorical already"
    return None


def _check_single_text(dataset: Dataset) -> Iterator[Violation]:
    for attribute, key in (("textual", "textual"), ("item_name", "itemName")):
        names = [name for name, column in dataset.schema_fields.items() if getattr(column, attribute)]
        for name in names[1:]:
            path = ("datasets", dataset.key, "schema", name, key)
            message = f"{name} cannot be {key}: {names[0]} is already, and a dataset takes one"
            yield Violation(path, message, "Keep the column that describes the item best.", at_key=True)


RULE = Rule(
    "schema-attribute",
    "Attributes of columns are where the service takes them.",
    "developer guide, how-it-works-dataset-schema, limits",
    _check,
    silenceable=True,
)
