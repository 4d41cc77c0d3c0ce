"""Rules over a whole expression that need no schema.

Source: developer guide, filter-expression-guidelines-requirements and creating-filter-expressions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tastemaker.facts.filters.nodes import (
    ACTIONS,
    CURRENT_ITEM,
    CURRENT_USER,
    EVENT_DATASETS,
    Condition,
    Field,
    Strings,
)
from tastemaker.facts.filters.problems import FilterError
from tastemaker.facts.filters.targets import TARGETS, Target

if TYPE_CHECKING:
    from tastemaker.facts.filters.nodes import FilterExpression, FilterPart

# Distinct dataset fields of one filter: developer guide, limits (5 in older editions).
MAX_FIELDS = 10
_MEMBERSHIP = frozenset({"IN", "NOT IN"})
# Amazon Personalize applies them by itself.
_RESERVED_ACTION_COLUMNS = frozenset({"EXPIRATION_TIMESTAMP", "REPEAT_FREQUENCY"})


def check_rules(parsed: FilterExpression) -> None:
    """The first broken rule, in the order in which the text is read.

    Raises:
        FilterError: with the position.
    """
    fields: set[tuple[str, str]] = set()
    for part in parsed.parts:
        if part.target != parsed.parts[0].target:
            first = parsed.parts[0].target
            raise FilterError(f"one filter has one target: {first} at first, {part.target} later.", _start(part))
        _check_part(part)
        for field in fields_of(part):
            fields.add((field.dataset_type, field.column))
            if len(fields) > MAX_FIELDS:
                raise FilterError(
                    f"a filter uses at most {MAX_FIELDS} distinct fields; this is one more.", field.position
                )


def fields_of(part: FilterPart) -> list[Field]:
    """Every field, left and right, in the order in which they stand."""
    found: list[Field] = []
    for condition in part.conditions():
        found.append(condition.field)
        if isinstance(condition.operand, Field):
            found.append(condition.operand)
    return found


def _start(part: FilterPart) -> int:
    return part.alternatives[0][0].field.position


def _check_part(part: FilterPart) -> None:
    target = TARGETS[part.target]
    first = part.alternatives[0][0].field
    for condition in (condition for alternative in part.alternatives for condition in alternative):
        _check_dataset(condition.field, first, target)
        if condition.field.dataset in EVENT_DATASETS:
            _check_event(condition)
        else:
            _check_metadata(condition, target)
    for condition in part.user_conditions:
        _check_user(condition)


def _check_dataset(field: Field, first: Field, target: Target) -> None:
    if field.dataset == CURRENT_USER:
        raise FilterError(f"{field} is possible only in an IF at the end of the expression.", field.position)
    if field.dataset == CURRENT_ITEM:
        raise FilterError(f"{field} is possible only on the right of a comparison.", field.position)
    if field.dataset not in {target.events, target.metadata}:
        allowed = f"{target.metadata} or {target.events}"
        raise FilterError(f"{target.name} is filtered by {allowed}, not by {field.dataset}.", field.position)
    if field.dataset != first.dataset:
        message = f"one expression uses one dataset: {first.dataset} at first, {field.dataset} here."
        raise FilterError(f"{message} Join two expressions with |.", field.position)


def _check_event(condition: Condition) -> None:
    field = condition.field
    if field.column != "EVENT_TYPE":
        raise FilterError(f"only {field.dataset}.EVENT_TYPE can be filtered, not {field}.", field.position)
    if condition.operator not in _MEMBERSHIP:
        raise FilterError(f"{field} is matched with IN or NOT IN, not with {condition.operator}.", field.position)
    if isinstance(condition.operand, Field):
        raise FilterError(f"{field} cannot be compared with a field.", condition.operand.position)


def _check_metadata(condition: Condition, target: Target) -> None:
    field, operand = condition.field, condition.operand
    if field.dataset == ACTIONS and field.column in _RESERVED_ACTION_COLUMNS:
        raise FilterError(f"{field} cannot be filtered; Amazon Personalize applies it by itself.", field.position)
    if isinstance(operand, Field):
        _check_related(operand, target)
    if isinstance(operand, Strings) and condition.operator not in _MEMBERSHIP:
        message = f'{field} is matched with a string by IN ("…"), not by {condition.operator}.'
        raise FilterError(message, field.position)


def _check_related(operand: Field, target: Target) -> None:
    if not target.current:
        raise FilterError(f"{target.name} is compared with values, not with {operand}.", operand.position)
    if operand.dataset != target.current:
        raise FilterError(f"only {target.current} may stand on the right, not {operand}.", operand.position)


def _check_user(condition: Condition) -> None:
    field = condition.field
    if field.dataset != CURRENT_USER:
        raise FilterError(f"an IF checks CurrentUser only, not {field}.", field.position)
    if isinstance(condition.operand, Field):
        message = f"{field} is compared with values, not with {condition.operand}."
        raise FilterError(message, condition.operand.position)
    if isinstance(condition.operand, Strings) and condition.operator not in _MEMBERSHIP | {"=", "!="}:
        raise FilterError(f"{condition.operator} orders numbers; strings are compared with = or !=.", field.position)
