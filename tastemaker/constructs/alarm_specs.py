"""When somebody has to be told, as plain data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tastemaker.constructs.dead_letters import dead_letter_name
from tastemaker.constructs.metrics import (
    Metric,
    fallback_routes,
    of_campaign,
    of_held_releases,
    of_machine,
    of_queue,
    of_route,
    of_watched,
)
from tastemaker.constructs.outcomes import messages_name
from tastemaker.plan.tokens import machine_arn_token

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tastemaker.plan.specs import CampaignSpec, Plan

MINUTES, HOUR, DAY = 300, 3_600, 86_400
STARTED_BY_HAND_OR_DEPLOYMENT = ("ensure", "pause", "resume", "teardown", "forget")


@dataclass(frozen=True)
class AlarmSpec:
    """One alarm.

    Attributes:
        expression: metric math over the ids in `metrics`; the alarm is raised while it is above `above`.
        period: seconds.
        periods: in a row.
        missing: what no data means: `notBreaching`, or `ignore`, which leaves the alarm as it is.
    """

    name: str
    text: str
    expression: str
    metrics: Mapping[str, Metric]
    above: float = 0
    period: int = HOUR
    periods: int = 1
    missing: str = "notBreaching"


def build_alarms(plan: Plan) -> Iterator[AlarmSpec]:
    """By campaign, then what holds for the project."""
    for campaign in plan.campaigns:
        yield _stale(plan, campaign)
        if campaign.requests_metric is not None:
            yield _idle(plan, campaign)
    yield AlarmSpec("held", "The gate held a new model; the ledger says why", "held", {"held": of_held_releases(plan)})
    yield from _failures(plan)
    yield from _dead_letters(plan)
    yield from _fallbacks(plan)


def _stale(plan: Plan, campaign: CampaignSpec) -> AlarmSpec:
    days = plan.deploy.monitoring.stale_after_days
    return AlarmSpec(
        f"{campaign.name}-stale",
        f"Campaign {campaign.name}: its model was trained more than {days} days ago",
        "age",
        {"age": of_watched(plan, "Campaign", campaign.name, "ModelAgeDays")},
        above=days,
        period=DAY,
        missing="ignore",
    )


def _idle(plan: Plan, campaign: CampaignSpec) -> AlarmSpec:
    metrics = {
        "tps": of_watched(plan, "Campaign", campaign.name, "ProvisionedTPS"),
        "requests": of_campaign(campaign),
    }
    return AlarmSpec(
        f"{campaign.name}-idle",
        f"Campaign {campaign.name} costs money and nobody asks it",
        "IF(tps > 0 AND FILL(requests, 0) < 1, 1, 0)",
        metrics,
        period=DAY,
        periods=plan.deploy.monitoring.idle_after_days,
    )


def _failures(plan: Plan) -> Iterator[AlarmSpec]:
    """Of machines that something else than a machine starts: the others fail those."""
    starting = [*(one.machine for one in plan.schedules), *(one.machine for one in plan.arrivals)]
    started = dict.fromkeys((*STARTED_BY_HAND_OR_DEPLOYMENT, *starting))
    known = {machine.name for machine in plan.machines}
    for name in (name for name in started if name in known):
        arn = machine_arn_token(name)
        yield AlarmSpec(
            f"{name}-failed",
            f"State machine {name} failed or ran out of time",
            "FILL(failed, 0) + FILL(late, 0)",
            {"failed": of_machine(arn, "ExecutionsFailed"), "late": of_machine(arn, "ExecutionsTimedOut")},
        )


def _dead_letters(plan: Plan) -> Iterator[AlarmSpec]:
    for name in _dead_letter_queues(plan):
        kind = name.removeprefix(f"{plan.prefix}-").removesuffix(".fifo")
        waiting = of_queue(name, "ApproximateNumberOfMessagesVisible")
        text = f"Something lies in {name}"
        yield AlarmSpec(f"{kind}-letters", text, "waiting", {"waiting": waiting}, period=MINUTES)


def _dead_letter_queues(plan: Plan) -> Iterator[str]:
    if plan.schedules:
        yield dead_letter_name(plan.prefix)
    if plan.arrivals:
        yield dead_letter_name(f"{plan.prefix}-arrivals")
    if plan.emails:
        yield dead_letter_name(messages_name(plan.prefix))
    for queue in plan.queues:
        yield f"{plan.prefix}-{queue.dead_letter_name}"


def _fallbacks(plan: Plan) -> Iterator[AlarmSpec]:
    share = plan.deploy.monitoring.maximum_fallback_share
    for route in fallback_routes(plan):
        metrics = {name.lower(): of_route(plan, route, name) for name in ("Fallbacks", "Requests")}
        text = f"{route.key}: more than {share:.0%} of the answers were stand-ins"
        yield AlarmSpec(f"{route.operation_id}-fallbacks", text, "fallbacks / requests", metrics, above=share)
