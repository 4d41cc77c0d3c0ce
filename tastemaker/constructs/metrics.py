"""The metrics that alarms and dashboard look at, as plain CloudWatch data.

Namespaces: `AWS/Personalize` (requests by campaign), `Tastemaker` (requests by function and route from the functions'
logs; ages, capacity and offline quality from `watch`), `AWS/States`, `AWS/SQS`, `AWS/ApiGateway`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tastemaker.plan.machines.watch import NAMESPACE

if TYPE_CHECKING:
    from tastemaker.plan.specs import CampaignSpec, Plan, RouteSpec


@dataclass(frozen=True)
class Metric:
    """One time series.

    Attributes:
        stat: Sum, Average, Maximum, p50 …
    """

    namespace: str
    name: str
    dimensions: dict[str, str] = field(default_factory=dict)
    stat: str = "Sum"


def of_campaign(campaign: CampaignSpec, suffix: str = "", stat: str = "Sum") -> Metric:
    """Of the service; `suffix` is Latency, 4xxErrors, 5xxErrors, or nothing for the requests. Source: reference §12."""
    return Metric("AWS/Personalize", f"{campaign.requests_metric}{suffix}", {"CampaignArn": campaign.arn}, stat)


def of_watched(plan: Plan, kind: str, name: str, metric: str) -> Metric:
    """What `watch` told of a campaign or a dataset; `kind` is the dimension."""
    return Metric(NAMESPACE, metric, {"Project": plan.prefix, kind: name}, "Maximum")


def of_route(plan: Plan, route: RouteSpec, metric: str, stat: str = "Sum") -> Metric:
    """What the function wrote into its log (`lambdas/shared/log.py`)."""
    return Metric(NAMESPACE, metric, {"Function": f"{plan.prefix}-{route.function}", "Route": route.key}, stat)


def of_machine(machine_arn: str, metric: str) -> Metric:
    return Metric("AWS/States", metric, {"StateMachineArn": machine_arn})


def of_queue(name: str, metric: str) -> Metric:
    return Metric("AWS/SQS", metric, {"QueueName": name}, "Maximum")


def of_api(plan: Plan, metric: str, stat: str = "Sum") -> Metric:
    return Metric("AWS/ApiGateway", metric, {"ApiName": plan.prefix, "Stage": plan.environment}, stat)


def of_held_releases(plan: Plan) -> Metric:
    """Counted in the log of `release` (`held_releases.py`)."""
    return Metric(f"{NAMESPACE}/{plan.prefix}", "HeldReleases")


def fallback_routes(plan: Plan) -> list[RouteSpec]:
    """Routes that something else can answer."""
    return [route for route in plan.routes if "fallback" in route.settings]


def event_routes(plan: Plan) -> list[RouteSpec]:
    return [route for route in plan.routes if route.function in {"track", "track-actions"}]
