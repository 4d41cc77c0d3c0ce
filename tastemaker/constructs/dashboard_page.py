"""What the page about a project shows, as plain data: campaigns, answers, events, models, money, workflows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tastemaker.constructs.metrics import (
    event_routes,
    fallback_routes,
    of_api,
    of_campaign,
    of_held_releases,
    of_machine,
    of_queue,
    of_route,
    of_watched,
)
from tastemaker.constructs.widgets import DAY_SECONDS, math, series, widget
from tastemaker.plan.tokens import machine_arn_token

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tastemaker.plan.specs import CampaignSpec, Plan, RouteSpec

    Widget = dict[str, Any]


def build_page(plan: Plan) -> Iterator[Widget]:
    """In reading order."""
    asked = [campaign for campaign in plan.campaigns if campaign.requests_metric is not None]
    for campaign in asked:
        yield from _campaign(plan, campaign)
    yield from _answers(plan)
    yield from _events(plan)
    yield from _models(plan)
    if asked:
        yield _cost(plan, asked)
    yield _executions(plan)


def _campaign(plan: Plan, campaign: CampaignSpec) -> Iterator[Widget]:
    """Capacity is told once a day, so its last value stands for the rest of it."""
    hidden = [
        series(of_campaign(campaign), id="requests", visible=False),
        series(of_watched(plan, "Campaign", campaign.name, "ProvisionedTPS"), id="told", visible=False),
    ]
    yield widget(
        f"{campaign.name}: requests a second, actual and provisioned",
        [*hidden, math("requests / PERIOD(requests)", "actual"), math("FILL(told, REPEAT)", "provisioned")],
    )
    yield widget(
        f"{campaign.name}: utilisation of what is provisioned, %",
        [*hidden, math("100 * requests / PERIOD(requests) / FILL(told, REPEAT)", "utilisation")],
    )
    yield widget(
        f"{campaign.name}: latency, ms, and errors of the service",
        [
            *(series(of_campaign(campaign, "Latency", stat), label=stat) for stat in ("Average", "Maximum")),
            *_latencies(plan, [route for route in plan.routes if _asks(route, campaign)]),
            *(series(of_campaign(campaign, kind), label=kind, yAxis="right") for kind in ("4xxErrors", "5xxErrors")),
        ],
    )


def _asks(route: RouteSpec, campaign: CampaignSpec) -> bool:
    return campaign.arn in route.settings.get("owner", {}).values()


def _latencies(plan: Plan, routes: Iterable[RouteSpec]) -> list[list[Any]]:
    """Percentiles of the functions' answers: of its own latency the service documents mean and extremes only."""
    return [
        series(of_route(plan, route, "Latency", stat), label=f"{route.key} {stat}")
        for route in routes
        for stat in ("p50", "p99")
    ]


def _answers(plan: Plan) -> Iterator[Widget]:
    if not plan.routes:
        return
    yield widget("latency by route, ms", _latencies(plan, plan.routes))
    yield widget(
        "API: requests, 4xx, 5xx",
        [series(of_api(plan, metric), label=metric) for metric in ("Count", "4XXError", "5XXError")],
    )
    shares = [line for place, route in enumerate(fallback_routes(plan)) for line in _share(plan, place, route)]
    if shares:
        yield widget("share of answers that were stand-ins, %", shares)


def _share(plan: Plan, place: int, route: RouteSpec) -> list[list[Any]]:
    fallbacks, requests = f"fallbacks{place}", f"requests{place}"
    return [
        series(of_route(plan, route, "Fallbacks"), id=fallbacks, visible=False),
        series(of_route(plan, route, "Requests"), id=requests, visible=False),
        math(f"100 * {fallbacks} / {requests}", route.key),
    ]


def _events(plan: Plan) -> Iterator[Widget]:
    counted = [
        series(of_route(plan, route, f"Events{status}"), label=f"{route.key} {status}")
        for route in event_routes(plan)
        for status in ("Accepted", "Buffered", "Rejected", "Retry")
    ]
    if counted:
        yield widget("events", counted)
    for queue in plan.queues:
        name, dead = f"{plan.prefix}-{queue.name}", f"{plan.prefix}-{queue.dead_letter_name}"
        yield widget(
            f"queue {queue.name}: seconds that the oldest waits, dead letters",
            [
                series(of_queue(name, "ApproximateAgeOfOldestMessage"), label="oldest, s"),
                series(of_queue(dead, "ApproximateNumberOfMessagesVisible"), label="dead letters", yAxis="right"),
            ],
        )


def _models(plan: Plan) -> Iterator[Widget]:
    if plan.watch is None:
        return
    ages = [(f"model {one.name}", of_watched(plan, "Campaign", one.name, "ModelAgeDays")) for one in plan.campaigns]
    ages += [
        (f"import {one['Name']}", of_watched(plan, "Dataset", one["Name"], "ImportAgeDays"))
        for one in plan.watch.input["Datasets"]
    ]
    yield widget(
        "age of models and imports, days", [series(metric, label=label) for label, metric in ages], period=DAY_SECONDS
    )
    quality = [
        series(of_watched(plan, "Campaign", one.name, one.offline_metric), label=f"{one.name} {one.offline_metric}")
        for one in plan.campaigns
    ]
    yield widget("offline quality of the version that serves", quality, period=DAY_SECONDS)


def _cost(plan: Plan, campaigns: list[CampaignSpec]) -> Widget:
    """Requests or provisioned capacity, whichever is more, at the price of the first tier: an estimate."""
    metrics: list[list[Any]] = []
    for place, campaign in enumerate(campaigns):
        requests, told, usd = f"requests{place}", f"told{place}", campaign.usd_per_1000_requests
        metrics += [
            series(of_campaign(campaign), id=requests, visible=False),
            series(of_watched(plan, "Campaign", campaign.name, "ProvisionedTPS"), id=told, visible=False),
            math(f"MAX([FILL({requests}, 0), {told} * {DAY_SECONDS}]) / 1000 * {usd}", campaign.name),
        ]
    return widget("estimated cost of the campaigns, $ a day", metrics, period=DAY_SECONDS)


def _executions(plan: Plan) -> Widget:
    failed = [
        series(of_machine(machine_arn_token(machine.name), "ExecutionsFailed"), label=machine.name)
        for machine in plan.machines
    ]
    return widget("failed executions, held releases", [*failed, series(of_held_releases(plan), label="held")])
