"""Each user's interactions, found in microseconds."""

from __future__ import annotations

import bisect
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from tastemaker.simulator.recipes.base import IntArray, InteractionTable, LongArray


@dataclass(frozen=True)
class Runs:
    """A user's interactions of one event type in a row (compressed rows).

    Attributes:
        positions: in `Histories`, oldest first within a run.
        start: run r holds positions[start[r]] to positions[start[r + 1]].
        event_type: of each run.
        first: user u's runs are first[u] to first[u + 1].
    """

    positions: LongArray
    start: LongArray
    event_type: IntArray
    first: LongArray


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

    @cached_property
    def complete(self) -> bool:
        """Whether the catalogue has every item."""
        return not self.item.size or bool(self.item.min() >= 0)

    def newest_by_type(self, user_id: str, most: int) -> dict[str, LongArray]:
        """Positions of the user's newest interactions of each event type, oldest first, at most `most` of each."""
        code = find_code(self.user_ids, user_id)
        if code < 0:
            return {}
        runs = self.runs
        found = {}
        for run in range(runs.first[code], runs.first[code + 1]):
            start, end = int(runs.start[run]), int(runs.start[run + 1])
            found[self.event_types[runs.event_type[run]]] = runs.positions[max(start, end - most) : end]
        return found

    @cached_property
    def runs(self) -> Runs:
        """Interactions by user and event type; built when first asked for."""
        users = np.repeat(np.arange(self.user_ids.size), np.diff(self.start))
        typed = np.flatnonzero(self.event_type >= 0)
        positions = typed[np.lexsort((self.event_type[typed], users[typed]))]
        user, kind = users[positions], self.event_type[positions]
        changes = np.flatnonzero((np.diff(user) != 0) | (np.diff(kind) != 0)) + 1
        start = np.concatenate(([0], changes, [positions.size])) if positions.size else np.zeros(1, np.int64)
        owners = user[start[:-1]]
        first = np.searchsorted(owners, np.arange(self.user_ids.size + 1))
        return Runs(positions, start, kind[start[:-1]], first)

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
