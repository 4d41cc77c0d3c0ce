"""Rules about the recipes of solutions and recommenders."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tastemaker.constructs.rules.base import Rule, Severity, Violation
from tastemaker.constructs.rules.datasets import DATASET, group_of
from tastemaker.constructs.rules.declared import declared
from tastemaker.constructs.rules.templates import as_mapping
from tastemaker.facts.limits import HYPERPARAMETER_CHOICES, HYPERPARAMETER_RANGES
from tastemaker.facts.recipes import find_recipe
from tastemaker.facts.use_cases import find_use_case

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tastemaker.constructs.rules.declared import Declared
    from tastemaker.constructs.rules.templates import Templates
    from tastemaker.facts.recipes import RecipeFacts


def _named(templates: Templates, kind: str) -> Iterator[tuple[Declared, str]]:
    """Solutions or recommenders with the recipe that they write out."""
    for found in declared(templates, kind):
        recipe = found.literal("RecipeArn")
        if isinstance(recipe, str):
            yield found, recipe.rpartition("/")[2]


def _known(templates: Templates) -> Iterator[tuple[Declared, RecipeFacts]]:
    for solution, name in _named(templates, "Solution"):
        recipe = find_recipe(name)
        if recipe is not None:
            yield solution, recipe


def _check_unknown(templates: Templates) -> Iterator[Violation]:
    for kind in ("Solution", "Recommender"):
        for found, name in _named(templates, kind):
            if find_recipe(name) is None and find_use_case(name) is None:
                yield Violation(found.resource, found.at("RecipeArn"), f"there is no recipe {name}")


def _check_withdrawn(templates: Templates) -> Iterator[Violation]:
    for solution, recipe in _known(templates):
        if recipe.withdrawn:
            message = f"recipe {recipe.name} is withdrawn; its successor is {recipe.successor}"
            yield Violation(solution.resource, solution.at("RecipeArn"), message)


def _check_kind(templates: Templates) -> Iterator[Violation]:
    for solution, name in _named(templates, "Solution"):
        if find_use_case(name) is not None:
            message = f"{name} is a use case: it is for recommenders, not for solutions"
            yield Violation(solution.resource, solution.at("RecipeArn"), message)
    for recommender, name in _named(templates, "Recommender"):
        if find_recipe(name) is not None:
            message = f"{name} is a custom recipe: it is for solutions, not for recommenders"
            yield Violation(recommender.resource, recommender.at("RecipeArn"), message)


def _check_datasets(templates: Templates) -> Iterator[Violation]:
    for solution, recipe in _known(templates):
        group = group_of(templates, solution.resource)
        if group is None:
            continue
        types = {
            str(dataset.properties.get("DatasetType", "")).upper()
            for dataset in templates.of_type(DATASET)
            if group_of(templates, dataset) == group
        }
        for missing in (needed for needed in recipe.needs if types and needed not in types):
            message = f"recipe {recipe.name} needs a dataset {missing}, which the dataset group lacks"
            yield Violation(solution.resource, solution.at("RecipeArn"), message)


def _check_hyperparameters(templates: Templates) -> Iterator[Violation]:
    for solution, recipe in _known(templates):
        config = solution.config("SolutionConfig")
        for key, known in (
            ("AlgorithmHyperParameters", recipe.hyperparameters),
            ("FeatureTransformationParameters", recipe.featurization),
        ):
            for name, value in as_mapping(config.get(key)).items():
                problem = _find_problem(recipe, name, value, dict(known))
                if problem:
                    yield Violation(solution.resource, solution.at(f"SolutionConfig.{key}.{name}"), problem)


def _find_problem(recipe: RecipeFacts, name: str, value: Any, known: dict[str, str]) -> str:
    if name not in known:
        return f"recipe {recipe.name} has no parameter {name}"
    choices = HYPERPARAMETER_CHOICES.get(name)
    if choices is not None:
        return "" if value in choices else f"{name} cannot be {value}; allowed: {', '.join(choices)}"
    least, greatest, _ = HYPERPARAMETER_RANGES[name]
    try:
        fits = least <= float(value) <= greatest
    except (TypeError, ValueError):
        return ""  # computed
    return "" if fits else f"{name} cannot be {value}; allowed: {least} to {greatest}"


_PAGE = "developer guide, working-with-predefined-recipes"
UNKNOWN = Rule(
    "recipe-unknown", "A recipe exists.", "Take one of the guide's list.", _PAGE, Severity.ERROR, _check_unknown
)
WITHDRAWN = Rule(
    "recipe-withdrawn", "A recipe is still offered.", "Take the successor.", _PAGE, Severity.ERROR, _check_withdrawn
)
KIND = Rule(
    "recipe-kind",
    "Solutions have custom recipes, recommenders have use cases.",
    "Use a recommender in a Domain dataset group, or a custom recipe.",
    "developer guide, domain-or-custom",
    Severity.ERROR,
    _check_kind,
)
DATASETS = Rule(
    "recipe-needs-dataset",
    "The dataset group has what the recipe learns from.",
    "Add the dataset, or take another recipe.",
    "developer guide, native-recipe pages",
    Severity.ERROR,
    _check_datasets,
)
HYPERPARAMETERS = Rule(
    "hyperparameter",
    "The recipe knows the hyperparameters, and their values are in range.",
    "See the recipe's page.",
    "developer guide, native-recipe pages",
    Severity.ERROR,
    _check_hyperparameters,
)
