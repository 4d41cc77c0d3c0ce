"""The linear signals of a single request in plain NumPy, without BLAS and without SciPy's matrices.

SciPy's sparse matrices cost some 40 µs each to make, whatever they hold; the loops below them, which SciPy keeps in
`_sparsetools`, take arrays. NumPy's own `take` and `bincount` need three times as long for the same. Sums are taken in
the order of the history, by one thread: a live request and the same one in a batch agree to the last bit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import _sparsetools

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt
    from scipy import sparse

    from tastemaker.simulator.recipes.base import FloatArray, IntArray, LongArray
    from tastemaker.simulator.recipes.queries import QueryRule

_FIRST_LOOK = 1024
_CELLS_PER_ENTRY = 10


@dataclass(frozen=True)
class Rows:
    """A sparse matrix as bare arrays, row after row.

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
        numbers = [np.ascontiguousarray(part, np.int32) for part in (matrix.indptr, matrix.indices)]
        return cls(numbers[0], numbers[1], np.ascontiguousarray(matrix.data, np.float32), matrix.shape[1])

    def gather(self, rows: npt.NDArray[np.integer]) -> Gathered:
        rows = rows.astype(np.int32)
        ends = np.zeros(rows.size + 1, np.int32)
        np.cumsum(self.indptr[rows + 1] - self.indptr[rows], out=ends[1:])
        columns, data = np.empty(ends[-1], np.int32), np.empty(ends[-1], np.float32)
        _sparsetools.csr_row_index(rows.size, rows, self.indptr, self.indices, self.data, columns, data)
        return Gathered(columns, data, ends)

    def add_up(self, rows: npt.NDArray[np.integer], weights: FloatArray) -> FloatArray:
        """Weighted sum of rows, shape (width,)."""
        total = np.zeros(self.width, np.float32)
        self.gather(rows).add_up(weights, total)
        return total

    def row(self, index: int) -> tuple[npt.NDArray[np.int32], FloatArray]:
        """Columns and values of one row."""
        entries = slice(self.indptr[index], self.indptr[index + 1])
        return self.indices[entries], self.data[entries]


@dataclass(frozen=True)
class FullRows:
    """A matrix that is cheaper to add up with its zeros: few rows, long ones.

    Attributes:
        matrix: shape (rows, columns).
    """

    matrix: FloatArray

    def add_up(self, rows: npt.NDArray[np.integer], weights: FloatArray) -> FloatArray:
        total: FloatArray = np.einsum("i,ij->j", weights, self.matrix[rows])
        return total


def choose_rows(matrix: sparse.csr_array) -> Rows | FullRows:
    """Whichever answers faster: skipping over a zero costs a tenth of looking up an entry."""
    if matrix.shape[0] * matrix.shape[1] <= _CELLS_PER_ENTRY * matrix.nnz:
        return FullRows(matrix.toarray())
    return Rows.of(matrix)


@dataclass(frozen=True)
class Gathered:
    """The entries of some rows, one after the other.

    Attributes:
        ends: 0, then where each row ends.
    """

    columns: npt.NDArray[np.int32]
    data: FloatArray
    ends: npt.NDArray[np.int32]

    def add_up(self, weights: FloatArray, total: FloatArray) -> None:
        """Add the weighted sum of the first rows, as many as there are weights, to `total`, shape (columns,)."""
        # the gathered rows are the columns of a matrix that is multiplied by the weights
        _sparsetools.csc_matvec(total.size, weights.size, self.ends, self.columns, self.data, weights, total)


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
        return self._weights[:, np.minimum(places, self.limit)]
