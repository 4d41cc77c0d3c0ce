"""A user's history as a weighted vector of items: recent events count more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

if TYPE_CHECKING:
    from tastemaker.simulator.recipes.base import IntArray, LongArray
    from tastemaker.simulator.recipes.histories import Histories


@dataclass(frozen=True)
class QueryRule:
    """How an item's weight falls with its place from the end of the history, 0 = newest.

    Attributes:
        rate: weight e^(-rate * place).
        floor: the least weight, so that old taste still counts.
        limit: only so many newest distinct items take part.
    """

    rate: float
    floor: float
    limit: int


def newest_distinct(histories: Histories, items: int) -> tuple[Histories, IntArray]:
    """Every item once, at its newest event, and the place of each from the end of its history, 0 = newest.

    Events of one moment have no order among themselves: they share the place of the last of them.
    """
    keys = (histories.rows * items + histories.items)[::-1]
    _, first = np.unique(keys, return_index=True)
    kept = np.sort(histories.items.size - 1 - first)
    indptr = np.searchsorted(kept, histories.indptr)
    newest = type(histories)(indptr, histories.items[kept], histories.times[kept])
    places = np.repeat(indptr[1:], newest.lengths) - 1 - _last_of_moment(newest)
    return newest, places.astype(np.int32)


def _last_of_moment(histories: Histories) -> LongArray:
    """Position of the last event with the same user and time, per event."""
    changes = np.empty(histories.items.size, bool)
    changes[:-1] = histories.times[1:] != histories.times[:-1]
    changes[histories.indptr[1:][histories.lengths > 0] - 1] = True
    lasts = np.flatnonzero(changes)
    return np.repeat(lasts, np.diff(lasts, prepend=-1))


def build_query(
    newest: Histories, places: IntArray, rule: QueryRule, columns: IntArray, width: int
) -> sparse.csr_array:
    """Weighted items per request.

    Args:
        columns: column of every item code; -1 leaves the item out.
        width: number of columns.

    Returns:
        Shape (requests, width).
    """
    codes = columns[newest.items]
    kept = (codes >= 0) & (places < rule.limit)
    weights = np.maximum(np.exp(-rule.rate * places[kept]), rule.floor).astype(np.float32)
    indptr = np.concatenate(([0], np.cumsum(kept)))[newest.indptr]
    return sparse.csr_array((weights, codes[kept], indptr), shape=(newest.users, width))
