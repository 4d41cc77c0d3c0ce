"""Applies a filter of the dataset group to one request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tastemaker.facts import statuses
from tastemaker.facts.recipes import RecipeType
from tastemaker.simulator.audience import row, user_events, visible_metadata
from tastemaker.simulator.filters.compiled import FilterContext
from tastemaker.simulator.records import Filter
from tastemaker.simulator.refusals import invalid_input

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tastemaker.simulator.recipes.base import BoolArray, IntArray, MetadataTable
    from tastemaker.simulator.serving import ServedVersion
    from tastemaker.simulator.world import World


@dataclass(frozen=True)
class FilterUse:
    """What a request filters.

    Attributes:
        owner_arn: what answers: a campaign, a recommender or a batch job.
        table: metadata of what the model recommends, as filters see it; None without any.
        user_id: empty for none.
        item: code of the query item; -1 for none.
        target: ItemID or ActionID.
    """

    owner_arn: str
    version: ServedVersion
    table: MetadataTable | None
    user_id: str
    item: int = -1
    target: str = "ItemID"


def filter_mask(world: World, use: FilterUse, filter_arn: str, values: Mapping[str, str]) -> BoolArray:
    """What the filter lets through, by code.

    Raises:
        RefusalError: ResourceNotFoundException, or InvalidInputException where it does not fit the request.
    """
    record = world.store.get(Filter, filter_arn)
    if record.status != statuses.ACTIVE:
        raise invalid_input(f"Filter {record.arn} must be ACTIVE and is {record.status}.")
    version = use.version
    if record.dataset_group_arn != version.dataset_group_arn:
        raise invalid_input(f"Filter {record.arn} belongs to another dataset group than {use.owner_arn}.")
    parsed = world.filters.parse(record.filter_expression)
    if parsed.target != use.target:
        raise invalid_input(f"Filter {record.arn} filters {parsed.target}; recommendations need {use.target}.")
    if parsed.needs_current_item and version.recipe.type is not RecipeType.RELATED_ITEMS:
        raise invalid_input(f"Filter {record.arn} uses CurrentItem, which needs a related-items recipe.")
    if (parsed.needs_events or parsed.needs_user) and not use.user_id:
        raise invalid_input(f"Filter {record.arn} needs a userId.")
    users = visible_metadata(world, version.dataset_group_arn, "USERS") if parsed.needs_user else None
    context = FilterContext(
        events=_events(world, use) if parsed.needs_events else {},
        user=row(users, use.user_id),
        item=use.item,
        values=values,
    )
    return world.filters.allowed(record.filter_expression, version, use.table, context)


def _events(world: World, use: FilterUse) -> Mapping[str, IntArray]:
    """The user's events; those with actions under every spelling of their type (`Not Taken`, `NOT_TAKEN`)."""
    events = user_events(world, use.version, use.user_id)
    if use.target != "ActionID":
        return events
    spelt: dict[str, IntArray] = {}
    for name, codes in events.items():
        for alias in {name.replace("_", " "), name.replace(" ", "_")}:
            spelt[alias] = np.concatenate((spelt[alias], codes)) if alias in spelt else codes
    return spelt
