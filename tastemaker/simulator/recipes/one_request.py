"""The linear signals of a single request in plain NumPy, without BLAS and without SciPy's matrices.

SciPy's sparse matrices cost some 40 µs each to make, whatever they hold. Sums are taken in double precision in the
order of the history, by one thread: a live request and the same one in a batch agree to the last bit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

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

    indptr: npt.NDArray[np.integer]
    indices: npt.NDArray[np.integer]
    data: FloatArray
    width: int

    @classmethod
    def of(cls, matrix: sparse.csr_array) -> Rows:
        bare = [np.asarray(part) for part in (matrix.indptr, matrix.indices, matrix.data)]
        return cls(bare[0], bare[1], bare[2], matrix.shape[1])

    def gather(self, rows: npt.NDArray[np.integer]) -> Gathered:
        starts = self.indptr[rows]
        lengths = self.indptr[rows + 1] - starts
        ends = lengths.cumsum()
        entries = np.arange(ends[-1] if ends.size else 0)
        entries += (starts - ends + lengths).repeat(lengths)
        return Gathered(self.indices.take(entries), self.data.take(entries), lengths, ends)

    def add_up(self, rows: npt.NDArray[np.integer], weights: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Weighted sum of rows, shape (width,)."""
        return self.gather(rows).add_up(weights, self.width)


@dataclass(frozen=True)
class FullRows:
    """A matrix that is cheaper to add up with its zeros: few rows, long ones.

    Attributes:
        matrix: shape (rows, columns).
    """

    matrix: FloatArray

    def add_up(self, rows: npt.NDArray[np.integer], weights: npt.NDArray[np.float64]) -> FloatArray:
        total: FloatArray = np.einsum("i,ij->j", weights.astype(np.float32), self.matrix[rows])
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
        lengths, ends: entries of each row, and where it ends.
    """

    columns: npt.NDArray[np.integer]
    data: FloatArray
    lengths: npt.NDArray[np.integer]
    ends: npt.NDArray[np.integer]

    def add_up(self, weights: npt.NDArray[np.float64], width: int) -> npt.NDArray[np.float64]:
        """Weighted sum of the first rows, as many as there are weights, shape (width,)."""
        size = int(self.ends[weights.size - 1]) if weights.size else 0
        values = self.data[:size] * weights.repeat(self.lengths[: weights.size])
        # the stubs know only of counts, which are integers
        return np.bincount(self.columns[:size], values, width)  # type: ignore[return-value]


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
        self._weights = np.zeros((len(rules), self.limit + 1))
        for row, rule in zip(self._weights, rules, strict=True):
            row[: rule.limit] = np.maximum(np.exp(-rule.rate * places), rule.floor).astype(np.float32)[: rule.limit]

    def weigh(self, places: LongArray) -> npt.NDArray[np.float64]:
        """Shape (rules, places); 0 beyond a rule's limit."""
        return self._weights[:, np.minimum(places, self.limit)]
