"""From data to a metric attribution's reports: events every quarter of an hour, imports when their job ends."""

from __future__ import annotations

import csv
import io
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tastemaker.errors import AwsError, UnsupportedBySimulatorError
from tastemaker.facts import limits
from tastemaker.simulator import lifecycle
from tastemaker.simulator.attribution import (
    BUCKET_SECONDS,
    MAX_AGE_SECONDS,
    Observation,
    aggregate,
    endpoint_arns,
    find_attribution,
    interaction_columns,
    is_counting,
    item_columns,
    source_of,
)
from tastemaker.simulator.audience import row
from tastemaker.simulator.importer import ImportFailedError
from tastemaker.simulator.records import Dataset, ImportJob, MetricAttribution
from tastemaker.simulator.refusals import invalid_input
from tastemaker.simulator.scheduler import Work
from tastemaker.simulator.snapshots import metadata_table
from tastemaker.simulator.tables import quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tastemaker.simulator.datasets import DatasetData, Event, Snapshot
    from tastemaker.simulator.lifecycle import Step
    from tastemaker.simulator.metric_sink import MetricPoint
    from tastemaker.simulator.scheduler import Transition
    from tastemaker.simulator.tables import BulkTable
    from tastemaker.simulator.world import World

_HEADER = ("METRIC_NAME", "EVENT_TYPE", "VALUE", "MATH_FUNCTION", "EVENT_ATTRIBUTION_SOURCE", "TIMESTAMP")
_PUBLISH = "metrics published"
Part = tuple["DatasetData", "Snapshot"]


def check_sources(world: World, dataset_group_arn: str, entries: Sequence[dict[str, Any]]) -> None:
    """Check the sources that the events of a request name.

    Raises:
        RefusalError: InvalidInputException for more sources than there may be; the service's own word is not known.
        UnsupportedBySimulatorError: the group has no metric attribution; what the service does then is not documented.
    """
    named = {entry["metricAttribution"]["eventAttributionSource"] for entry in entries if "metricAttribution" in entry}
    if not named:
        return
    record = find_attribution(world, dataset_group_arn)
    if record is None:
        raise UnsupportedBySimulatorError(
            "PutEvents with metricAttribution in a dataset group without one", "Call CreateMetricAttribution first."
        )
    sources = world.attribution_sources.get(record.arn, frozenset()) | named
    if len(sources) > limits.MAX_ATTRIBUTION_SOURCES:
        raise invalid_input(f"There may be at most {limits.MAX_ATTRIBUTION_SOURCES} event attribution sources.")
    world.attribution_sources[record.arn] = sources


def observe_events(world: World, dataset_group_arn: str, events: Sequence[tuple[Event, dict[str, Any]]]) -> None:
    """Note stored events with the request's entries; they are published when the quarter of an hour ends."""
    record = find_attribution(world, dataset_group_arn)
    if record is None or not is_counting(record) or not events:
        return
    if not any(arn == record.arn for arn, _ in world.observations):
        _schedule(world, record)
    wanted, arns = interaction_columns(record.metrics), endpoint_arns(world, dataset_group_arn)
    for event, entry in events:
        named = entry.get("metricAttribution", {}).get("eventAttributionSource")
        source = source_of(named, entry.get("recommendationId"), arns)
        values = {"EVENT_VALUE": event.event_value, **event.columns}
        columns = {name: float(values[name]) for name in wanted if values.get(name) is not None}
        observation = Observation(event.event_type, event.item_id, source, event.timestamp, 1, columns)
        world.observations.append((record.arn, observation))


def _schedule(world: World, record: MetricAttribution) -> None:
    due = (math.floor(world.now() / BUCKET_SECONDS) + 1) * BUCKET_SECONDS
    lifecycle.schedule(world, record, due, _PUBLISH)


def publish(world: World, transition: Transition) -> Work | None:
    """Send what has come since the last time to CloudWatch, outside the lock."""
    record = lifecycle.current(world, transition, MetricAttribution)
    if record is None:
        return None
    taken = [entry for entry in world.observations if entry[0] == record.arn]
    oldest = transition.due - MAX_AGE_SECONDS
    observations = [seen for _, seen in taken if seen.timestamp >= oldest]
    items = _items_part(world, record)

    def compute() -> None:
        world.metric_sink.put(record.arn, _points(world, record, observations, items))

    def finish(_: object) -> None:
        sent = {id(entry) for entry in taken}
        world.observations = [entry for entry in world.observations if id(entry) not in sent]
        if any(arn == record.arn for arn, _ in world.observations):
            _schedule(world, record)

    return Work(compute, finish)


def _items_part(world: World, record: MetricAttribution) -> Part | None:
    """The Items dataset as it is now, where a metric needs it. Called under the lock."""
    data = world.dataset_data(record.dataset_group_arn, "ITEMS") if item_columns(record.metrics) else None
    return (data, data.snapshot()) if data is not None else None


