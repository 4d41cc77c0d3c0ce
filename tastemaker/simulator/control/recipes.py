"""ListRecipes, DescribeRecipe, DescribeAlgorithm, DescribeFeatureTransformation: what Amazon Personalize comes with."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from tastemaker.facts import statuses
from tastemaker.facts.recipes import RECIPES, RecipeFacts, find_recipe
from tastemaker.facts.use_cases import USE_CASES, find_use_case
from tastemaker.simulator.pagination import page
from tastemaker.simulator.records import Recipe
from tastemaker.simulator.refusals import invalid_input, not_found
from tastemaker.simulator.shapes import as_wire

if TYPE_CHECKING:
    from tastemaker.simulator.lifecycle import Handler
    from tastemaker.simulator.world import World

_ROOT = "arn:aws:personalize:::"
_PUBLISHED = datetime(2019, 6, 10, tzinfo=UTC)
"""The general availability of the service; the real dates are not documented."""
_FEATURES = {
    "aws-personalized-ranking": "JSON-percentile-filtering",
    "aws-sims": "sims",
    "aws-popularity-count": "sims",
    "aws-item-affinity": "item-affinity",
    "aws-item-attribute-affinity": "item-attribute-affinity",
    "aws-semantic-similarity": "aws-semantic-similarity",
}
"""Recipe to its documented feature transformation (reference §3.1)."""
_ALGORITHMS = {"aws-trending-now": "aws-trending-now-custom"}
_DATES = {"creationDateTime": _PUBLISHED, "lastUpdatedDateTime": _PUBLISHED}


def list_recipes(_world: World, params: dict[str, Any]) -> dict[str, Any]:
    """With a domain its use cases only, otherwise everything (API reference, ListRecipes)."""
    wanted = params.get("domain")
    custom = [] if wanted is not None else [(recipe.name, recipe.arn, None) for recipe in _offered()]
    cases = [(case.name, case.arn, case.domain) for case in USE_CASES.values() if wanted in {None, case.domain}]
    records = [
        Recipe(
            arn=arn,
            name=name,
            serial=serial,
            status=statuses.ACTIVE,
            creation_date_time=_PUBLISHED.timestamp(),
            last_updated_date_time=_PUBLISHED.timestamp(),
            domain=domain,
        )
        for serial, (name, arn, domain) in enumerate([*custom, *cases], start=1)
    ]
    return page(records, params, "recipes", lambda record: as_wire(record, "RecipeSummary"))


def describe_recipe(_world: World, params: dict[str, Any]) -> dict[str, Any]:
    case = find_use_case(params["recipeArn"])
    recipe = case.recipe if case is not None else get_recipe(params["recipeArn"])
    feature = _FEATURES.get(recipe.name)
    return {
        "recipe": {
            "name": recipe.name,
            "recipeArn": recipe.arn,
            "algorithmArn": f"{_ROOT}algorithm/{_ALGORITHMS.get(recipe.name, recipe.name)}",
            **({"featureTransformationArn": f"{_ROOT}feature-transformation/{feature}"} if feature is not None else {}),
            "status": statuses.ACTIVE,
            "recipeType": recipe.type.value,
            **_DATES,
        }
    }


def describe_algorithm(_world: World, params: dict[str, Any]) -> dict[str, Any]:
    wanted = params["algorithmArn"].removeprefix(f"{_ROOT}algorithm/")
    for recipe in _offered():
        if wanted == _ALGORITHMS.get(recipe.name, recipe.name):
            return {
                "algorithm": {
                    "name": wanted,
                    "algorithmArn": params["algorithmArn"],
                    "defaultHyperParameters": dict(recipe.hyperparameters),
                    **_DATES,
                }
            }
    raise not_found(params["algorithmArn"])


def describe_feature_transformation(_world: World, params: dict[str, Any]) -> dict[str, Any]:
    name = params["featureTransformationArn"].removeprefix(f"{_ROOT}feature-transformation/")
    if name not in _FEATURES.values():
        raise not_found(params["featureTransformationArn"])
    return {
        "featureTransformation": {
            "name": name,
            "featureTransformationArn": params["featureTransformationArn"],
            "status": statuses.ACTIVE,
            **_DATES,
        }
    }


def get_recipe(arn: str) -> RecipeFacts:
    """The recipe of this ARN.

    Raises:
        RefusalError: ResourceNotFoundException, or InvalidInputException for a withdrawn recipe or a use case.
    """
    if find_use_case(arn) is not None:
        raise invalid_input(f"Recipe {arn} is for recommenders; custom solutions take another one.")
    recipe = find_recipe(arn) if arn.startswith(_ROOT) else None
    if recipe is None:
        raise not_found(arn)
    if recipe.withdrawn:
        raise invalid_input(
            f"Recipe {arn} is withdrawn; new solutions cannot use it. Use {_ROOT}recipe/{recipe.successor} instead."
        )
    return recipe


def _offered() -> list[RecipeFacts]:
    return [recipe for recipe in RECIPES.values() if not recipe.withdrawn]


HANDLERS: dict[str, Handler] = {
    "ListRecipes": list_recipes,
    "DescribeRecipe": describe_recipe,
    "DescribeAlgorithm": describe_algorithm,
    "DescribeFeatureTransformation": describe_feature_transformation,
}
