"""How the provisioned capacity of a campaign or recommender follows the clock and the traffic."""

# Annotations are evaluated by pydantic when the classes are made, hence no `from __future__ import annotations`.

from typing import Annotated

from pydantic import Field

from tastemaker.model.declared import Declared

Tps = Annotated[int, Field(ge=1, le=500)]


class TrafficScaling(Declared):
    """Capacity from the requests of the coming hour in the last two weeks, and of the last hour.

    Attributes:
        percentile: of the five-minute request rates.
        headroom: share on top, 0.2 = 20 %.
        hysteresis: capacity is lowered only when it would fall by more than this share.
    """

    percentile: Annotated[float, Field(gt=0, le=100)] = 95.0
    headroom: Annotated[float, Field(ge=0, le=10)] = 0.2
    hysteresis: Annotated[float, Field(ge=0, lt=1)] = 0.25


class ScheduledCapacity(Declared):
    """Raise before a sale, lower after: one entry for each.

    Attributes:
        at: EventBridge Scheduler expression.
        min_provisioned_tps: from then on.
        for_hours: as long as traffic scaling may not go below it.
    """

    at: str
    min_provisioned_tps: Tps
    for_hours: Annotated[float, Field(ge=0, le=24 * 60)] = 0.0


class Scaling(Declared):
    """One campaign or recommender.

    Attributes:
        minimum, maximum: caps, of schedules too.
        traffic: absent means that requests change nothing.
        schedule: entries by themselves or beside `traffic`.
        dry_run: write to the ledger what would be done, and do nothing.
    """

    minimum: Tps = 1
    maximum: Tps
    traffic: TrafficScaling | None = None
    schedule: Annotated[tuple[ScheduledCapacity, ...], Field(strict=False)] = ()
    dry_run: bool = False
