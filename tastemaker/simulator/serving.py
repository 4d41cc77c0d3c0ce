"""A trained solution version, ready to answer: the model and what it knows of each user."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from tastemaker.simulator.histories import Histories, find_code

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tastemaker.facts.recipes import RecipeFacts
    from tastemaker.simulator.action_serving import ActionSide
    from tastemaker.simulator.datasets import DatasetData, Event
    from tastemaker.simulator.exploration import Novelty
    from tastemaker.simulator.recipes.base import IntArray, LongArray, Model


@dataclass(frozen=True)
class EventSelection:
    """Which interactions a solution learns from: `eventType` and `eventValueThreshold`, or `eventsConfig`.

    Attributes:
        thresholds: event type, in any case, to the least value, None for any; empty for all interactions.
    """

    thresholds: dict[str, float | None] = field(default_factory=dict)

    def accepts(self, event: Event) -> bool:
        if not self.thresholds:
            return True
        kind = event.event_type.lower()
        return any(
            least is None or (event.event_value is not None and event.event_value >= least)
            for name, least in self.thresholds.items()
            if name.lower() == kind
        )


@dataclass(frozen=True)
class ServedVersion:
    """An immutable model with the histories it was trained on.

    Attributes:
        data: the Interactions dataset; events from `streamed` on arrived after the training began.
        popular: item codes, most interacted first; for padding.
        forgotten: users that a data deletion job removed since the training.
        novelty: what exploration needs; None for recipes that do not explore.
        item_columns: Items columns that the training saw.
        actions: what a recipe for actions knows besides; then `data` and `histories` are of action interactions.
        tuned: hyperparameters that HPO found.
        updates: how many times new items were added; with the ARN it tells catalogues apart.
    """

    arn: str
    recipe: RecipeFacts
    model: Model
    dataset_group_arn: str
    data: DatasetData | None
    histories: Histories
    streamed: int
    selection: EventSelection
    popular: IntArray
    forgotten: frozenset[str] = frozenset()
    novelty: Novelty | None = None
    item_columns: frozenset[str] = frozenset()
    updates: int = 0
    actions: ActionSide | None = None
    tuned: Mapping[str, str] = field(default_factory=dict)

    @property
    def catalogue(self) -> tuple[str, int]:
        """Key for what is built for this catalogue's item codes."""
        return self.arn, self.updates

    def history(self, user_id: str | None, until: int | None = None) -> tuple[IntArray, LongArray]:
        """Item codes and times, oldest first; a real-time recipe also sees the events since the training.

        Args:
            until: number of streamed events that count; None for all.
        """
        if user_id is None:
            return np.empty(0, np.int32), np.empty(0, np.int64)
        rows = self.histories.rows(user_id)
        items, times = self.histories.item[rows], self.histories.time[rows]
        fresh = self._fresh(user_id, until) if self.recipe.realtime else []
        if not fresh and self.histories.complete:
            return items, times
        if fresh:
            items = np.concatenate((items, np.array([code for code, _ in fresh], np.int32)))
            times = np.concatenate((times, np.array([time for _, time in fresh], np.int64)))
            order = np.argsort(times, kind="stable")
            items, times = items[order], times[order]
        known = items >= 0
        return (items, times) if known.all() else (items[known], times[known])

    def code(self, item_id: str) -> int:
        """The item's code; -1 when the model does not know it."""
        return find_code(self.model.item_ids, item_id)

    def forget(self, users: frozenset[str]) -> ServedVersion:
        """The same model without these users' histories. What it learned from them stays until the next training."""
        known = replace(self, histories=self.histories.without(users), forgotten=self.forgotten | users)
        return replace(known, actions=self.actions.forget(users)) if self.actions is not None else known

    def extend(self, model: Model, novelty: Novelty | None) -> ServedVersion:
        """The same version with a larger catalogue; what is known of users is the same in new codes."""
        places = np.searchsorted(model.item_ids, self.model.item_ids).astype(np.int32)
        old = self.histories.item
        item = np.where(old >= 0, places[old], -1).astype(np.int32) if places.size else old
        added = np.setdiff1d(np.arange(model.item_ids.size, dtype=np.int32), places, assume_unique=True)
        return replace(
            self,
            model=model,
            histories=replace(self.histories, item=item),
            popular=np.concatenate((places[self.popular], added)),
            novelty=novelty,
            updates=self.updates + 1,
        )

    def _fresh(self, user_id: str, until: int | None) -> list[tuple[int, int]]:
        data = self.data
        positions = data.by_user.get(user_id) if data is not None else None
        if data is None or not positions or positions[-1] < self.streamed:
            return []
        end = len(data.events) if until is None else until
        events = (data.events[position] for position in positions if self.streamed <= position < end)
        return [(self.code(event.item_id), event.timestamp) for event in events if self.selection.accepts(event)]
