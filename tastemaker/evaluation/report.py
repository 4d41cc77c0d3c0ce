"""What `evaluate --json` prints of one judgement: means with intervals, differences, slices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tastemaker.evaluation.intervals import bootstrap

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tastemaker.evaluation.judging import Judged
    from tastemaker.simulator.metrics import Values
    from tastemaker.simulator.recipes.base import LongArray

DAY_SECONDS = 86_400
HEADLINE = "normalized_discounted_cumulative_gain_at_10"
FOUND = "found_at_25"
"""Share of true items that are in the lists."""
USER_SLICES = ((1, 4), (5, 19), (20, 99), (100, None))
"""Events of a user's input, both ends included."""
ITEM_SLICES = ((0, 0), (1, 4), (5, 19), (20, 99), (100, None))
"""Interactions of a true item in the training data; below 5 an item counts as cold."""
AGE_SLICES = ((-1, -1), (0, 6), (7, 29), (30, None))
"""Days since the first interaction of a true item, rounded down; -1 where it had none by then."""
DECIMALS = 4


def build_report(judged: Judged, seed: int) -> dict[str, Any]:
    """Figures of one solution or file; 95 % intervals over users, rounded to 4 decimals.

    Requests are counted where users ask several times, ages where times are known.
    """
    metrics = {name: {"value": round(value, DECIMALS)} for name, value in judged.whole.items()}
    ages = None if judged.pair_ages is None else judged.pair_ages // DAY_SECONDS
    return {
        "users": judged.users,
        "requests": judged.requests,
        "metrics": dict(sorted((metrics | _means(judged.per_user, judged.people, seed)).items())),
        "data": {name: round(value, DECIMALS) for name, value in judged.data.items()},
        "users_by_input_length": _user_slices(judged, seed),
        "truth_by_item_interactions": _pair_slices(judged, judged.pair_events, ITEM_SLICES, seed),
        **({} if ages is None else {"truth_by_item_age_in_days": _pair_slices(judged, ages, AGE_SLICES, seed)}),
    }


def build_difference(judged: Judged, baseline: Judged, seed: int) -> dict[str, dict[str, float]]:
    """Metric to mean difference per user and its paired interval; both judged the same users in the same order."""
    differences = {name: values - baseline.per_user[name] for name, values in judged.per_user.items()}
    return dict(sorted(_means(differences, judged.people, seed).items()))


def _means(values: Mapping[str, Values], people: LongArray, seed: int) -> dict[str, dict[str, float]]:
    stacked = np.stack(list(values.values()))
    low, high = bootstrap(stacked, seed, people)
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
            people, codes = np.unique(judged.people[inside], return_inverse=True)
            means = _means({HEADLINE: judged.per_user[HEADLINE][inside]}, codes, seed)
            slices.append({"from": low, "to": high, "users": people.size, **means})
    return slices


def _pair_slices(
    judged: Judged, values: LongArray, bounds: Sequence[tuple[int, int | None]], seed: int
) -> list[dict[str, Any]]:
    """Intervals over users, as everywhere: who has several true items of a slice is drawn with all of them."""
    slices = []
    for low, high in bounds:
        inside = _within(values, low, high)
        if inside.any():
            people, codes = np.unique(judged.people[judged.pair_rows[inside]], return_inverse=True)
            means = _means({FOUND: judged.pair_found[inside].astype(np.float64)}, codes, seed)
            slices.append({"from": low, "to": high, "pairs": int(inside.sum()), "users": people.size, **means})
    return slices


def _within(values: np.ndarray, low: int, high: int | None) -> np.ndarray:
    return (values >= low) & (values <= (np.inf if high is None else high))
