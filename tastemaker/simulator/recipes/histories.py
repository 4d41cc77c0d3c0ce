"""Users' histories as one compressed table, and requests in batches: what every algorithm here reads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from tastemaker.simulator.recipes.base import TrainingFailedError

if TYPE_CHECKING:
    from tastemaker.simulator.recipes.base import FloatArray, IntArray, LongArray, TrainingInput

ObjectArray = npt.NDArray[np.object_]


@dataclass(frozen=True)
class Histories:
    """Event sequences of many users, oldest event first.

    Attributes:
        indptr: shape (users + 1,); the events of user u are `indptr[u]:indptr[u + 1]`.
        items: catalogue codes, shape (events,).
        times: epoch seconds, shape (events,), ascending within a user.
        weights: how much each event counts, shape (events,); None where all count the same.
    """

    indptr: LongArray
    items: IntArray
    times: LongArray
    weights: FloatArray | None = None

    @property
    def users(self) -> int:
        return self.indptr.size - 1

    @property
    def lengths(self) -> LongArray:
        return np.diff(self.indptr)

    @property
    def rows(self) -> LongArray:
        """The user of every event, shape (events,)."""
        return np.repeat(np.arange(self.users), self.lengths)

    def row_of(self, events: LongArray) -> LongArray:
        """The users of some events by their positions."""
        return np.searchsorted(self.indptr, events, side="right") - 1

    def take(self, users: LongArray) -> Histories:
        """The sequences of these users, in the given order."""
        return self.slice(self.indptr[users], self.indptr[users + 1])

    def slice(self, starts: LongArray, ends: LongArray) -> Histories:
        """One sequence per pair of event positions, shape of both (users,)."""
        lengths = ends - starts
        indptr = np.concatenate(([0], np.cumsum(lengths)))
        events = np.arange(indptr[-1]) - np.repeat(indptr[:-1] - starts, lengths)
        weights = self.weights[events] if self.weights is not None else None
        return Histories(indptr, self.items[events], self.times[events], weights)


@dataclass(frozen=True)
class Moments:
    """Requests in a batch: each user's history and the time of asking.

    Attributes:
        now: epoch seconds, shape (users,).
        values: for each request the places of the attribute values that hold (`attributes`); None for none at all.
    """

    histories: Histories
    now: LongArray
    values: tuple[IntArray, ...] | None = None

    def part(self, rows: slice) -> Moments:
        """Some requests that follow each other."""
        return self.take(np.arange(self.now.size)[rows])

    def take(self, rows: LongArray) -> Moments:
        values = tuple(self.values[row] for row in rows.tolist()) if self.values is not None else None
        return Moments(self.histories.take(rows), self.now[rows], values)


@dataclass(frozen=True)
class Corpus:
    """Training data in catalogue codes.

    Attributes:
        item_ids: items of Interactions and Items datasets together, sorted ascending; position = code.
        histories: one sequence per user with at least one event, users ascending.
        order: row of the interactions table of every event of `histories`.
    """

    item_ids: ObjectArray
    histories: Histories
    order: LongArray


def build_corpus(data: TrainingInput, weights: FloatArray | None = None) -> Corpus:
    """Catalogue and histories of a dataset group.

    Events of one user at one moment have no order; the table sorts them by item id, which a sequence model would learn
    as if it meant something. They are put into a seeded random order instead.

    Args:
        weights: of every interaction (`event_weights`); None where all count the same.

    Raises:
        TrainingFailedError: there is no interaction to learn from.
    """
    table = data.interactions
    if table.item.size == 0:
        raise TrainingFailedError("The Interactions dataset holds no interaction that this solution may use.")
    extra = data.items.ids if data.items is not None else np.empty(0, object)
    item_ids = np.unique(np.concatenate((table.item_ids.astype(object), extra.astype(object))))
    codes = np.searchsorted(item_ids, table.item_ids).astype(np.int32)
    order = np.lexsort((np.random.default_rng(data.seed).random(table.user.size), table.timestamp, table.user))
    _, lengths = np.unique(table.user, return_counts=True)
    indptr = np.concatenate(([0], np.cumsum(lengths)))
    ordered = weights[order] if weights is not None else None
    return Corpus(item_ids, Histories(indptr, codes[table.item[order]], table.timestamp[order], ordered), order)
