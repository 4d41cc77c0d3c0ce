from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tastemaker.simulator.recipes.base import MetadataTable, Objective, TrainingFailedError
from tastemaker.simulator.recipes.evaluation import Split
from tastemaker.simulator.recipes.histories import Histories, Moments
from tastemaker.simulator.recipes.objectives import average_rewards, build_boost
from tastemaker.simulator.recipes.personalization import PersonalizationRecipe
from tests.support.recipes import ITEMS, ask, best, checkerboard

if TYPE_CHECKING:
    from pathlib import Path

    from tastemaker.simulator.recipes.base import FloatArray, TrainingInput
    from tastemaker.simulator.recipes.personalization import PersonalizationModel

IDS = np.array([f"i{i:02}" for i in range(ITEMS)], object)
PRICES = np.arange(ITEMS, dtype=np.float64)


def priced(prices: np.ndarray, sensitivity: str | None = "HIGH", column: str = "PRICE") -> TrainingInput:
    items = MetadataTable(IDS, {"PRICE": prices}, frozenset())
    objective = Objective(column, sensitivity) if sensitivity is not None else None
    return replace(checkerboard(), items=items, objective=objective)


def train(sensitivity: str | None) -> PersonalizationModel:
    return PersonalizationRecipe().train(priced(PRICES, sensitivity))


def mean_price(model: PersonalizationModel) -> float:
    answer = best(model, ask(model, ["i00", "i02", "i04", "i06"]), 10)
    return float(np.mean([int(item[1:]) for item in answer]))


def test_the_more_sensitive_the_dearer_are_the_recommendations() -> None:
    prices = [mean_price(train(sensitivity)) for sensitivity in (None, "LOW", "MEDIUM", "HIGH")]
    assert prices == sorted(prices)
    assert prices[3] > prices[0] + 3


def test_a_new_user_gets_dearer_items_too() -> None:
    plain, tilted = train(None), train("HIGH")
    dear = [float(np.mean([int(item[1:]) for item in best(m, ask(m, []), 10)])) for m in (plain, tilted)]
    assert dear[1] > dear[0]


def test_the_metric_of_the_objective_is_reported() -> None:
    assert "average_rewards_at_k" not in train(None).metrics
    assert 0 < train("LOW").metrics["average_rewards_at_k"] <= 1


def test_a_loaded_model_keeps_its_objective(tmp_path: Path) -> None:
    model = train("HIGH")
    model.save(tmp_path)
    assert np.array_equal(ask(PersonalizationRecipe().load(tmp_path), ["i00"]), ask(model, ["i00"]))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (priced(PRICES, column="COST"), "The Items dataset has no column COST to train on"),
        (priced(np.full(ITEMS, "dear", object)), "Column PRICE of the Items dataset is not numeric"),
        (priced(np.where(PRICES > 3, PRICES, np.nan)), "Column PRICE of the Items dataset has nulls"),
        (replace(priced(PRICES), items=None), "The Items dataset has no column PRICE to train on"),
    ],
)
def test_a_column_that_is_not_fit_fails_with_a_reason(data: TrainingInput, reason: str) -> None:
    with pytest.raises(TrainingFailedError, match=reason):
        PersonalizationRecipe().train(data)


def test_where_all_items_are_worth_the_same_nothing_is_added() -> None:
    assert build_boost(np.full(3, 5.0, np.float32), "HIGH").tolist() == [0, 0, 0]


class Fixed:
    """Recommends items in the order of their codes."""

    def score_batch(self, moments: Moments) -> FloatArray:
        return np.tile(-np.arange(120, dtype=np.float32), (moments.histories.users, 1))


def test_average_rewards_are_the_share_of_the_25_dearest_of_what_was_recommended_and_taken() -> None:
    rewards = np.arange(120, dtype=np.float32)
    # recommended are items 0 to 99; the 25 dearest of them are 75 to 99
    empty = Histories(np.array([0, 0, 0]), np.empty(0, np.int32), np.empty(0, np.int64))
    truth = np.array([20, 80, 110], np.int32)
    split = Split(Moments(empty, np.zeros(2, np.int64)), np.array([0, 0, 1]), truth, np.arange(2))
    assert average_rewards(Fixed(), split, rewards) == 0.8