def _points(
    world: World, record: MetricAttribution, observations: Sequence[Observation], items: Part | None
) -> list[MetricPoint]:
    rows: dict[str, dict[str, Any]] = {}
    if items is not None:
        table = world.metadata_tables.get(items, lambda: metadata_table(world.tables, *items))
        rows = {item_id: row(table, item_id) for item_id in {seen.item_id for seen in observations}}
    return aggregate(record.metrics, observations, rows)


@dataclass(frozen=True)
class ImportReport:
    """What an import job has to report, fixed when it ends.

    Attributes:
        arns: campaigns and recommenders of the group.
    """

    record: MetricAttribution
    job: ImportJob
    arns: tuple[str, ...]
    items: Part | None
    at: float


def check_publishing(world: World, dataset: Dataset) -> None:
    """Refuse `publishAttributionMetricsToS3` where there is nothing to publish or no place for it."""
    record = find_attribution(world, dataset.dataset_group_arn)
    if record is None or "s3DataDestination" not in record.metrics_output_config:
        raise invalid_input(
            "publishAttributionMetricsToS3 needs a metric attribution with an s3DataDestination in the dataset group."
        )
    if dataset.dataset_type != "INTERACTIONS":
        raise invalid_input("publishAttributionMetricsToS3 is for imports into the Interactions dataset.")


def plan_import_report(world: World, job: ImportJob, at: float) -> ImportReport | None:
    """What to report when this import ends; None when there is nothing. Called under the lock."""
    dataset = world.store.get(Dataset, job.dataset_arn)
    record = find_attribution(world, dataset.dataset_group_arn)
    reported = job.import_mode == "INCREMENTAL" or job.publish_attribution_metrics_to_s3
    if record is None or not is_counting(record) or dataset.dataset_type != "INTERACTIONS" or not reported:
        return None
    return ImportReport(record, job, endpoint_arns(world, dataset.dataset_group_arn), _items_part(world, record), at)


def report_import(world: World, report: ImportReport, table: BulkTable) -> None:
    """Send incremental data to CloudWatch, and a file to S3 where the job asks for it. Called outside the lock.

    Raises:
        ImportFailedError: the report cannot be written; nothing is imported then.
    """
    observations = _imported(world, report, table)
    if report.job.publish_attribution_metrics_to_s3:
        _write(world, report, _points(world, report.record, observations, report.items))
    if report.job.import_mode == "INCREMENTAL":
        recent = [seen for seen in observations if seen.timestamp >= report.at - MAX_AGE_SECONDS]
        world.metric_sink.put(report.record.arn, _points(world, report.record, recent, report.items))


def _imported(world: World, report: ImportReport, table: BulkTable) -> list[Observation]:
    """The table's rows, summed up as far as the metrics cannot tell them apart."""
    summed = sorted(interaction_columns(report.record.metrics) & table.columns.keys())
    named, given = (
        quoted(name) if name in table.columns else "NULL" for name in ("EVENT_ATTRIBUTION_SOURCE", "RECOMMENDATION_ID")
    )
    wanted = sorted({metric["eventType"] for metric in report.record.metrics})
    sums = "".join(f", sum({quoted(name)})" for name in summed)
    query = (
        f"SELECT EVENT_TYPE, ITEM_ID, {named} AS named, {given} AS given, "  # noqa: S608 - own and quoted names
        f"TIMESTAMP // {BUCKET_SECONDS} * {BUCKET_SECONDS} AS bucket, count(*){sums} FROM {table.name} "
        f"WHERE list_contains(?, upper(EVENT_TYPE)) GROUP BY ALL ORDER BY ALL"
    )
    return [
        Observation(
            event_type=kind,
            item_id=item_id,
            source=source_of(source, recommendation_id, report.arns),
            timestamp=bucket,
            count=count,
            columns={name: float(value) for name, value in zip(summed, values, strict=True) if value is not None},
        )
        for kind, item_id, source, recommendation_id, bucket, count, *values in world.tables.cursor()
        .execute(query, [wanted])
        .fetchall()
    ]


def _write(world: World, report: ImportReport, points: Sequence[MetricPoint]) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_HEADER)
    for point in points:
        writer.writerow(
            (point.metric_name, point.event_type, point.value, point.function, point.source, point.timestamp)
        )
    config = report.record.metrics_output_config
    place = config["s3DataDestination"]
    folder = place["path"].rstrip("/")
    name = f"AggregatedAttributionMetrics - {report.job.import_mode} - {int(report.at)}.csv"
    try:
        objects = world.objects_for(config["roleArn"], report.record.dataset_group_arn, place)
        objects.put(f"{folder}/{name}", text.getvalue().encode())
    except AwsError as error:
        raise ImportFailedError("Invalid S3 output path") from error


STEPS: dict[str, Step] = {_PUBLISH: publish}
