"""What handlers are told about experiments, and the table that keeps exposures and outcomes.

A route's `experiment`: `name`, `salt`, `mode`, `table` and `variants`, each with `name`, `weight` and either `owner` or
`items`. `POST /events` gets `experiments`, name to `salt`, `table` and the names of the
variants, and `attributed` where Amazon Personalize takes their sources for a metric attribution.
Decision 0014 says why a table, and what stands in it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tastemaker.plan.parameters import FOR_SESSION_ID
from tastemaker.plan.specs import EXPERIMENT_TABLE, ExperimentTableSpec
from tastemaker.plan.tokens import ACCOUNT_ID, PARTITION, REGION

if TYPE_CHECKING:
    from tastemaker.model.experiments import Experiment, Variant
    from tastemaker.model.project import Project
    from tastemaker.plan.names import Names
    from tastemaker.plan.specs import RouteSpec


def with_experiment(project: Project, names: Names, key: str, route: RouteSpec) -> RouteSpec:
    """The route with the settings of the experiment that it takes part in, if any.

    Args:
        key: of the route under `endpoints`.
    """
    if key == "events" and project.experiments:
        attributed = {} if project.metric_attribution is None else {"attributed": True}
        return replace(route, settings={**route.settings, **attributed, "experiments": _outcomes(project, names)})
    found = next(((name, one) for name, one in project.experiments.items() if one.route == key), None)
    if found is None:
        return route
    settings = {**route.settings, "experiment": _exposures(names, *found)}
    # A route for a user in its path knows whom to assign; elsewhere the caller may say so without a user.
    more = () if "{userId}" in route.path else (FOR_SESSION_ID,)
    return replace(route, settings=settings, parameters=(*route.parameters, *more))


def build_experiment_table(project: Project) -> ExperimentTableSpec | None:
    """None where there is nothing to record."""
    return ExperimentTableSpec() if project.experiments else None


def table_arn(name: str) -> str:
    """ARN of a DynamoDB table of the deployment's account and Region."""
    return f"arn:{PARTITION}:dynamodb:{REGION}:{ACCOUNT_ID}:table/{name}"


def owner_of(names: Names, campaign: str | None, recommender: str | None) -> dict[str, str]:
    """`recommenderArn` or `campaignArn`, as GetRecommendations takes them."""
    if recommender is not None:
        return {"recommenderArn": names.recommender_arn(recommender)}
    return {"campaignArn": names.campaign_arn(str(campaign))}


def _exposures(names: Names, name: str, experiment: Experiment) -> dict[str, Any]:
    return {
        "name": name,
        "salt": salt_of(name, experiment),
        "mode": experiment.mode,
        "table": names.own(EXPERIMENT_TABLE),
        "variants": [_variant(names, *named) for named in experiment.variants.items()],
    }


def _variant(names: Names, name: str, variant: Variant) -> dict[str, Any]:
    answer: dict[str, Any] = (
        {"owner": owner_of(names, variant.campaign, variant.recommender)}
        if variant.items is None
        else {"items": list(variant.items)}
    )
    return {"name": name, "weight": variant.weight, **answer}


def _outcomes(project: Project, names: Names) -> dict[str, Any]:
    return {
        name: {
            "salt": salt_of(name, experiment),
            "table": names.own(EXPERIMENT_TABLE),
            "variants": list(experiment.variants),
        }
        for name, experiment in project.experiments.items()
    }


def salt_of(name: str, experiment: Experiment) -> str:
    """Of the hashes of an experiment."""
    return name if experiment.salt is None else experiment.salt
