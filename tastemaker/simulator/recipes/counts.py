"""Co-occurrence counts that add up over users: counted once, inverted at several stages of a training."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

if TYPE_CHECKING:
    from tastemaker.simulator.recipes.base import FloatArray, IntArray, LongArray
    from tastemaker.simulator.recipes.histories import Histories

_CHUNK_PAIRS = 6_000_000
_DENSE_USERS = 2048
_SPARSE_PAIR_SECONDS, _DENSE_CELL_SECONDS = 1e-8, 6e-12  # measured on two cores; only their ratio matters


def decay_weights(window: int, decay: float) -> FloatArray:
    """Weight of the event that follows 1, 2, … `window` steps later, shape (window,)."""
    return (decay ** np.arange(window)).astype(np.float32)


def keep_items(histories: Histories, codes: IntArray) -> Histories:
    """The same sequences in other codes, without the events whose new code is -1.

    Args:
        codes: new code of every old one.
    """
    items = codes[histories.items]
    kept = items >= 0
    indptr = np.concatenate(([0], np.cumsum(kept)))[histories.indptr]
    return type(histories)(indptr, items[kept], histories.times[kept])


def count_followers(histories: Histories, items: int, weights: FloatArray) -> sparse.csr_array:
    """How much item j follows item i: sum of `weights[lag - 1]` over pairs of events of one user.

    An item that follows itself is not counted.

    Returns:
        Shape (items, items), row = earlier item.
    """
    total = sparse.csr_array((items, items), dtype=np.float32)
    ends = np.repeat(histories.indptr[1:], histories.lengths)
    step = max(1, _CHUNK_PAIRS // weights.size)
    for start in range(0, histories.items.size, step):
        events = np.arange(start, min(start + step, histories.items.size))
        total = total + _followers_of(histories.items, events, ends[events], items, weights)
    return total


def _followers_of(
    codes: IntArray, events: LongArray, ends: LongArray, items: int, weights: FloatArray
) -> sparse.csr_array:
    """Counts for the earlier events `events`; `ends` is where each one's user stops."""
    later = events[:, None] + np.arange(1, weights.size + 1)
    followed = codes[np.minimum(later, codes.size - 1)]
    valid = (later < ends[:, None]) & (followed != codes[events][:, None])
    indptr = np.concatenate(([0], np.cumsum(valid.sum(axis=1))))
    data = np.broadcast_to(weights, later.shape)[valid]
    windows = sparse.csr_array((data, followed[valid], indptr), shape=(events.size, items))
    ones = np.ones(events.size, np.float32)
    one_hot = sparse.csc_array((ones, codes[events], np.arange(events.size + 1)), shape=(items, events.size))
    return one_hot.tocsr() @ windows


def user_item(histories: Histories, items: int) -> sparse.csr_array:
    """1 where the user has the item, shape (users, items), rows sorted by item."""
    ones = np.ones(histories.items.size, np.float32)
    # copies: summing duplicates works in place
    parts = (ones, histories.items.copy(), histories.indptr.copy())
    matrix = sparse.csr_array(parts, shape=(histories.users, items))
    matrix.sum_duplicates()
    matrix.data[:] = 1.0
    return matrix


@dataclass
class DenseCounts:
    """Running sums over users of the two dense matrices that closed-form models are solved from.

    Attributes:
        whole: users that have both items, symmetric, the diagonal counts users; shape (items, items).
        follows: decayed pairs inside the window, row = earlier item.
        events: occurrences per item.
    """

    whole: FloatArray
    follows: FloatArray
    events: FloatArray

    @classmethod
    def empty(cls, items: int) -> DenseCounts:
        shape = (items, items)
        return cls(np.zeros(shape, np.float32), np.zeros(shape, np.float32), np.zeros(items, np.float32))

    def copy(self) -> DenseCounts:
        return DenseCounts(self.whole.copy(), self.follows.copy(), self.events.copy())

    def add(self, histories: Histories, weights: FloatArray) -> None:
        items = self.events.size
        add_gram(self.whole, user_item(histories, items))
        add_sparse(self.follows, count_followers(histories, items, weights))
        self.events += np.bincount(histories.items, minlength=items)


def add_gram(target: FloatArray, matrix: sparse.csr_array) -> None:
    """`target += matrix.T @ matrix`, dense in blocks of users or sparse, whichever is the cheaper."""
    pairs = float(np.square(np.diff(matrix.indptr).astype(np.float64)).sum())
    if pairs * _SPARSE_PAIR_SECONDS < matrix.shape[0] * matrix.shape[1] ** 2 * _DENSE_CELL_SECONDS:
        add_sparse(target, matrix.T.tocsr() @ matrix)
        return
    for start in range(0, matrix.shape[0], _DENSE_USERS):
        block = matrix[start : start + _DENSE_USERS].toarray()
        target += block.T @ block


def add_sparse(target: FloatArray, matrix: sparse.csr_array) -> None:
    """`target += matrix` without a dense copy of the matrix."""
    flat = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr)) * matrix.shape[1] + matrix.indices
    target.ravel()[flat] += matrix.data
