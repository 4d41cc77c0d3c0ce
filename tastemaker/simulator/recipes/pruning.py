"""Item-item matrices reduced to the entries that matter, side by side in one table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tastemaker.simulator.recipes.base import FloatArray, IntArray, LongArray

_BLOCK_CELLS, _SAMPLE = 2_000_000, 1_000_000


def prune(matrix: FloatArray, codes: IntArray, items: int, per_row: int) -> sparse.csr_array:
    """The largest entries by magnitude of a matrix over some of the items, in the codes of all.

    Args:
        matrix: shape (codes.size, codes.size), C order.
        codes: of its rows and columns, ascending.
        per_row: so many stay, on average over the rows; the limit is estimated on a million cells.

    Returns:
        Shape (items, items).
    """
    least = _least_magnitude(matrix, per_row)
    step = max(1, _BLOCK_CELLS // max(codes.size, 1))
    lengths = np.zeros(items + 1, np.int64)
    columns, data = [np.empty(0, np.int32)], [np.empty(0, np.float32)]
    for start in range(0, codes.size, step):
        block = matrix[start : start + step]
        kept = np.abs(block) >= least
        lengths[codes[start : start + step] + 1] = np.count_nonzero(kept, axis=1)
        columns.append(codes[np.nonzero(kept)[1]])
        data.append(block[kept])
    return sparse.csr_array((np.concatenate(data), np.concatenate(columns), lengths.cumsum()), shape=(items, items))


def _least_magnitude(matrix: FloatArray, per_row: int) -> float:
    """The magnitude from which on an entry stays; zeros never do."""
    least = float(np.nextafter(np.float32(0), np.float32(1)))
    share = per_row / max(matrix.shape[0], 1)
    if share >= 1:
        return least
    sample = np.abs(matrix.ravel()[:: max(1, matrix.size // _SAMPLE) | 1])
    return max(least, float(np.quantile(sample, 1 - share)))


def stack_layers(layers: Sequence[sparse.csr_array]) -> sparse.csr_array:
    """Square matrices of one size along the diagonal of a larger one; with the columns of each in its own order."""
    offsets = np.concatenate(([0], np.cumsum([layer.nnz for layer in layers])))
    size = sum(layer.shape[0] for layer in layers)
    indices = np.empty(offsets[-1], np.int32)
    for place, layer in enumerate(layers):
        np.add(layer.indices, place * layer.shape[1], out=indices[offsets[place] : offsets[place + 1]])
    lengths = np.concatenate([[0], *(np.diff(layer.indptr) for layer in layers)])
    data = np.concatenate([layer.data for layer in layers])
    return sparse.csr_array((data, indices, lengths.cumsum()), shape=(size, size))


def move_items(table: sparse.csr_array, places: LongArray, items: int) -> sparse.csr_array:
    """The table of `stack_layers` with its items at their places in a larger catalogue.

    Args:
        places: new code of every item, ascending.
    """
    layers = table.shape[0] // places.size
    moved = (np.arange(layers)[:, None] * items + places).ravel()
    lengths = np.zeros(layers * items + 1, np.int64)
    lengths[moved + 1] = np.diff(table.indptr)
    size = layers * items
    return sparse.csr_array((table.data, moved[table.indices].astype(np.int32), lengths.cumsum()), shape=(size, size))
