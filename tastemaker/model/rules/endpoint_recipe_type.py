"""A route asks a campaign whose recipe cannot answer it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tastemaker.facts.recipes import RecipeType
from tastemaker.model.rules.base import Declaration, Rule, Violation

if TYPE_CHECKING:
    from collections.abc import Iterator

_FITS = {
    "recommendations": (RecipeType.USER_PERSONALIZATION, RecipeType.POPULAR_ITEMS),
    "related": (RecipeType.RELATED_ITEMS,),
}


def _check(declaration: Declaration) -> Iterator[Violation]:
    recipes = {name: recipe for name, _, recipe in declaration.campaigns()}
    for route, types in _FITS.items():
        endpoint = getattr(declaration.project.endpoints, route)
        recipe = None if endpoint is None else recipes.get(endpoint.campaign)
        if recipe is not None and recipe.type not in types:
            needed = " or ".join(types)
            message = f"campaign `{endpoint.campaign}` has a recipe of type {recipe.type}; this route needs {needed}"
            fitting = [name for name, other in recipes.items() if other.type in types]
            hint = f"Use one of: {', '.join(fitting)}." if fitting else f"Declare a campaign with a {needed} recipe."
            yield Violation(("endpoints", route, "campaign"), message, hint)


RULE = Rule("endpoint-recipe-type", "A route's campaign can answer it.", "developer guide, recommendations", _check)
