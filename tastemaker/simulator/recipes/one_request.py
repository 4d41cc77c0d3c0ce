"""The history of a single request, and sparse matrices as the compiled loops take them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from tastemaker.simulator.recipes.compiled import add_standardised_groups, add_up

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from tastemaker.simulator.recipes.base import FloatArray, IntArray, LongArray
    from tastemaker.simulator.recipes.queries import QueryRule

_FIRST_LOOK = 1024


@dataclass(frozen=True)
class Rows:
    """A sparse matrix as bare arrays, row after row; read-only, so that one machine code fits all.

    Attributes:
        width: number of columns.
    """

    indptr: npt.NDArray[np.int32]
    indices: npt.NDArray[np.int32]
    data: FloatArray
    width: int

    @classmethod
    def of(cls, matrix: sparse.csr_array) -> Rows:
        """Raises OverflowError for 2^31 entries or more, which no pruned model has."""
        if matrix.nnz > np.iinfo(np.int32).max:
            raise OverflowError(f"{matrix.nnz} entries are too many")
        numbers = [np.ascontiguousarray(part, np.int32).view() for part in (matrix.indptr, matrix.indices)]
        data: FloatArray = np.ascontiguousarray(matrix.data, np.float32).view()
        for part in (*numbers, data):
            part.flags.writeable = False
        return cls(numbers[0], numbers[1], data, matrix.shape[1])

    def add_up(self, rows: npt.NDArray[np.integer], weights: FloatArray) -> FloatArray:
        """Weighted sum of rows, shape (width,)."""
        total = np.zeros(self.width, np.float32)
        add_up(rows, weights, self.indptr, self.indices, self.data, total)
        return total


@dataclass(frozen=True)
class Likeness:
    """Cosines of items by their metadata. Items of equal metadata make a group, because they have equal scores.

    Attributes:
        vectors: TF-IDF of each group, one row per group.
        transposed: the same, one row per term.
        groups: of every item, shape (items,).
        counts: how many items a group has.
    """

    vectors: Rows
    transposed: Rows
    groups: npt.NDArray[np.int64]
    counts: FloatArray

    @classmethod
    def of(cls, vectors: sparse.csr_array) -> Likeness:
        """Of TF-IDF vectors, shape (items, terms)."""
        numbers: dict[bytes, int] = {}
        groups = np.empty(vectors.shape[0], np.int64)
        for row, (start, end) in enumerate(pairwise(vectors.indptr.tolist())):
            key = vectors.indices[start:end].tobytes() + vectors.data[start:end].tobytes()
            groups[row] = numbers.setdefault(key, len(numbers))
        _, first, counts = np.unique(groups, return_index=True, return_counts=True)
        distinct = sparse.csr_array(vectors[first])
        return cls(Rows.of(distinct), Rows.of(sparse.csr_array(distinct.T)), groups, counts.astype(np.float32))

    def ask(self, items: IntArray, weights: FloatArray) -> FloatArray:
        """What a weighted sum of items is like, shape (groups,)."""
        terms = self.vectors.add_up(self.groups[items], weights)
        some = terms.nonzero()[0]
        return self.transposed.add_up(some, terms[some])

    def add_standardised(self, items: IntArray, weights: FloatArray, weight: np.float32, total: FloatArray) -> None:
        """Add the standardised likeness times the weight to `total`, shape (items,)."""
        add_standardised_groups(self.ask(items, weights), self.counts, self.groups, weight, total)


def newest_of_one(history: IntArray, times: LongArray, limit: int) -> tuple[IntArray, LongArray]:
    """`newest_distinct` for one user: every item once, oldest first, and its place from the end.

    Only as much of a long history is read as can matter.

    Args:
        limit: items at this place or farther from the end may be left out.
    """
    look = _FIRST_LOOK
    while True:
        tail = slice(max(history.size - look, 0), None)
        # a dictionary keeps the last position that an item was given
        items = history[tail].tolist()
        last = dict(zip(items, range(len(items)), strict=True))
        kept = np.fromiter(last.values(), np.int64, len(last))
        kept.sort()
        moments = times[tail][kept]
        # events of one moment have no order among themselves: they share the place of the last of them
        places = kept.size - moments.searchsorted(moments, "right")
        # the oldest moment may reach beyond what was read: it must not matter
        if look >= history.size or places[0] >= limit:
            return history[tail][kept], places
        look *= 4


class PlaceTable:
    """Weights of several rules by place, looked up in one step."""

    def __init__(self, rules: Sequence[QueryRule]) -> None:
        self.limit = max(rule.limit for rule in rules)
        places = np.arange(self.limit)
        self._weights = np.zeros((len(rules), self.limit + 1), np.float32)
        for row, rule in zip(self._weights, rules, strict=True):
            row[: rule.limit] = np.maximum(np.exp(-rule.rate * places), rule.floor)[: rule.limit]

    def weigh(self, places: LongArray) -> FloatArray:
        """Shape (rules, places); 0 beyond a rule's limit."""
        return self._weights.take(np.minimum(places, self.limit), axis=1)
