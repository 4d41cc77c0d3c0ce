"""What the settings under `deploy` cost: firewall, network, warm functions, monitoring."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tastemaker.cost.lines import CostLine

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tastemaker.cost.traffic import Traffic
    from tastemaker.facts.prices import Prices
    from tastemaker.plan.specs import Plan

INTERFACE_ENDPOINTS = 8
"""Of a network; a private API has one endpoint more."""
ALARM_METRICS = {"campaign": 3, "route": 2, "project": 16}
"""Metrics that alarms look at: of each campaign, of each route with a fallback, of machines, queues and releases."""
_MILLION = 1e6


def price_deployment(plan: Plan, traffic: Traffic, prices: Prices) -> Iterator[CostLine]:
    """Only what is switched on; nothing of it depends on the length of the month but requests."""
    api = plan.deploy.api
    asking = [route for route in plan.routes if "owner" in route.settings]
    if api.firewall is not None:
        requests = traffic.days * sum(traffic.requests_per_day.values())
        usd = prices.firewall_month + requests / _MILLION * prices.firewall_per_million_requests
        yield CostLine("AWS WAF", "firewall of the API", f"{requests:,.0f} requests", usd, prices.firewall_month)
    if plan.deploy.network is not None:
        zones = plan.deploy.network.zones
        endpoints = (INTERFACE_ENDPOINTS + api.private) * zones
        usd = endpoints * prices.interface_endpoint_month
        yield CostLine("Amazon VPC", "interface endpoints", f"{endpoints} in {zones} zones", usd, usd)
    if api.provisioned_concurrency:
        warm = api.provisioned_concurrency * len({route.function for route in asking})
        usd = warm * prices.warm_instance_month
        yield CostLine("AWS Lambda", "warm instances", f"{warm} instances", usd, usd)
    yield from _price_monitoring(plan, prices)


def _price_monitoring(plan: Plan, prices: Prices) -> Iterator[CostLine]:
    monitoring = plan.deploy.monitoring
    if monitoring.alarms:
        fallbacks = sum("fallback" in route.settings for route in plan.routes)
        metrics = (
            ALARM_METRICS["campaign"] * len(plan.campaigns)
            + ALARM_METRICS["route"] * fallbacks
            + ALARM_METRICS["project"]
        )
        usd = metrics * prices.alarm_metric_month
        yield CostLine("Amazon CloudWatch", "alarms", f"{metrics} metrics, about", usd, usd)
    if monitoring.dashboard:
        usd = prices.dashboard_month
        yield CostLine("Amazon CloudWatch", "dashboard", "1; three of an account are free", usd, usd)
