"""Conditions of an IF: one user against values."""

from __future__ import annotations

import math
import operator
from typing import TYPE_CHECKING, Any

from tastemaker.facts.filters.nodes import Condition, Number, Parameter, Strings
from tastemaker.simulator.filters.values import read_number, read_string, read_strings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tastemaker.simulator.filters.conditions import FilterContext

_ORDER: Mapping[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_NEGATIONS = frozenset({"NOT IN", "!="})


def holds_for_user(condition: Condition, context: FilterContext) -> bool:
    """Whether the requesting user meets one condition; an unknown user and a null never do.

    A string matches as a whole or by one element between `|`, because a user's row does not say whether it is
    categorical.

    Raises:
        FilterError: the request's value is not of the column's kind.
    """
    value = context.user.get(condition.field.column)
    if value is None:
        return False
    if isinstance(value, str):
        return _text_holds(condition, value, context.values)
    return not math.isnan(value) and _number_holds(condition, float(value), context.values)


def _text_holds(condition: Condition, value: str, values: Mapping[str, str]) -> bool:
    operand = condition.operand
    if isinstance(operand, Parameter):
        raw = values[operand.name]
        is_list = condition.operator == "IN"
        wanted = read_strings(operand.name, raw) if is_list else (read_string(operand.name, raw),)
    elif isinstance(operand, Strings):
        wanted = operand.values
    else:
        return False
    if condition.operator in _ORDER:
        return False
    matches = not {value, *value.split("|")}.isdisjoint(wanted)
    return matches != (condition.operator in _NEGATIONS)


def _number_holds(condition: Condition, value: float, values: Mapping[str, str]) -> bool:
    operand = condition.operand
    if isinstance(operand, Parameter):
        wanted = read_number(operand.name, values[operand.name])
    elif isinstance(operand, Number):
        wanted = operand.value
    else:
        return False
    if condition.operator in _ORDER:
        return _ORDER[condition.operator](value, wanted)
    return (value == wanted) != (condition.operator in _NEGATIONS)
