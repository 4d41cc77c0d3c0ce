"""What one environment of a project costs in a month, from its plan and what it assumes about traffic."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tastemaker.cost.deployment import price_deployment
from tastemaker.cost.personalize import (
    price_batches,
    price_campaigns,
    price_ingestion,
    price_recommenders,
    price_trainings,
)
from tastemaker.cost.preparation import price_preparation
from tastemaker.cost.surroundings import price_api, price_storage, price_workflows
from tastemaker.facts.prices import PRICES, Prices

if TYPE_CHECKING:
    from tastemaker.cost.lines import CostLine
    from tastemaker.cost.traffic import Traffic
    from tastemaker.plan.specs import Plan


@dataclass(frozen=True)
class Estimate:
    """One month; lines without a cent are among them."""

    environment: str
    lines: tuple[CostLine, ...]
    traffic: Traffic
    prices: Prices

    @property
    def total(self) -> float:
        return sum(line.usd for line in self.lines)

    @property
    def idle(self) -> float:
        """What is billed when nobody asks anything."""
        return sum(line.idle_usd for line in self.lines)


def estimate_cost(plan: Plan, traffic: Traffic, prices: Prices = PRICES) -> Estimate:
    """Pure: the same plan, traffic and prices, the same estimate."""
    lines = (
        *price_campaigns(plan, traffic, prices),
        *price_recommenders(plan, traffic, prices),
        *price_trainings(plan, traffic, prices),
        *price_batches(plan, traffic, prices),
        price_ingestion(plan, traffic, prices),
        price_workflows(plan, traffic, prices),
        *price_api(plan, traffic, prices),
        *price_storage(plan, traffic, prices),
        *price_preparation(plan, traffic, prices),
        *price_deployment(plan, traffic, prices),
    )
    return Estimate(plan.environment, lines, traffic, prices)
