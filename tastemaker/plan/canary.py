"""The requests of a release's canary (`machines/canary.py`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tastemaker.facts.recipes import RecipeFacts, RecipeType

if TYPE_CHECKING:
    from tastemaker.model.solutions import Canary

_NOBODY = "tastemaker-canary"
"""User and item that nobody is; unknown ids are answered, never refused (reference §5.4)."""
_NUM_RESULTS = 10


def build_canary(canary: Canary, recipe: RecipeFacts, campaign_arn: str) -> dict[str, Any]:
    """As many requests as users are named, or as many as are wanted; items are taken in turn."""
    users = canary.users or tuple(f"{_NOBODY}-{number}" for number in range(1, canary.requests + 1))
    items = canary.items or (_NOBODY,)
    ranking = recipe.type is RecipeType.PERSONALIZED_RANKING
    return {
        "Operation": "GetPersonalizedRanking" if ranking else "GetRecommendations",
        "Requests": [
            {"CampaignArn": campaign_arn, "UserId": user, **_asked(recipe, items, number)}
            for number, user in enumerate(users)
        ],
        "MaximumMilliseconds": canary.maximum_latency_milliseconds,
        "MinimumOverlap": canary.minimum_overlap,
    }


def _asked(recipe: RecipeFacts, items: tuple[str, ...], number: int) -> dict[str, Any]:
    if recipe.type is RecipeType.PERSONALIZED_RANKING:
        return {"InputList": list(items)}
    if recipe.type is RecipeType.RELATED_ITEMS:
        return {"ItemId": items[number % len(items)], "NumResults": _NUM_RESULTS}
    return {"NumResults": _NUM_RESULTS}
