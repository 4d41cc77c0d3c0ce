"""A route asks a campaign whose recipe cannot answer it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tastemaker.facts.recipes import RecipeType
from tastemaker.model.endpoints import ItemsEndpoint
from tastemaker.model.rules.base import Declaration, Rule, Violation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tastemaker.facts.recipes import RecipeFacts

ROUTE_RECIPE_TYPES = {
    "recommendations": (RecipeType.USER_PERSONALIZATION, RecipeType.POPULAR_ITEMS),
    "related": (RecipeType.RELATED_ITEMS,),
    "popular": (RecipeType.POPULAR_ITEMS,),
    "trending": (RecipeType.POPULAR_ITEMS,),
    "ranking": (RecipeType.PERSONALIZED_RANKING,),
    "actions": (RecipeType.PERSONALIZED_ACTIONS,),
}
_FALLBACK = (RecipeType.POPULAR_ITEMS,)


def _check(declaration: Declaration) -> Iterator[Violation]:
    recipes = {name: recipe for name, _, recipe in declaration.campaigns()}
    for route, endpoint in declaration.project.endpoints.asking():
        named: list[tuple[tuple[str, ...], str | None, tuple[RecipeType, ...]]] = [
            (("campaign",), endpoint.campaign, ROUTE_RECIPE_TYPES[route])
        ]
        if isinstance(endpoint, ItemsEndpoint) and endpoint.fallback is not None:
            named.append((("fallback", "campaign"), endpoint.fallback.campaign, _FALLBACK))
        for path, campaign, types in named:
            recipe = None if campaign is None else recipes.get(campaign)
            if recipe is not None and recipe.type not in types:
                yield _violation(("endpoints", route, *path), str(campaign), recipe, types, recipes)


def _violation(
    path: tuple[str, ...],
    campaign: str,
    recipe: RecipeFacts,
    types: tuple[RecipeType, ...],
    recipes: dict[str, RecipeFacts],
) -> Violation:
    needed = " or ".join(types)
    what = "a fallback" if path[-2] == "fallback" else "this route"
    message = f"campaign `{campaign}` has a recipe of type {recipe.type}; {what} needs {needed}"
    fitting = [name for name, other in recipes.items() if other.type in types]
    hint = f"Use one of: {', '.join(fitting)}." if fitting else f"Declare a campaign with a {needed} recipe."
    return Violation(path, message, hint)


RULE = Rule("endpoint-recipe-type", "A route's campaign can answer it.", "developer guide, recommendations", _check)
