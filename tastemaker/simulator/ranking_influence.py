"""`rankingInfluence`: how far popular and fresh items are raised among similar ones (reference §3.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tastemaker.errors import UnsupportedBySimulatorError
from tastemaker.simulator.refusals import invalid_input

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tastemaker.facts.recipes import RecipeFacts

RANKING_INFLUENCE: Final = "rankingInfluence"
_NAMES: Final = ("POPULARITY", "FRESHNESS")


def check_influence(recipe: RecipeFacts, owner: str, config: Mapping[str, Any]) -> None:
    """Check the `rankingInfluence` of a campaign or batch job.

    Args:
        owner: member of the request that `config` is, for messages.

    Raises:
        RefusalError: InvalidInputException naming the value.
        UnsupportedBySimulatorError: whether the service refuses or ignores it for this recipe is not documented.
    """
    given = config.get(RANKING_INFLUENCE)
    if not given:
        return
    if not recipe.incremental_update:
        hint = f"Leave it out: {recipe.name} has no ranking influence."
        raise UnsupportedBySimulatorError(f"{owner}.{RANKING_INFLUENCE}", hint)
    for name, value in given.items():
        if name not in _NAMES:
            raise invalid_input(f"{RANKING_INFLUENCE} has no factor '{name}'; use {' or '.join(_NAMES)}.")
        if not 0 <= value <= 1:
            raise invalid_input(f"{RANKING_INFLUENCE} {name} must be a number from 0 to 1; it is {value}.")
