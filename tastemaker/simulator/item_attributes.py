"""The queries of aws-item-attribute-affinity: `ITEMS.genres = "Comedy" AND ITEMS.year = 1999` (reference §7)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tastemaker.simulator.batch import LineError

if TYPE_CHECKING:
    from tastemaker.simulator.filters.columns import Columns
    from tastemaker.simulator.recipes.base import BoolArray

_CONDITION = re.compile(
    r"""\s*ITEMS\.(?P<column>[A-Za-z_]\w*)\s*=\s*"""
    r"""(?:"(?P<double>(?:[^"\\]|\\.)*)"|'(?P<single>(?:[^'\\]|\\.)*)'|(?P<number>[+-]?\d+(?:\.\d+)?))\s*""",
    re.IGNORECASE,
)
_AND = re.compile(r"AND\b", re.IGNORECASE)
_ESCAPED = re.compile(r"\\(.)")


@dataclass(frozen=True)
class Attribute:
    """One condition; the column in upper case, as schemas write it."""

    column: str
    value: str | float


def parse_attributes(text: str) -> tuple[Attribute, ...]:
    """The conditions of a query.

    Raises:
        LineError: with the position, counted from 1.
    """
    attributes, position = [], 0
    while True:
        found = _CONDITION.match(text, position)
        if found is None:
            raise LineError(f'At character {position + 1}: expected ITEMS.column = "value".')
        attributes.append(_attribute(found))
        position = found.end()
        if position == len(text):
            return tuple(attributes)
        joint = _AND.match(text, position)
        if joint is None:
            raise LineError(f"At character {position + 1}: expected AND; other operators are not possible here.")
        position = joint.end()


def _attribute(found: re.Match[str]) -> Attribute:
    column = found["column"].upper()
    if found["number"] is not None:
        return Attribute(column, float(found["number"]))
    quoted = found["double"] if found["double"] is not None else found["single"]
    return Attribute(column, _ESCAPED.sub(r"\1", quoted))


def items_with(attributes: tuple[Attribute, ...], columns: Columns, textual: frozenset[str]) -> BoolArray:
    """Which items have all attributes; of a categorical column one of the values is enough.

    Raises:
        LineError: a column is unknown, textual, or of another type than the value.
    """
    mask = np.ones(columns.size, np.bool_)
    for attribute in attributes:
        mask &= _having(attribute, columns, textual)
    return mask


def _having(attribute: Attribute, columns: Columns, textual: frozenset[str]) -> BoolArray:
    name, value = attribute.column, attribute.value
    if not columns.has(name):
        raise LineError(f"ITEMS.{name} is not a column of the Items dataset.")
    if name in textual:
        raise LineError(f"ITEMS.{name} is textual and cannot be an item attribute.")
    if columns.is_numeric(name) != isinstance(value, float):
        kind = "numbers" if columns.is_numeric(name) else "strings"
        raise LineError(f"ITEMS.{name} holds {kind}.")
    if isinstance(value, float):
        return np.asarray(columns.numbers(name) == value, np.bool_)
    return columns.index(name).any_of([value])
