"""A solution names a recipe that does not exist."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tastemaker.facts.recipes import RECIPES, find_recipe
from tastemaker.model.rules.base import Declaration, Rule, Violation
from tastemaker.model.suggest import build_hint

if TYPE_CHECKING:
    from collections.abc import Iterator


def _check(declaration: Declaration) -> Iterator[Violation]:
    current = [name for name, recipe in RECIPES.items() if not recipe.withdrawn]
    for name, solution in declaration.project.solutions.items():
        if find_recipe(solution.recipe) is None:
            short = solution.recipe.rpartition("/")[2]
            hint = build_hint(short, current, "Recipes")
            yield Violation(("solutions", name, "recipe"), f"unknown recipe `{solution.recipe}`", hint)


RULE = Rule("recipe-unknown", "A solution's recipe exists.", "developer guide, working-with-predefined-recipes", _check)
