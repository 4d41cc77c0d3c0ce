"""A solution uses a recipe that new solutions are refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tastemaker.model.rules.base import Declaration, Rule, Violation

if TYPE_CHECKING:
    from collections.abc import Iterator


def _check(declaration: Declaration) -> Iterator[Violation]:
    for name, _, recipe in declaration.solutions():
        if recipe.withdrawn:
            message = f"recipe `{recipe.name}` is withdrawn; Amazon Personalize creates no new solution with it"
            yield Violation(("solutions", name, "recipe"), message, f"Use `{recipe.successor}`.")


RULE = Rule(
    "recipe-withdrawn",
    "A solution's recipe is still offered.",
    "developer guide, working-with-predefined-recipes",
    _check,
)
