"""A solution or campaign uses an option that its recipe refuses or ignores."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tastemaker.model.rules.base import Declaration, Rule, Violation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tastemaker.facts.recipes import RecipeFacts

_HPO = {
    "aws-user-personalization", "aws-personalized-ranking", "aws-similar-items", "aws-sims",
}  # fmt: skip

Option = tuple[str, "Callable[[RecipeFacts], bool]", str]
"""Attribute, whether a recipe has it, and where it belongs."""

_SOLUTION: dict[str, Option] = {
    "performHPO": ("perform_hpo", lambda recipe: recipe.name in _HPO, ", ".join(sorted(_HPO))),
    "performIncrementalUpdate": (
        "perform_incremental_update", lambda recipe: recipe.incremental_update, "aws-semantic-similarity",
    ),
    "eventsConfig": ("events_config", lambda recipe: recipe.v2_pricing, "the v2 recipes"),
}  # fmt: skip
_CAMPAIGN: dict[str, Option] = {
    "itemExplorationConfig": (
        "item_exploration_config", lambda recipe: recipe.name == "aws-user-personalization", "aws-user-personalization",
    ),
    "rankingInfluence": (
        "ranking_influence", lambda recipe: recipe.incremental_update, "aws-semantic-similarity",
    ),
}  # fmt: skip


def _check(declaration: Declaration) -> Iterator[Violation]:
    for name, solution, recipe in declaration.solutions():
        yield from _find(("solutions", name), solution, recipe, _SOLUTION)
    for name, campaign, recipe in declaration.campaigns():
        yield from _find(("campaigns", name), campaign, recipe, _CAMPAIGN)


def _find(path: tuple[str, str], owner: object, recipe: RecipeFacts, options: dict[str, Option]) -> Iterator[Violation]:
    for key, (attribute, allows, where) in options.items():
        if getattr(owner, attribute) not in (None, False) and not allows(recipe):
            message = f"recipe `{recipe.name}` has no `{key}`"
            yield Violation((*path, key), message, f"It belongs to {where}; remove it.", at_key=True)


RULE = Rule(
    "option-not-supported",
    "A recipe supports every option that is set.",
    "developer guide, native-recipe pages, solution-config-auto-training",
    _check,
)
