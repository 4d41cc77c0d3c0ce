"""The same job done by other recipes: what recommendations for users would cost in a month."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tastemaker.facts.prices import RECOMMENDER_BLOCK_USERS, estimate_training_hours, price_tiered
from tastemaker.facts.recipes import RECIPES

if TYPE_CHECKING:
    from tastemaker.cost.traffic import Traffic
    from tastemaker.facts.prices import Prices
    from tastemaker.facts.recipes import RecipeFacts

_DAY_SECONDS = 86_400
_WEEK_DAYS = 7


@dataclass(frozen=True)
class Option:
    """One way to make recommendations for users, at weekly trainings.

    Attributes:
        serving_usd, training_usd: of the month.
        idle_usd: of that, what is billed without a request.
        remark: what one gets for it.
    """

    name: str
    serving_usd: float
    training_usd: float
    idle_usd: float
    remark: str

    @property
    def total(self) -> float:
        return self.serving_usd + self.training_usd


def compare_options(traffic: Traffic, prices: Prices) -> tuple[Option, ...]:
    """The cheapest first; requests are those of all routes together."""
    v2, v1 = RECIPES["aws-user-personalization-v2"], RECIPES["aws-user-personalization"]
    v2_training, v1_training = _price_training(v2, traffic, prices), _price_training(v1, traffic, prices)
    lines = traffic.days / _WEEK_DAYS * traffic.users
    v2_lines, v1_lines = _price_requests(v2, lines, prices), price_tiered(lines, prices.v1_batch_tiers)
    requests = _count_requests(traffic)
    recommender_idle, recommender = _price_recommender(traffic, prices, requests)
    options = (
        price_campaign(v2, traffic, prices, remark="reacts to events; metadata in answers are free"),
        price_campaign(v1, traffic, prices, remark="reacts to events; exploration can be set"),
        Option("recommender of a domain group", recommender, 0.0, recommender_idle,
               "trained by the service; can be stopped; ECOMMERCE and VIDEO_ON_DEMAND only"),
        Option("aws-user-personalization-v2, weekly batch", v2_lines, v2_training, v2_lines + v2_training,
               "a file for every user; no campaign, no reaction to events"),
        Option("aws-user-personalization, weekly batch", v1_lines, v1_training, v1_lines + v1_training,
               "the same with the older recipe"),
    )  # fmt: skip
    return tuple(sorted(options, key=lambda option: option.total))


def price_campaign(
    recipe: RecipeFacts, traffic: Traffic, prices: Prices, *, trainings: int = 1, remark: str = ""
) -> Option:
    """One campaign with a minimum of one request a second that answers all routes.

    Args:
        trainings: of each week; a search for hyperparameters makes several.
    """
    floor = traffic.days * _DAY_SECONDS
    training = trainings * _price_training(recipe, traffic, prices)
    serving = _price_requests(recipe, max(floor, _count_requests(traffic)), prices)
    idle = _price_requests(recipe, floor, prices) + training
    return Option(f"{recipe.name}, campaign", serving, training, idle, remark)


def _count_requests(traffic: Traffic) -> float:
    return traffic.days * sum(traffic.requests_per_day.values())


def _price_requests(recipe: RecipeFacts, requests: float, prices: Prices) -> float:
    if recipe.v2_pricing:
        return requests / 1000 * prices.v2_per_1000_requests
    return price_tiered(requests, prices.v1_request_tiers)


def _price_training(recipe: RecipeFacts, traffic: Traffic, prices: Prices) -> float:
    """Of the month's weekly trainings."""
    weeks = traffic.days / _WEEK_DAYS
    if recipe.v2_pricing:
        return weeks * traffic.interactions / 1000 * prices.v2_training_per_1000_interactions
    return weeks * estimate_training_hours(traffic.interactions) * prices.v1_training_per_hour


def _price_recommender(traffic: Traffic, prices: Prices, requests: float) -> tuple[float, float]:
    """Idle, and with these requests."""
    blocks = max(math.ceil(traffic.users / RECOMMENDER_BLOCK_USERS), 1)
    hours = traffic.days * 24
    idle = hours * blocks * prices.recommender_hour
    extra = max(requests - hours * blocks * prices.recommender_included_requests, 0)
    return idle, idle + extra / 1000 * prices.recommender_extra_per_1000
