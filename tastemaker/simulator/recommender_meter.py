"""What recommenders cost: by the hour and the number of users, with a number of requests included (reference §10)."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tastemaker.facts.prices import RECOMMENDER_BLOCK_USERS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tastemaker.facts.prices import Prices

_HOUR_SECONDS = 3_600


@dataclass(frozen=True)
class RecommenderPeriod:
    """A stretch of time in which a recommender had one minimum.

    Attributes:
        users: of the training; billed by started hundred thousand.
        end: epoch seconds; infinite while it lasts.
    """

    recommender_arn: str
    min_requests_per_second: int
    users: int
    start: float
    end: float

    def included(self, prices: Prices) -> int:
        """Requests of one hour that the hourly price covers."""
        return prices.recommender_included_requests * self.blocks

    @property
    def blocks(self) -> int:
        return max(math.ceil(self.users / RECOMMENDER_BLOCK_USERS), 1)


def recommender_dollars(
    periods: Iterable[RecommenderPeriod], requests: Mapping[tuple[str, float], int], now: float, prices: Prices
) -> float:
    """The larger of minimum and actual requests in every hour; what exceeds the included ones costs extra.

    Args:
        requests: (ARN, any moment within the hour) to their number.
    """
    known = list(periods)
    dollars = 0.0
    for period in known:
        hours = max(min(period.end, now) - period.start, 0) / _HOUR_SECONDS
        above = max(period.min_requests_per_second * _HOUR_SECONDS - period.included(prices), 0)
        extra = above / 1000 * prices.recommender_extra_per_1000
        dollars += hours * (period.blocks * prices.recommender_hour + extra)
    for (arn, _), count in _by_hour(requests).items():
        active = next((period for period in reversed(known) if period.recommender_arn == arn), None)
        if active is not None:
            covered = max(active.min_requests_per_second * _HOUR_SECONDS, active.included(prices))
            dollars += max(count - covered, 0) / 1000 * prices.recommender_extra_per_1000
    return dollars


def _by_hour(requests: Mapping[tuple[str, float], int]) -> Counter[tuple[str, int]]:
    hours: Counter[tuple[str, int]] = Counter()
    for (arn, at), count in requests.items():
        hours[arn, int(at // _HOUR_SECONDS)] += count
    return hours
