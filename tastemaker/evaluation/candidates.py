"""What is compared, and how it stands."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tastemaker.facts.recipes import RecipeFacts


class Standing(StrEnum):
    """Of a candidate beside the best, which is the one with the highest mean."""

    BEST = "best"
    NOT_TOLD_APART = "not told apart"
    WORSE = "worse"


@dataclass(frozen=True)
class Candidate:
    """One recipe with its settings.

    Attributes:
        settings: what is declared beside the recipe, by the API's names.
        algorithm: what trains it here; recipes that share one differ on AWS only.
        training_seconds: mean of its trainings on this computer.
        monthly_usd: `total`, and of that `serving` and `training`.
    """

    recipe: RecipeFacts
    settings: Mapping[str, Any]
    algorithm: str
    training_seconds: float
    monthly_usd: Mapping[str, float]
