"""What a version of Next-Best-Action knows besides the histories of actions: the users' items, and rules of actions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from tastemaker.facts.recipes import RecipeFacts, RecipeType
from tastemaker.simulator.datasets import Snapshot
from tastemaker.simulator.histories import build_histories, catalogue_codes, find_code
from tastemaker.simulator.recipes.base import ActionHistory, ActionModel, Request, kind_of
from tastemaker.simulator.snapshots import interaction_table, metadata_table, no_interactions

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import numpy.typing as npt

    from tastemaker.simulator.datasets import DatasetData, Event
    from tastemaker.simulator.histories import Histories
    from tastemaker.simulator.recipes.base import BoolArray, IntArray, InteractionTable, LongArray, MetadataTable
    from tastemaker.simulator.serving import EventSelection, ServedVersion
    from tastemaker.simulator.world import World

    DoubleArray = npt.NDArray[np.float64]
    Parts = Mapping[str, tuple[DatasetData, Snapshot]]

_DAY_SECONDS: Final = 86_400
_EXPIRY: Final = ("EXPIRATION_TIMESTAMP", "ACTION_EXPIRATION_TIMESTAMP")
"""The guide has both names on one page."""


@dataclass(frozen=True)
class ActionRules:
    """When an action may be recommended, and which of two equal ones comes first; by action code.

    Attributes:
        listed: the Actions dataset has the action.
        expires: epoch seconds from which the action is not recommended; inf for never.
        repeat_seconds: how long after a user's interaction with it the action rests; 0 for no rest.
        value: VALUE; 0 without one.
    """

    listed: BoolArray
    expires: DoubleArray
    repeat_seconds: DoubleArray
    value: DoubleArray

    def eligible(self, history: ActionHistory, now: float) -> BoolArray:
        """What a user with this history may be recommended, shape (actions,); the caller may change it."""
        last = np.full(self.expires.size, -np.inf)
        np.maximum.at(last, history.actions, history.times.astype(np.float64))
        rests = (self.repeat_seconds > 0) & (now - last < self.repeat_seconds)
        mask: BoolArray = self.listed & (now < self.expires) & ~rests
        return mask


@dataclass(frozen=True)
class ActionSide:
    """The Interactions dataset as a version of Next-Best-Action sees it, and the rules of its actions.

    Attributes:
        item_ids: sorted ascending; `histories` holds their codes.
        data: the Interactions dataset; events from `streamed` on arrived after the training began.
    """

    rules: ActionRules
    item_ids: npt.NDArray[np.object_]
    histories: Histories
    data: DatasetData | None
    streamed: int
    selection: EventSelection

    def forget(self, users: frozenset[str]) -> ActionSide:
        return replace(self, histories=self.histories.without(users))


def events_dataset(recipe: RecipeFacts) -> str:
    """Type of the dataset with the events of what a recipe recommends."""
    return "ACTION_INTERACTIONS" if recipe.type is RecipeType.PERSONALIZED_ACTIONS else "INTERACTIONS"


def read_rules(table: MetadataTable, action_ids: npt.NDArray[np.object_]) -> ActionRules:
    codes = catalogue_codes(table.ids, action_ids)
    rows, codes = np.flatnonzero(codes >= 0), codes[codes >= 0]

    def column(names: Iterable[str], missing: float) -> DoubleArray:
        values = np.full(action_ids.size, missing)
        for name in names:
            found = np.asarray(table.columns[name], np.float64)[rows] if name in table.columns else np.full(0, np.nan)
            given = np.flatnonzero(np.isfinite(found))
            values[codes[given]] = found[given]
        return values

    listed = np.zeros(action_ids.size, np.bool_)
    listed[codes] = True
    repeat = column(["REPEAT_FREQUENCY"], 0.0) * _DAY_SECONDS
    return ActionRules(listed, column(_EXPIRY, np.inf), repeat, column(["VALUE"], 0.0))


def with_actions(world: World, parts: Parts, served: ServedVersion, interactions: InteractionTable) -> ServedVersion:
    """The trained version with its users' actions as histories, and its side.

    Args:
        parts: dataset type to the dataset and its snapshot at the training.
        interactions: those that the solution learnt from.
    """
    model = served.model
    taste_ids = model.taste_ids if isinstance(model, ActionModel) else np.empty(0, object)
    actions, actions_snapshot = parts["ACTIONS"]
    data, snapshot = parts.get("ACTION_INTERACTIONS", (None, Snapshot((), 0)))
    side = ActionSide(
        rules=read_rules(metadata_table(world.tables, actions, actions_snapshot), model.item_ids),
        item_ids=taste_ids,
        histories=build_histories(interactions, taste_ids),
        data=served.data,
        streamed=served.streamed,
        selection=served.selection,
    )
    return replace(
        served,
        data=data,
        streamed=snapshot.streamed,
        histories=build_histories(action_interactions(world, parts), model.item_ids),
        selection=replace(served.selection, thresholds={}),
        actions=side,
    )


def action_interactions(world: World, parts: Parts) -> InteractionTable:
    """Empty without the dataset: it is optional."""
    part = parts.get("ACTION_INTERACTIONS")
    if part is None:
        return no_interactions()
    return world.interaction_tables.get(part, lambda: interaction_table(world.tables, *part))


def build_action_request(version: ServedVersion, side: ActionSide, user_id: str, now: float) -> Request:
    """What the model is asked: the user's items and actions, streamed ones included."""
    seen = [event for event in _fresh(side.data, side.streamed, user_id) if side.selection.accepts(event)]
    items, times, _ = _recent(side.histories, user_id, seen, side.item_ids)
    done = _fresh(version.data, version.streamed, user_id)
    actions, moments, kinds = _recent(version.histories, user_id, done, version.model.item_ids)
    history = ActionHistory(actions, kinds, moments)
    return Request(history=items, times=times, now=int(now), user_id=user_id, actions=history)


def _fresh(data: DatasetData | None, streamed: int, user_id: str) -> list[Event]:
    """The user's events since the training."""
    positions = data.by_user.get(user_id, ()) if data is not None else ()
    return [data.events[position] for position in positions if position >= streamed] if data is not None else []


def _recent(
    histories: Histories, user_id: str, fresh: list[Event], ids: npt.NDArray[np.object_]
) -> tuple[IntArray, LongArray, IntArray]:
    """Codes, times and kinds of the user's known events, oldest first; kinds are places in ACTION_EVENT_TYPES or -1."""
    rows = histories.rows(user_id)
    kinds = np.array([*(kind_of(name) for name in histories.event_types), -1], np.int32)
    codes = np.append(histories.item[rows], [find_code(ids, event.item_id) for event in fresh]).astype(np.int32)
    times = np.append(histories.time[rows], [event.timestamp for event in fresh]).astype(np.int64)
    types = np.append(kinds[histories.event_type[rows]], [kind_of(event.event_type) for event in fresh])
    order = np.argsort(times, kind="stable")
    order = order[codes[order] >= 0]
    return codes[order], times[order], types[order].astype(np.int32)
