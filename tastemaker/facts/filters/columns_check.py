"""A filter against the schemas of its dataset group."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any

from tastemaker.facts.filters.nodes import Condition, Field, FilterExpression, Number, Strings
from tastemaker.facts.filters.problems import FilterError

if TYPE_CHECKING:
    from collections.abc import Mapping

    AvroSchema = Mapping[str, Any]

_ORDER = frozenset({"<", "<=", ">", ">="})


def check_filter(parsed: FilterExpression, schemas: Mapping[str, AvroSchema]) -> None:
    """Whether every field exists and fits its operator.

    Args:
        schemas: dataset type in upper case (`ITEMS`, `ACTION_INTERACTIONS`) to parsed Avro record; datasets that the
            group lacks are absent.

    Raises:
        FilterError: the first misfit, with the position.
    """
    for part in parsed.parts:
        for condition in part.conditions():
            kind = _kind_of(condition.field, schemas)
            _check_operator(condition, kind)
            if isinstance(condition.operand, Field):
                _check_same_kind(condition, kind, _kind_of(condition.operand, schemas))


def _kind_of(field: Field, schemas: Mapping[str, AvroSchema]) -> str:
    """`string` or `number`."""
    schema = schemas.get(field.dataset_type)
    if schema is None:
        message = f"{field} needs a dataset of type {field.dataset_type}, which the dataset group lacks."
        raise FilterError(message, field.position)
    columns = {column["name"]: column for column in schema["fields"]}
    column = columns.get(field.column)
    if column is None:
        near = difflib.get_close_matches(field.column.upper(), columns, n=1)
        hint = f" Did you mean {near[0]}?" if near else ""
        raise FilterError(f"{field} is not a column of the {field.dataset_type} schema.{hint}", field.position)
    types = _types_of(column["type"])
    if column.get("textual"):
        raise FilterError(f"{field} is textual; text cannot be filtered.", field.position)
    if "boolean" in types:
        advice = "Use a string or an int column instead."
        raise FilterError(f"{field} is boolean; boolean columns cannot be filtered. {advice}", field.position)
    return "string" if "string" in types else "number"


def _types_of(avro_type: Any) -> frozenset[str]:
    if isinstance(avro_type, list):
        return frozenset().union(*(_types_of(each) for each in avro_type))
    return _types_of(avro_type["type"]) if isinstance(avro_type, dict) else frozenset({str(avro_type)})


def _check_operator(condition: Condition, kind: str) -> None:
    field, operator, operand = condition.field, condition.operator, condition.operand
    if kind == "string" and operator in _ORDER:
        raise FilterError(f"{operator} orders numbers, but {field} holds strings.", field.position)
    if kind == "string" and isinstance(operand, Number):
        raise FilterError(f'{field} holds strings; match it with IN ("…").', field.position)
    if kind == "number" and operator in {"IN", "NOT IN"} and not isinstance(operand, Field):
        raise FilterError(f"{field} holds numbers; compare it with =, !=, <, <=, > or >=.", field.position)
    if kind == "number" and isinstance(operand, Strings):
        raise FilterError(f"{field} holds numbers and cannot equal a string.", field.position)


def _check_same_kind(condition: Condition, left: str, right: str) -> None:
    if left != right:
        message = f"{condition.field} holds a {left}, {condition.operand} a {right}."
        raise FilterError(message, condition.field.position)
