"""What "weekly full, daily incremental" means is recipe-aware (reference §3.4)."""

from __future__ import annotations

import pytest

from tastemaker.facts.recipes import RECIPES
from tastemaker.plan.training import full_training, incremental_training

ACTIVE = [recipe for recipe in RECIPES.values() if not recipe.withdrawn]


@pytest.mark.parametrize("recipe", ACTIVE, ids=lambda recipe: recipe.name)
def test_a_full_run_trains_every_recipe_in_mode_full(recipe: object) -> None:
    training = full_training(recipe)  # type: ignore[arg-type]  # pytest hands over object
    assert (training.action, training.training_mode) == ("TRAIN", "FULL")


def test_only_user_personalization_v1_is_trained_in_mode_update() -> None:
    trained = [recipe.name for recipe in ACTIVE if incremental_training(recipe).training_mode == "UPDATE"]
    assert trained == ["aws-user-personalization"]


def test_a_daily_run_trains_nothing_for_v2_recipes_since_the_service_updates_them_for_free() -> None:
    training = incremental_training(RECIPES["aws-user-personalization-v2"])
    assert training.action == "SKIP"
    assert "every two hours" in training.reason
    assert "free" in training.reason
