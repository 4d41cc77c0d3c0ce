"""What `evaluate --json` prints of one judgement: means with intervals, differences, slices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tastemaker.evaluation.intervals import bootstrap

if TYPE_CHECKING:
    from tastemaker.evaluation.judging import Judged
    from tastemaker.simulator.metrics import Values

HEADLINE = "normalized_discounted_cumulative_gain_at_10"
USER_SLICES = ((1, 4), (5, 19), (20, 99), (100, None))
"""Events of a user's input, both ends included."""
ITEM_SLICES = ((0, 0), (1, 4), (5, 19), (20, 99), (100, None))
"""Interactions of a true item in the training data; below 5 an item counts as cold."""
DECIMALS = 4


def build_report(judged: Judged, seed: int) -> dict[str, Any]:
    """Figures of one solution or file; 95 % intervals over users, rounded to 4 decimals."""
    metrics = {name: {"value": round(value, DECIMALS)} for name, value in judged.whole.items()}
    return {
        "users": judged.users,
        "metrics": dict(sorted((metrics | _means(judged.per_user, seed)).items())),
        "users_by_input_length": _user_slices(judged, seed),
        "truth_by_item_interactions": _item_slices(judged),
    }


def build_difference(judged: Judged, baseline: Judged, seed: int) -> dict[str, dict[str, float]]:
    """Metric to mean difference per user and its paired interval; both judged the same users in the same order."""
    differences = {name: values - baseline.per_user[name] for name, values in judged.per_user.items()}
    return dict(sorted(_means(differences, seed).items()))


def _means(values: dict[str, Values] | Any, seed: int) -> dict[str, dict[str, float]]:
    stacked = np.stack(list(values.values()))
    low, high = bootstrap(stacked, seed)
    return {
        name: {
            "value": round(float(np.nanmean(row)) if np.isfinite(row).any() else 0.0, DECIMALS),
            "low": round(float(low[index]), DECIMALS),
            "high": round(float(high[index]), DECIMALS),
        }
        for index, (name, row) in enumerate(zip(values, stacked, strict=True))
    }


def _user_slices(judged: Judged, seed: int) -> list[dict[str, Any]]:
    slices = []
    for low, high in USER_SLICES:
        inside = _within(judged.input_lengths, low, high)
        if inside.any():
            means = _means({HEADLINE: judged.per_user[HEADLINE][inside]}, seed)
            slices.append({"from": low, "to": high, "users": int(inside.sum()), **means})
    return slices


def _item_slices(judged: Judged) -> list[dict[str, Any]]:
    slices = []
    for low, high in ITEM_SLICES:
        inside = _within(judged.pair_events, low, high)
        if inside.any():
            found = round(float(judged.pair_found[inside].mean()), DECIMALS)
            slices.append({"from": low, "to": high, "pairs": int(inside.sum()), "found_at_25": found})
    return slices


def _within(values: np.ndarray, low: int, high: int | None) -> np.ndarray:
    return (values >= low) & (values <= (np.inf if high is None else high))
