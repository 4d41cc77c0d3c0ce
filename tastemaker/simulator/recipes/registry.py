"""Which recipes the local Personalize can train; anything else is refused by the caller."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tastemaker.simulator.recipes.affinity import AffinityRecipe
from tastemaker.simulator.recipes.next_best_action import NextBestActionRecipe
from tastemaker.simulator.recipes.personalization import PersonalizationRecipe
from tastemaker.simulator.recipes.popularity_count import PopularityCountRecipe
from tastemaker.simulator.recipes.semantic_similarity import SemanticSimilarityRecipe
from tastemaker.simulator.recipes.similar_items import SimilarItemsRecipe
from tastemaker.simulator.recipes.sims import SimsRecipe
from tastemaker.simulator.recipes.trending_now import TrendingNowRecipe

if TYPE_CHECKING:
    from tastemaker.simulator.recipes.base import Recipe

RECIPES: dict[str, Recipe] = {
    "aws-user-personalization-v2": PersonalizationRecipe(),
    "aws-user-personalization": PersonalizationRecipe(),
    "aws-personalized-ranking-v2": PersonalizationRecipe(),
    "aws-personalized-ranking": PersonalizationRecipe(),
    "aws-similar-items": SimilarItemsRecipe(),
    "aws-sims": SimsRecipe(),
    "aws-semantic-similarity": SemanticSimilarityRecipe(),
    "aws-popularity-count": PopularityCountRecipe(),
    "aws-trending-now": TrendingNowRecipe(),
    "aws-next-best-action": NextBestActionRecipe(),
    "aws-item-affinity": AffinityRecipe(),
    "aws-item-attribute-affinity": AffinityRecipe(),
}
"""Recipe name to trainer."""
