"""Metric attributions: one in a dataset group, with up to ten metrics (reference §6)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tastemaker.facts import limits
from tastemaker.simulator import lifecycle
from tastemaker.simulator.attribution import find_attribution, parse_expression
from tastemaker.simulator.pagination import page
from tastemaker.simulator.records import AttributedMetric, DatasetGroup, MetricAttribution
from tastemaker.simulator.refusals import already_exists, invalid_input, not_found
from tastemaker.simulator.scheduler import Work
from tastemaker.simulator.shapes import as_wire

if TYPE_CHECKING:
    from tastemaker.simulator.lifecycle import Handler, Step
    from tastemaker.simulator.scheduler import Transition
    from tastemaker.simulator.world import World

_TRY = "try the role of a metric attribution"
_NUMERIC = frozenset({"int", "long", "float", "double"})


def create_metric_attribution(world: World, params: dict[str, Any]) -> dict[str, Any]:
    """A second one in a group is refused as already existing, like an event tracker; the class is not documented."""
    group = world.store.get(DatasetGroup, params["datasetGroupArn"])
    record = MetricAttribution(
        **lifecycle.base(world, world.arn(f"metric-attribution/{params['name']}"), params["name"]),
        dataset_group_arn=group.arn,
        metrics=_upper(params["metrics"]),
        metrics_output_config=params["metricsOutputConfig"],
    )
    world.store.refuse_known(record.arn)
    lifecycle.require_active(group)
    _check_metrics(world, group.arn, record.metrics)
    _check_output(record.metrics_output_config)
    other = find_attribution(world, group.arn)
    if other is not None:
        raise already_exists(other.arn)
    lifecycle.begin_creation(world, record, world.durations.metric_attribution_seconds, step=_TRY)
    return {"metricAttributionArn": record.arn}


def try_role(world: World, transition: Transition) -> Work | None:
    """The service writes a first datum to CloudWatch; an attribution that may not fails (reference §6)."""
    record = lifecycle.current(world, transition, MetricAttribution)
    if record is None:
        return None
    role_arn, group_arn = record.metrics_output_config["roleArn"], record.dataset_group_arn

    def conclude(why: str | None) -> None:
        reason = None if why is None else f"Insufficient privileges for publishing metrics to Amazon CloudWatch: {why}."
        lifecycle.conclude(world, record, transition.due, reason)

    return Work(lambda: world.role_denial(role_arn, group_arn, "cloudwatch:PutMetricData"), conclude)


def _upper(metrics: list[dict[str, str]]) -> tuple[dict[str, str], ...]:
    """Names and event types are shown in upper case, in reports as in answers."""
    return tuple(
        {**metric, "metricName": metric["metricName"].upper(), "eventType": metric["eventType"].upper()}
        for metric in metrics
    )


def _check_metrics(world: World, group_arn: str, metrics: tuple[dict[str, str], ...]) -> None:
    if not 1 <= len(metrics) <= limits.MAX_ATTRIBUTED_METRICS:
        raise invalid_input(
            f"A metric attribution has 1 to {limits.MAX_ATTRIBUTED_METRICS} metrics; these are {len(metrics)}."
        )
    names = [metric["metricName"] for metric in metrics]
    if len(set(names)) < len(names):
        raise invalid_input("Every metricName may be given once only.")
    data = world.dataset_data(group_arn, "INTERACTIONS")
    if data is None or data.schema.find("EVENT_TYPE") is None:
        raise invalid_input("A metric attribution needs an Interactions dataset with the column EVENT_TYPE.")
    for metric in metrics:
        _check_expression(world, group_arn, metric["expression"])


def _check_expression(world: World, group_arn: str, text: str) -> None:
    expression = parse_expression(text)
    if expression.function != "sum":
        return
    data = world.dataset_data(group_arn, expression.dataset_type)
    column = data.schema.find(expression.column) if data is not None else None
    if column is None or column.type not in _NUMERIC:
        raise invalid_input(f"Expression '{text}' must name a numeric column of a dataset in the dataset group.")


def _check_output(config: dict[str, Any]) -> None:
    path = config.get("s3DataDestination", {}).get("path", "s3://")
    if not path.startswith("s3://"):
        raise invalid_input("s3DataDestination.path must be a location in Amazon S3 such as s3://bucket/folder/.")


def describe_metric_attribution(world: World, params: dict[str, Any]) -> dict[str, Any]:
    record = world.store.get(MetricAttribution, params["metricAttributionArn"])
    return {"metricAttribution": as_wire(record, "MetricAttribution")}


def list_metric_attributions(world: World, params: dict[str, Any]) -> dict[str, Any]:
    wanted = params.get("datasetGroupArn")
    records = world.store.select(MetricAttribution, lambda record: wanted in {None, record.dataset_group_arn})
    return page(records, params, "metricAttributions", lambda record: as_wire(record, "MetricAttributionSummary"))


def list_metric_attribution_metrics(world: World, params: dict[str, Any]) -> dict[str, Any]:
    record = _named(world, params)
    entries = [
        AttributedMetric(
            arn=record.arn,
            name=None,
            serial=serial,
            status=record.status,
            creation_date_time=record.creation_date_time,
            last_updated_date_time=record.last_updated_date_time,
            event_type=metric["eventType"],
            metric_name=metric["metricName"],
            expression=metric["expression"],
        )
        for serial, metric in enumerate(record.metrics, start=1)
    ]
    return page(entries, params, "metrics", lambda entry: as_wire(entry, "MetricAttribute"))


def update_metric_attribution(world: World, params: dict[str, Any]) -> dict[str, Any]:
    """Takes effect at once; the API shows no status of an update."""
    record = _named(world, params)
    lifecycle.require_active(record)
    removed = {name.upper() for name in params.get("removeMetrics", [])}
    unknown = removed - {metric["metricName"] for metric in record.metrics}
    if unknown:
        raise not_found(f"{record.arn}/{min(unknown)}")
    kept = tuple(metric for metric in record.metrics if metric["metricName"] not in removed)
    added = _upper(params.get("addMetrics", []))
    for metric in added:
        if metric["metricName"] in {other["metricName"] for other in kept}:
            raise already_exists(f"{record.arn}/{metric['metricName']}")
    output = params.get("metricsOutputConfig", record.metrics_output_config)
    _check_metrics(world, record.dataset_group_arn, kept + added)
    _check_output(output)
    world.store.replace(
        replace(record, metrics=kept + added, metrics_output_config=output, last_updated_date_time=world.now())
    )
    return {"metricAttributionArn": record.arn}


def _named(world: World, params: dict[str, Any]) -> MetricAttribution:
    """The model does not require the ARN, the operation cannot do without."""
    if "metricAttributionArn" not in params:
        raise invalid_input("metricAttributionArn is required.")
    return world.store.get(MetricAttribution, params["metricAttributionArn"])


def delete_metric_attribution(world: World, params: dict[str, Any]) -> dict[str, Any]:
    """What was not published yet never will be."""
    record = world.store.get(MetricAttribution, params["metricAttributionArn"])
    lifecycle.begin_deletion(world, record, step="metric attribution gone")
    return {}


def metric_attribution_gone(world: World, transition: Transition) -> None:
    if lifecycle.current(world, transition, MetricAttribution) is not None:
        world.store.remove(transition.arn)
        world.attribution_sources.pop(transition.arn, None)
        world.observations = [entry for entry in world.observations if entry[0] != transition.arn]


HANDLERS: dict[str, Handler] = {
    "CreateMetricAttribution": create_metric_attribution,
    "DescribeMetricAttribution": describe_metric_attribution,
    "ListMetricAttributions": list_metric_attributions,
    "ListMetricAttributionMetrics": list_metric_attribution_metrics,
    "UpdateMetricAttribution": update_metric_attribution,
    "DeleteMetricAttribution": delete_metric_attribution,
}
STEPS: dict[str, Step] = {_TRY: try_role, "metric attribution gone": metric_attribution_gone}
