"""Scores of different kinds on one scale: mean and deviation of a request's scores, then a signed square root."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
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
    """Weighted sum of the rows that `standardise` makes, in fewer passes; `raw` is destroyed.

    The deviation joins the weight, because sqrt(x / d) = sqrt(x) / sqrt(d). No BLAS: the sum is the same bit for bit
    whatever its number of threads.

    Args:
        raw: shape (rows, items).
        weights: one per row.
        sizes: how many of the items a row is about, which alone count for mean and deviation; the others are 0.
    """
    if raw.shape[1] == 0:
        return np.zeros(0, np.float32)
    sizes = np.maximum(sizes, 1)
    mean = np.add.reduce(raw, axis=1) / sizes
    raw -= mean[:, None]
    # an item that a row is not about has just become -mean
    squares = np.einsum("ij,ij->i", raw, raw) - (raw.shape[1] - sizes) * mean * mean
    deviation = np.sqrt(np.maximum(squares / sizes, 0))
    kept = deviation > _LEAST_DEVIATION
    compress(raw)
    scaled = np.where(kept, weights / np.sqrt(np.where(kept, deviation, 1)), 0).astype(np.float32)
    total: FloatArray = np.einsum("i,ij->j", scaled, raw)
    return total


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
