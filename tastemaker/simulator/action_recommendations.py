"""GetActionRecommendations (reference §5, §3.5): eligible actions by propensity, ties by VALUE, then by id.

Reads immutable snapshots only; no lock is taken.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from tastemaker.facts import limits
from tastemaker.facts.recipes import RecipeType
from tastemaker.simulator import identifiers
from tastemaker.simulator.action_serving import build_action_request
from tastemaker.simulator.audience import visible_metadata
from tastemaker.simulator.endpoints import find_endpoint
from tastemaker.simulator.exploration import item_keys, noise
from tastemaker.simulator.fidelity.record import Fidelity, Grade
from tastemaker.simulator.refusals import invalid_input
from tastemaker.simulator.request_filters import FilterUse, filter_mask

if TYPE_CHECKING:
    from tastemaker.simulator.action_serving import ActionSide
    from tastemaker.simulator.endpoints import Endpoint
    from tastemaker.simulator.lifecycle import Handler
    from tastemaker.simulator.recipes.base import BoolArray, FloatArray, IntArray
    from tastemaker.simulator.world import World

_EXPLORED_SHARE: Final = 0.1
_ACTIONS, _PAGE = "Actions", "Developer Guide, native-recipe-next-best-action"
FIDELITY: Final = (
    Fidelity(
        _ACTIONS,
        "exploration",
        Grade.APPROXIMATE,
        "One place in ten goes to an action without a propensity, by seed, user and action; such actions stand at the "
        "end of the list, so that it stays in the order of scores.",
        _PAGE,
    ),
    Fidelity(
        _ACTIONS,
        "EXPIRATION_TIMESTAMP, REPEAT_FREQUENCY",
        Grade.EXACT,
        "Applied by themselves; a changed or new action counts from the next two-hour update on. Any interaction with "
        "an action begins its rest.",
        "Developer Guide, actions-datasets",
    ),
    Fidelity(_ACTIONS, "ties", Grade.EXACT, "The higher VALUE comes first, then the lower id.", _PAGE),
    Fidelity(
        _ACTIONS,
        "events in real time",
        Grade.EXACT,
        "PutEvents and PutActionInteractions change the same user's next answer and nobody else's.",
        _PAGE,
    ),
)


def get_action_recommendations(world: World, params: dict[str, Any]) -> dict[str, Any]:
    endpoint, side = _read(world, params)
    wanted = params.get("numResults", limits.DEFAULT_ACTION_RESULTS)
    if wanted > limits.MAX_ACTION_RESULTS:
        raise invalid_input(f"numResults must be at most {limits.MAX_ACTION_RESULTS}.")
    version, user_id, now = endpoint.version, params["userId"], world.now()
    request = build_action_request(version, side, user_id, now)
    propensity = version.model.score(request)
    assert request.actions is not None  # noqa: S101 - just built
    allowed = side.rules.eligible(request.actions, now)
    if "filterArn" in params:
        allowed &= _filtered(world, endpoint, params)
    elif params.get("filterValues"):
        raise invalid_input("filterValues needs a filterArn.")
    ranked = rank_actions(propensity, side.rules.value, allowed)
    shares = noise(item_keys(version.model.item_ids), world.seed, user_id)
    codes = explore_actions(ranked, propensity, shares, wanted)
    world.meter.request(endpoint.arn, now)
    return {
        "actionList": [
            {"actionId": version.model.item_ids[code], "score": float(propensity[code])} for code in codes.tolist()
        ],
        "recommendationId": identifiers.recommendation_id(world.request_id(), endpoint.arn),
    }


def _read(world: World, params: dict[str, Any]) -> tuple[Endpoint, ActionSide]:
    if "campaignArn" not in params:
        raise invalid_input("campaignArn is required.")
    endpoint = find_endpoint(world, {"campaignArn": params["campaignArn"]})
    recipe, side = endpoint.version.recipe, endpoint.version.actions
    if recipe.type is not RecipeType.PERSONALIZED_ACTIONS or side is None:
        raise invalid_input(f"Campaigns with recipe {recipe.arn} do not support GetActionRecommendations.")
    if not params.get("userId"):
        raise invalid_input(f"userId is required for recipe {recipe.arn}.")
    return endpoint, side


def _filtered(world: World, endpoint: Endpoint, params: dict[str, Any]) -> BoolArray:
    version = endpoint.version
    table = visible_metadata(world, version.dataset_group_arn, "ACTIONS")
    use = FilterUse(endpoint.arn, version, table, params["userId"], target="ActionID")
    return filter_mask(world, use, params["filterArn"], params.get("filterValues", {}))


def rank_actions(propensity: FloatArray, value: np.ndarray, allowed: BoolArray) -> IntArray:
    """Codes of what is allowed, best first: by propensity, then VALUE, then code."""
    codes = np.flatnonzero(allowed)
    order = np.lexsort((codes, -value[codes], -propensity[codes]))
    return codes[order].astype(np.int32)


def explore_actions(ranked: IntArray, propensity: FloatArray, shares: np.ndarray, wanted: int) -> IntArray:
    """The first actions, the last of them given up for some without a propensity.

    Args:
        shares: a number from 0 to 1 for each action, by user; the lowest are explored first.
    """
    best = ranked[:wanted]
    known = propensity[best] > 0
    rest = ranked[wanted:]
    new = rest[propensity[rest] == 0]
    places = min(int(np.count_nonzero(shares[best[known]] < _EXPLORED_SHARE)), new.size)
    if not places:
        return best
    chosen = np.sort(new[np.argsort(shares[new], kind="stable")[:places]])
    scored, unscored = best[known], best[~known]
    return np.concatenate((scored[: scored.size - places], unscored, chosen))


HANDLERS: dict[str, Handler] = {"GetActionRecommendations": get_action_recommendations}
