"""Counts the releases that the gate held: they are no failures, and nobody would notice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import aws_logs as logs
from constructs import Construct

from tastemaker.constructs.metrics import of_held_releases

if TYPE_CHECKING:
    from tastemaker.plan.specs import Plan

HELD = '{ $.type = "PassStateEntered" && $.details.name = "Held" }'
"""Every hold goes through this state of `release`. Source: Step Functions guide, CloudWatch Logs, event format."""


class HeldReleases(Construct):
    """A metric from the machine's log; free until something is held."""

    def __init__(self, scope: Construct, construct_id: str, *, plan: Plan, log_group: logs.ILogGroup) -> None:
        super().__init__(scope, construct_id)
        metric = of_held_releases(plan)
        logs.MetricFilter(
            self,
            "Filter",
            log_group=log_group,
            filter_pattern=logs.FilterPattern.literal(HELD),
            metric_namespace=metric.namespace,
            metric_name=metric.name,
            metric_value="1",
        )
