"""Co-occurrence counts that add up over users: counted once, inverted at several stages of a training."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse
from scipy.sparse import _sparsetools

from tastemaker.simulator.recipes.blas import run_both

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tastemaker.simulator.recipes.base import FloatArray, IntArray, LongArray
    from tastemaker.simulator.recipes.histories import Histories

_CHUNK_PAIRS = 4_000_000  # of events that are added up at once
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
    weights = histories.weights[kept] if histories.weights is not None else None
    return type(histories)(indptr, items[kept], histories.times[kept], weights)


def count_followers(histories: Histories, items: int, weights: FloatArray) -> sparse.csr_array:
    """How much item j follows item i: sum of `weights[lag - 1]` over pairs of events of one user.

    An item that follows itself is not counted. Events that weigh count the root of both their weights' product.

    Returns:
        Shape (items, items), row = earlier item.
    """
    total = sparse.csr_array((items, items), dtype=np.float32)
    for part in _followers(histories, items, weights):
        total = total + part
    return total


def _followers(histories: Histories, items: int, weights: FloatArray) -> Iterator[sparse.csr_array]:
    """Parts that add up to `count_followers`, each from a bounded number of events."""
    ends = np.repeat(histories.indptr[1:], histories.lengths)
    roots = np.sqrt(histories.weights) if histories.weights is not None else None
    step = max(1, _CHUNK_PAIRS // weights.size)
    for start in range(0, histories.items.size, step):
        events = np.arange(start, min(start + step, histories.items.size))
        yield _followers_of(histories.items, events, ends[events], items, weights, roots)


def _followers_of(
    codes: IntArray,
    events: LongArray,
    ends: LongArray,
    items: int,
    weights: FloatArray,
    roots: FloatArray | None,
) -> sparse.csr_array:
    """Counts for the earlier events `events`; `ends` is where each one's user stops, `roots` of all events' weights."""
    later = events[:, None] + np.arange(1, weights.size + 1)
    places = np.minimum(later, codes.size - 1)
    followed = codes[places]
    valid = (later < ends[:, None]) & (followed != codes[events][:, None])
    indptr = np.concatenate(([0], np.cumsum(valid.sum(axis=1))))
    data = np.broadcast_to(weights, later.shape)[valid]
    if roots is not None:
        data = data * (roots[places] * roots[events][:, None])[valid]
    windows = sparse.csr_array((data, followed[valid], indptr), shape=(events.size, items))
    ones = np.ones(events.size, np.float32)
    one_hot = sparse.csc_array((ones, codes[events], np.arange(events.size + 1)), shape=(items, events.size))
    return one_hot.tocsr() @ windows


def user_item(histories: Histories, items: int) -> sparse.csr_array:
    """1 where the user has the item, shape (users, items), rows sorted by item.

    With weights the root of the highest weight of the user's events with the item.
    """
    if histories.weights is not None:
        return _weighted_user_item(histories, items, np.sqrt(histories.weights))
    ones = np.ones(histories.items.size, np.float32)
    # copies: summing duplicates works in place
    parts = (ones, histories.items.copy(), histories.indptr.copy())
    matrix = sparse.csr_array(parts, shape=(histories.users, items))
    matrix.sum_duplicates()
    matrix.data[:] = 1.0
    return matrix


def _weighted_user_item(histories: Histories, items: int, roots: FloatArray) -> sparse.csr_array:
    keys, place = np.unique(histories.rows * items + histories.items, return_inverse=True)
    highest = np.zeros(keys.size, np.float32)
    np.maximum.at(highest, place, roots)
    indptr = np.searchsorted(keys, np.arange(histories.users + 1) * items)
    return sparse.csr_array((highest, (keys % items).astype(np.int32), indptr), shape=(histories.users, items))


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

    def windowed_gram(self, whole_share: float) -> FloatArray:
        """Co-occurrence inside the window, either way round, plus a share of that in the whole history."""
        gram = self.whole * np.float32(whole_share)
        gram += self.follows
        gram += self.follows.T
        gram[np.diag_indices_from(gram)] += self.events
        return gram

    def add(self, histories: Histories, weights: FloatArray) -> None:
        items = self.events.size

        def add_followers() -> None:
            for part in _followers(histories, items, weights):
                add_sparse(self.follows, part)

        run_both(lambda: add_gram(self.whole, user_item(histories, items)), add_followers)
        self.events += np.bincount(histories.items, histories.weights, minlength=items).astype(np.float32)


def add_gram(target: FloatArray, matrix: sparse.csr_array) -> None:
    """`target += matrix.T @ matrix`, dense in blocks of users or sparse, whichever is the cheaper."""
    pairs = float(np.square(np.diff(matrix.indptr).astype(np.float64)).sum())
    if pairs * _SPARSE_PAIR_SECONDS < matrix.shape[0] * matrix.shape[1] ** 2 * _DENSE_CELL_SECONDS:
        # a user at least, and about as many as have so many pairs
        step = max(1, int(_CHUNK_PAIRS * matrix.shape[0] / max(pairs, 1.0)))
        for start in range(0, matrix.shape[0], step):
            block = matrix[start : start + step]
            add_sparse(target, block.T.tocsr() @ block)
        return
    for start in range(0, matrix.shape[0], _DENSE_USERS):
        block = matrix[start : start + _DENSE_USERS].toarray()
        target += block.T @ block


def add_sparse(target: FloatArray, matrix: sparse.csr_array) -> None:
    """`target += matrix` without a dense copy of the matrix; `target` is float32 in C order."""
    # SciPy's own loop, which adds to what is there; `toarray(out=target)` would clear it first
    _sparsetools.csr_todense(*matrix.shape, matrix.indptr, matrix.indices, matrix.data, target)
