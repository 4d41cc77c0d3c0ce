"""Logistic regression with L2 regularisation on sparse features."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import minimize

if TYPE_CHECKING:
    import numpy.typing as npt
    from scipy import sparse

    DoubleArray = npt.NDArray[np.float64]

_STEPS = 100


def sigmoid(logits: DoubleArray) -> DoubleArray:
    """1 / (1 + e^-x) without overflow."""
    share: DoubleArray = np.exp(-np.logaddexp(0.0, -logits))
    return share


def fit_logistic(
    features: sparse.csr_array, labels: DoubleArray, offset: DoubleArray, ridge: float
) -> tuple[DoubleArray, float]:
    """Weights, shape (features,), and intercept that are most likely, given normal weights around zero.

    The intercept is held a little too, so that an action that everybody takes has a finite one.

    Args:
        labels: 0 or 1, shape (rows,).
        offset: part of each row's logit that is known already, shape (rows,).
        ridge: half of it times the sum of squared weights is the penalty.
    """
    transposed = features.T.tocsr()
    signs = 1.0 - 2.0 * labels
    penalties = np.append(np.full(features.shape[1], ridge), 0.1)

    def loss(weights: DoubleArray) -> tuple[float, DoubleArray]:
        logits = features @ weights[:-1] + weights[-1] + offset
        slopes = signs * sigmoid(signs * logits)
        value = np.logaddexp(0.0, signs * logits).sum() + 0.5 * (penalties * weights * weights).sum()
        return float(value), np.append(transposed @ slopes, slopes.sum()) + penalties * weights

    start = np.zeros(features.shape[1] + 1)
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": _STEPS})
    return found.x[:-1], float(found.x[-1])


def log_loss(logits: DoubleArray, labels: DoubleArray) -> float:
    """Mean of -log of the probability of what happened; 0 without rows."""
    return float(np.logaddexp(0.0, (1.0 - 2.0 * labels) * logits).mean()) if logits.size else 0.0


def area_under_curve(scores: DoubleArray, labels: DoubleArray) -> float | None:
    """Share of pairs of a positive and a negative row that are in the right order, ties half; None without a pair."""
    positives = int(labels.sum())
    negatives = labels.size - positives
    if not positives or not negatives:
        return None
    _, places, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[places]
    return float((ranks[labels > 0].sum() - positives * (positives + 1) / 2) / (positives * negatives))
