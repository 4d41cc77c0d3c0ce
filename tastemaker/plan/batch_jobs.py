"""Inputs of `batch`: the jobs that the project declares."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tastemaker.plan.resources import create_tags
from tastemaker.plan.tokens import DATA_BUCKET, PERSONALIZE_ROLE_ARN, personalize_arn

if TYPE_CHECKING:
    from tastemaker.model.operations import BatchJob
    from tastemaker.model.project import Project
    from tastemaker.plan.names import Names

_KINDS = {"inference": "INFERENCE", "themes": "THEMES", "segments": "SEGMENTS"}


def build_batch_jobs(project: Project, names: Names, *, scheduled: bool) -> list[dict[str, Any]]:
    """Jobs with a schedule of their own, or those that follow a full maintenance."""
    return [
        build_batch_job(project, names, name)
        for name, job in project.batch.items()
        if (job.schedule is not None) is scheduled
    ]


def build_batch_job(project: Project, names: Names, name: str) -> dict[str, Any]:
    """One element of `Jobs` in the input of `batch`."""
    job = project.batch[name]
    campaigns = [key for key, campaign in project.campaigns.items() if campaign.solution == job.solution]
    kind = "batch-segment-job" if job.kind == "segments" else "batch-inference-job"
    return {
        "Name": name,
        "Kind": _KINDS[job.kind],
        "SolutionArn": names.solution_arn(job.solution),
        "CampaignArns": [names.campaign_arn(key) for key in campaigns],
        "JobName": names.own(name),
        "JobArn": personalize_arn(f"{kind}/{names.own(name)}"),
        "Bucket": DATA_BUCKET,
        "Input": job.input,
        "Output": f"batch/{name}/",
        "RoleArn": PERSONALIZE_ROLE_ARN,
        "Options": _options(project, names, job),
    }


def _options(project: Project, names: Names, job: BatchJob) -> dict[str, Any]:
    """Further arguments of the Create call."""
    options = create_tags(project)
    if job.num_results is not None:
        options["NumResults"] = job.num_results
    if job.filter is not None:
        options["FilterArn"] = names.filter_arn(job.filter, project.filters[job.filter])
    if job.kind == "themes":
        options["BatchInferenceJobMode"] = "THEME_GENERATION"
        options["ThemeGenerationConfig"] = {"FieldsForThemeGeneration": {"ItemName": job.item_name_column}}
    return options
