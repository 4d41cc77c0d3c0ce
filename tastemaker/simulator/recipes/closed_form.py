"""Linear item-item models solved in closed form from co-occurrence counts.

EASE: Steck (2019), "Embarrassingly Shallow Autoencoders for Sparse Data", equation 8. SLIT: Choi et al. (2021),
"Session-aware Linear Item-Item Models", the transition part: a ridge regression from the recent window to what follows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.linalg import lapack

from tastemaker.simulator.recipes.base import TrainingFailedError

if TYPE_CHECKING:
    from tastemaker.simulator.recipes.base import FloatArray

_MIRROR_BLOCK = 512
_ATTEMPTS = 5


def invert_gram(gram: FloatArray, ridge: float) -> FloatArray:
    """Inverse of `gram + ridge * I`, written over `gram` where memory allows.

    A windowed Gram matrix may be slightly indefinite (the window is cut off): the ridge is doubled until the
    factorisation succeeds.

    Args:
        gram: symmetric, C order, shape (items, items); destroyed.
    """
    if gram.size == 0:  # LAPACK refuses matrices without rows
        return gram
    diagonal = gram.diagonal().copy()
    for attempt in range(_ATTEMPTS):
        if attempt > 0:
            _mirror_upper_from(gram)
        np.fill_diagonal(gram, diagonal + ridge * 2.0**attempt)
        # the transposed view is Fortran order: LAPACK's lower triangle is our upper one, our lower stays intact
        factor, info = lapack.spotrf(gram.T, lower=1, overwrite_a=1, clean=0)
        if info == 0:
            inverse, info = lapack.spotri(factor, lower=1, overwrite_c=1)
        if info == 0:
            result: FloatArray = inverse.T
            _mirror_lower_from(result)
            return result
    raise TrainingFailedError("The interactions are too degenerate to solve an item-item model.")


def _mirror_upper_from(matrix: FloatArray) -> None:
    """Copy the lower triangle onto the upper one, in blocks."""
    _mirror_lower_from(matrix.T)


def _mirror_lower_from(matrix: FloatArray) -> None:
    """Copy the upper triangle onto the lower one, in blocks."""
    size = matrix.shape[0]
    for start in range(0, size, _MIRROR_BLOCK):
        end = min(start + _MIRROR_BLOCK, size)
        matrix[end:, start:end] = matrix[start:end, end:].T
        block = matrix[start:end, start:end]
        block[:] = np.triu(block) + np.triu(block, 1).T


def solve_ease(inverse: FloatArray) -> FloatArray:
    """EASE's weights from the inverse Gram matrix, in place: -P[i, j] / P[j, j], zero diagonal.

    Returns:
        Shape (items, items), row = item of the history, column = recommended item.
    """
    inverse /= -inverse.diagonal().copy()
    np.fill_diagonal(inverse, 0.0)
    return inverse
