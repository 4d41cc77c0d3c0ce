"""Each user's interactions, found in microseconds."""

from __future__ import annotations

import bisect
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from tastemaker.simulator.recipes.base import IntArray, InteractionTable, LongArray


@dataclass(frozen=True)
class Histories:
    """Interactions grouped by user, oldest first within a user (compressed rows).

    Attributes:
        user_ids: sorted ascending.
        start: user u's interactions are the positions start[u] to start[u + 1].
        item: codes of the catalogue the index was built for; -1 for an item outside it.
        event_type: codes into `event_types`, which are in lower case.
    """

    user_ids: npt.NDArray[np.object_]
    start: LongArray
    item: IntArray
    time: LongArray
    event_type: IntArray
    event_types: tuple[str, ...]

    def rows(self, user_id: str) -> slice:
        """Positions of one user's interactions; empty for an unknown user."""
        code = find_code(self.user_ids, user_id)
        return slice(0, 0) if code < 0 else slice(int(self.start[code]), int(self.start[code + 1]))

    def without(self, users: frozenset[str]) -> Histories:
        """The same histories, less those of some users."""
        kept = np.array([user_id not in users for user_id in self.user_ids], np.bool_)
        lengths = np.diff(self.start)
        rows = np.repeat(kept, lengths)
        return replace(
            self,
            user_ids=self.user_ids[kept],
            start=np.concatenate(([0], np.cumsum(lengths[kept]))).astype(np.int64),
            item=self.item[rows],
            time=self.time[rows],
            event_type=self.event_type[rows],
        )


def build_histories(table: InteractionTable, catalogue: npt.NDArray[np.object_]) -> Histories:
    """Group a table by user, with item codes of `catalogue` (sorted ids)."""
    order = np.argsort(table.user, kind="stable")
    counts = np.bincount(table.user, minlength=len(table.user_ids))
    codes = catalogue_codes(table.item_ids, catalogue)
    return Histories(
        user_ids=table.user_ids,
        start=np.concatenate(([0], np.cumsum(counts))).astype(np.int64),
        item=codes[table.item[order]] if codes.size else np.empty(0, np.int32),
        time=table.timestamp[order],
        event_type=table.event_type[order],
        event_types=tuple(name.lower() for name in table.event_types),
    )


def catalogue_codes(ids: npt.NDArray[np.object_], catalogue: npt.NDArray[np.object_]) -> IntArray:
    """Position of each id (sorted) in the catalogue (sorted); -1 where the catalogue lacks it."""
    if not catalogue.size:
        return np.full(ids.size, -1, np.int32)
    if ids.size == catalogue.size and bool((ids == catalogue).all()):
        return np.arange(ids.size, dtype=np.int32)
    found = np.minimum(np.searchsorted(catalogue, ids), catalogue.size - 1)
    codes: IntArray = np.where(catalogue[found] == ids, found, -1).astype(np.int32)
    return codes


def find_code(ids: npt.NDArray[np.object_], wanted: str) -> int:
    """Position of one id in sorted ids; -1 when it is not there."""
    position = bisect.bisect_left(ids, wanted)
    return position if position < len(ids) and ids[position] == wanted else -1
