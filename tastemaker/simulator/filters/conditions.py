"""One condition, compiled: a mask where it is constant, else a function of the request."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from tastemaker.facts.filters.nodes import (
    EVENT_DATASETS,
    AnyEvent,
    Condition,
    Field,
    Number,
    Parameter,
    Strings,
)
from tastemaker.facts.filters.problems import FilterError
from tastemaker.simulator.filters.values import read_number, read_string, read_strings
from tastemaker.simulator.recipes.base import BoolArray, IntArray

if TYPE_CHECKING:
    import numpy.typing as npt

    from tastemaker.simulator.filters.columns import Columns, ValueIndex


@dataclass(frozen=True)
class FilterContext:
    """What a filter knows of one request.

    Attributes:
        events: event type in lower case to the codes that this user has such events with; the caller cuts them to the
            newest 100 of each type.
        user: the user's row of the Users dataset: column to str, float or None; empty for an unknown user.
        item: code of the query item of related items, for CurrentItem; -1 for none or unknown.
        values: the request's filterValues as they came.
    """

    events: Mapping[str, IntArray] = field(default_factory=dict)
    user: Mapping[str, Any] = field(default_factory=dict)
    item: int = -1
    values: Mapping[str, str] = field(default_factory=dict)


DynamicMask: TypeAlias = Callable[[FilterContext], BoolArray]
Mask: TypeAlias = BoolArray | DynamicMask

_COMPARE: Mapping[str, Callable[[Any, Any], Any]] = {
    "=": np.equal,
    "!=": np.not_equal,
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
}
_NEGATIONS = frozenset({"NOT IN", "!="})


def compile_condition(condition: Condition, columns: Columns) -> Mask:
    """The mask of one WHERE condition.

    Raises:
        FilterError: the operator does not fit the column's values.
    """
    if condition.field.dataset in EVENT_DATASETS:
        return _compile_event(condition, columns.size)
    if not columns.has(condition.field.column):
        return np.zeros(columns.size, np.bool_)  # a column that no row has: all null
    if columns.is_numeric(condition.field.column):
        return _compile_number(condition, columns)
    return _compile_text(condition, columns)


def _compile_event(condition: Condition, size: int) -> DynamicMask:
    operand, negated = condition.operand, condition.operator == "NOT IN"
    types: frozenset[str] | None = None
    if isinstance(operand, Strings):
        types = frozenset(value.lower() for value in operand.values)

    def mask(context: FilterContext) -> BoolArray:
        wanted = _event_types(operand, context) if isinstance(operand, Parameter) else types
        seen = np.zeros(size, np.bool_)
        for event_type, codes in context.events.items():
            if wanted is None or event_type in wanted:
                seen[codes] = True
        # The guide has INCLUDE … NOT IN rewritten as EXCLUDE … IN, so negation is the complement, never seen included.
        return ~seen if negated else seen

    return mask


def _event_types(parameter: Parameter, context: FilterContext) -> frozenset[str] | None:
    types = frozenset(value.lower() for value in read_strings(parameter.name, context.values[parameter.name]))
    return None if "*" in types else types


def _compile_number(condition: Condition, columns: Columns) -> Mask:
    numbers = columns.numbers(condition.field.column)
    operand = condition.operand
    compare = _COMPARE.get("=" if isinstance(operand, Field) and condition.operator == "IN" else condition.operator)
    if compare is None or isinstance(operand, Strings | AnyEvent):
        raise FilterError(
            f"{condition.field} holds numbers and cannot be matched with strings.", condition.field.position
        )
    present = ~np.isnan(numbers)

    def mask_for(value: float) -> BoolArray:
        return np.zeros(numbers.size, np.bool_) if np.isnan(value) else compare(numbers, value) & present

    if isinstance(operand, Number):
        return mask_for(operand.value)
    if isinstance(operand, Parameter):
        name = operand.name
        return lambda context: mask_for(read_number(name, context.values[name]))
    others = _current_numbers(operand, columns)
    return lambda context: mask_for(float(others[context.item]) if context.item >= 0 else np.nan)


def _current_numbers(operand: Field, columns: Columns) -> npt.NDArray[np.float64]:
    if not columns.has(operand.column):
        return np.full(columns.size, np.nan)
    if not columns.is_numeric(operand.column):
        raise FilterError(f"{operand} holds strings and cannot be compared with numbers.", operand.position)
    return columns.numbers(operand.column)


def _compile_text(condition: Condition, columns: Columns) -> Mask:
    index, operand = columns.index(condition.field.column), condition.operand
    if condition.operator not in {"IN", "NOT IN", "=", "!="} or isinstance(operand, Number | AnyEvent):
        message = f"{condition.field} holds strings and is matched with IN, NOT IN, = or != and strings."
        raise FilterError(message, condition.field.position)
    match = index.none_of if condition.operator in _NEGATIONS else index.any_of
    if isinstance(operand, Strings):
        return match(operand.values)
    if isinstance(operand, Parameter):
        read = _reader(condition)
        return lambda context: match(read(context))
    current = _current_values(operand, columns)

    def mask(context: FilterContext) -> BoolArray:
        values = current(context.item) if context.item >= 0 else ()
        return match(values) if values else np.zeros(index.present.size, np.bool_)

    return mask


def _reader(condition: Condition) -> Callable[[FilterContext], tuple[str, ...]]:
    assert isinstance(condition.operand, Parameter)  # noqa: S101 - tells mypy what the callers know
    name = condition.operand.name
    if condition.operator == "IN":
        return lambda context: read_strings(name, context.values[name])
    return lambda context: (read_string(name, context.values[name]),)


def _current_values(operand: Field, columns: Columns) -> Callable[[int], tuple[str, ...]]:
    """Elements of the current item's value; none for null."""
    if not columns.has(operand.column):
        return lambda _item: ()
    if columns.is_numeric(operand.column):
        raise FilterError(f"{operand} holds numbers and cannot be compared with strings.", operand.position)
    texts = columns.texts(operand.column)
    index: ValueIndex = columns.index(operand.column)
    return lambda item: () if texts[item] is None else index.split(texts[item])
