"""The signals of a single request in plain NumPy.

SciPy's sparse matrices cost some 40 µs each to make, whatever they hold; a live request would make two dozen of them.
Sums are the same as in a batch but for their order, so scores may differ in the last bits of a float32.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scipy import sparse

    from tastemaker.simulator.recipes.base import FloatArray, IntArray
    from tastemaker.simulator.recipes.histories import Histories
    from tastemaker.simulator.recipes.queries import QueryRule


class Rows(NamedTuple):
    """A sparse matrix as bare arrays, row after row.

    Attributes:
        width: number of columns.
    """

    indptr: IntArray
    indices: IntArray
    data: FloatArray
    width: int

    @classmethod
    def of(cls, matrix: sparse.csr_array) -> Rows:
        bare = [np.asarray(part) for part in (matrix.indptr, matrix.indices, matrix.data)]
        return cls(bare[0], bare[1], bare[2], matrix.shape[1])

    def add_up(self, rows: npt.NDArray[np.integer], weights: FloatArray) -> FloatArray:
        """Weighted sum of rows, shape (width,)."""
        starts = self.indptr[rows]
        lengths = self.indptr[rows + 1] - starts
        ends = np.cumsum(lengths)
        entries = np.arange(ends[-1] if ends.size else 0) + np.repeat(starts - (ends - lengths), lengths)
        values = self.data[entries] * np.repeat(weights, lengths)
        total: FloatArray = np.bincount(self.indices[entries], values, self.width).astype(np.float32)
        return total


class OneRequest:
    """Scores of one history under several query rules.

    Args:
        newest: every item once, one user (`newest_distinct`).
        places: of its items from the end of the history.
        columns: dense code of every item, -1 outside.
    """

    def __init__(self, newest: Histories, places: IntArray, columns: IntArray) -> None:
        self._items, self._places = newest.items, places
        self._codes = columns[newest.items]
        self._weights: dict[QueryRule, FloatArray] = {}
        self._gathered: dict[int, FloatArray] = {}

    def dense(self, rule: QueryRule, matrix: FloatArray) -> FloatArray:
        """Query times a matrix over the dense items, shape (dense items,); the matrix outlives this object."""
        kept = self._codes >= 0
        rows = self._gathered.get(id(matrix))
        if rows is None:
            rows = self._gathered[id(matrix)] = matrix[self._codes[kept]]
        total: FloatArray = self._weigh(rule)[kept] @ rows
        return total

    def sparse(self, rule: QueryRule, matrices: tuple[str, ...], rows: Mapping[str, Rows]) -> FloatArray:
        """Query times sparse matrices, one after the other, shape (items,)."""
        weights = self._weigh(rule)
        asked = np.flatnonzero(weights)
        total = rows[matrices[0]].add_up(self._items[asked], weights[asked])
        for name in matrices[1:]:
            some = np.flatnonzero(total)
            total = rows[name].add_up(some, total[some])
        return total

    def _weigh(self, rule: QueryRule) -> FloatArray:
        """Weight of every item, 0 beyond the rule's limit."""
        if rule not in self._weights:
            weights = np.maximum(np.exp(-rule.rate * self._places), rule.floor).astype(np.float32)
            weights[self._places >= rule.limit] = 0.0
            self._weights[rule] = weights
        return self._weights[rule]
