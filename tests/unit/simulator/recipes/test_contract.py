"""Every recipe of the registry keeps the contract."""

from __future__ import annotations

from tastemaker.facts.recipes import RECIPES as FACTS
from tastemaker.facts.use_cases import USE_CASES
from tastemaker.simulator.recipes.personalization import PersonalizationRecipe
from tastemaker.simulator.recipes.popularity_count import PopularityCountRecipe
from tastemaker.simulator.recipes.registry import RECIPES
from tastemaker.simulator.recipes.similar_items import SimilarItemsRecipe
from tastemaker.simulator.recipes.sims import SimsRecipe
from tests.support.recipes import PersonalRecipeContract, RecipeContract, RelatedRecipeContract


class TestPersonalization(PersonalRecipeContract):
    recipe = PersonalizationRecipe()


class TestSimilarItems(RelatedRecipeContract):
    recipe = SimilarItemsRecipe()


class TestSims(RelatedRecipeContract):
    recipe = SimsRecipe()


class TestPopularityCount(RecipeContract):
    recipe = PopularityCountRecipe()


def test_every_registered_recipe_is_one_of_amazon_personalize() -> None:
    assert set(RECIPES) <= set(FACTS)


def test_every_recipe_that_is_not_withdrawn_is_trained() -> None:
    assert set(RECIPES) == {name for name, facts in FACTS.items() if not facts.withdrawn}


def test_every_use_case_is_based_on_a_trained_recipe() -> None:
    assert len(USE_CASES) == 10
    assert [case.name for case in USE_CASES.values() if case.based_on not in RECIPES] == []
