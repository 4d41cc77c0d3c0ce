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
from scipy.linalg import blas, lapack

from tastemaker.simulator.recipes.base import TrainingFailedError

if TYPE_CHECKING:
    from scipy import sparse

    from tastemaker.simulator.recipes.base import FloatArray

_BLOCK = 512
_ATTEMPTS = 5


class InverseGram(Protocol):
    """P = (Gram + ridge * I)^-1, symmetric, shape (items, items), in some form."""

    def project(self, queries: FloatArray) -> FloatArray:
        """`queries @ P`, shape (requests, items); `queries` is float32 in C order."""
        ...

    def diagonal(self) -> FloatArray:
        """Shape (items,)."""
        ...

    def inverse(self) -> FloatArray:
        """P itself, in C order. The factor may be destroyed: ask nothing of it afterwards."""
        ...


@dataclass(frozen=True)
class CholeskyInverse:
    """P = R'R.

    Attributes:
        root: R, the inverse of the Cholesky factor: lower triangular, zeros above, Fortran order.
    """

    root: FloatArray

    def project(self, queries: FloatArray) -> FloatArray:
        if queries.size == 0:  # BLAS refuses matrices without rows
            return queries.copy()
        half = blas.strmm(1.0, self.root, queries.T, lower=1)
        result: FloatArray = blas.strmm(1.0, self.root, half, lower=1, trans_a=1, overwrite_b=1).T
        return result

    def diagonal(self) -> FloatArray:
        squares: FloatArray = np.einsum("ij,ij->j", self.root, self.root)
        return squares

    def inverse(self) -> FloatArray:
        if self.root.size == 0:
            return self.root
        product, _ = lapack.slauum(self.root, lower=1, overwrite_c=1)
        result: FloatArray = product.T
        _mirror_lower_from(result)
        return result


@dataclass(frozen=True)
class LowRankInverse:
    """P = (I - Z'Z) / ridge, where Z = L^-1 X, X is users times items and L'L-decomposes X X' + ridge * I (Woodbury).

    Attributes:
        users: Z, shape (users, items).
    """

    users: FloatArray
    ridge: np.float32

    def project(self, queries: FloatArray) -> FloatArray:
        result = queries.copy()
        result -= (queries @ self.users.T) @ self.users
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
    """The factor of the inverse of `gram + ridge * I`, written over `gram` where memory allows.

    A windowed Gram matrix may be slightly indefinite (the window is cut off): the ridge is doubled until the
    factorisation succeeds.

    Args:
        gram: symmetric, C order, shape (items, items); destroyed.
    """
    if gram.size == 0:  # LAPACK refuses matrices without rows
        return CholeskyInverse(gram)
    diagonal = gram.diagonal().copy()
    for attempt in range(_ATTEMPTS):
        if attempt > 0:
            _mirror_lower_from(gram.T)
        np.fill_diagonal(gram, diagonal + np.float32(ridge * 2.0**attempt))
        # the transposed view is Fortran order: LAPACK's lower triangle is our upper one, our lower stays intact
        factor, info = lapack.spotrf(gram.T, lower=1, overwrite_a=1, clean=0)
        if info == 0:
            root, info = lapack.strtri(factor, lower=1, overwrite_c=1)
        if info == 0 and np.isfinite(root.diagonal()).all():
            _clear_lower(root.T)
            return CholeskyInverse(root)
    raise TrainingFailedError("The interactions are too degenerate to solve an item-item model.")


def factor_users(matrix: sparse.csr_array, ridge: float) -> LowRankInverse:
    """The inverse of `matrix.T @ matrix + ridge * I` from a square matrix of users; exact, and cheap for few users.

    Args:
        matrix: shape (users, items).
    """
    square = (matrix @ matrix.T).toarray().astype(np.float32)
    np.fill_diagonal(square, square.diagonal() + np.float32(ridge))
    factor, info = lapack.spotrf(square.T, lower=1, overwrite_a=1, clean=1)
    if info != 0:
        raise TrainingFailedError("The interactions are too degenerate to solve an item-item model.")
    users: FloatArray = blas.strsm(1.0, factor, matrix.toarray(order="F"), lower=1, overwrite_b=1)
    return LowRankInverse(np.ascontiguousarray(users), np.float32(ridge))


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


def solve_ease(inverse: FloatArray) -> FloatArray:
    """EASE's weights from the inverse Gram matrix, in place: -P[i, j] / P[j, j], zero diagonal.

    Returns:
        Shape (items, items), row = item of the history, column = recommended item.
    """
    inverse /= -inverse.diagonal().copy()
    np.fill_diagonal(inverse, 0.0)
    return inverse
