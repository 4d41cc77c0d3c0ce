"""When somebody has to be told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

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
from tastemaker.plan.tokens import machine_arn_token, resolve_tokens

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tastemaker.plan.specs import Plan

HOUR, DAY = 3_600, 86_400
STARTED_BY_HAND_OR_DEPLOYMENT = ("ensure", "teardown", "forget")


class Alarms(Construct):
    """Each tells the topic when it is raised and when it is over.

    Args:
        values: what the plan's tokens stand for.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, plan: Plan, values: Mapping[str, str], topic_arn: str
    ) -> None:
        super().__init__(scope, construct_id)
        self._plan, self._values, self._topic_arn = plan, values, topic_arn
        self._settings = plan.deploy.monitoring
        self._watch_campaigns()
        self._watch_releases()
        self._watch_executions()
        self._watch_queues()
        self._watch_fallbacks()

    def _watch_campaigns(self) -> None:
        plan, settings = self._plan, self._settings
        for campaign in plan.campaigns:
            self._add(
                f"{campaign.name}-stale",
                f"Campaign {campaign.name}: its model was trained more than {settings.stale_after_days} days ago",
                "age",
                {"age": of_watched(plan, "Campaign", campaign.name, "ModelAgeDays")},
                above=settings.stale_after_days,
                period=DAY,
                missing="ignore",
            )
            if campaign.requests_metric is not None:
                self._add(
                    f"{campaign.name}-idle",
                    f"Campaign {campaign.name} costs money and nobody asks it",
                    "IF(tps > 0 AND FILL(requests, 0) < 1, 1, 0)",
                    {
                        "tps": of_watched(plan, "Campaign", campaign.name, "ProvisionedTPS"),
                        "requests": of_campaign(campaign),
                    },
                    above=0,
                    period=DAY,
                    periods=settings.idle_after_days,
                )

    def _watch_releases(self) -> None:
        text = "The gate held a new model; the ledger says why"
        self._add("held", text, "held", {"held": of_held_releases(self._plan)}, above=0)

    def _watch_executions(self) -> None:
        """Machines that only other machines start fail them."""
        plan = self._plan
        starting = (*plan.schedules, *plan.arrivals, *(() if plan.watch is None else (plan.watch,)))
        started = dict.fromkeys((*STARTED_BY_HAND_OR_DEPLOYMENT, *(one.machine for one in starting)))
        known = {machine.name for machine in plan.machines}
        for name in (name for name in started if name in known):
            arn = machine_arn_token(name)
            self._add(
                f"{name}-failed",
                f"State machine {name} failed or ran out of time",
                "FILL(failed, 0) + FILL(late, 0)",
                {"failed": of_machine(arn, "ExecutionsFailed"), "late": of_machine(arn, "ExecutionsTimedOut")},
                above=0,
            )

    def _watch_queues(self) -> None:
        for name in self._dead_letter_queues():
            metrics = {"waiting": of_queue(name, "ApproximateNumberOfMessagesVisible")}
            kind = name.removeprefix(f"{self._plan.prefix}-").removesuffix(".fifo")
            self._add(f"{kind}-letters", f"Something lies in {name}", "waiting", metrics, above=0, period=300)

    def _dead_letter_queues(self) -> Iterator[str]:
        plan = self._plan
        if plan.schedules:
            yield dead_letter_name(plan.prefix)
        if plan.watch is not None:
            yield dead_letter_name(f"{plan.prefix}-watch")
        if plan.arrivals:
            yield dead_letter_name(f"{plan.prefix}-arrivals")
        if plan.emails:
            yield dead_letter_name(messages_name(plan.prefix))
        if plan.event_queue is not None:
            yield f"{plan.prefix}-{plan.event_queue.dead_letter_name}"

    def _watch_fallbacks(self) -> None:
        for route in fallback_routes(self._plan):
            metrics = {
                "fallbacks": of_route(self._plan, route, "Fallbacks"),
                "requests": of_route(self._plan, route, "Requests"),
            }
            text = f"{route.key}: more than {self._settings.maximum_fallback_share:.0%} of the answers were stand-ins"
            share = self._settings.maximum_fallback_share
            self._add(f"{route.operation_id}-fallbacks", text, "fallbacks / requests", metrics, above=share)

    def _add(
        self,
        name: str,
        text: str,
        expression: str,
        metrics: Mapping[str, Metric],
        *,
        above: float,
        period: int = HOUR,
        periods: int = 1,
        missing: str = "notBreaching",
    ) -> None:
        """`expression` is metric math over the ids in `metrics`."""
        queries = [self._query(metric_id, metric, period) for metric_id, metric in metrics.items()]
        result = cloudwatch.CfnAlarm.MetricDataQueryProperty(id="result", expression=expression, return_data=True)
        cloudwatch.CfnAlarm(
            self,
            name,
            alarm_name=f"{self._plan.prefix}-{name}",
            alarm_description=text,
            metrics=[*queries, result],
            threshold=above,
            comparison_operator="GreaterThanThreshold",
            evaluation_periods=periods,
            treat_missing_data=missing,
            alarm_actions=[self._topic_arn],
            ok_actions=[self._topic_arn],
        )

    def _query(self, metric_id: str, metric: Metric, period: int) -> cloudwatch.CfnAlarm.MetricDataQueryProperty:
        dimensions = resolve_tokens(metric.dimensions, self._values)
        named = [cloudwatch.CfnAlarm.DimensionProperty(name=name, value=value) for name, value in dimensions.items()]
        found = cloudwatch.CfnAlarm.MetricProperty(
            namespace=metric.namespace, metric_name=metric.name, dimensions=named
        )
        stat = cloudwatch.CfnAlarm.MetricStatProperty(metric=found, period=period, stat=metric.stat)
        return cloudwatch.CfnAlarm.MetricDataQueryProperty(id=metric_id, metric_stat=stat, return_data=False)
