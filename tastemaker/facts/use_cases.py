"""The use cases of Domain dataset groups: what a recommender can be made for.

Source: developer guide, ECOMMERCE-use-cases and VIDEO_ON_DEMAND-use-cases. The algorithms behind them are not
published; `based_on` names the custom recipe that answers the same question.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from tastemaker.facts.recipes import RECIPES, RecipeFacts

ECOMMERCE: Final = "ECOMMERCE"
VIDEO_ON_DEMAND: Final = "VIDEO_ON_DEMAND"

RETRAINING_DAYS: Final = 7
"""Recommenders train fully every seven days, counted from their creation."""

_ITEMS_TOO = ("INTERACTIONS", "ITEMS")


@dataclass(frozen=True)
class UseCase:
    """One use case.

    Attributes:
        name: the last part of the recipe ARN.
        event_type: what the data must hold at least a thousand of, and all that is trained on; None for any type.
        hides: event type whose items the built-in filter takes away from the user; None for no built-in filter.
        explores: `itemExplorationConfig` and `context` are honoured, and new items join every two hours.
        promotions: the request's `promotions` are honoured.
        needs: dataset types that must exist before training.
    """

    name: str
    title: str
    domain: str
    based_on: str
    event_type: str | None = None
    needs_user: bool = True
    needs_item: bool = False
    hides: str | None = None
    explores: bool = False
    promotions: bool = True
    needs: tuple[str, ...] = ("INTERACTIONS",)

    @property
    def arn(self) -> str:
        """Recipe ARNs carry neither Region nor account."""
        return f"arn:aws:personalize:::recipe/{self.name}"

    @property
    def recipe(self) -> RecipeFacts:
        """The use case as a recipe: the abilities that recommenders have, the training of the recipe it is based on."""
        return replace(
            RECIPES[self.based_on],
            name=self.name,
            auto_update=self.explores,
            update_mode=False,
            incremental_update=False,
            v2_pricing=False,
            context=self.explores,
            promotions=self.promotions,
            batch=False,
            needs=self.needs,
        )

    @property
    def built_in_filter(self) -> str | None:
        """What always applies, in addition to the request's filter."""
        if self.hides is None:
            return None
        return f'EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("{self.hides}")'


USE_CASES: Final[dict[str, UseCase]] = {
    case.name: case
    for case in (
        UseCase(
            "aws-ecomm-popular-items-by-views", "Most viewed", ECOMMERCE, "aws-popularity-count", event_type="View",
        ),
        UseCase(
            "aws-ecomm-popular-items-by-purchases", "Best sellers", ECOMMERCE, "aws-popularity-count",
            event_type="Purchase",
        ),
        UseCase(
            "aws-ecomm-frequently-bought-together", "Frequently bought together", ECOMMERCE, "aws-sims",
            event_type="Purchase", needs_user=False, needs_item=True,
        ),
        UseCase(
            "aws-ecomm-customers-who-viewed-x-also-viewed", "Customers who viewed X also viewed", ECOMMERCE,
            "aws-similar-items", event_type="View", needs_item=True, hides="Purchase",
        ),
        UseCase(
            "aws-ecomm-recommended-for-you", "Recommended for you", ECOMMERCE, "aws-user-personalization-v2",
            hides="Purchase", explores=True,
        ),
        UseCase(
            "aws-vod-because-you-watched-x", "Because you watched X", VIDEO_ON_DEMAND, "aws-similar-items",
            event_type="Watch", needs_item=True, hides="Watch",
        ),
        UseCase(
            "aws-vod-more-like-x", "More like X", VIDEO_ON_DEMAND, "aws-similar-items", needs_item=True, hides="Watch",
            needs=_ITEMS_TOO,
        ),
        UseCase("aws-vod-most-popular", "Most popular", VIDEO_ON_DEMAND, "aws-popularity-count", event_type="Watch"),
        UseCase(
            "aws-vod-trending-now", "Trending now", VIDEO_ON_DEMAND, "aws-trending-now", needs_user=False,
            promotions=False,
        ),
        UseCase(
            "aws-vod-top-picks", "Top picks for you", VIDEO_ON_DEMAND, "aws-user-personalization-v2", hides="Watch",
            explores=True, needs=_ITEMS_TOO,
        ),
    )
}  # fmt: skip
"""Use cases by recipe name, in the order of the developer guide."""


def find_use_case(name_or_arn: str) -> UseCase | None:
    """The use case with this recipe name or ARN; None when there is none."""
    return USE_CASES.get(name_or_arn.removeprefix("arn:aws:personalize:::recipe/"))
