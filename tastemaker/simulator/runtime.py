"""GetRecommendations and GetPersonalizedRanking (reference §5).

Reads immutable snapshots only; no lock is taken.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from tastemaker.errors import UnsupportedBySimulatorError
from tastemaker.facts import limits, statuses
from tastemaker.facts.recipes import RecipeType
from tastemaker.simulator.audience import row, user_events, visible_metadata
from tastemaker.simulator.filters.compiled import FilterContext
from tastemaker.simulator.recipes.base import Request, top_k
from tastemaker.simulator.records import Campaign, Filter
from tastemaker.simulator.refusals import invalid_input

if TYPE_CHECKING:
    from tastemaker.simulator.lifecycle import Handler
    from tastemaker.simulator.recipes.base import BoolArray, FloatArray, MetadataTable
    from tastemaker.simulator.serving import ServedVersion
    from tastemaker.simulator.world import World

_PADDED = "aws-user-personalization-v2"
_POPULAR_REASON = "Popular item"


@dataclass(frozen=True)
class Call:
    """A runtime request after its checks.

    Attributes:
        item: code of the query item; -1 for none or an unknown one.
        columns: Items columns to return with each item; empty for none.
    """

    campaign: Campaign
    version: ServedVersion
    params: dict[str, Any]
    item: int
    columns: tuple[str, ...]
    items: MetadataTable | None


def get_recommendations(world: World, params: dict[str, Any]) -> dict[str, Any]:
    call = _read_call(world, params, _check_recommendations)
    most = limits.MAX_RESULTS_WITH_METADATA if call.columns else limits.MAX_RESULTS
    wanted = params.get("numResults", limits.DEFAULT_RESULTS)
    if wanted > most:
        raise invalid_input(f"numResults must be at most {most}{' with metadataColumns' if call.columns else ''}.")
    scores = _score(world, call)
    allowed = _allowed(world, call)
    codes = top_k(scores, wanted, allowed).tolist()
    shares = _softmax(scores, codes) if call.version.model.gives_scores else None
    entries = [_entry(call, code, None if shares is None else shares[place]) for place, code in enumerate(codes)]
    if len(codes) < wanted and call.version.recipe.name == _PADDED:
        entries += _padding(call, allowed, set(codes), wanted - len(codes))
    return _answer(world, call, "itemList", entries)


def get_personalized_ranking(world: World, params: dict[str, Any]) -> dict[str, Any]:
    """Known items by relevance with scores that sum to 1 over them, then the unknown ones in the order given.

    A filter removes items. An item outside the catalogue has no attributes, so an INCLUDE drops it.
    """
    call = _read_call(world, params, _check_ranking)
    given = list(dict.fromkeys(params["inputList"]))
    coded = [(item_id, call.version.code(item_id)) for item_id in given]
    allowed = _allowed(world, call)
    scores = _score(world, call)
    known = np.array([code for _, code in coded if code >= 0 and scores[code] > -np.inf], np.int32)
    if allowed is not None:
        known = known[allowed[known]]
    known = known[np.lexsort((known, -scores[known]))]
    shares = _softmax(scores[known], list(range(known.size)))
    ranked = [_entry(call, code, shares[place]) for place, code in enumerate(known.tolist())]
    placed = {entry["itemId"] for entry in ranked}
    rest = [item_id for item_id, code in coded if item_id not in placed and _kept(world, call, code, allowed)]
    return _answer(world, call, "personalizedRanking", [*ranked, *({"itemId": item_id} for item_id in rest)])


def _read_call(world: World, params: dict[str, Any], check: Any) -> Call:
    if "recommenderArn" in params and "campaignArn" not in params:
        raise UnsupportedBySimulatorError("GetRecommendations with recommenderArn", "Campaigns are simulated.")
    if ("campaignArn" in params) == ("recommenderArn" in params):
        raise invalid_input("Give either campaignArn or recommenderArn.")
    if params.get("promotions"):
        raise UnsupportedBySimulatorError("GetRecommendations with promotions")
    campaign = world.store.get(Campaign, params["campaignArn"])
    if campaign.status != statuses.ACTIVE:
        raise invalid_input(f"Campaign {campaign.arn} must be ACTIVE and is {campaign.status}.")
    version = world.trained[campaign.solution_version_arn]
    columns = _columns(campaign, version, params)
    items = visible_metadata(world, version.dataset_group_arn, "ITEMS") if columns or "filterArn" in params else None
    call = Call(campaign, version, params, _query_item(version, params), columns, items)
    check(call)
    _check_context(call)
    return call


def _query_item(version: ServedVersion, params: dict[str, Any]) -> int:
    if version.recipe.type is not RecipeType.RELATED_ITEMS or not params.get("itemId"):
        return -1
    return version.code(params["itemId"])


def _check_recommendations(call: Call) -> None:
    recipe = call.version.recipe
    if recipe.type in {RecipeType.PERSONALIZED_RANKING, RecipeType.PERSONALIZED_ACTIONS}:
        raise invalid_input(f"Campaigns with recipe {recipe.arn} do not support GetRecommendations.")
    if recipe.type is RecipeType.USER_PERSONALIZATION and not call.params.get("userId"):
        raise invalid_input(f"userId is required for recipe {recipe.arn}.")
    if recipe.type is RecipeType.RELATED_ITEMS and not call.params.get("itemId"):
        raise invalid_input(f"itemId is required for recipe {recipe.arn}.")


def _check_ranking(call: Call) -> None:
    if call.version.recipe.type is not RecipeType.PERSONALIZED_RANKING:
        raise invalid_input(f"Campaigns with recipe {call.version.recipe.arn} do not support GetPersonalizedRanking.")
    most = limits.MAX_INPUT_LIST_WITH_METADATA if call.columns else limits.MAX_INPUT_LIST
    if not 1 <= len(call.params["inputList"]) <= most:
        raise invalid_input(f"inputList must have 1 to {most} items.")
    if not call.params["userId"]:
        raise invalid_input("userId must not be empty.")


def _check_context(call: Call) -> None:
    """Context columns must exist in the Interactions schema; recipes without context do not look at them."""
    data = call.version.data
    for name in call.params.get("context", {}):
        if data is not None and data.schema.find(name) is None:
            raise invalid_input(f"context column {name} is not in the Interactions schema.")


def _columns(campaign: Campaign, version: ServedVersion, params: dict[str, Any]) -> tuple[str, ...]:
    wanted = params.get("metadataColumns", {})
    if not wanted:
        return ()
    if set(wanted) != {"ITEMS"}:
        raise invalid_input("metadataColumns takes the single key ITEMS.")
    enabled = campaign.campaign_config.get("enableMetadataWithRecommendations", False)
    if not enabled and not version.recipe.v2_pricing:
        raise invalid_input(f"Campaign {campaign.arn} does not have enableMetadataWithRecommendations.")
    if len(wanted["ITEMS"]) > limits.MAX_METADATA_COLUMNS:
        raise invalid_input(f"metadataColumns may name at most {limits.MAX_METADATA_COLUMNS} columns.")
    return tuple(wanted["ITEMS"])


def _score(world: World, call: Call) -> FloatArray:
    user_id = call.params.get("userId") or None
    history, times = call.version.history(user_id)
    return call.version.model.score(
        Request(
            history=history,
            times=times,
            now=int(world.now()),
            item=call.item,
            user_id=user_id,
            context=call.params.get("context", {}),
        )
    )


def _allowed(world: World, call: Call) -> BoolArray | None:
    """Items that the request's filter lets through; None without a filter."""
    params = call.params
    if "filterArn" not in params:
        if params.get("filterValues"):
            raise invalid_input("filterValues needs a filterArn.")
        return None
    record = world.store.get(Filter, params["filterArn"])
    if record.status != statuses.ACTIVE:
        raise invalid_input(f"Filter {record.arn} must be ACTIVE and is {record.status}.")
    version = call.version
    if record.dataset_group_arn != version.dataset_group_arn:
        raise invalid_input(f"Filter {record.arn} belongs to another dataset group than {call.campaign.arn}.")
    parsed = world.filters.parse(record.filter_expression)
    if parsed.target != "ItemID":
        raise invalid_input(f"Filter {record.arn} filters {parsed.target}; recommendations need ItemID.")
    if parsed.needs_current_item and version.recipe.type is not RecipeType.RELATED_ITEMS:
        raise invalid_input(f"Filter {record.arn} uses CurrentItem, which needs a related-items recipe.")
    user_id: str = params.get("userId", "")
    if (parsed.needs_events or parsed.needs_user) and not user_id:
        raise invalid_input(f"Filter {record.arn} needs a userId.")
    context = FilterContext(
        events=user_events(world, version, user_id) if parsed.needs_events else {},
        user=row(visible_metadata(world, version.dataset_group_arn, "USERS"), user_id) if parsed.needs_user else {},
        item=call.item,
        values=params.get("filterValues", {}),
    )
    return world.filters.allowed(record.filter_expression, version, call.items, context)


