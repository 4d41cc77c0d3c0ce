"""Inputs of `maintain`: what the weekly full and the daily incremental run import, train and release."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tastemaker.facts.limits import MAX_FULL_IMPORT_BYTES, MAX_INCREMENTAL_IMPORT_BYTES, MIN_IMPORTED_INTERACTIONS
from tastemaker.facts.recipes import RecipeFacts, find_recipe
from tastemaker.model.solutions import Release
from tastemaker.plan.batch_jobs import build_batch_jobs
from tastemaker.plan.canary import build_canary
from tastemaker.plan.preparing import build_queries
from tastemaker.plan.resources import build_campaign, build_resources
from tastemaker.plan.specs import UploadSpec
from tastemaker.plan.tokens import DATA_BUCKET, PERSONALIZE_ROLE_ARN, personalize_arn
from tastemaker.plan.training import Training, full_training, incremental_training

if TYPE_CHECKING:
    from tastemaker.model.datasets import Dataset
    from tastemaker.model.project import Project
    from tastemaker.model.solutions import Solution
    from tastemaker.plan.names import Names

MODES = {"FULL": full_training, "INCREMENTAL": incremental_training}

DEFAULT_METRIC = "normalized_discounted_cumulative_gain_at_25"
"""Compared between candidate and serving version when the project names no metric."""

LEASE_WAIT_SECONDS = {"FULL": 24 * 3600, "INCREMENTAL": 2 * 3600}
"""How long a run waits for another one; then a full run fails, and an incremental one leaves it to the next."""


def build_uploads(project: Project) -> tuple[UploadSpec, ...]:
    """Where the prepared files of a full import lie in the data bucket."""
    return tuple(
        UploadSpec(dataset.dataset_type, f"{_prefix('FULL', dataset.key)}{dataset.key}.csv")
        for dataset in project.datasets.declared()
    )


def build_maintenance(project: Project, names: Names, mode: str) -> dict[str, Any]:
    """Input of `maintain` for one mode, `FULL` or `INCREMENTAL`."""
    after = build_batch_jobs(project, names, scheduled=False) if mode == "FULL" else []
    return {
        "Mode": mode,
        "DatasetGroupArn": names.dataset_group_arn,
        "LeaseWaitSeconds": LEASE_WAIT_SECONDS[mode],
        "Import": {
            "Mode": mode,
            "Imports": [_import(mode, dataset, names) for dataset in project.datasets.declared()],
            **build_queries(project, mode),
        },
        **({"Ensure": build_resources(project, names)} if project.recommenders and mode == "FULL" else {}),
        "Solutions": [_solution(mode, name, solution, project, names) for name, solution in project.solutions.items()],
        "Batch": {"DatasetGroupArn": names.dataset_group_arn, "Jobs": after},
    }


def explain_training(project: Project) -> dict[str, tuple[str, ...]]:
    """Per solution, a sentence for each mode."""
    return {
        name: tuple(f"{mode}: {_training(mode, solution).reason}" for mode in MODES)
        for name, solution in project.solutions.items()
    }


def _prefix(mode: str, key: str) -> str:
    return f"{mode.lower()}/{key}/"


def _import(mode: str, dataset: Dataset, names: Names) -> dict[str, Any]:
    dataset_type, job_name = dataset.dataset_type, names.own(dataset.key)
    return {
        "DatasetType": dataset_type,
        "DatasetArn": names.dataset_arn(dataset_type),
        "Bucket": DATA_BUCKET,
        "Prefix": _prefix(mode, dataset.key),
        "RoleArn": PERSONALIZE_ROLE_ARN,
        "JobName": job_name,
        "JobArn": personalize_arn(f"dataset-import-job/{job_name}"),
        "Columns": list(dataset.schema_fields),
        "AllowShrink": dataset.allow_shrink,
        "MinimumRows": MIN_IMPORTED_INTERACTIONS if dataset_type == "INTERACTIONS" else 1,
        "MaximumBytes": {"FULL": MAX_FULL_IMPORT_BYTES, "INCREMENTAL": MAX_INCREMENTAL_IMPORT_BYTES},
    }


def _solution(mode: str, name: str, solution: Solution, project: Project, names: Names) -> dict[str, Any]:
    training = _training(mode, solution)
    train = {
        "SolutionName": name,
        "SolutionArn": names.solution_arn(name),
        "TrainingMode": training.training_mode or "NONE",
        # what is streamed shows in no import, and an UPDATE takes up only what was imported
        "Streams": mode == "FULL" and project.event_tracker is not None,
    }
    return {
        "SolutionName": name,
        "Action": training.action,
        "Reason": training.reason,
        "Train": train,
        "Campaigns": [
            build_release_job(project, names, key)
            for key, campaign in project.campaigns.items()
            if campaign.solution == name
        ],
    }


def build_release_job(project: Project, names: Names, key: str) -> dict[str, Any]:
    """Input of `release` for one campaign, without the version and its metrics."""
    campaign = project.campaigns[key]
    solution = project.solutions[campaign.solution]
    release = (solution.release if solution.wrote("release") else project.release) or Release()
    return {
        "Key": key,
        "DatasetGroupArn": names.dataset_group_arn,
        "Campaign": build_campaign(key, campaign, project, names),
        "CampaignArn": names.campaign_arn(key),
        "KeepTps": campaign.scaling is not None,
        "Gate": _gate(release),
        "Policy": release.policy,
        "Canary": build_canary(release.canary, _recipe(solution), names.campaign_arn(key)),
    }


def _training(mode: str, solution: Solution) -> Training:
    return MODES[mode](_recipe(solution))


def _recipe(solution: Solution) -> RecipeFacts:
    recipe = find_recipe(solution.recipe)
    if recipe is None:  # the rules of the model refuse such a project before
        raise KeyError(solution.recipe)
    return recipe


def _gate(release: Release) -> dict[str, Any]:
    """Without a gate in the project nothing is held; the canary still guards the campaign."""
    gate: dict[str, Any] = {
        "Minimum": release.minimum,
        "Metric": DEFAULT_METRIC if release.metric is None else release.metric,
    }
    return gate if release.maximum_drop is None else {**gate, "MaximumDrop": release.maximum_drop}
