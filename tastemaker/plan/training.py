"""What the weekly full and the daily incremental run do for each recipe.

"Incremental" means four different things in Amazon Personalize (reference §3.4); using the wrong one costs money or
stops the free two-hour updates. Here each recipe gets the one that fits, with a sentence that says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tastemaker.facts.recipes import RecipeFacts


@dataclass(frozen=True)
class Training:
    """What one scheduled run does for one solution.

    Attributes:
        action: `TRAIN` or `SKIP`.
        training_mode: of CreateSolutionVersion; None when nothing is trained.
        reason: one sentence for plan, execution output and documentation.
    """

    action: str
    training_mode: str | None
    reason: str


def full_training(recipe: RecipeFacts) -> Training:
    """Weekly: learn everything again."""
    billed = "billed per 1,000 interactions of the dataset group" if recipe.v2_pricing else "billed per training hour"
    return Training("TRAIN", "FULL", f"a new solution version learns from all data ({billed})")


def incremental_training(recipe: RecipeFacts) -> Training:
    """Daily: bring in what is new, by the means that this recipe has."""
    if recipe.update_mode and not recipe.withdrawn:
        return Training(
            "TRAIN", "UPDATE", "a solution version in UPDATE mode adds new items (billed per training hour)"
        )
    if recipe.incremental_update:
        return Training(
            "SKIP", None, "performIncrementalUpdate makes new items searchable after the import (billed per update)"
        )
    if recipe.auto_update:
        return Training(
            "SKIP",
            None,
            "the service's own update every two hours picks up the imported items (free); nothing to train",
        )
    return Training("SKIP", None, "the recipe learns only in a full training; the import waits for the next one")
