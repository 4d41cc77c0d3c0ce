"""Promotions: a share of the answer that a filter of its own selects (reference §5.4).

Source: developer guide, promoting-items.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from tastemaker.simulator import identifiers
from tastemaker.simulator.refusals import invalid_input

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tastemaker.facts.recipes import RecipeFacts

T = TypeVar("T")
PROMOTED_REASON = "Promoted item"


@dataclass(frozen=True)
class Promotion:
    """One promotion of a request; the shape allows one."""

    name: str
    percent: int
    filter_arn: str
    values: dict[str, str]

    def slots(self, wanted: int) -> int:
        """How many of the wanted items are promoted. The guide does not say how a fraction is rounded: up, here."""
        return math.ceil(wanted * self.percent / 100)


def read_promotion(params: dict[str, Any], recipe: RecipeFacts) -> Promotion | None:
    """The request's promotion; None without one.

    Raises:
        RefusalError: InvalidInputException when a member is missing or the recipe has no promotions.
    """
    if not params.get("promotions"):
        return None
    if not recipe.promotions:
        raise invalid_input(f"Promotions are not supported by recipe {recipe.arn}.")
    given: dict[str, Any] = params["promotions"][0]
    for member in ("name", "percentPromotedItems", "filterArn"):
        if member not in given:
            raise invalid_input(f"promotions needs {member}.")
    return Promotion(
        given["name"], given["percentPromotedItems"], given["filterArn"], dict(given.get("filterValues", {}))
    )


def spread(promoted: Sequence[T], rest: Sequence[T], seed: int, *moment: object) -> list[T]:
    """Both lists as one: promoted entries at random places, each list in its own order.

    Args:
        seed: the simulator's.
        moment: what makes the places differ from request to request; the same moment gives the same places.
    """
    rng = np.random.Generator(np.random.PCG64(identifiers.number(seed, "promotion", *moment)))
    total = len(promoted) + len(rest)
    places = set(rng.choice(total, size=len(promoted), replace=False).tolist()) if total else set()
    first, second = iter(promoted), iter(rest)
    return [next(first) if place in places else next(second) for place in range(total)]
