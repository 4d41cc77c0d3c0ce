"""What is known of a user at one moment, as sparse features: items, their categories, activity, metadata, actions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from tastemaker.simulator.histories import catalogue_codes
from tastemaker.simulator.recipes.action_examples import DAY_SECONDS, KINDS
from tastemaker.simulator.recipes.histories import Histories
from tastemaker.simulator.recipes.queries import QueryRule, build_query, newest_distinct

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from tastemaker.simulator.recipes.action_examples import ActionEvents
    from tastemaker.simulator.recipes.base import BoolArray, IntArray, LongArray, MetadataTable
    from tastemaker.simulator.recipes.histories import ObjectArray

RECENT = QueryRule(0.05, 0.05, 50)
ITEMS, CATEGORIES, VALUES = 300, 100, 50
HISTORY = 300
_RECENT_DAYS = 28
_SAME = 1e-6
OWN = 2 * KINDS
"""Features about the very action: how often each kind of event happened, and how often of late."""


@dataclass(frozen=True)
class FeatureSpace:
    """How moments become rows: items, categories, activity, user metadata and earlier actions, in this order.

    Attributes:
        item_columns: column of each item, -1 for none; shape (items,).
        categories: shape (items, categories); rows have length 1 or are empty.
        users: shape (users, features).
        actions: number of actions.
        activity: mean and spread of the two figures of activity when actions were shown, shape (2, 2).
    """

    item_columns: IntArray
    categories: sparse.csr_array
    users: sparse.csr_array
    actions: int
    activity: npt.NDArray[np.float64]

    @property
    def width(self) -> int:
        items = int(self.item_columns.max(initial=-1)) + 1
        return items + int(self.categories.shape[1]) + 2 + int(self.users.shape[1]) + KINDS * self.actions

    def rows(self, users: IntArray, items: Histories, done: Histories, now: LongArray) -> sparse.csr_array:
        """Features of moments, shape (moments, width).

        Args:
            users: -1 for an unknown user.
            items: the users' item events before each moment.
            done: their action events; `items` holds action * KINDS + kind.
        """
        newest, places = (
            newest_distinct(items, max(self.item_columns.size, 1)) if items.items.size else (items, items.items)
        )
        every = np.arange(self.item_columns.size, dtype=np.int32)
        query = build_query(newest, places, RECENT, every, every.size)
        taste = build_query(newest, places, RECENT, self.item_columns, int(self.item_columns.max(initial=-1)) + 1)
        blocks = [
            _unit_rows(taste),
            _unit_rows(sparse.csr_array(query @ self.categories)),
            sparse.csr_array(self._scaled_activity(items, now)),
            _known_rows(self.users, users),
            count_actions(done, self.actions),
        ]
        return sparse.csr_array(sparse.hstack(blocks, format="csr"))

    def _scaled_activity(self, items: Histories, now: LongArray) -> npt.NDArray[np.float64]:
        """Deviations from the mean, at most three; 0 where all had the same."""
        mean, spread = self.activity
        scale = np.divide(1.0, spread, out=np.zeros_like(spread), where=spread > _SAME)
        scaled: npt.NDArray[np.float64] = np.clip((measure_activity(items, now) - mean) * scale, -3.0, 3.0)
        return scaled


def count_actions(done: Histories, actions: int) -> sparse.csr_array:
    """log(1 + events) of each action and kind, shape (moments, actions * KINDS)."""
    parts = (np.ones(done.items.size), done.items, done.indptr)
    counts = sparse.csr_array(parts, shape=(done.users, actions * KINDS), copy=True)  # what follows is in place
    counts.sum_duplicates()
    counts.data = np.log1p(counts.data)
    return counts


def own_features(done: Histories, now: LongArray, actions: IntArray) -> npt.NDArray[np.float64]:
    """What each moment knows about one action, shape (moments, OWN)."""
    mine = done.items // KINDS == actions[done.rows]
    rows, kinds = done.rows[mine], done.items[mine] % KINDS
    age = (now[rows] - done.times[mine]) / DAY_SECONDS
    cells = rows * KINDS + kinds
    size = done.users * KINDS
    often = np.log1p(np.bincount(cells, minlength=size)).reshape(-1, KINDS)
    lately = np.bincount(cells, weights=np.exp(-np.maximum(age, 0.0) / _RECENT_DAYS), minlength=size)
    return np.hstack((often, lately.reshape(-1, KINDS)))


def own_of_all(done: Histories, now: int, actions: int) -> npt.NDArray[np.float64]:
    """What one moment knows about every action, shape (actions, OWN)."""
    repeated = Histories(
        np.arange(actions + 1) * done.items.size, np.tile(done.items, actions), np.tile(done.times, actions)
    )
    return own_features(repeated, np.full(actions, now), np.arange(actions, dtype=np.int32))


def cut_histories(histories: Histories, users: IntArray, times: LongArray, most: int) -> Histories:
    """The newest events of each of these users strictly before a time; shape of both (moments,)."""
    moments, ranks = np.unique(histories.times, return_inverse=True)
    keys = histories.rows * (moments.size + 1) + ranks
    limits = users.astype(np.int64) * (moments.size + 1) + np.searchsorted(moments, times)
    ends = np.searchsorted(keys, limits)
    return histories.slice(np.maximum(histories.indptr[users], ends - most), ends)


def action_histories(events: ActionEvents, users: int) -> Histories:
    """Action events by user; `items` holds action * KINDS + kind."""
    indptr = np.searchsorted(events.users, np.arange(users + 1))
    return Histories(indptr, events.actions * np.int32(KINDS) + events.kinds, events.times)


def build_space(
    histories: Histories,
    items: MetadataTable | None,
    item_ids: ObjectArray,
    users: sparse.csr_array,
    actions: int,
    activity: npt.NDArray[np.float64],
) -> FeatureSpace:
    """Columns for the items that most of these users have, and for the most frequent categories."""
    taken = np.unique(histories.rows * max(item_ids.size, 1) + histories.items) % max(item_ids.size, 1)
    counts = np.bincount(taken, minlength=item_ids.size)
    best = np.lexsort((np.arange(counts.size), -counts))[:ITEMS]
    best = np.sort(best[counts[best] > 1])
    columns = np.full(item_ids.size, -1, np.int32)
    columns[best] = np.arange(best.size)
    return FeatureSpace(columns, _categories(items, item_ids), users, actions, activity)


def _categories(items: MetadataTable | None, item_ids: ObjectArray) -> sparse.csr_array:
    names = sorted(items.categorical & items.columns.keys()) if items is not None else []
    if items is None or not names:
        return sparse.csr_array((item_ids.size, 0))
    parts = [one_hot(items.columns[name], CATEGORIES // len(names) or 1) for name in names]
    rows = sparse.csr_array(sparse.hstack(parts, format="csr"))
    codes = catalogue_codes(item_ids, items.ids)
    return _unit_rows(_known_rows(rows, codes))


def encode_users(users: MetadataTable | None, user_ids: ObjectArray, kept: BoolArray) -> sparse.csr_array:
    """Metadata of all users, shape (users, features): categories as 0 or 1, numbers in deviations from their mean.

    Args:
        kept: users from whom categories, means and deviations are learnt.
    """
    if users is None:
        return sparse.csr_array((user_ids.size, 0))
    codes = catalogue_codes(users.ids, user_ids)
    learnt = kept[codes] & (codes >= 0)
    blocks: Sequence[sparse.csr_array] = [
        one_hot(column, VALUES, learnt) if name in users.categorical else _scaled(column, learnt)
        for name, column in sorted(users.columns.items())
        if name in users.categorical or column.dtype.kind == "f"
    ]
    if not blocks:
        return sparse.csr_array((user_ids.size, 0))
    return _known_rows(sparse.csr_array(sparse.hstack(blocks, format="csr")), catalogue_codes(user_ids, users.ids))


def one_hot(column: npt.NDArray[np.generic], most: int, learnt: BoolArray | None = None) -> sparse.csr_array:
    """1 where a row has the value; the most frequent values only, ties by value. Elements are split at `|`."""
    values = [value.split("|") if isinstance(value, str) else [] for value in column.tolist()]
    counts: dict[str, int] = {}
    for row, parts in enumerate(values):
        for part in parts if learnt is None or learnt[row] else ():
            counts[part] = counts.get(part, 0) + 1
    kept = sorted(counts, key=lambda value: (-counts[value], value))[:most]
    codes = {value: code for code, value in enumerate(kept)}
    cells = [(row, codes[part]) for row, parts in enumerate(values) for part in set(parts) if part in codes]
    rows, columns = zip(*cells, strict=True) if cells else ((), ())
    return sparse.csr_array((np.ones(len(cells)), (rows, columns)), shape=(len(values), len(kept)))


def _scaled(column: npt.NDArray[np.generic], learnt: BoolArray) -> sparse.csr_array:
    """Deviations from the mean, at most three; null is the mean."""
    numbers = np.asarray(column, np.float64)
    known = numbers[learnt & np.isfinite(numbers)]
    spread = float(known.std()) if known.size else 0.0
    if spread == 0.0:
        return sparse.csr_array((numbers.size, 0))
    scaled = np.clip((numbers - known.mean()) / spread, -3.0, 3.0)
    return sparse.csr_array(np.where(np.isfinite(numbers), scaled, 0.0)[:, None])


def measure_activity(items: Histories, now: LongArray) -> npt.NDArray[np.float64]:
    """How many item events there were, and in the last four weeks, as logarithms."""
    recent = now[items.rows] - items.times <= _RECENT_DAYS * DAY_SECONDS
    lately = np.bincount(items.rows, weights=recent, minlength=items.users)
    return np.log1p(np.stack((items.lengths, lately), axis=1))


def _unit_rows(matrix: sparse.csr_array) -> sparse.csr_array:
    lengths = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
    scale = np.divide(1.0, lengths, out=np.zeros_like(lengths), where=lengths > 0)
    scaled = matrix.astype(np.float64)
    scaled.data *= np.repeat(scale, np.diff(matrix.indptr))
    return scaled


def _known_rows(matrix: sparse.csr_array, rows: IntArray) -> sparse.csr_array:
    """These rows of a matrix; -1 gives an empty one."""
    padded = sparse.vstack([matrix, sparse.csr_array((1, matrix.shape[1]))], format="csr")
    return sparse.csr_array(sparse.csr_array(padded)[np.where(rows >= 0, rows, matrix.shape[0])])
