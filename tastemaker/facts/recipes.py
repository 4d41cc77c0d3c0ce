"""The recipes of Amazon Personalize: names, types and what each one can do.

Source: developer guide, pages `native-recipe-*`, `how-new-data-influences-recommendations` and
`use-case-recipe-features`; recipe type names as `DescribeRecipe` returns them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class RecipeType(StrEnum):
    """What `Recipe.recipeType` returns; decides which runtime operation a campaign answers."""

    USER_PERSONALIZATION = "USER_PERSONALIZATION"
    PERSONALIZED_RANKING = "PERSONALIZED_RANKING"
    POPULAR_ITEMS = "POPULAR_ITEMS"
    RELATED_ITEMS = "RELATED_ITEMS"
    USER_SEGMENTATION = "USER_SEGMENTATION"
    PERSONALIZED_ACTIONS = "PERSONALIZED_ACTIONS"


@dataclass(frozen=True)
class RecipeFacts:
    """One recipe.

    Attributes:
        name: the last part of the ARN.
        type: see `RecipeType`.
        realtime: PutEvents changes the same user's next answer without training.
        auto_update: the service updates the deployed latest FULL version every two hours, free.
        update_mode: `trainingMode=UPDATE` is legal.
        incremental_update: `performIncrementalUpdate` is legal.
        v2_pricing: training is billed per interaction, inference per request.
        context: the request's `context` map is used.
        promotions: the request's `promotions` are honoured.
        batch: batch inference or segment jobs are possible.
        needs: dataset types that must exist before training.
        hyperparameters: name to default, both as the API's strings.
        featurization: what `featureTransformationParameters` may set, name to default.
        tunable: hyperparameters that HPO may search; empty where the recipe has no HPO.
        withdrawn: documented for reference only; new solutions are refused.
        successor: name of the recipe to take instead of a withdrawn one; empty for others.
    """

    name: str
    type: RecipeType
    realtime: bool = False
    auto_update: bool = False
    update_mode: bool = False
    incremental_update: bool = False
    v2_pricing: bool = False
    context: bool = False
    promotions: bool = False
    batch: bool = True
    needs: tuple[str, ...] = ("INTERACTIONS",)
    hyperparameters: tuple[tuple[str, str], ...] = ()
    featurization: tuple[tuple[str, str], ...] = ()
    tunable: tuple[str, ...] = ()
    withdrawn: bool = False
    successor: str = ""

    @property
    def arn(self) -> str:
        """Recipe ARNs carry neither Region nor account."""
        return f"arn:aws:personalize:::recipe/{self.name}"


_T = RecipeType
_SEQUENCE = (("hidden_dimension", "149"), ("bptt", "32"), ("recency_mask", "true"))
_TUNED_SEQUENCE = tuple(name for name, _ in _SEQUENCE)
_LENGTHS = (("min_user_history_length_percentile", "0.0"), ("max_user_history_length_percentile", "0.99"))
_COUNTS = (
    ("min_user_history_length_percentile", "0.005"), ("max_user_history_length_percentile", "0.995"),
    ("min_item_interaction_count_percentile", "0.01"), ("max_item_interaction_count_percentile", "0.9"),
)  # fmt: skip

RECIPES: dict[str, RecipeFacts] = {
    recipe.name: recipe
    for recipe in (
        RecipeFacts(
            "aws-user-personalization-v2", _T.USER_PERSONALIZATION, realtime=True, auto_update=True, v2_pricing=True,
            context=True, promotions=True, hyperparameters=(("apply_recency_bias", "true"),),
        ),
        RecipeFacts(
            "aws-user-personalization", _T.USER_PERSONALIZATION, realtime=True, auto_update=True, update_mode=True,
            context=True, promotions=True, hyperparameters=_SEQUENCE, featurization=_LENGTHS, tunable=_TUNED_SEQUENCE,
        ),
        RecipeFacts(
            "aws-personalized-ranking-v2", _T.PERSONALIZED_RANKING, realtime=True, v2_pricing=True, context=True,
            hyperparameters=(("apply_recency_bias", "true"),),
        ),
        RecipeFacts(
            "aws-personalized-ranking", _T.PERSONALIZED_RANKING, realtime=True, context=True,
            hyperparameters=_SEQUENCE, featurization=_LENGTHS, tunable=_TUNED_SEQUENCE,
        ),
        RecipeFacts("aws-popularity-count", _T.POPULAR_ITEMS, promotions=True),
        RecipeFacts(
            "aws-trending-now", _T.POPULAR_ITEMS, promotions=True, batch=False,
            featurization=(("trend_discovery_frequency", "2 hours"),),
        ),
        RecipeFacts(
            "aws-similar-items", _T.RELATED_ITEMS, promotions=True,
            tunable=("item_id_hidden_dim", "item_metadata_hidden_dim"),
        ),
        RecipeFacts(
            "aws-sims", _T.RELATED_ITEMS, promotions=True,
            hyperparameters=(("popularity_discount_factor", "0.5"), ("min_cointeraction_count", "3")),
            featurization=_COUNTS, tunable=("popularity_discount_factor", "min_cointeraction_count"),
        ),
        RecipeFacts(
            "aws-semantic-similarity", _T.RELATED_ITEMS, incremental_update=True, promotions=True, needs=("ITEMS",),
        ),
        RecipeFacts(
            "aws-next-best-action", _T.PERSONALIZED_ACTIONS, realtime=True, auto_update=True, batch=False,
            needs=("INTERACTIONS", "ACTIONS"), featurization=(("action_optimization_period", "14"),),
        ),
        RecipeFacts(
            "aws-item-affinity", _T.USER_SEGMENTATION, hyperparameters=(("hidden_dimension", "149"),),
        ),
        RecipeFacts(
            "aws-item-attribute-affinity", _T.USER_SEGMENTATION, needs=("INTERACTIONS", "ITEMS"),
            hyperparameters=(("hidden_dimension", "149"),),
        ),
        RecipeFacts("aws-hrnn", _T.USER_PERSONALIZATION, withdrawn=True, successor="aws-user-personalization-v2"),
        RecipeFacts(
            "aws-hrnn-metadata", _T.USER_PERSONALIZATION, withdrawn=True, successor="aws-user-personalization-v2",
        ),
        RecipeFacts(
            "aws-hrnn-coldstart", _T.USER_PERSONALIZATION, update_mode=True, withdrawn=True,
            successor="aws-user-personalization",
        ),
    )
}  # fmt: skip
"""Custom recipes by name, in the order of the developer guide."""


def find_recipe(name_or_arn: str) -> RecipeFacts | None:
    """The recipe with this name or ARN; None when Amazon Personalize has no such custom recipe."""
    return RECIPES.get(name_or_arn.removeprefix("arn:aws:personalize:::recipe/"))
