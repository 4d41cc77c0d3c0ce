"""A campaign serves a solution that is not declared, or one that no campaign can serve."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tastemaker.facts.recipes import RecipeType
from tastemaker.model.rules.base import Declaration, Rule, Violation
from tastemaker.model.suggest import build_hint

if TYPE_CHECKING:
    from collections.abc import Iterator


def _check_known(declaration: Declaration) -> Iterator[Violation]:
    for name, campaign in declaration.project.campaigns.items():
        if not declaration.declares("solutions", campaign.solution):
            hint = build_hint(campaign.solution, declaration.names("solutions"), "Solutions")
            yield Violation(("campaigns", name, "solution"), f"unknown solution `{campaign.solution}`", hint)


def _check_type(declaration: Declaration) -> Iterator[Violation]:
    for name, _, recipe in declaration.campaigns():
        if recipe.type is RecipeType.USER_SEGMENTATION:
            message = f"recipe `{recipe.name}` answers no requests; it makes user segments by batch segment jobs"
            yield Violation(("campaigns", name, "solution"), message, "Remove this campaign.")


UNKNOWN = Rule("campaign-unknown-solution", "A campaign's solution is declared.", "API, CreateCampaign", _check_known)
SEGMENT = Rule(
    "campaign-recipe-type",
    "No campaign serves a segmentation recipe.",
    "developer guide, working-with-predefined-recipes",
    _check_type,
)
