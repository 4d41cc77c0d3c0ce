"""What a metric attribution counts (reference §6): events and imported interactions, by quarter of an hour and source.

Source: developer guide, metric-attribution-requirements, event-metrics and metric-attribution-results.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tastemaker.facts import statuses
from tastemaker.simulator import identifiers
from tastemaker.simulator.metric_sink import MetricPoint
from tastemaker.simulator.records import Campaign, MetricAttribution, Recommender, SolutionVersion
from tastemaker.simulator.refusals import invalid_input

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tastemaker.simulator.world import World

BUCKET_SECONDS = 900
MAX_AGE_SECONDS = 14 * 86_400
"""Older records do not go to CloudWatch."""
NO_SOURCE = "SOURCE_NAME_UNDEFINED"

_EXPRESSION = re.compile(
    r"\s*(?:(SAMPLECOUNT)\s*\(\s*\)|(SUM)\s*\(\s*(ITEMS|INTERACTIONS)\.(\w+)\s*\))\s*", re.IGNORECASE
)


@dataclass(frozen=True)
class Expression:
    """`SAMPLECOUNT()`, or `SUM(dataset.column)`.

    Attributes:
        dataset_type: upper case; empty for a count.
    """

    function: str
    dataset_type: str = ""
    column: str = ""


@dataclass(frozen=True)
class Observation:
    """Interactions that are alike for every metric.

    Attributes:
        columns: numbers by Interactions column, each the sum over all of them; null ones are left out.
    """

    event_type: str
    item_id: str
    source: str
    timestamp: int
    count: int = 1
    columns: dict[str, float] = field(default_factory=dict)


def parse_expression(text: str) -> Expression:
    """Read an expression; functions and dataset types in any case.

    Raises:
        RefusalError: InvalidInputException.
    """
    found = _EXPRESSION.fullmatch(text)
    if found is None:
        raise invalid_input(
            f"Expression '{text}' must be SAMPLECOUNT(), SUM(Items.COLUMN) or SUM(Interactions.COLUMN)."
        )
    if found[1]:
        return Expression("samplecount")
    return Expression("sum", found[3].upper(), found[4])


def find_attribution(world: World, dataset_group_arn: str) -> MetricAttribution | None:
    """The group's metric attribution in any status; None when it has none."""
    found = world.store.select(MetricAttribution, lambda record: record.dataset_group_arn == dataset_group_arn)
    return found[0] if found else None


def is_counting(record: MetricAttribution | None) -> bool:
    return record is not None and record.status == statuses.ACTIVE


def endpoint_arns(world: World, dataset_group_arn: str) -> tuple[str, ...]:
    """Campaigns and recommenders of a group, whose recommendation ids name them as sources. Called under the lock."""
    recommenders = world.store.select(Recommender, lambda record: record.dataset_group_arn == dataset_group_arn)
    campaigns = [
        record
        for record in world.store.select(Campaign)
        if world.store.get(SolutionVersion, record.solution_version_arn).dataset_group_arn == dataset_group_arn
    ]
    return tuple(record.arn for record in (*campaigns, *recommenders))


def source_of(named: str | None, recommendation_id: str | None, arns: Sequence[str]) -> str:
    """What the event names; else the campaign or recommender that gave the recommendation; else undefined."""
    if named:
        return named
    if recommendation_id:
        for arn in arns:
            if identifiers.comes_from(recommendation_id, arn):
                return arn
    return NO_SOURCE


def aggregate(
    metrics: Iterable[dict[str, str]], observations: Sequence[Observation], items: dict[str, dict[str, Any]]
) -> list[MetricPoint]:
    """The points of all metrics, ascending; a sum without a single value gives none.

    Args:
        items: item id to its row of the Items dataset.
    """
    points: list[MetricPoint] = []
    for metric in metrics:
        expression = parse_expression(metric["expression"])
        sums: dict[tuple[int, str], float] = defaultdict(float)
        for seen in observations:
            value = _value(expression, seen, items) if seen.event_type.upper() == metric["eventType"] else None
            if value is not None:
                sums[seen.timestamp // BUCKET_SECONDS * BUCKET_SECONDS, seen.source] += value
        name, kind, function = metric["metricName"], metric["eventType"], expression.function
        points += [MetricPoint(name, kind, at, source, function, value) for (at, source), value in sums.items()]
    return sorted(points)


def _value(expression: Expression, seen: Observation, items: dict[str, dict[str, Any]]) -> float | None:
    if expression.function == "samplecount":
        return float(seen.count)
    if expression.dataset_type == "INTERACTIONS":
        return seen.columns.get(expression.column)
    value = items.get(seen.item_id, {}).get(expression.column)
    return None if value is None else float(value) * seen.count


def item_columns(metrics: Iterable[dict[str, str]]) -> set[str]:
    """Items columns that the metrics sum up."""
    return {found.column for found in map(_parsed, metrics) if found.dataset_type == "ITEMS"}


def interaction_columns(metrics: Iterable[dict[str, str]]) -> set[str]:
    """Interactions columns that the metrics sum up."""
    return {found.column for found in map(_parsed, metrics) if found.dataset_type == "INTERACTIONS"}


def _parsed(metric: dict[str, str]) -> Expression:
    return parse_expression(metric["expression"])
