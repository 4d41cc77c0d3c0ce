"""Offline metrics by the names of GetSolutionMetrics.

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


def ndcg_at(hits: BoolArray, relevant: LongArray, k: int) -> npt.NDArray[np.float64]:
    """Normalised discounted cumulative gain per user, shape (users,); `relevant` counts each user's true items."""
    discounts = 1.0 / np.log2(np.arange(2, k + 2))
    places = hits[:, :k]
    gained: npt.NDArray[np.float64] = places @ discounts[: places.shape[1]]
    ideal = np.concatenate(([0.0], np.cumsum(discounts)))[np.minimum(relevant, k)]
    shares: npt.NDArray[np.float64] = np.divide(gained, ideal, out=np.zeros(hits.shape[0]), where=ideal > 0)
    return shares


def precision_at(hits: BoolArray, k: int) -> npt.NDArray[np.float64]:
    """Hits in the first k places divided by k, per user; a shorter list is still divided by k."""
    shares: npt.NDArray[np.float64] = hits[:, :k].sum(axis=1) / k
    return shares


def reciprocal_rank(hits: BoolArray) -> npt.NDArray[np.float64]:
    """1 / rank of the first hit, 0 where there is none, per user."""
    first = hits.argmax(axis=1)
    return np.where(hits.any(axis=1), 1.0 / (first + 1), 0.0)


def _mean(values: npt.NDArray[np.float64]) -> float:
    return round(float(values.mean()), 4) if values.size else 0.0


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
    shown = np.unique(ranked[:, :DEPTH])
    metrics = {
        "coverage": round(float((shown >= 0).sum()) / items, 4) if items else 0.0,
        f"mean_reciprocal_rank_at_{DEPTH}": _mean(reciprocal_rank(hits)),
    }
    metrics |= {f"normalized_discounted_cumulative_gain_at_{k}": _mean(ndcg_at(hits, relevant, k)) for k in cuts}
    metrics |= {f"precision_at_{k}": _mean(precision_at(hits, k)) for k in cuts}
    return metrics
