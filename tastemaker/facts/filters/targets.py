"""What a filter selects and by which datasets. A new target is a new row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tastemaker.facts.filters.nodes import (
    ACTION_INTERACTIONS,
    ACTIONS,
    CURRENT_ITEM,
    INTERACTIONS,
    ITEMS,
    USERS,
)

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Target:
    """One kind of thing to select.

    Attributes:
        events: dataset whose event types are conditions.
        metadata: dataset whose columns are conditions.
        id_column: of the metadata dataset.
        current: pseudo dataset that may stand on the right of a comparison; empty for none.
    """

    name: str
    events: str
    metadata: str
    id_column: str
    current: str = ""


TARGETS: Mapping[str, Target] = {
    target.name: target
    for target in (
        Target("ItemID", INTERACTIONS, ITEMS, "ITEM_ID", CURRENT_ITEM),
        Target("ActionID", ACTION_INTERACTIONS, ACTIONS, "ACTION_ID"),
        Target("UserID", INTERACTIONS, USERS, "USER_ID"),
    )
}
