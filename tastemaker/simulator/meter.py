"""Counts what the real service would bill (reference §10)."""

from __future__ import annotations

import math
import threading
from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from tastemaker.facts.prices import GIGABYTE, PRICES, Prices

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
        requests: (campaign ARN, five-minute window) to answered requests.
    """

    ingested_bytes: float = 0
    v1_training_hours: float = 0
    v2_training_interactions: float = 0
    periods: list[CampaignPeriod] = field(default_factory=list)
    requests: Counter[tuple[str, int]] = field(default_factory=Counter)
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

    def report(self, now: float, prices: Prices = PRICES) -> dict[str, float]:
        """US dollars by line, and their `total`, up to `now`."""
        v1, v2 = self._billable(now, v2=False), self._billable(now, v2=True)
        lines = {
            "data ingestion": self.ingested_bytes / GIGABYTE * prices.ingestion_per_gb,
            "training (v2 recipes)": self.v2_training_interactions / 1000 * prices.v2_training_per_1000_interactions,
            "training (other recipes)": self.v1_training_hours * prices.v1_training_per_hour,
            "recommendations (v2 recipes)": sum(v2.values()) / 1000 * prices.v2_per_1000_requests,
            "recommendations (other recipes)": sum(_tiered(quantity, prices) for quantity in v1.values()),
        }
        return {**lines, "total": sum(lines.values())}

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


def _tiered(requests: float, prices: Prices) -> float:
    dollars, counted = 0.0, 0.0
    for end, per_1000 in prices.v1_request_tiers:
        part = max(min(requests, end) - counted, 0)
        dollars += part / 1000 * per_1000
        counted += part
    return dollars


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
