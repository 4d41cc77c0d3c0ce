"""What `compare` compares: recipes, solutions of the project, and entries of a file, as one project of solutions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import click

from tastemaker.errors import Finding, ProjectFileError
from tastemaker.evaluation.solutions import BASELINE, JUDGED_TYPES
from tastemaker.facts.recipes import RECIPES, RecipeType, find_recipe
from tastemaker.model.load import check_source, read_text
from tastemaker.model.source import Locations, Source, parse_yaml
from tastemaker.model.suggest import build_hint

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from tastemaker.facts.recipes import RecipeFacts
    from tastemaker.model.project import Project

SECTION = "compare"
_KEPT = ("project", "datasetGroup", "sources", "datasets", "silence")
"""Of the project file: what solutions learn from, and nothing that refers to the project's own solutions."""
_COMPARABLE = [name for name, recipe in RECIPES.items() if not recipe.withdrawn and recipe.type in JUDGED_TYPES]
_EXAMPLE = "Write `compare: {my-name: {recipe: aws-user-personalization-v2, hyperparameters: {…}}}`."


@dataclass(frozen=True)
class Candidates:
    """What is compared, checked as a project file is.

    Attributes:
        project: the same datasets with the candidates as its solutions.
        declared: name to what is written of each candidate.
        skipped: recipe that could have been meant, to the reason why it is not compared.
    """

    project: Project
    declared: Mapping[str, dict[str, Any]]
    skipped: Mapping[str, str]


def gather_candidates(
    project: Project, recipes: Sequence[str], solutions: Sequence[str], file: Path | None
) -> Candidates:
    """The named ones; without any, every recipe that fits the project's datasets.

    Raises:
        click.UsageError: a recipe or solution does not exist, cannot be compared, or two candidates have one name.
        ProjectFileError: with every finding of the file.
    """
    source = parse_yaml(str(file), read_text(file)) if file is not None else None
    own = parse_yaml(str(project.file), read_text(project.file))
    skipped = {} if recipes or solutions or source else _skip(project)
    if skipped:
        recipes = [name for name in _COMPARABLE if name not in skipped]
    declared = [(_short(name), {"recipe": _find(name, project).name}) for name in recipes]
    declared += [(name, _find_solution(name, project, own)) for name in solutions]
    declared += list(_read_section(source).items()) if source is not None else []
    names = [BASELINE, *(name for name, _ in declared)]
    for name in names:
        if names.count(name) > 1:
            raise click.UsageError(f"Two candidates are called {name!r}; {BASELINE!r} is the baseline.")
    tree = {key: own.tree[key] for key in _KEPT if key in own.tree}
    return Candidates(_check(project, {**tree, "solutions": dict(declared)}, source or own), dict(declared), skipped)


def _short(recipe: str) -> str:
    return recipe.rpartition("/")[2].removeprefix("aws-")


def _skip(project: Project) -> dict[str, str]:
    """Recipes that are not compared unless they are asked for, with the reason."""
    skipped = {"aws-popularity-count": f"is the baseline, {BASELINE}"}
    for name in _COMPARABLE:
        recipe = RECIPES[name]
        reason = _refuse(recipe, project)
        if reason is None and recipe.type is RecipeType.PERSONALIZED_RANKING:
            reason = "orders a list that the request brings; --recipe has it order the whole catalogue"
        if reason is not None:
            skipped[name] = reason
    return skipped


def _refuse(recipe: RecipeFacts, project: Project) -> str | None:
    """Why a recipe cannot be compared on these datasets."""
    if recipe.withdrawn:
        return f"is withdrawn; take {recipe.successor}"
    if recipe.type not in JUDGED_TYPES:
        return "does not answer a user with items"
    datasets = {dataset.dataset_type: dataset for dataset in project.datasets.declared()}
    for needed in recipe.needs:
        if needed not in datasets:
            return f"needs the dataset {needed.lower()}"
    if recipe.name == "aws-semantic-similarity":
        fields = datasets["ITEMS"].schema_fields.values()
        if not (any(field.item_name for field in fields) and any(field.textual for field in fields)):
            return "needs a column of items with itemName and one with textual"
    return None


def _find(name: str, project: Project) -> RecipeFacts:
    recipe = find_recipe(name) or find_recipe(f"aws-{name}")
    if recipe is None:
        raise click.UsageError(f"There is no recipe {name!r}. {build_hint(name, _COMPARABLE, 'Recipes')}")
    reason = _refuse(recipe, project)
    if reason is not None:
        raise click.UsageError(f"{recipe.name} cannot be compared: it {reason}.")
    return recipe


def _find_solution(name: str, project: Project, own: Source) -> dict[str, Any]:
    if name not in project.solutions:
        hint = build_hint(name, project.solutions, "Solutions")
        raise click.UsageError(f"The project has no solution {name!r}. {hint}")
    _find(project.solutions[name].recipe, project)
    found: dict[str, Any] = own.tree["solutions"][name]
    return found


def _read_section(source: Source) -> dict[str, Any]:
    """The entries under `compare`, unchecked but for being a mapping."""
    findings = list(source.findings)
    for key in source.tree:
        if key != SECTION:
            spot = source.locations.find_key((key,))
            findings.append(Finding(source.file, *spot, "unknown-key", f"unknown key `{key}`", _EXAMPLE))
    section = source.tree.get(SECTION)
    if not findings and not (isinstance(section, dict) and section):
        message = f"`{SECTION}` must be a mapping of names to candidates"
        findings.append(Finding(source.file, *source.locations.find((SECTION,)), "wrong-type", message, _EXAMPLE))
    if findings:
        raise ProjectFileError(findings)
    return dict(section or {})


def _check(project: Project, tree: dict[str, Any], source: Source) -> Project:
    """The tree as a project; findings about solutions stand where the candidates were written."""

    def move(places: Mapping[Any, Any]) -> dict[Any, Any]:
        return {("solutions", *path[1:]) if path[0] == SECTION else path: spot for path, spot in places.items()}

    locations = Locations(move(source.locations.keys), move(source.locations.values))
    found, findings = check_source(Source(source.file, tree, locations, ()))
    if findings:
        raise ProjectFileError(
            [replace(one, message=one.message.replace("solutions.", f"{SECTION}.")) for one in findings]
        )
    for name, solution in found.solutions.items():
        recipe = find_recipe(solution.recipe)
        reason = None if recipe is None else _refuse(recipe, project)
        if reason is not None:
            spot = locations.find(("solutions", name, "recipe"))
            message = f"`{solution.recipe}` cannot be compared: it {reason}"
            raise ProjectFileError([Finding(source.file, *spot, "not-comparable", message, "Leave it out.")])
    return found.with_origin(project.file, project.locations)
