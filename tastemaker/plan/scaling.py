"""Inputs of `scale`: what is scaled, by which metric, within which caps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tastemaker.facts.recipes import RecipeType, find_recipe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tastemaker.model.project import Project
    from tastemaker.model.scaling import Scaling
    from tastemaker.plan.names import Names


def build_traffic_targets(project: Project, names: Names) -> list[dict[str, Any]]:
    """Campaigns and recommenders whose capacity follows the requests."""
    return [
        {
            **target,
            "Percentile": scaling.traffic.percentile,
            "Headroom": scaling.traffic.headroom,
            "Hysteresis": scaling.traffic.hysteresis,
            "ForHours": 0,
        }
        for _, target, scaling in _scaled(project, names)
        if scaling.traffic is not None
    ]


def build_scheduled_targets(project: Project, names: Names) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Name, expression and target of each entry of each schedule."""
    for name, target, scaling in _scaled(project, names):
        for number, entry in enumerate(scaling.schedule, start=1):
            wanted = {"Wanted": entry.min_provisioned_tps, "ForHours": entry.for_hours}
            yield f"{name}-{number}", entry.at, {**target, **wanted}


def _scaled(project: Project, names: Names) -> Iterator[tuple[str, dict[str, Any], Scaling]]:
    for name, campaign in project.campaigns.items():
        if campaign.scaling is not None:
            metric = requests_metric(project.solutions[campaign.solution].recipe)
            yield name, _target("CAMPAIGN", name, names.campaign_arn(name), metric, campaign.scaling), campaign.scaling
    for name, recommender in project.recommenders.items():
        if recommender.scaling is not None:
            arn, scaling = names.recommender_arn(name), recommender.scaling
            yield name, _target("RECOMMENDER", name, arn, "GetRecommendations", scaling), scaling


def requests_metric(recipe_name: str) -> str:
    """CloudWatch counts requests by operation (reference §12)."""
    recipe = find_recipe(recipe_name)
    ranking = recipe is not None and recipe.type is RecipeType.PERSONALIZED_RANKING
    return "GetPersonalizedRanking" if ranking else "GetRecommendations"


def _target(kind: str, name: str, arn: str, metric: str, scaling: Scaling) -> dict[str, Any]:
    return {
        "Kind": kind,
        "Name": name,
        "Arn": arn,
        "MetricName": metric,
        "DimensionName": "CampaignArn" if kind == "CAMPAIGN" else "RecommenderArn",
        "Minimum": scaling.minimum,
        "Maximum": scaling.maximum,
        "DryRun": scaling.dry_run,
    }
