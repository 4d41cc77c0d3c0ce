"""What the first request to a deployed model would have to wait for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tastemaker.facts import limits, statuses
from tastemaker.facts.recipes import RecipeType
from tastemaker.simulator.action_serving import build_action_request
from tastemaker.simulator.endpoints import find_endpoint
from tastemaker.simulator.records import Campaign, Recommender
from tastemaker.simulator.refreshing import current_model
from tastemaker.simulator.runtime import Call, build_request, recommend

if TYPE_CHECKING:
    from tastemaker.simulator.endpoints import Endpoint
    from tastemaker.simulator.world import World


def warm_up(world: World) -> None:
    """Let every ACTIVE campaign and recommender compute one answer: its model's tables are laid out, its loops loaded.

    Nobody sees the answers; they are no requests, so nothing counts them. Time is taken, not virtual time.
    """
    campaigns = world.store.select(Campaign, lambda record: record.status == statuses.ACTIVE)
    recommenders = world.store.select(Recommender, lambda record: record.status == statuses.ACTIVE)
    named = [{"campaignArn": one.arn} for one in campaigns] + [{"recommenderArn": one.arn} for one in recommenders]
    for params in named:
        _answer(world, find_endpoint(world, params))


def _answer(world: World, endpoint: Endpoint) -> None:
    version = endpoint.version
    users = version.histories.user_ids
    user_id = str(users[0]) if users.size else ""
    if version.actions is not None:
        version.model.score(build_action_request(version, version.actions, user_id, world.now()))
        return
    item = 0 if version.recipe.type is RecipeType.RELATED_ITEMS else -1
    call = Call(
        endpoint.arn,
        version,
        {"userId": user_id},
        item,
        columns=(),
        items=None,
        use_case=endpoint.use_case,
        exploration=endpoint.exploration,
        influence=endpoint.influence,
    )
    scores = current_model(world, version).score(build_request(world, call))
    recommend(world, call, scores, limits.DEFAULT_RESULTS)
