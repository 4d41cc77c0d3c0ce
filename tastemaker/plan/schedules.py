"""What starts by the clock (maintenance, batch jobs with a schedule of their own, scaling, watch) or with files."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tastemaker.model.schedules import Schedules
from tastemaker.plan.batch_jobs import build_batch_job
from tastemaker.plan.scaling import build_scheduled_targets, build_traffic_targets
from tastemaker.plan.specs import ArrivalSpec, ScheduleSpec
from tastemaker.plan.watching import build_watch_schedule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tastemaker.model.project import Project
    from tastemaker.plan.names import Names


def build_schedules(project: Project, names: Names, maintenance: dict[str, dict[str, Any]]) -> tuple[ScheduleSpec, ...]:
    """All schedules, in the order maintenance, batch, scaling, watch; all in the project's time zone.

    `watch` is never paused: what stands still has to be seen.
    """
    declared = project.schedules or Schedules()
    found = (*_maintenance(project, maintenance), *_batch(project, names), *_scale(project, names))
    worked = (replace(one, jitter_minutes=declared.jitter_minutes, paused=declared.paused) for one in found)
    return (*worked, *build_watch_schedule(project, names, _time_zone(project)))


def build_arrivals(project: Project, maintenance: dict[str, dict[str, Any]]) -> tuple[ArrivalSpec, ...]:
    """A marker says that all files are there: each object by itself would start a run of its own."""
    declared = project.schedules or Schedules()
    if not declared.on_arrival:
        return ()
    return tuple(
        ArrivalSpec(
            name=f"arrival-{mode.lower()}",
            summary=f"Starts {mode.lower()} maintenance when its files have come.",
            machine="maintain",
            key=f"{mode.lower()}/_SUCCESS",
            input=job,
            paused=declared.paused,
        )
        for mode, job in maintenance.items()
    )


def _time_zone(project: Project) -> str:
    return "UTC" if project.schedules is None else project.schedules.time_zone


def _maintenance(project: Project, maintenance: dict[str, dict[str, Any]]) -> Iterator[ScheduleSpec]:
    declared = project.schedules
    if declared is None:
        return
    wanted = {
        "full": ("Imports everything and trains every solution again.", declared.full),
        "incremental": ("Imports what is new and trains where the recipe can learn from it.", declared.incremental),
    }
    for name, (summary, expression) in wanted.items():
        if expression is not None:
            yield ScheduleSpec(name, summary, "maintain", expression, declared.time_zone, maintenance[name.upper()])


def _batch(project: Project, names: Names) -> Iterator[ScheduleSpec]:
    for name, job in project.batch.items():
        if job.schedule is not None:
            jobs = {"DatasetGroupArn": names.dataset_group_arn, "Jobs": [build_batch_job(project, names, name)]}
            summary = f"Runs batch job {name}."
            yield ScheduleSpec(f"batch-{name}", summary, "batch", job.schedule, _time_zone(project), jobs)


def _scale(project: Project, names: Names) -> Iterator[ScheduleSpec]:
    targets = build_traffic_targets(project, names)
    if targets:
        summary = "Provisions capacity for the coming hour."
        yield ScheduleSpec(
            "scale-traffic", summary, "scale", BEFORE_THE_HOUR, _time_zone(project), {"Targets": targets}
        )
    for name, expression, target in build_scheduled_targets(project, names):
        summary = f"Sets capacity to {target['Wanted']}."
        yield ScheduleSpec(f"scale-{name}", summary, "scale", expression, _time_zone(project), {"Targets": [target]})


BEFORE_THE_HOUR = "cron(50 * * * ? *)"
"""An update of a campaign takes some ten minutes (reference §1.7)."""
