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
    """Weighted sum of the rows that `standardise` makes; most raw scores of one request are 0 and cost nothing.

    All zeros of a row become one number, which is added once; only the others are looked at one by one. The deviation
    joins the weight, because sqrt(x / d) = sqrt(x) / sqrt(d). No BLAS: the sum is the same bit for bit whatever its
    number of threads.

    Args:
        raw: shape (rows, items), C order.
        weights: one per row.
        sizes: how many of the items a row is about, which alone count for mean and deviation; the others are 0.
    """
    rows, items = raw.shape
    places = np.flatnonzero(raw != 0)  # of numbers themselves it takes four times as long
    values = raw.reshape(-1)[places]
    starts = np.arange(rows + 1) * items
    ends = places.searchsorted(starts).astype(np.int32)
    lengths = ends[1:] - ends[:-1]
    columns = (places - starts[:-1].repeat(lengths)).astype(np.int32)
    sizes = np.maximum(sizes, 1)
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
