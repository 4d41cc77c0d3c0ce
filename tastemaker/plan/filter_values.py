"""Which values a filter expression asks a request for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tastemaker.model.project import Project

_CONDITION = re.compile(
    r"(?P<dataset>\w+)\.(?P<column>\w+)\s*(?P<operator>IN|!=|<=|>=|=|<|>)\s*\(?\s*\$(?P<name>\w+)", re.IGNORECASE
)
_NUMBERS = frozenset({"int", "long", "float", "double"})


def placeholder_kinds(project: Project, expression: str) -> dict[str, str]:
    """Placeholder to what stands for it: `texts` (a list), `text` or `number`, in the order of the expression.

    Source: developer guide, filter-real-time: strings are sent in quotes, numbers without.
    """
    return {
        match["name"]: _kind(project, match["dataset"], match["column"], match["operator"])
        for match in _CONDITION.finditer(expression)
    }


def _kind(project: Project, dataset: str, column: str, operator: str) -> str:
    if operator.upper() == "IN":
        return "texts"
    key = {"currentuser": "users", "currentitem": "items"}.get(dataset.lower(), dataset.lower())
    declared = {entry.key: entry for entry in project.datasets.declared()}.get(key)
    field = None if declared is None else declared.schema_fields.get(column)
    return "number" if field is not None and field.type in _NUMBERS else "text"
