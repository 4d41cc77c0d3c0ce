"""What a campaign or recommender costs in a month in which nobody asks it anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tastemaker.facts.prices import PRICES, Prices, price_tiered

if TYPE_CHECKING:
    from tastemaker.facts.recipes import RecipeFacts

MONTH_DAYS = 30


def price_idle_campaign(recipe: RecipeFacts, min_provisioned_tps: int, prices: Prices = PRICES) -> float:
    """US dollars of thirty days, as if it were the only campaign: the tiers of an account count requests together."""
    requests = min_provisioned_tps * MONTH_DAYS * 86_400
    if recipe.v2_pricing:
        return requests / 1000 * prices.v2_per_1000_requests
    return price_tiered(requests, prices.v1_request_tiers)


def price_idle_recommender(min_requests_per_second: int, blocks: int = 1, prices: Prices = PRICES) -> float:
    """US dollars of thirty days; `blocks` are started hundred thousands of users."""
    return MONTH_DAYS * 24 * price_recommender_hour(min_requests_per_second * 3_600, blocks, prices)


def price_recommender_hour(requests: float, blocks: int, prices: Prices) -> float:
    """US dollars of one hour with so many requests: those beyond the included ones cost extra."""
    extra = max(requests - prices.recommender_included_requests * blocks, 0)
    return blocks * prices.recommender_hour + extra / 1000 * prices.recommender_extra_per_1000
