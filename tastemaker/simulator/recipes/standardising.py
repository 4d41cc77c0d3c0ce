"""Scores of different kinds on one scale: mean and deviation of a request's scores, then a signed square root."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import _sparsetools

if TYPE_CHECKING:
    import numpy.typing as npt

    from tastemaker.simulator.recipes.base import FloatArray

_SIGN, _MAGNITUDE = np.uint32(0x8000_0000), np.uint32(0x7FFF_FFFF)
_LEAST_DEVIATION = 1e-12
_SPARSE_FROM = 12
"""Where fewer than one score in so many is there, looking for them is faster than computing with all."""


def standardise(raw: FloatArray) -> FloatArray:
    """Per row: subtract the mean, divide by the deviation, signed square root; in place.

    Returns:
        What a raw score of zero became, shape (rows, 1): the feature of items outside the matrix.
    """
    if raw.shape[1] == 0:
        return np.zeros((raw.shape[0], 1), np.float32)
    mean = raw.mean(axis=1, keepdims=True)
    raw -= mean
    deviation = np.sqrt(np.einsum("ij,ij->i", raw, raw)[:, None] / np.float32(raw.shape[1]))
    scale = np.divide(1.0, deviation, out=np.zeros_like(deviation), where=deviation > _LEAST_DEVIATION)
    raw *= scale
    compress(raw)
    zero: FloatArray = -mean * scale
    compress(zero)
    return zero


def weigh_standardised(raw: FloatArray, weights: FloatArray, sizes: FloatArray) -> FloatArray:
    """Weighted sum of the rows that `standardise` makes.

    The deviation joins the weight, because sqrt(x / d) = sqrt(x) / sqrt(d). No BLAS: the sum is the same bit for bit
    whatever its number of threads. Where most scores are 0, only the others are looked at one by one.

    Args:
        raw: shape (rows, items), C order; destroyed.
        weights: one per row.
        sizes: how many of the items a row is about, which alone count for mean and deviation; the others are 0.
    """
    filled = raw != 0
    if np.count_nonzero(filled) * _SPARSE_FROM < raw.size:
        return _weigh_sparse(raw, filled, weights, np.maximum(sizes, 1))
    sizes = np.maximum(sizes, 1)
    mean = np.add.reduce(raw, axis=1) / sizes
    scaled = weights * _shrink(np.einsum("ij,ij->i", raw, raw) / sizes - mean * mean)
    raw -= mean[:, None]
    compress(raw)
    total: FloatArray = np.einsum("i,ij->j", scaled, raw)
    return total


def _weigh_sparse(raw: FloatArray, filled: npt.NDArray[np.bool_], weights: FloatArray, sizes: FloatArray) -> FloatArray:
    """All zeros of a row become one number, which is added once."""
    rows, items = raw.shape
    places = np.flatnonzero(filled)
    values = raw.reshape(-1)[places]
    starts = np.arange(rows + 1) * items
    ends = places.searchsorted(starts).astype(np.int32)
    lengths = ends[1:] - ends[:-1]
    columns = (places - starts[:-1].repeat(lengths)).astype(np.int32)
    mean = _row_sums(ends, columns, values, items) / sizes
    scaled = weights * _shrink(_row_sums(ends, columns, values * values, items) / sizes - mean * mean)
    of_zero = -mean
    values += of_zero.repeat(lengths)
    compress(values)
    compress(of_zero)
    values -= of_zero.repeat(lengths)
    total = np.full(items, np.add.reduce(scaled * of_zero))
    # a row of `raw` is a column of the matrix that is multiplied by the weights
    _sparsetools.csc_matvec(items, rows, ends, columns, values, scaled, total)
    return total


def standardise_groups(raw: FloatArray, counts: FloatArray) -> FloatArray:
    """`standardise` for one row whose scores stand for so many items each; shape as `raw`."""
    size = np.add.reduce(counts)
    weighed = raw * counts
    mean = np.add.reduce(weighed) / size
    variance = np.add.reduce(weighed * raw) / size - mean * mean
    centred: FloatArray = raw - mean
    compress(centred)
    centred *= _shrink(variance)
    return centred


def _row_sums(
    ends: npt.NDArray[np.int32], columns: npt.NDArray[np.int32], values: FloatArray, items: int
) -> FloatArray:
    """Sums of the parts between `ends`; 0 where one is empty."""
    sums = np.zeros(ends.size - 1, np.float32)
    _sparsetools.csr_matvec(sums.size, items, ends, columns, values, np.ones(items, np.float32), sums)
    return sums


def _shrink(variance: FloatArray) -> FloatArray:
    """What a compressed deviation is multiplied by; 0 where all items have the same score."""
    deviation = np.sqrt(np.maximum(variance, 0))
    return np.where(deviation > _LEAST_DEVIATION, 1 / np.sqrt(np.maximum(deviation, _LEAST_DEVIATION)), 0)


def compress(values: FloatArray) -> None:
    """Signed square root in place, by moving the sign bits: three times as fast as `np.copysign`.

    Args:
        values: float32, C order.
    """
    bits = values.view(np.uint32)
    signs = bits & _SIGN
    bits &= _MAGNITUDE
    np.sqrt(values, out=values)
    bits |= signs
