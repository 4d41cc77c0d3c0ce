"""Models that refresh themselves between trainings: they take in streamed events at fixed moments, free of charge.

Source: developer guide, native-recipe-trending-now: every interval, at most every two hours.
"""

from __future__ import annotations

import bisect
from typing import TYPE_CHECKING, Final, Protocol, TypeGuard

import numpy as np

from tastemaker.simulator.fidelity.record import Fidelity, Grade
from tastemaker.simulator.recipes.base import Model

if TYPE_CHECKING:
    from tastemaker.simulator.datasets import DatasetData
    from tastemaker.simulator.recipes.base import IntArray, LongArray
    from tastemaker.simulator.serving import ServedVersion
    from tastemaker.simulator.world import World

_SOURCE = "Developer Guide, native-recipe-trending-now"
FIDELITY: Final = (
    Fidelity(
        "Runtime",
        "Trending-Now between trainings",
        Grade.APPROXIMATE,
        "Streamed events count from the next refresh on, which is every interval, at most every two hours. "
        "Refreshes fall on full multiples of that time since 1970; intervals end there, not at the newest event.",
        _SOURCE,
    ),
    Fidelity(
        "Runtime",
        "Trending-Now without interactions in the last two intervals",
        Grade.EXACT,
        "Popular items, which a history from long ago gives until events are streamed.",
        _SOURCE,
    ),
    Fidelity(
        "Runtime",
        "New items and imports in Trending-Now",
        Grade.ABSENT,
        "Both wait for the next training; an item that the model does not know has no trend.",
        _SOURCE,
    ),
)


class RefreshingModel(Model, Protocol):
    """A model that other events than those of its training change."""

    @property
    def refresh_seconds(self) -> int:
        """Refreshes happen at the multiples of this many seconds since the epoch."""
        ...

    @property
    def memory_seconds(self) -> int:
        """Events that are older than this at a refresh change nothing."""
        ...

    def refreshed(self, items: IntArray, times: LongArray) -> Model:
        """The same model that knows these events too.

        Args:
            items: item codes, shape (events,).
            times: epoch seconds, shape (events,), in any order.
        """
        ...


def _refreshes(model: Model) -> TypeGuard[RefreshingModel]:
    """As `isinstance` with the protocol would, which looks at all its members and takes 35 µs of every request."""
    return hasattr(model, "refresh_seconds")


def current_model(world: World, version: ServedVersion) -> Model:
    """The version's model after its newest refresh; the trained one where the recipe does not refresh itself."""
    model, data = version.model, version.data
    if not _refreshes(model) or data is None:
        return model
    moment = int(world.now() // model.refresh_seconds) * model.refresh_seconds
    # what arrived before a moment in the past is fixed, but for users that a job deleted
    key = (version.arn, moment, len(data.erased))
    return world.refreshed_models.get(key, lambda: _refresh(version, model, data, moment))


def _refresh(version: ServedVersion, model: RefreshingModel, data: DatasetData, moment: int) -> Model:
    first = max(version.streamed, bisect.bisect_left(data.arrivals, moment - model.memory_seconds))
    events = data.events[first : bisect.bisect_left(data.arrivals, moment)]
    pairs = [(version.code(event.item_id), event.timestamp) for event in events if version.selection.accepts(event)]
    known = [pair for pair in pairs if pair[0] >= 0]
    if not known:
        return model
    items, times = (np.array(column, np.int64) for column in zip(*known, strict=True))
    return model.refreshed(items.astype(np.int32), times)
