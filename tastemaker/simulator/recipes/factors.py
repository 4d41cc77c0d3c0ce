"""Low-rank parts: item-item scores of a limited rank.

Eigenvectors by subspace iteration: Halko, Martinsson and Tropp (2011), "Finding Structure with Randomness",
algorithm 4.4. The random start is fixed, so the same counts give the same factors.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

if TYPE_CHECKING:
    from collections.abc import Callable

    from tastemaker.simulator.recipes.base import FloatArray

_SURPLUS, _ITERATIONS = 10, 4
_MIN_USERS = 5.0


def build_factors(whole: FloatArray, rank: int) -> FloatArray:
    """PureSVD's item-item scores from co-occurrence: the projection onto the strongest `rank` directions.

    Cremonesi, Koren and Turrin (2010), "Performance of Recommender Algorithms on Top-N Recommendation Tasks", on
    counts divided by the root of both items' users, so that popular items do not fill all directions.

    Args:
        whole: users that have both items, the diagonal counts users, shape (items, items); stays as it is.

    Returns:
        Shape (items, items), row = item of the history, zero diagonal.
    """
    if whole.shape[0] == 0:
        return whole.copy()
    scale = 1.0 / np.sqrt(whole.diagonal() + np.float32(_MIN_USERS))
    matrix = whole * scale[:, None] * scale
    directions = _strongest(lambda basis: matrix @ basis, matrix.shape[0], rank)
    scores: FloatArray = (directions @ directions.T).astype(np.float32)
    scores *= scale[:, None]  # a user's row of the normalised matrix, projected
    np.fill_diagonal(scores, 0.0)
    return scores


def _strongest(multiply: Callable[[FloatArray], FloatArray], size: int, rank: int) -> FloatArray:
    """Orthonormal columns that span the eigenvectors of the largest eigenvalues, shape (size, at most rank).

    Args:
        multiply: the symmetric matrix, of shape (size, size), times columns.
    """
    width = min(rank + _SURPLUS, size)
    start = np.random.default_rng(0).standard_normal((size, width), np.float32)
    basis = np.linalg.qr(multiply(start))[0]
    for _ in range(_ITERATIONS):
        basis = np.linalg.qr(multiply(basis))[0]
    values, vectors = np.linalg.eigh(basis.T @ multiply(basis))
    kept: FloatArray = basis @ vectors[:, np.argsort(-values, kind="stable")[:rank]]
    return kept


def reduce_vectors(vectors: sparse.csr_array | None, rank: int) -> sparse.csr_array | None:
    """Item vectors in their strongest `rank` directions (latent semantic analysis); rows have length 1 or are empty.

    Args:
        vectors: TF-IDF, shape (items, terms); None stays None.
    """
    if vectors is None or rank >= vectors.shape[1]:
        return vectors
    # the matrix of all pairs of terms is never made: texts have many
    reduced = vectors @ _strongest(lambda basis: vectors.T @ (vectors @ basis), vectors.shape[1], rank)
    lengths = np.sqrt(np.einsum("ij,ij->i", reduced, reduced))[:, None]
    reduced = np.divide(reduced, lengths, out=np.zeros_like(reduced), where=lengths > 1e-6)
    return sparse.csr_array(reduced.astype(np.float32))