def _kept(world: World, call: Call, code: int, allowed: BoolArray | None) -> bool:
    """Whether an item without a score stays in a ranking."""
    if allowed is None:
        return True
    if code >= 0:
        return bool(allowed[code])
    return not world.filters.parse(world.store.get(Filter, call.params["filterArn"]).filter_expression).includes


def _softmax(scores: FloatArray, codes: list[int]) -> list[float]:
    """Each code's share among all scored items: exp(s) / sum of exp (reference §5.3)."""
    if not codes:
        return []
    shifted = np.exp(scores.astype(np.float64) - float(scores.max()))
    return [float(share) for share in shifted[codes] / shifted.sum()]


def _padding(call: Call, allowed: BoolArray | None, taken: set[int], missing: int) -> list[dict[str, Any]]:
    """Popular items that the filter allows, which user-personalization-v2 adds when it runs out (reference §4.2)."""
    entries: list[dict[str, Any]] = []
    for code in call.version.popular.tolist():
        if len(entries) == missing:
            break
        if code not in taken and (allowed is None or allowed[code]):
            entries.append({**_entry(call, code, None), "reason": [_POPULAR_REASON]})
    return entries


def _entry(call: Call, code: int, score: float | None) -> dict[str, Any]:
    entry: dict[str, Any] = {"itemId": call.version.model.item_ids[code]}
    if score is not None:
        entry["score"] = score
    return entry


def _answer(world: World, call: Call, member: str, entries: list[dict[str, Any]]) -> dict[str, Any]:
    for entry in entries if call.columns else ():
        values = row(call.items, entry["itemId"])
        entry["metadata"] = {name: _text(values[name]) for name in call.columns if name in values}
    world.meter.request(call.campaign.arn, world.now())
    return {member: entries, "recommendationId": f"RID-{world.request_id()}"}


def _text(value: Any) -> str:
    """Metadata values are strings on the wire; whole numbers have no fraction."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


HANDLERS: dict[str, Handler] = {
    "GetRecommendations": get_recommendations,
    "GetPersonalizedRanking": get_personalized_ranking,
}
