"""From the grammar's tree to nodes, with what one condition alone can get wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, cast

from lark import Token, Tree

from tastemaker.facts.filters.nodes import (
    DATASETS,
    EVENT_DATASETS,
    AnyEvent,
    Condition,
    Field,
    FilterExpression,
    FilterPart,
    Number,
    Operand,
    Operator,
    Parameter,
    Strings,
)
from tastemaker.facts.filters.problems import FilterError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lark import ParseTree

_DATASET_BY_LOWER = {name.lower(): name for name in DATASETS}
_TARGET_BY_LOWER = {"itemid": "ItemID", "actionid": "ActionID", "userid": "UserID"}
_EVERY_EVENT = '"*"'


def read_filter(tree: ParseTree) -> FilterExpression:
    """The nodes of a parsed expression.

    Raises:
        FilterError: an unknown dataset, a value of the wrong kind, a second IF or an OR in it.
    """
    return FilterExpression(tuple(_read_part(part) for part in _trees(tree)))


def _read_part(tree: ParseTree) -> FilterPart:
    action, target, *_ = _tokens(tree)
    conditions, *if_clauses = _trees(tree)
    if len(if_clauses) > 1:
        raise FilterError("an expression has one IF, at its end; extend it with AND.", _position(if_clauses[1]))
    return FilterPart(
        action=cast(Literal["INCLUDE", "EXCLUDE"], action.upper()),
        target=_TARGET_BY_LOWER[target.lower()],
        alternatives=_read_alternatives(conditions),
        user_conditions=_read_if(if_clauses[0]) if if_clauses else (),
    )


def _read_alternatives(tree: ParseTree) -> tuple[tuple[Condition, ...], ...]:
    """AND binds before OR."""
    alternatives: list[list[Condition]] = [[]]
    for child in tree.children:
        if isinstance(child, Tree):
            alternatives[-1].append(_read_condition(child))
        elif child.upper() == "OR":
            alternatives.append([])
    return tuple(tuple(alternative) for alternative in alternatives)


def _read_if(tree: ParseTree) -> tuple[Condition, ...]:
    (conditions,) = _trees(tree)
    for connector in _tokens(conditions):
        if connector.upper() == "OR":
            raise FilterError("an IF is extended with AND only; OR is not possible there.", _position(connector))
    (together,) = _read_alternatives(conditions)
    return together


def _read_condition(tree: ParseTree) -> Condition:
    first = tree.children[0]
    field = _read_field(cast(Token, first))
    if tree.data == "membership":
        values = [cast(Token, value.children[0]) for value in _trees(tree)]
        operator: Operator = "NOT IN" if any(token.type == "NOT" for token in _tokens(tree)) else "IN"
        return Condition(field, operator, _read_members(field, operator, values))
    if tree.data == "relation":
        return Condition(field, "IN", _read_field(cast(Token, tree.children[-1])))
    last = tree.children[-1]
    value = last if isinstance(last, Token) else cast(Token, last.children[0])
    return Condition(field, cast(Operator, str(tree.children[1])), _read_compared(value))


def _read_field(token: Token) -> Field:
    dataset, column = token.split(".")
    known = _DATASET_BY_LOWER.get(dataset.lower())
    if known is None:
        raise FilterError(f"{dataset} is no dataset; possible are {', '.join(DATASETS)}.", _position(token))
    return Field(known, column, _position(token))


def _read_members(field: Field, operator: Operator, values: Sequence[Token]) -> Operand:
    for value in values:
        _check_member(field, operator, value, len(values))
    if values[0].type == "PARAMETER":
        return Parameter(values[0][1:])
    if field.dataset in EVENT_DATASETS and any(value in {"*", _EVERY_EVENT} for value in values):
        return AnyEvent()
    return Strings(tuple(value[1:-1] for value in values))


def _check_member(field: Field, operator: Operator, value: Token, count: int) -> None:
    if value.type == "PARAMETER" and operator == "NOT IN":
        advice = "Use IN and the opposite action, INCLUDE or EXCLUDE."
        raise FilterError(f"Placeholders are not allowed with NOT_IN operator. {advice}", _position(value))
    if value.type == "PARAMETER" and count > 1:
        message = "a placeholder stands alone in its parentheses; its value at request time may be a list."
        raise FilterError(message, _position(value))
    if value.type == "STAR" and field.dataset not in EVENT_DATASETS:
        raise FilterError(f"* stands for every event type and is not possible for {field}.", _position(value))
    if value.type in {"NUMBER", "WORD"}:
        raise FilterError(f'{operator} takes strings in double quotes: write "{value}".', _position(value))
    if value.type == "FIELD":
        raise FilterError(f"a field stands without parentheses: {operator} {value}.", _position(value))


def _read_compared(value: Token) -> Operand:
    match value.type:
        case "NUMBER":
            return Number(float(value))
        case "PARAMETER":
            return Parameter(value[1:])
        case "STRING":
            return Strings((value[1:-1],))
        case "FIELD":
            return _read_field(value)
        case "STAR":
            raise FilterError('* stands for every event type, in IN ("*") only.', _position(value))
    if value.lower() in {"true", "false"}:
        advice = 'Use a string column with "True" and "False", or an int column with 0 and 1.'
        raise FilterError(f"boolean values cannot be filtered, found {value}. {advice}", _position(value))
    raise FilterError(f"expected a number or a placeholder such as $PRICE, found {value}.", _position(value))


def _trees(tree: ParseTree) -> list[ParseTree]:
    return [child for child in tree.children if isinstance(child, Tree)]


def _tokens(tree: ParseTree) -> list[Token]:
    return [child for child in tree.children if isinstance(child, Token)]


def _position(node: Token | ParseTree) -> int:
    start = node.start_pos if isinstance(node, Token) else node.meta.start_pos
    return (start or 0) + 1
