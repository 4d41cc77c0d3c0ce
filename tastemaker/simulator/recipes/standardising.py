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
    scale, rest = _centre(raw)
    raw *= scale
    compress(raw)
    return rest


def weigh_standardised(raw: FloatArray, weights: FloatArray) -> tuple[FloatArray, np.float32]:
    """Weighted sum of the rows that `standardise` makes, in fewer passes; `raw` is destroyed.

    The deviation joins the weight, because sqrt(x / d) = sqrt(x) / sqrt(d). No BLAS: the sum is the same bit for bit
    whatever its number of threads.

    Args:
        raw: shape (rows, items).
        weights: one per row.

    Returns:
        The sum, shape (items,), and what it is for an item with a raw score of zero in every row.
    """
    scale, rest = _centre(raw)
    compress(raw)
    total: FloatArray = np.einsum("i,ij->j", weights * np.sqrt(scale[:, 0]), raw)
    return total, np.float32(np.einsum("i,i->", weights, rest[:, 0]))


def _centre(raw: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Subtract the mean of each row in place; gives 1 / deviation (0 for none) and the feature of zero, (rows, 1)."""
    if raw.shape[1] == 0:
        return np.zeros((raw.shape[0], 1), np.float32), np.zeros((raw.shape[0], 1), np.float32)
    mean = raw.mean(axis=1, keepdims=True)
    raw -= mean
    deviation = np.sqrt(np.einsum("ij,ij->i", raw, raw)[:, None] / np.float32(raw.shape[1]))
    scale = np.divide(1.0, deviation, out=np.zeros_like(deviation), where=deviation > _LEAST_DEVIATION)
    zero = -mean * scale
    compress(zero)
    return scale, zero


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
