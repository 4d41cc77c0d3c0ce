"""The plan's alarms on CloudWatch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from tastemaker.constructs.alarm_specs import build_alarms
from tastemaker.plan.tokens import resolve_tokens

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tastemaker.constructs.alarm_specs import AlarmSpec
    from tastemaker.constructs.metrics import Metric
    from tastemaker.plan.specs import Plan


class Alarms(Construct):
    """Each tells the topic when it is raised and when it is over.

    Args:
        values: what the plan's tokens stand for.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, plan: Plan, values: Mapping[str, str], topic_arn: str
    ) -> None:
        super().__init__(scope, construct_id)
        self._values = values
        for spec in build_alarms(plan):
            self._add(spec, f"{plan.prefix}-{spec.name}", topic_arn)

    def _add(self, spec: AlarmSpec, name: str, topic_arn: str) -> None:
        queries = [self._query(metric_id, metric, spec.period) for metric_id, metric in spec.metrics.items()]
        result = cloudwatch.CfnAlarm.MetricDataQueryProperty(id="result", expression=spec.expression, return_data=True)
        cloudwatch.CfnAlarm(
            self,
            spec.name,
            alarm_name=name,
            alarm_description=spec.text,
            metrics=[*queries, result],
            threshold=spec.above,
            comparison_operator="GreaterThanThreshold",
            evaluation_periods=spec.periods,
            treat_missing_data=spec.missing,
            alarm_actions=[topic_arn],
            ok_actions=[topic_arn],
        )

    def _query(self, metric_id: str, metric: Metric, period: int) -> cloudwatch.CfnAlarm.MetricDataQueryProperty:
        dimensions = resolve_tokens(metric.dimensions, self._values)
        named = [cloudwatch.CfnAlarm.DimensionProperty(name=name, value=value) for name, value in dimensions.items()]
        found = cloudwatch.CfnAlarm.MetricProperty(
            namespace=metric.namespace, metric_name=metric.name, dimensions=named
        )
        stat = cloudwatch.CfnAlarm.MetricStatProperty(metric=found, period=period, stat=metric.stat)
        return cloudwatch.CfnAlarm.MetricDataQueryProperty(id=metric_id, metric_stat=stat, return_data=False)
