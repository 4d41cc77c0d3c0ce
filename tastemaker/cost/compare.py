"""The same job done by other recipes: what recommendations for users would cost in a month."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tastemaker.facts.prices import RECOMMENDER_BLOCK_USERS, estimate_training_hours, price_tiered

if TYPE_CHECKING:
    from tastemaker.cost.traffic import Traffic
    from tastemaker.facts.prices import Prices

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
    requests = traffic.days * sum(traffic.requests_per_day.values())
    floor = traffic.days * _DAY_SECONDS
    weeks = traffic.days / _WEEK_DAYS
    v2_training = weeks * traffic.interactions / 1000 * prices.v2_training_per_1000_interactions
    v1_training = weeks * estimate_training_hours(traffic.interactions) * prices.v1_training_per_hour
    lines = weeks * traffic.users

    def v2(quantity: float) -> float:
        return quantity / 1000 * prices.v2_per_1000_requests

    def v1(quantity: float) -> float:
        return price_tiered(quantity, prices.v1_request_tiers)

    recommender_idle, recommender = _price_recommender(traffic, prices, requests)
    options = (
        Option("aws-user-personalization-v2, campaign", v2(max(floor, requests)), v2_training, v2(floor) + v2_training,
               "reacts to events; metadata in answers are free"),
        Option("aws-user-personalization, campaign", v1(max(floor, requests)), v1_training, v1(floor) + v1_training,
               "reacts to events; exploration can be set"),
        Option("recommender of a domain group", recommender, 0.0, recommender_idle,
               "trained by the service; can be stopped; ECOMMERCE and VIDEO_ON_DEMAND only"),
        Option("aws-user-personalization-v2, weekly batch", v2(lines), v2_training, v2(lines) + v2_training,
               "a file for every user; no campaign, no reaction to events"),
        Option("aws-user-personalization, weekly batch", price_tiered(lines, prices.v1_batch_tiers), v1_training,
               price_tiered(lines, prices.v1_batch_tiers) + v1_training, "the same with the older recipe"),
    )  # fmt: skip
    return tuple(sorted(options, key=lambda option: option.total))


def _price_recommender(traffic: Traffic, prices: Prices, requests: float) -> tuple[float, float]:
    """Idle, and with these requests."""
    blocks = max(math.ceil(traffic.users / RECOMMENDER_BLOCK_USERS), 1)
    hours = traffic.days * 24
    idle = hours * blocks * prices.recommender_hour
    extra = max(requests - hours * blocks * prices.recommender_included_requests, 0)
    return idle, idle + extra / 1000 * prices.recommender_extra_per_1000
