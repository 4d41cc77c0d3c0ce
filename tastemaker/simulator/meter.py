"""Counts what the real service would bill (reference §10)."""

from __future__ import annotations

import math
import threading
from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from tastemaker.facts.prices import GIGABYTE, PRICES, Prices, price_tiered
from tastemaker.simulator.recommender_meter import RecommenderPeriod, recommender_dollars

_WINDOW_SECONDS = 300
"""Campaigns are billed by the average of five minutes against the minimum."""


@dataclass(frozen=True)
class CampaignPeriod:
    """A stretch of time in which a campaign had one minimum.

    Attributes:
        end: epoch seconds; infinite while it lasts.
        v2: billed per request at the v2 price.
    """

    campaign_arn: str
    min_provisioned_tps: int
    start: float
    end: float
    v2: bool


@dataclass
class Meter:
    """Quantities so far; prices are applied when a report is asked for.

    Attributes:
        requests: (campaign or recommender ARN, five-minute window) to answered requests.
        batch_lines: (v2 recipe or not, month) to lines that batch inference jobs answered, errors included.
        segment_users: users in the segments of batch segment jobs. What the service bills for them is not known, so
            no line of the report holds it.
    """

    ingested_bytes: float = 0
    v1_training_hours: float = 0
    v2_training_interactions: float = 0
    periods: list[CampaignPeriod] = field(default_factory=list)
    recommender_periods: list[RecommenderPeriod] = field(default_factory=list)
    requests: Counter[tuple[str, int]] = field(default_factory=Counter)
    batch_lines: Counter[tuple[bool, str]] = field(default_factory=Counter)
    segment_users: int = 0
    _counting: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def ingest(self, size_bytes: int) -> None:
        """Imported files or streamed records."""
        self.ingested_bytes += size_bytes

    def train(self, *, v2: bool, interactions: int, hours: float) -> None:
        """A training that succeeded or was stopped; failed ones are free."""
        if v2:
            self.v2_training_interactions += interactions
        else:
            self.v1_training_hours += hours

    def request(self, campaign_arn: str, at: float) -> None:
        with self._counting:
            self.requests[campaign_arn, int(at // _WINDOW_SECONDS)] += 1

    def batch(self, lines: int, at: float, *, v2: bool) -> None:
        """A batch inference job that wrote its results."""
        self.batch_lines[v2, _month(at)] += lines

    def segment(self, users: int) -> None:
        """A batch segment job that wrote its results."""
        self.segment_users += users

    def open_campaign(self, campaign_arn: str, min_provisioned_tps: int, at: float, *, v2: bool) -> None:
        """A campaign became ACTIVE or changed its minimum."""
        self.close_campaign(campaign_arn, at)
        self.periods.append(CampaignPeriod(campaign_arn, min_provisioned_tps, at, math.inf, v2))

    def close_campaign(self, campaign_arn: str, at: float) -> None:
        """A campaign is deleted, or its period ends because it changes."""
        self.periods = [
            replace(period, end=at) if period.campaign_arn == campaign_arn and period.end == math.inf else period
            for period in self.periods
        ]

    def open_recommender(self, arn: str, min_requests_per_second: int, users: int, at: float) -> None:
        """A recommender became ACTIVE or changed its minimum."""
        self.close_recommender(arn, at)
        self.recommender_periods.append(RecommenderPeriod(arn, min_requests_per_second, users, at, math.inf))

    def close_recommender(self, arn: str, at: float) -> None:
        """A recommender is stopped or deleted, or its period ends because it changes."""
        self.recommender_periods = [
            replace(period, end=at) if period.recommender_arn == arn and period.end == math.inf else period
            for period in self.recommender_periods
        ]

    def report(self, now: float, prices: Prices = PRICES) -> dict[str, float]:
        """US dollars by line, and their `total`, up to `now`."""
        v1, v2 = self._billable(now, v2=False), self._billable(now, v2=True)
        v1_batches, v2_batches = self._batches(v2=False), self._batches(v2=True)
        v1_tiers, batch_tiers = prices.v1_request_tiers, prices.v1_batch_tiers
        lines = {
            "data ingestion": self.ingested_bytes / GIGABYTE * prices.ingestion_per_gb,
            "training (v2 recipes)": self.v2_training_interactions / 1000 * prices.v2_training_per_1000_interactions,
            "training (other recipes)": self.v1_training_hours * prices.v1_training_per_hour,
            "recommendations (v2 recipes)": sum(v2.values()) / 1000 * prices.v2_per_1000_requests,
            "recommendations (other recipes)": sum(price_tiered(quantity, v1_tiers) for quantity in v1.values()),
            "batch recommendations (v2 recipes)": sum(v2_batches) / 1000 * prices.v2_per_1000_requests,
            "batch recommendations (other recipes)": sum(price_tiered(lines, batch_tiers) for lines in v1_batches),
            "recommenders": recommender_dollars(self.recommender_periods, self._moments(), now, prices),
        }
        return {**lines, "total": sum(lines.values())}

    def _batches(self, *, v2: bool) -> list[int]:
        """Lines of each calendar month (UTC)."""
        return [lines for (is_v2, _), lines in self.batch_lines.items() if is_v2 == v2]

    def _moments(self) -> dict[tuple[str, float], int]:
        return {(arn, window * _WINDOW_SECONDS): count for (arn, window), count in list(self.requests.items())}

    def _billable(self, now: float, *, v2: bool) -> dict[str, float]:
        """Requests by calendar month (UTC): the larger of minimum and actual in every window."""
        months: dict[str, float] = defaultdict(float)
        for period in self.periods:
            if period.v2 == v2:
                for month, seconds in _seconds_by_month(period.start, min(period.end, now)):
                    months[month] += seconds * period.min_provisioned_tps
        for (arn, window), count in list(self.requests.items()):
            active = next((p for p in reversed(self.periods) if p.campaign_arn == arn), None)
            if active is not None and active.v2 == v2:
                above = count - active.min_provisioned_tps * _WINDOW_SECONDS
                months[_month(window * _WINDOW_SECONDS)] += max(above, 0)
        return months


def _month(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m")


def _seconds_by_month(start: float, end: float) -> list[tuple[str, float]]:
    parts = []
    while start < end:
        day = datetime.fromtimestamp(start, UTC)
        following = datetime(day.year + day.month // 12, day.month % 12 + 1, 1, tzinfo=UTC).timestamp()
        parts.append((_month(start), min(end, following) - start))
        start = following
    return parts
