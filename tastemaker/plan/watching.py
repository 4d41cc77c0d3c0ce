"""When the models are looked after, and which."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tastemaker.plan.specs import ScheduleSpec

if TYPE_CHECKING:
    from tastemaker.model.project import Project
    from tastemaker.plan.names import Names

ONCE_A_DAY = "rate(1 day)"


def build_watch_schedule(project: Project, names: Names) -> ScheduleSpec | None:
    """Input of `watch`; None where nobody reads its metrics, or there is nothing to watch."""
    monitoring = project.deploy.monitoring
    if not project.campaigns or not (monitoring.alarms or monitoring.dashboard):
        return None
    job = {
        "Project": names.prefix,
        "Campaigns": [{"Name": name, "Arn": names.campaign_arn(name)} for name in project.campaigns],
        "Datasets": [
            {"Name": dataset.key, "Arn": names.dataset_arn(dataset.dataset_type)}
            for dataset in project.datasets.declared()
        ],
    }
    summary = "Tells CloudWatch how old and how good the models are."
    return ScheduleSpec("watch", summary, "watch", ONCE_A_DAY, "UTC", job)
