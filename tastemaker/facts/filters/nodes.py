"""Filter expressions as data.

FilterExpression            parts joined by "|"
└── FilterPart              INCLUDE or EXCLUDE, target, conditions, IF conditions
    └── Condition           field, operator, operand
        └── Operand         Strings | Number | Parameter | AnyEvent | Field (of CurrentItem)
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

INTERACTIONS = "Interactions"
ACTION_INTERACTIONS = "Action_Interactions"
ITEMS = "Items"
USERS = "Users"
ACTIONS = "Actions"
CURRENT_USER = "CurrentUser"
CURRENT_ITEM = "CurrentItem"
EVENT_DATASETS = frozenset({INTERACTIONS, ACTION_INTERACTIONS})
DATASETS = (INTERACTIONS, ACTION_INTERACTIONS, ITEMS, USERS, ACTIONS, CURRENT_USER, CURRENT_ITEM)


@dataclass(frozen=True)
class Field:
    """A column of a dataset; `dataset` in the guide's spelling, `position` where it stands (1-based)."""

    dataset: str
    column: str
    position: int = field(default=0, compare=False)

    @property
    def dataset_type(self) -> str:
        """Dataset type whose schema has the column, upper case."""
        owner = {CURRENT_USER: USERS, CURRENT_ITEM: ITEMS}.get(self.dataset, self.dataset)
        return owner.upper()

    def __str__(self) -> str:
        return f"{self.dataset}.{self.column}"


@dataclass(frozen=True)
class Strings:
    values: tuple[str, ...]


@dataclass(frozen=True)
class Number:
    value: float


@dataclass(frozen=True)
class Parameter:
    """A placeholder; `name` without the dollar sign, case-sensitive."""

    name: str


@dataclass(frozen=True)
class AnyEvent:
    """The `*` of event types."""


Operand: TypeAlias = Strings | Number | Parameter | AnyEvent | Field
Operator: TypeAlias = Literal["IN", "NOT IN", "=", "!=", "<", "<=", ">", ">="]


@dataclass(frozen=True)
class Condition:
    field: Field
    operator: Operator
    operand: Operand


@dataclass(frozen=True)
class FilterPart:
    """One expression.

    Attributes:
        action: INCLUDE or EXCLUDE.
        target: ItemID, ActionID or UserID.
        alternatives: conditions joined by AND, joined by OR.
        user_conditions: of the IF clause, all of which must hold; empty for none.
    """

    action: Literal["INCLUDE", "EXCLUDE"]
    target: str
    alternatives: tuple[tuple[Condition, ...], ...]
    user_conditions: tuple[Condition, ...] = ()

    def conditions(self) -> Iterator[Condition]:
        """All conditions in the order in which they stand."""
        for alternative in self.alternatives:
            yield from alternative
        yield from self.user_conditions

    def parameters(self) -> frozenset[str]:
        operands = (condition.operand for condition in self.conditions())
        return frozenset(operand.name for operand in operands if isinstance(operand, Parameter))


@dataclass(frozen=True)
class FilterExpression:
    parts: tuple[FilterPart, ...]
