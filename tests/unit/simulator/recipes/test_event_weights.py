from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tastemaker.simulator.recipes.base import TrainingInput
from tastemaker.simulator.recipes.counts import DenseCounts, count_followers, decay_weights, user_item
from tastemaker.simulator.recipes.evaluation import split_documented
from tastemaker.simulator.recipes.event_weights import row_weights, weighted_ndcg
from tastemaker.simulator.recipes.histories import Histories, Moments
from tastemaker.simulator.recipes.personalization import PersonalizationRecipe
from tests.support.recipe_data import build_table
from tests.support.recipes import METRICS, START, ask

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tastemaker.simulator.recipes.base import FloatArray, InteractionTable

NAME = "normalized_discounted_cumulative_gain_with_event_weights_at"


def clicks_and_buys() -> InteractionTable:
    """After "seed" 60 users click c items and 60 others buy b items."""
    rng = np.random.default_rng(4)
    rows = []
    for user in range(120):
        kind = "c" if user % 2 else "b"
        chosen = ["seed", *(f"{kind}{number}" for number in rng.permutation(8)[:6])]
        rows += [(f"u{user:03}", item, START + 1000 * user + place) for place, item in enumerate(chosen)]
    table = build_table(rows)
    kinds = np.array([0 if user % 2 else 1 for user in table.user.tolist()], np.int32)
    return replace(table, event_type=kinds, event_types=("click", "buy"))


def weighted(weights: Mapping[str, float] | None) -> TrainingInput:
    return TrainingInput(clicks_and_buys(), None, None, {}, 7, event_weights=weights)


def lead_of_bought(weights: Mapping[str, float] | None, history: list[str]) -> float:
    """Mean score of what is bought less that of what is clicked."""
    model = PersonalizationRecipe().train(weighted(weights))
    scores = ask(model, history, now=START + 200_000)
    kinds = np.array([item[0] for item in model.item_ids])
    return float(scores[kinds == "b"].mean() - scores[kinds == "c"].mean())


@pytest.mark.parametrize("history", [[], ["seed"]])
def test_heavier_event_types_lead(history: list[str]) -> None:
    clicks, even, buys = (
        lead_of_bought(weights, history) for weights in ({"click": 1.0, "buy": 0.1}, None, {"click": 0.1, "buy": 1.0})
    )
    assert clicks < even < buys


def test_only_the_ratio_of_weights_matters() -> None:
    high, low = row_weights(weighted({"click": 0.4, "buy": 0.8})), row_weights(weighted({"click": 0.1, "buy": 0.2}))
    assert high is not None
    assert low is not None
    assert np.allclose(high, low)
    assert high.mean() == pytest.approx(1.0)


def test_equal_weights_are_no_weights() -> None:
    assert row_weights(weighted({"click": 0.5, "buy": 0.5})) is None
    assert row_weights(weighted(None)) is None


def test_the_weighted_metric_is_reported_with_weights_only() -> None:
    names = {f"{NAME}_{cut}" for cut in (5, 10, 25)}
    with_weights = PersonalizationRecipe().train(weighted({"click": 0.1, "buy": 0.3})).metrics
    assert set(with_weights) == METRICS | names
    even = PersonalizationRecipe().train(weighted({"click": 1.0, "buy": 1.0})).metrics
    assert even[f"{NAME}_10"] == even["normalized_discounted_cumulative_gain_at_10"]
    assert set(PersonalizationRecipe().train(weighted(None)).metrics) == METRICS


def two_events(weights: list[float] | None = None) -> Histories:
    given = np.array(weights, np.float32) if weights is not None else None
    return Histories(np.array([0, 3]), np.array([0, 1, 0], np.int32), np.arange(3, dtype=np.int64), given)


def test_a_pair_counts_the_root_of_both_weights() -> None:
    follows = count_followers(two_events([4.0, 1.0, 0.25]), 2, decay_weights(1, 0.5)).toarray()
    assert follows.tolist() == [[0, 2], [0.5, 0]]
    assert user_item(two_events([4.0, 1.0, 0.25]), 2).toarray().tolist() == [[2, 1]]


def test_weights_of_one_count_as_no_weights() -> None:
    one, none = DenseCounts.empty(2), DenseCounts.empty(2)
    one.add(two_events([1.0, 1.0, 1.0]), decay_weights(2, 0.5))
    none.add(two_events(), decay_weights(2, 0.5))
    for name in ("whole", "follows", "events"):
        assert np.array_equal(getattr(one, name), getattr(none, name))


class Fixed:
    """Recommends items in the order of their codes."""

    def score_batch(self, moments: Moments) -> FloatArray:
        return np.tile(-np.arange(30, dtype=np.float32), (moments.histories.users, 1))


def test_the_gain_of_a_true_item_is_its_weight() -> None:
    # 20 events; the newest two are the truth: item 1 (rank 2, weight 1) and item 3 (rank 4, weight 3)
    items = np.array([*([0] * 18), 1, 3], np.int32)
    weights = np.array([*([1.0] * 19), 3.0], np.float32)
    histories = Histories(np.array([0, 20]), items, np.arange(20, dtype=np.int64), weights)
    found = weighted_ndcg(Fixed(), split_documented(histories, 30), histories, 30)
    # item 0 is known, so item 1 has rank 1 and item 3 rank 3
    expected = (1 / np.log2(2) + 3 / np.log2(4)) / (3 / np.log2(2) + 1 / np.log2(3))
    assert found[f"{NAME}_5"] == pytest.approx(expected, abs=1e-4)
