"""Percentile bootstrap over users (Efron and Tibshirani, 1993, chapter 13)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from tastemaker.simulator.metrics import Values
    from tastemaker.simulator.recipes.base import LongArray

RESAMPLES = 1000
LEVEL = 0.95


def bootstrap(
    values: Values, seed: int, resamples: int = RESAMPLES, *, people: LongArray | None = None, level: float = LEVEL
) -> tuple[Values, Values]:
    """Lower and upper ends of the intervals of means over requests, shape (metrics,) each.

    The same seed and number of users draw the same users, so that differences of two models are paired.

    Args:
        values: shape (metrics, requests); NaN where a request has no value, which then does not count in that metric.
        people: code of each request's user, from 0; who asks several times is drawn with all requests at once. None
            for a request per user.
        level: share of the resamples within the interval.
    """
    people = np.arange(values.shape[1]) if people is None else people
    users = int(people.max()) + 1
    rng = np.random.default_rng(seed)
    present = np.isfinite(values).astype(np.float64)
    filled = np.where(present > 0, values, 0.0)
    means = np.full((resamples, values.shape[0]), np.nan)
    for row in range(resamples):
        weights = np.bincount(rng.integers(0, users, users), minlength=users).astype(np.float64)[people]
        counted = present @ weights
        np.divide(filled @ weights, counted, out=means[row], where=counted > 0)
    tail = (1 - level) / 2
    # a metric that nobody has a value of stays without an interval
    known = np.where(np.isnan(means).all(axis=0), 0.0, means)
    low, high = np.nanquantile(known, [tail, 1 - tail], axis=0)
    return low, high
