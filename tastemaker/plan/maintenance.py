"""Inputs of `maintain`: what the weekly full and the daily incremental run import, train and release."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tastemaker.facts.recipes import RecipeFacts, RecipeType, find_recipe
from tastemaker.plan.resources import build_campaign
from tastemaker.plan.specs import UploadSpec
from tastemaker.plan.tokens import DATA_BUCKET, PERSONALIZE_ROLE_ARN
from tastemaker.plan.training import Training, full_training, incremental_training

if TYPE_CHECKING:
    from tastemaker.model.project import Project
    from tastemaker.model.solutions import Release, Solution
    from tastemaker.plan.names import Names

MODES = {"FULL": full_training, "INCREMENTAL": incremental_training}

DEFAULT_METRIC = "normalized_discounted_cumulative_gain_at_25"
"""Compared between candidate and serving version when the project names no metric."""

_CANARY = "tastemaker-canary"
"""User and item that nobody is; unknown ids are answered, never refused (reference §5.4)."""


def build_uploads(project: Project) -> tuple[UploadSpec, ...]:
    """Where the prepared files of a full import lie in the data bucket."""
    return tuple(
        UploadSpec(dataset.dataset_type, f"{_prefix('FULL', dataset.key)}{dataset.key}.csv")
        for dataset in project.datasets.declared()
    )


def build_maintenance(project: Project, names: Names, mode: str) -> dict[str, Any]:
    """Input of `maintain` for one mode, `FULL` or `INCREMENTAL`."""
    return {
        "Mode": mode,
        "Import": {
            "Mode": mode,
            "Imports": [
                _import(mode, dataset.key, dataset.dataset_type, names) for dataset in project.datasets.declared()
            ],
        },
        "Solutions": [_solution(mode, name, solution, project, names) for name, solution in project.solutions.items()],
    }


def explain_training(project: Project) -> dict[str, tuple[str, ...]]:
    """Per solution, a sentence for each mode."""
    return {
        name: tuple(f"{mode}: {_training(mode, solution).reason}" for mode in MODES)
        for name, solution in project.solutions.items()
    }


def _prefix(mode: str, key: str) -> str:
    return f"{mode.lower()}/{key}/"


def _import(mode: str, key: str, dataset_type: str, names: Names) -> dict[str, Any]:
    return {
        "DatasetType": dataset_type,
        "DatasetArn": names.dataset_arn(dataset_type),
        "Bucket": DATA_BUCKET,
        "Prefix": _prefix(mode, key),
        "RoleArn": PERSONALIZE_ROLE_ARN,
        "JobName": names.own(key),
    }


def _solution(mode: str, name: str, solution: Solution, project: Project, names: Names) -> dict[str, Any]:
    training = _training(mode, solution)
    train = {
        "SolutionName": name,
        "SolutionArn": names.solution_arn(name),
        "TrainingMode": training.training_mode or "NONE",
    }
    return {
        "SolutionName": name,
        "Action": training.action,
        "Reason": training.reason,
        "Train": train,
        "Campaigns": [
            {
                "Key": key,
                "Campaign": build_campaign(key, campaign, names),
                "CampaignArn": names.campaign_arn(key),
                "Gate": _gate(solution.release if solution.wrote("release") else project.release),
                "Canary": _canary(_recipe(solution), names.campaign_arn(key)),
            }
            for key, campaign in project.campaigns.items()
            if campaign.solution == name
        ],
    }


def _training(mode: str, solution: Solution) -> Training:
    return MODES[mode](_recipe(solution))


def _recipe(solution: Solution) -> RecipeFacts:
    recipe = find_recipe(solution.recipe)
    if recipe is None:  # the rules of the model refuse such a project before
        raise KeyError(solution.recipe)
    return recipe


def _gate(release: Release | None) -> dict[str, Any]:
    """Without a gate in the project nothing is held; the canary still guards the campaign."""
    if release is None:
        return {"Minimum": {}, "Metric": DEFAULT_METRIC}
    gate: dict[str, Any] = {
        "Minimum": release.minimum,
        "Metric": DEFAULT_METRIC if release.metric is None else release.metric,
    }
    return gate if release.maximum_drop is None else {**gate, "MaximumDrop": release.maximum_drop}


def _canary(recipe: RecipeFacts, campaign_arn: str) -> dict[str, Any]:
    arguments: dict[str, Any] = {"CampaignArn": campaign_arn, "UserId": _CANARY}
    if recipe.type is RecipeType.PERSONALIZED_RANKING:
        return {"Operation": "GetPersonalizedRanking", "Arguments": {**arguments, "InputList": [_CANARY]}}
    if recipe.type is RecipeType.RELATED_ITEMS:
        arguments["ItemId"] = _CANARY
    return {"Operation": "GetRecommendations", "Arguments": {**arguments, "NumResults": 5}}
