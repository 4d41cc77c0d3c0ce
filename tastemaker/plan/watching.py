"""When the models are looked after, and which."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tastemaker.facts.prices import PRICES
from tastemaker.facts.recipes import RecipeType, find_recipe
from tastemaker.plan.maintenance import build_release_job
from tastemaker.plan.scaling import requests_metric
from tastemaker.plan.specs import CampaignSpec, ScheduleSpec

if TYPE_CHECKING:
    from tastemaker.model.project import Project
    from tastemaker.plan.names import Names

ONCE_A_DAY = "rate(1 day)"


def build_watch_schedule(project: Project, names: Names, time_zone: str) -> tuple[ScheduleSpec, ...]:
    """The one of `watch`; none where nobody reads its metrics, or there is nothing to watch."""
    monitoring = project.deploy.monitoring
    if not project.campaigns or not (monitoring.alarms or monitoring.dashboard):
        return ()
    job = {
        "Project": names.prefix,
        "Campaigns": [{"Name": name, "Arn": names.campaign_arn(name)} for name in project.campaigns],
        "Datasets": [
            {"Name": dataset.key, "Arn": names.dataset_arn(dataset.dataset_type)}
            for dataset in project.datasets.declared()
        ],
    }
    summary = "Tells CloudWatch how old and how good the models are."
    return (ScheduleSpec("watch", summary, "watch", ONCE_A_DAY, time_zone, job),)


def build_campaigns(project: Project, names: Names) -> tuple[CampaignSpec, ...]:
    """In the project's order; the price is that of the first tier."""
    return tuple(_campaign(project, names, key) for key in project.campaigns)


def _campaign(project: Project, names: Names, key: str) -> CampaignSpec:
    solution = project.solutions[project.campaigns[key].solution]
    recipe = find_recipe(solution.recipe)
    of_actions = recipe is not None and recipe.type is RecipeType.PERSONALIZED_ACTIONS
    of_v2 = recipe is not None and recipe.v2_pricing
    return CampaignSpec(
        name=key,
        arn=names.campaign_arn(key),
        requests_metric=None if of_actions else requests_metric(solution.recipe),
        usd_per_1000_requests=PRICES.v2_per_1000_requests if of_v2 else PRICES.v1_request_tiers[0][1],
        offline_metric=build_release_job(project, names, key)["Gate"]["Metric"],
    )
