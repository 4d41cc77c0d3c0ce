"""What a pause saves: lines of an estimate that are billed because something serves or a schedule runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tastemaker.cost.personalize import price_batches, price_campaigns, price_recommenders, price_trainings

if TYPE_CHECKING:
    from tastemaker.cost.lines import CostLine
    from tastemaker.cost.traffic import Traffic
    from tastemaker.facts.prices import Prices
    from tastemaker.plan.specs import Plan


def price_pause(plan: Plan, traffic: Traffic, prices: Prices) -> tuple[CostLine, ...]:
    """Campaigns, recommenders, trainings and batch jobs; `idle_usd` is what a month without a request would cost.

    Automatic trainings of the service go on: a pause keeps solutions as they are.
    """
    return (
        *price_campaigns(plan, traffic, prices),
        *price_recommenders(plan, traffic, prices),
        *price_trainings(plan, traffic, prices, automatic=False),
        *price_batches(plan, traffic, prices),
    )
