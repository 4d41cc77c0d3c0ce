"""Names and number of a schema's columns."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tastemaker.facts.fields import DATASETS
from tastemaker.model.rules.base import Declaration, Rule, Violation

if TYPE_CHECKING:
    from collections.abc import Iterator

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,149}")


def _check_names(declaration: Declaration) -> Iterator[Violation]:
    for dataset in declaration.project.datasets.declared():
        seen: dict[str, str] = {}
        for name in dataset.schema_fields:
            path = ("datasets", dataset.key, "schema", name)
            if _NAME.fullmatch(name) is None:
                hint = "Use at most 150 letters, digits and underscores; start with a letter or underscore."
                yield Violation(path, f"`{name}` cannot be a column name", hint, at_key=True)
            other = seen.setdefault(name.replace("_", ""), name)
            if other != name:
                message = f"{name} and {other} are the same name to Amazon Personalize, which ignores underscores"
                yield Violation(path, message, "Rename one of them.", at_key=True)


def _check_count(declaration: Declaration) -> Iterator[Violation]:
    for dataset in declaration.project.datasets.declared():
        facts = DATASETS[dataset.dataset_type]
        custom = [name for name in dataset.schema_fields if name not in facts.required and name not in facts.reserved]
        if len(custom) > facts.max_metadata:
            message = f"{dataset.key} has {len(custom)} metadata columns; Amazon Personalize takes {facts.max_metadata}"
            path = ("datasets", dataset.key, "schema", custom[facts.max_metadata])
            yield Violation(path, message, "Remove the columns that say least.", at_key=True)


NAMES = Rule(
    "schema-column-name",
    "Column names are legal and differ without underscores.",
    "developer guide, how-it-works-dataset-schema",
    _check_names,
)
COUNT = Rule(
    "schema-column-count",
    "A schema stays within the quota of metadata columns.",
    "developer guide, limits",
    _check_count,
    silenceable=True,
)
