"""Offline metrics by the names of GetSolutionMetrics, and what `tastemaker evaluate` adds to them.

Source: developer guide, `working-with-training-metrics`; reference section 8. nDCG discounts by 1/log2(1 + rank)
and divides by the ideal ordering of min(K, relevant) items.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tastemaker.simulator.recipes.base import BoolArray, IntArray, LongArray

Values = npt.NDArray[np.float64]
DEPTH = 25
CUTS = (5, 10, 25)


def mark_hits(ranked: IntArray, truth_rows: LongArray, truth_items: IntArray, items: int) -> BoolArray:
    """Which places hold a relevant item.

    Args:
        ranked: item codes, best first, -1 where a list is shorter, shape (users, places).
        truth_rows, truth_items: relevant pairs (row of `ranked`, item code), shape (pairs,).
        items: size of the catalogue.
    """
    users = np.arange(ranked.shape[0])[:, None]
    wanted = truth_rows * items + truth_items
    return np.isin(users * items + ranked, wanted) & (ranked >= 0)


def ndcg_at(hits: BoolArray, relevant: LongArray, k: int) -> Values:
    """Normalised discounted cumulative gain per user, shape (users,); `relevant` counts each user's true items."""
    discounts = 1.0 / np.log2(np.arange(2, k + 2))
    places = hits[:, :k]
    gained: Values = places @ discounts[: places.shape[1]]
    ideal = np.concatenate(([0.0], np.cumsum(discounts)))[np.minimum(relevant, k)]
    shares: Values = np.divide(gained, ideal, out=np.zeros(hits.shape[0]), where=ideal > 0)
    return shares


def precision_at(hits: BoolArray, k: int) -> Values:
    """Hits in the first k places divided by k, per user; a shorter list is still divided by k."""
    shares: Values = hits[:, :k].sum(axis=1) / k
    return shares


def recall_at(hits: BoolArray, relevant: LongArray, k: int) -> Values:
    """Hits in the first k places divided by the user's true items, also where these are more than k."""
    found = hits[:, :k].sum(axis=1)
    shares: Values = np.divide(found, relevant, out=np.zeros(hits.shape[0]), where=relevant > 0)
    return shares


def hit_rate_at(hits: BoolArray, k: int) -> Values:
    """1 where the first k places hold a true item, else 0, per user."""
    return np.where(hits[:, :k].any(axis=1), 1.0, 0.0)


def reciprocal_rank(hits: BoolArray) -> Values:
    """1 / rank of the first hit, 0 where there is none, per user."""
    first = hits.argmax(axis=1)
    return np.where(hits.any(axis=1), 1.0 / (first + 1), 0.0)


def coverage(ranked: IntArray, recommendable: BoolArray) -> float:
    """Share of the recommendable items, marked per item code, that any list holds; 0 when there are none."""
    shown = np.unique(ranked[ranked >= 0])
    whole = int(recommendable.sum())
    return float(recommendable[shown].sum()) / whole if whole else 0.0


def popularity_percentiles(events: LongArray, recommendable: BoolArray) -> Values:
    """Share of the recommendable items with fewer events than each item, ties counting half; shape (items,).

    An item of median popularity has 0.5. Lists of popular items only are near 1.
    """
    ordered = np.sort(events[recommendable])
    below, not_above = np.searchsorted(ordered, events, "left"), np.searchsorted(ordered, events, "right")
    percentiles: Values = (below + not_above) / (2 * max(ordered.size, 1))
    return percentiles


def gini(exposures: LongArray) -> float:
    """Inequality of what each item got: 0 when all got the same, towards 1 when one item got everything."""
    total, count = int(exposures.sum()), exposures.size
    if not total:
        return 0.0
    ranks = 2 * np.arange(1, count + 1) - count - 1
    return float((ranks * np.sort(exposures)).sum()) / (count * total)


def mean_over_list(ranked: IntArray, values: Values) -> Values:
    """Mean of an item's value over each list, NaN for an empty list; shape (users,)."""
    filled = ranked >= 0
    sums = np.where(filled, values[ranked], 0.0).sum(axis=1)
    means: Values = np.divide(sums, filled.sum(axis=1), out=np.full(ranked.shape[0], np.nan), where=filled.any(axis=1))
    return means


def service_values(hits: BoolArray, relevant: LongArray, cuts: Sequence[int] = CUTS) -> dict[str, Values]:
    """The service's ranking metrics per user, by its names; `hits` with as many places as the deepest cut."""
    values = {f"mean_reciprocal_rank_at_{DEPTH}": reciprocal_rank(hits[:, :DEPTH])}
    values |= {f"normalized_discounted_cumulative_gain_at_{k}": ndcg_at(hits, relevant, k) for k in cuts}
    values |= {f"precision_at_{k}": precision_at(hits, k) for k in cuts}
    return values


def measure(
    ranked: IntArray, truth_rows: LongArray, truth_items: IntArray, items: int, cuts: Sequence[int] = CUTS
) -> dict[str, float]:
    """The eight item metrics, means over users, rounded to 4 decimals; zeros when nobody could be judged.

    `coverage` is the share of the catalogue that occurs in the first 25 places of any judged user: the service
    publishes no closer definition of "recommendable".

    Args:
        ranked: see `mark_hits`; at least the deepest cut's places unless the catalogue is smaller.
    """
    hits = mark_hits(ranked[:, :DEPTH], truth_rows, truth_items, items)
    relevant = np.bincount(truth_rows, minlength=ranked.shape[0])
    metrics = {"coverage": round(coverage(ranked[:, :DEPTH], np.ones(items, np.bool_)), 4)}
    return metrics | {name: _mean(values) for name, values in service_values(hits, relevant, cuts).items()}


def _mean(values: Values) -> float:
    return round(float(values.mean()), 4) if values.size else 0.0
