"""Linear item-item models solved in closed form from co-occurrence counts.

EASE: Steck (2019), "Embarrassingly Shallow Autoencoders for Sparse Data", equation 8. SLIT: Choi et al. (2021),
"Session-aware Linear Item-Item Models", the transition part: a ridge regression from the recent window to what follows.

Both need P, the inverse of a Gram matrix plus a ridge. Where only a few requests are scored, P itself is never made: a
factor of it is enough, and costs a third to two thirds of the work. With few users P has low rank, which costs less.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from tastemaker.simulator.recipes.base import TrainingFailedError
from tastemaker.simulator.recipes.blas import in_halves
from tastemaker.simulator.recipes.lapack import factor_in_place, invert_triangle, square_triangle

if TYPE_CHECKING:
    from scipy import sparse

    from tastemaker.simulator.recipes.base import FloatArray

_BLOCK, _PANEL = 512, 1024
_ATTEMPTS = 5
_DEGENERATE = "The interactions are too degenerate to solve an item-item model."


class InverseGram(Protocol):
    """P = (Gram + ridge * I)^-1, symmetric, shape (items, items), in some form."""

    def project(self, queries: sparse.csr_array) -> FloatArray:
        """`queries @ P`, shape (requests, items); `queries` is float32."""
        ...

    def diagonal(self) -> FloatArray:
        """Shape (items,)."""
        ...

    def inverse(self) -> FloatArray:
        """P itself, in C order. The factor may be destroyed: ask nothing of it afterwards."""
        ...


@dataclass(frozen=True)
class CholeskyInverse:
    """P = UU'.

    Attributes:
        root: U, the inverse of the Cholesky factor: upper triangular, zeros below, C order.
    """

    root: FloatArray

    def project(self, queries: sparse.csr_array) -> FloatArray:
        half = queries @ self.root
        result: FloatArray = np.empty_like(half)
        for start in range(0, self.root.shape[0], _PANEL):
            end = start + _PANEL
            result[:, start:end] = half[:, start:] @ self.root[start:end, start:].T
        return result

    def diagonal(self) -> FloatArray:
        squares: FloatArray = np.einsum("ij,ij->i", self.root, self.root)
        return squares

    def inverse(self) -> FloatArray:
        square_triangle(self.root)
        _mirror_lower_from(self.root)
        return self.root


@dataclass(frozen=True)
class LowRankInverse:
    """P = (I - Z'Z) / ridge, where Z = L^-1 X, X is users times items and L'L-decomposes X X' + ridge * I (Woodbury).

    Attributes:
        users: Z, shape (users, items).
    """

    users: FloatArray
    ridge: np.float32

    def project(self, queries: sparse.csr_array) -> FloatArray:
        result: FloatArray = queries.toarray()
        result -= (result @ self.users.T) @ self.users
        result /= self.ridge
        return result

    def diagonal(self) -> FloatArray:
        result: FloatArray = (1 - np.einsum("ij,ij->j", self.users, self.users)) / self.ridge
        return result

    def inverse(self) -> FloatArray:
        product = self.users.T @ self.users
        product *= np.float32(-1) / self.ridge
        product[np.diag_indices_from(product)] += np.float32(1) / self.ridge
        return product


def factor_gram(gram: FloatArray, ridge: float) -> CholeskyInverse:
    """The factor of the inverse of `gram + ridge * I`, written over `gram`.

    A windowed Gram matrix may be slightly indefinite (the window is cut off): the ridge is doubled until the
    factorisation succeeds.

    Args:
        gram: symmetric, C order, shape (items, items); destroyed.
    """
    diagonal = gram.diagonal().copy()
    for attempt in range(_ATTEMPTS):
        if attempt > 0:
            _mirror_lower_from(gram.T)  # the lower triangle is still that of the matrix
        np.fill_diagonal(gram, diagonal + np.float32(ridge * 2.0**attempt))
        solved = factor_in_place(gram) == 0 and invert_triangle(gram) == 0
        if solved and np.isfinite(gram.diagonal()).all():
            _clear_lower(gram)
            return CholeskyInverse(gram)
    raise TrainingFailedError(_DEGENERATE)


def factor_users(matrix: sparse.csr_array, ridge: float) -> LowRankInverse:
    """The inverse of `matrix.T @ matrix + ridge * I` from a square matrix of users; exact, and cheap for few users.

    Args:
        matrix: shape (users, items).
    """
    square = (matrix @ matrix.T).toarray(order="C").astype(np.float32)
    np.fill_diagonal(square, square.diagonal() + np.float32(ridge))
    if factor_in_place(square) != 0 or invert_triangle(square) != 0:
        raise TrainingFailedError(_DEGENERATE)
    _clear_lower(square)
    return LowRankInverse(square.T @ matrix.toarray(order="C"), np.float32(ridge))


def invert_gram(gram: FloatArray, ridge: float) -> FloatArray:
    """Inverse of `gram + ridge * I`; see `factor_gram`."""
    return factor_gram(gram, ridge).inverse()


def _mirror_lower_from(matrix: FloatArray) -> None:
    """Copy the upper triangle onto the lower one, in blocks."""
    size = matrix.shape[0]
    for start in range(0, size, _BLOCK):
        end = min(start + _BLOCK, size)
        matrix[end:, start:end] = matrix[start:end, end:].T
        block = matrix[start:end, start:end]
        block[:] = np.triu(block) + np.triu(block, 1).T


def _clear_lower(matrix: FloatArray) -> None:
    """Zeros below the diagonal, in blocks."""
    size = matrix.shape[0]
    for start in range(0, size, _BLOCK):
        end = min(start + _BLOCK, size)
        matrix[end:, start:end] = 0.0
        matrix[start:end, start:end] = np.triu(matrix[start:end, start:end])


def multiply_over(left: FloatArray, right: FloatArray) -> FloatArray:
    """`left @ right`, written over `right` panel by panel, on two cores.

    Args:
        left: shape (items, items).
        right: shape (items, items); destroyed.
    """

    def multiply(columns: slice) -> None:
        for start in range(columns.start, columns.stop, _PANEL):
            panel = right[:, start : min(start + _PANEL, columns.stop)]
            panel[:] = left @ panel

    in_halves(multiply, right.shape[1])
    return right


def solve_ease(inverse: FloatArray) -> FloatArray:
    """EASE's weights from the inverse Gram matrix, in place: -P[i, j] / P[j, j], zero diagonal.

    Returns:
        Shape (items, items), row = item of the history, column = recommended item.
    """
    inverse /= -inverse.diagonal().copy()
    np.fill_diagonal(inverse, 0.0)
    return inverse
