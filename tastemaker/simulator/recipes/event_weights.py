"""Weights of event types (eventsConfig): in what is counted, and in the metric that the service reports for them.

An interaction counts as much as its weight, in relation to the mean of all: only the ratios matter. A pair of
interactions counts the root of both weights' product.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from tastemaker.simulator.fidelity.record import Fidelity, Grade
from tastemaker.simulator.metrics import CUTS, DEPTH, mark_hits
from tastemaker.simulator.recipes.evaluation import INPUT_SHARE, cut_at_share, rank_new_items

if TYPE_CHECKING:
    from tastemaker.simulator.recipes.base import FloatArray, TrainingInput
    from tastemaker.simulator.recipes.evaluation import BatchScorer, Split
    from tastemaker.simulator.recipes.histories import Histories

NAME: Final = "normalized_discounted_cumulative_gain_with_event_weights_at"
_GUIDE = "Developer Guide, optimizing-solution-events-config"
FIDELITY: Final = (
    Fidelity(
        "Training options", "weights in `eventsConfig`", Grade.APPROXIMATE,
        "Multiply what an interaction counts in co-occurrence, transitions and popularity, relative to the mean of all "
        "interactions; a type without a weight has 1. The history of a request is not weighted by its event types.",
        _GUIDE,
    ),
    Fidelity(
        "Metrics", f"`{NAME}_5`, `_10`, `_25`", Grade.APPROXIMATE,
        "Reported with an eventsConfig. A true item gains its event's weight over the mean weight, the highest of "
        "several events; the spelling of the names is unconfirmed.", _GUIDE,
    ),
)  # fmt: skip


def row_weights(data: TrainingInput) -> FloatArray | None:
    """Weight of every interaction, with a mean of 1; None where all weigh the same."""
    given, table = data.event_weights, data.interactions
    if given is None or len({given.get(name.lower(), 0.0) for name in table.event_types}) < 2:
        return None
    by_code = np.array([*(given.get(name.lower(), 0.0) for name in table.event_types), 0.0], np.float32)
    weights: FloatArray = by_code[table.event_type]  # -1, no event type, takes the last one
    mean = float(weights.mean())
    return weights / np.float32(mean) if mean > 0 else None


def weighted_ndcg(scorer: BatchScorer, split: Split, histories: Histories, items: int) -> dict[str, float]:
    """Means over users, rounded to 4 decimals.

    Args:
        split: of `histories` by the documented protocol.
    """
    ranked = rank_new_items(scorer, split.moments, items)
    gains = _true_gains(split, histories, items)
    order = np.lexsort((-gains, split.truth_rows))
    rows = split.truth_rows[order]
    places = np.arange(rows.size) - np.searchsorted(rows, rows)
    metrics = {}
    keys = split.truth_rows * items + split.truth_items
    found = np.searchsorted(keys, np.arange(ranked.shape[0])[:, None] * items + ranked)
    shown = np.where(
        mark_hits(ranked, split.truth_rows, split.truth_items, items), gains[np.minimum(found, gains.size - 1)], 0.0
    ) if gains.size else np.zeros(ranked.shape)  # fmt: skip
    discounts = 1.0 / np.log2(np.arange(2, DEPTH + 2))
    for cut in CUTS:
        inside = places < cut
        ideal = np.bincount(rows[inside], gains[order][inside] * discounts[places[inside]], ranked.shape[0])
        gained = shown[:, :cut] @ discounts[: min(cut, ranked.shape[1])]
        shares = np.divide(gained, ideal, out=np.zeros(ideal.size), where=ideal > 0)
        metrics[f"{NAME}_{cut}"] = round(float(shares.mean()), 4) if shares.size else 0.0
    return metrics


def _true_gains(split: Split, histories: Histories, items: int) -> FloatArray:
    """Highest weight of the true events with each relevant pair, shape (pairs,)."""
    if histories.weights is None:
        return np.ones(split.truth_rows.size, np.float32)
    starts, inputs = histories.indptr[:-1], cut_at_share(histories.lengths, INPUT_SHARE)
    future = histories.slice(starts + inputs, histories.indptr[1:])
    keys, place = np.unique(future.rows * items + future.items, return_inverse=True)
    highest = np.zeros(keys.size, np.float32)
    if future.weights is not None:
        np.maximum.at(highest, place, future.weights)
    gains: FloatArray = highest[np.searchsorted(keys, split.users[split.truth_rows] * items + split.truth_items)]
    return gains
