"""Intervals of means by bootstrap over users (Efron and Tibshirani, 1993, chapter 13)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtr, stdtrit

if TYPE_CHECKING:
    from tastemaker.simulator.metrics import Values
    from tastemaker.simulator.recipes.base import LongArray

RESAMPLES = 1000
LEVEL = 0.95
LEAST_USERS = 10
"""For joint intervals; with fewer, resamples say nothing."""


def bootstrap(values: Values, seed: int, people: LongArray | None = None) -> tuple[Values, Values]:
    """Lower and upper ends of the 95 % percentile intervals of means over requests, shape (metrics,) each.

    The same seed and number of users draw the same users, so that differences of two models are paired.

    Args:
        values: shape (metrics, requests); NaN where a request has no value, which then does not count in that metric.
        people: code of each request's user, from 0; who asks several times is drawn with all requests at once. None
            for a request per user.
    """
    means = _resample_means(values, seed, people)
    tail = (1 - LEVEL) / 2
    # a metric that nobody has a value of stays without an interval
    known = np.where(np.isnan(means).all(axis=0), 0.0, means)
    low, high = np.nanquantile(known, [tail, 1 - tail], axis=0)
    return low, high


def joint_margins(values: Values, seed: int, people: LongArray | None = None) -> Values:
    """Half widths of intervals of all differences of means that hold together with 95 %, shape (models, models).

    They hold for the pair that looks most different as well, so for every model against whichever came out best: the
    largest of all studentised differences decides (Tukey's range by bootstrap; Romano and Wolf, 2005), with Student's
    correction for few users. 0 where two models have the same values; 1, which holds always, for less than
    `LEAST_USERS`.

    Args:
        values: of one metric, shape (models, requests), from 0 to 1.
        people: see `bootstrap`.
    """
    errors = _resample_means(values, seed, people) - values.mean(axis=1)
    differences = errors[:, :, None] - errors[:, None, :]
    spread = differences.std(axis=0)
    studentised = np.divide(np.abs(differences), spread, out=np.zeros_like(differences), where=spread > _NOTHING)
    users = values.shape[1] if people is None else int(people.max()) + 1
    if users < LEAST_USERS:
        return np.ones_like(spread)
    freedom = users - 1
    reach = stdtrit(freedom, ndtr(np.quantile(studentised.max(axis=(1, 2)), LEVEL))) * np.sqrt(users / freedom)
    margins: Values = np.minimum(reach * np.where(spread > _NOTHING, spread, 0.0), 1.0)
    return margins


_NOTHING = 1e-12
"""What rounding leaves of the spread of models that are the same."""


def _resample_means(values: Values, seed: int, people: LongArray | None) -> Values:
    """Means of each resample of users, shape (resamples, metrics); NaN where nobody drawn has a value."""
    people = np.arange(values.shape[1]) if people is None else people
    users = int(people.max()) + 1
    rng = np.random.default_rng(seed)
    present = np.isfinite(values).astype(np.float64)
    filled = np.where(present > 0, values, 0.0)
    means = np.full((RESAMPLES, values.shape[0]), np.nan)
    for row in range(RESAMPLES):
        weights = np.bincount(rng.integers(0, users, users), minlength=users).astype(np.float64)[people]
        counted = present @ weights
        np.divide(filled @ weights, counted, out=means[row], where=counted > 0)
    return means
