"""What starts by itself, and when."""

# Annotations are evaluated by pydantic when the classes are made, hence no `from __future__ import annotations`.

from typing import Annotated

from pydantic import Field

from tastemaker.model.declared import Declared


class Schedules(Declared):
    """EventBridge Scheduler expressions; absent or null means that this run is never scheduled.

    Attributes:
        full: a new solution version for every solution, trainingMode FULL.
        incremental: new data between two full trainings.
        time_zone: IANA name; daylight saving follows it.
        jitter_minutes: starts are spread over as many minutes; 0 is the exact minute.
        paused: nothing starts by the clock or by arriving files, scaling and batch jobs included; only the daily look
            at ages and capacity goes on, because what is deployed costs money all the same.
        on_arrival: an object `full/_SUCCESS` or `incremental/_SUCCESS` in the data bucket starts that run, on AWS only.
    """

    full: str | None = None
    incremental: str | None = None
    time_zone: str = "UTC"
    jitter_minutes: Annotated[int, Field(ge=0, le=1_440)] = 0
    paused: bool = False
    on_arrival: bool = False
