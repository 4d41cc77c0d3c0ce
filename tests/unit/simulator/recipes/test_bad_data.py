"""Whatever the data, a recipe trains and answers numbers, or fails with a reason."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tastemaker.simulator.recipes.base import (
    InteractionTable,
    MetadataTable,
    Request,
    TrainingFailedError,
    TrainingInput,
)
from tastemaker.simulator.recipes.personalization import PersonalizationRecipe
from tastemaker.simulator.recipes.popularity_count import PopularityCountRecipe
from tastemaker.simulator.recipes.similar_items import SimilarItemsRecipe
from tastemaker.simulator.recipes.sims import SimsRecipe
from tastemaker.simulator.recipes.trending_now import TrendingNowRecipe
from tests.support.recipes import START, ask, checkerboard

if TYPE_CHECKING:
    from tastemaker.simulator.recipes.base import Recipe

RECIPES: tuple[Recipe, ...] = (
    PersonalizationRecipe(),
    SimilarItemsRecipe(),
    SimsRecipe(),
    PopularityCountRecipe(),
    TrendingNowRecipe(),
)
each_recipe = pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: type(recipe).__name__)


def with_items(columns: dict[str, np.ndarray], ids: list[str]) -> TrainingInput:
    textual = frozenset(name for name in columns if name == "TEXT")
    table = MetadataTable(np.array(ids, object), columns, frozenset(columns) - textual - {"PRICE"}, textual)
    return replace(checkerboard(), items=table)


ODD_ITEMS = {
    "no item": with_items({"GENRE": np.empty(0, object)}, []),
    "no column": with_items({}, ["i00", "i01"]),
    "NaN in numbers": with_items({"PRICE": np.full(2, np.nan)}, ["i00", "i01"]),
    "NaN in texts": with_items({"TEXT": np.array([float("nan"), None], object)}, ["i00", "i01"]),
    "only items without interactions": with_items({"GENRE": np.array(["a", "a"], object)}, ["x", "y"]),
    "one value everywhere": with_items({"GENRE": np.full(40, "a", object)}, [f"i{i:02}" for i in range(40)]),
}


@each_recipe
@pytest.mark.parametrize("kind", ODD_ITEMS)
def test_odd_metadata_trains(recipe: Recipe, kind: str) -> None:
    model = recipe.train(ODD_ITEMS[kind])
    assert not np.isnan(ask(model, ["i00", "i02"], item="i00")).any()


@each_recipe
def test_event_values_that_are_not_numbers_train(recipe: Recipe) -> None:
    data = checkerboard()
    values = np.where(np.arange(data.interactions.item.size) % 2, np.nan, np.inf).astype(np.float32)
    model = recipe.train(replace(data, interactions=replace(data.interactions, event_value=values)))
    assert not np.isnan(ask(model, ["i00"], item="i00")).any()


@each_recipe
def test_an_unknown_item_is_answered(recipe: Recipe) -> None:
    model = recipe.train(checkerboard())
    request = Request(np.empty(0, np.int32), np.empty(0, np.int64), START, item=-1)
    assert np.isfinite(model.score(request)).all()


@each_recipe
def test_no_interaction_fails_with_a_reason(recipe: Recipe) -> None:
    nothing, values = np.empty(0, np.int32), np.empty(0, np.float32)
    table = InteractionTable(
        np.empty(0, object),
        np.empty(0, object),
        nothing,
        nothing,
        np.empty(0, np.int64),
        nothing,
        (),
        values,
    )
    with pytest.raises(TrainingFailedError, match="holds no interaction"):
        recipe.train(TrainingInput(table, None, None, {}, 1))


@pytest.mark.slow
@each_recipe
def test_a_user_of_a_million_events_trains_and_is_answered(recipe: Recipe) -> None:
    rng = np.random.default_rng(1)
    user = np.append(np.zeros(1_000_000, np.int32), rng.integers(1, 100, 2_000).astype(np.int32))
    item = rng.integers(0, 500, user.size).astype(np.int32)
    table = InteractionTable(
        user_ids=np.array([f"u{code:02}" for code in range(100)], object),
        item_ids=np.array([f"i{code:03}" for code in range(500)], object),
        user=user,
        item=item,
        timestamp=START + np.arange(user.size),
        event_type=np.full(user.size, -1, np.int32),
        event_types=(),
        event_value=np.full(user.size, np.nan, np.float32),
    )
    model = recipe.train(TrainingInput(table, None, None, {}, 1))
    request = Request(item[:1_000_000], table.timestamp[:1_000_000], START + 2_000_000, item=3)
    assert not np.isnan(model.score(request)).any()
