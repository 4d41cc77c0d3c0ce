"""GetRecommendations and GetPersonalizedRanking (reference §5).

Reads immutable snapshots only; no lock is taken.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from tastemaker.facts import limits
from tastemaker.facts.recipes import RecipeType
from tastemaker.simulator import identifiers
from tastemaker.simulator.audience import row, user_events, visible_metadata
from tastemaker.simulator.context import check_context
from tastemaker.simulator.endpoints import Endpoint, find_endpoint
from tastemaker.simulator.exploration import EXPLORATION_REASON, explore, explore_managed
from tastemaker.simulator.filters.compiled import FilterContext
from tastemaker.simulator.promotions import PROMOTED_REASON, Promotion, read_promotion, spread
from tastemaker.simulator.recipes.base import Request, top_k
from tastemaker.simulator.records import Filter
from tastemaker.simulator.refreshing import current_model
from tastemaker.simulator.refusals import invalid_input
from tastemaker.simulator.request_filters import FilterUse, filter_mask

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tastemaker.facts.use_cases import UseCase
    from tastemaker.simulator.exploration import ExplorationSettings
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
        owner_arn: what answers: a campaign, a recommender or a batch job.
        item: code of the query item; -1 for none or an unknown one.
        columns: Items columns to return with each item; empty for none.
        exploration: settings of who explores by them; None for none.
        influence: `rankingInfluence`; empty for none.
        use_case: of a recommender, which has a built-in filter and shows no scores.
    """

    owner_arn: str
    version: ServedVersion
    params: dict[str, Any]
    item: int
    columns: tuple[str, ...]
    items: MetadataTable | None
    use_case: UseCase | None = None
    promotion: Promotion | None = None
    exploration: ExplorationSettings | None = None
    influence: Mapping[str, float] = field(default_factory=dict)


def get_recommendations(world: World, params: dict[str, Any]) -> dict[str, Any]:
    call = _read_call(world, params, _check_recommendations)
    most = limits.MAX_RESULTS_WITH_METADATA if call.columns else limits.MAX_RESULTS
    wanted = params.get("numResults", limits.DEFAULT_RESULTS)
    if wanted > most:
        raise invalid_input(f"numResults must be at most {most}{' with metadataColumns' if call.columns else ''}.")
    scores = current_model(world, call.version).score(build_request(world, call))
    return _answer(world, call, "itemList", recommend(world, call, scores, wanted))


def recommend(world: World, call: Call, scores: FloatArray, wanted: int) -> list[dict[str, Any]]:
    """The best items that the call's filter lets through, with `score` where the recipe gives one.

    Args:
        scores: of the whole catalogue, shape (items,).
    """
    user_id, novelty = call.params.get("userId"), call.version.novelty
    if call.exploration is not None and novelty is not None:
        scores = explore(scores, novelty, call.exploration, world.seed, user_id)
    promoted = _promoted(world, call, scores, wanted)
    allowed = _without(_allowed(world, call), promoted, scores.size)
    best, explored = top_k(scores, wanted - len(promoted), allowed), frozenset[int]()
    if call.version.recipe.name == _PADDED and novelty is not None:
        best, explored = explore_managed(best, scores, allowed, novelty, world.seed, user_id)
    codes = best.tolist()
    entries = _entries(call, scores, codes)
    for code, entry in zip(codes, entries, strict=True) if explored else ():
        if code in explored:
            entry["reason"] = [EXPLORATION_REASON]
    if len(promoted) + len(codes) < wanted and call.version.recipe.name == _PADDED:
        entries += _padding(call, allowed, set(codes), wanted - len(promoted) - len(codes))
    if call.promotion is None:
        return entries
    reason = {"reason": [PROMOTED_REASON]} if call.version.recipe.name == _PADDED else {}
    marks = {"promotionName": call.promotion.name, **reason}
    chosen = [{**entry, **marks} for entry in _entries(call, scores, promoted)]
    moment = (call.version.arn, call.params.get("userId", ""), call.item, call.promotion.name, wanted)
    return spread(chosen, entries, world.seed, *moment)


def _promoted(world: World, call: Call, scores: FloatArray, wanted: int) -> list[int]:
    """Codes of the promotion's items, best first; as many as there are, when there are not enough."""
    if call.promotion is None:
        return []
    mask = _both(_mask(world, call, call.promotion.filter_arn, call.promotion.values), _built_in(world, call))
    codes: list[int] = top_k(scores, call.promotion.slots(wanted), mask).tolist()
    return codes


def _without(allowed: BoolArray | None, codes: list[int], size: int) -> BoolArray | None:
    """The mask less these codes."""
    if not codes:
        return allowed
    mask = np.ones(size, np.bool_) if allowed is None else allowed.copy()
    mask[codes] = False
    return mask


def _entries(call: Call, scores: FloatArray, codes: list[int]) -> list[dict[str, Any]]:
    """Recommenders show no scores (reference §5.3)."""
    ids = call.version.model.item_ids[codes].tolist() if codes else []
    if call.use_case is not None or not call.version.model.gives_scores:
        return [{"itemId": item_id} for item_id in ids]
    return [{"itemId": item_id, "score": share} for item_id, share in zip(ids, _softmax(scores, codes), strict=True)]


def get_personalized_ranking(world: World, params: dict[str, Any]) -> dict[str, Any]:
    call = _read_call(world, params, _check_ranking)
    scores = call.version.model.score(build_request(world, call))
    return _answer(world, call, "personalizedRanking", rank(world, call, scores, params["inputList"]))


def rank(world: World, call: Call, scores: FloatArray, item_ids: list[str]) -> list[dict[str, Any]]:
    """Known items by relevance with scores that sum to 1 over them, then the unknown ones in the order given.

    A filter removes items. An item outside the catalogue has no attributes, so an INCLUDE drops it.

    Args:
        scores: of the whole catalogue, shape (items,).
    """
    coded = [(item_id, call.version.code(item_id)) for item_id in dict.fromkeys(item_ids)]
    allowed = _allowed(world, call)
    known = np.array([code for _, code in coded if code >= 0 and scores[code] > -np.inf], np.int32)
    if allowed is not None:
        known = known[allowed[known]]
    known = known[np.lexsort((known, -scores[known]))]
    shares = _softmax(scores[known], list(range(known.size)))
    ranked = [_entry(call, code, shares[place]) for place, code in enumerate(known.tolist())]
    placed = {entry["itemId"] for entry in ranked}
    rest = [item_id for item_id, code in coded if item_id not in placed and _kept(world, call, code, allowed)]
    return [*ranked, *({"itemId": item_id} for item_id in rest)]


def _read_call(world: World, params: dict[str, Any], check: Any) -> Call:
    endpoint = find_endpoint(world, params)
    version = endpoint.version
    promotion = read_promotion(params, version.recipe)
    columns = _columns(world, endpoint, params)
    filtered = bool(columns) or "filterArn" in params or promotion is not None
    items = visible_metadata(world, version.dataset_group_arn, "ITEMS") if filtered else None
    item = query_item(version, params)
    found = endpoint.use_case, promotion, endpoint.exploration, endpoint.influence
    call = Call(endpoint.arn, version, params, item, columns, items, *found)
    check(call)
    check_context(version, params.get("context", {}))
    return call


def query_item(version: ServedVersion, params: dict[str, Any]) -> int:
    if version.recipe.type is not RecipeType.RELATED_ITEMS or not params.get("itemId"):
        return -1
    return version.code(params["itemId"])


def _check_recommendations(call: Call) -> None:
    recipe = call.version.recipe
    if recipe.type in {RecipeType.PERSONALIZED_RANKING, RecipeType.PERSONALIZED_ACTIONS}:
        raise invalid_input(f"Campaigns with recipe {recipe.arn} do not support GetRecommendations.")
    case = call.use_case
    needs_user = recipe.type is RecipeType.USER_PERSONALIZATION if case is None else case.needs_user
    if needs_user and not call.params.get("userId"):
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


def _columns(world: World, endpoint: Endpoint, params: dict[str, Any]) -> tuple[str, ...]:
    wanted = params.get("metadataColumns", {})
    if not wanted:
        return ()
    if set(wanted) != {"ITEMS"}:
        raise invalid_input("metadataColumns takes the single key ITEMS.")
    if not endpoint.returns_metadata:
        raise invalid_input(f"{endpoint.label} does not have enableMetadataWithRecommendations.")
    if len(wanted["ITEMS"]) > limits.MAX_METADATA_COLUMNS:
        raise invalid_input(f"metadataColumns may name at most {limits.MAX_METADATA_COLUMNS} columns.")
    data = world.dataset_data(endpoint.version.dataset_group_arn, "ITEMS")
    unknown = [name for name in wanted["ITEMS"] if data is None or data.schema.find(name) is None]
    if unknown:
        raise invalid_input(f"metadataColumns names {unknown[0]}, which is not a column of the Items dataset.")
    return tuple(wanted["ITEMS"])


def build_request(world: World, call: Call, until: int | None = None) -> Request:
    """What the model is asked; `until` as in `ServedVersion.history`."""
    user_id = call.params.get("userId") or None
    history, times = call.version.history(user_id, until)
    return Request(
        history=history,
        times=times,
        now=int(world.now()),
        item=call.item,
        user_id=user_id,
        context=call.params.get("context", {}),
        ranking_influence=call.influence,
    )


def _allowed(world: World, call: Call) -> BoolArray | None:
    """Items that the request's filter and a built-in one let through; None without a filter."""
    params = call.params
    if "filterArn" in params:
        mask = _mask(world, call, params["filterArn"], params.get("filterValues", {}))
        return _both(mask, _built_in(world, call))
    if params.get("filterValues"):
        raise invalid_input("filterValues needs a filterArn.")
    return _built_in(world, call)


def _both(mask: BoolArray, other: BoolArray | None) -> BoolArray:
    return mask if other is None else mask & other


def _built_in(world: World, call: Call) -> BoolArray | None:
    """What the use case of a recommender never returns to this user; None where it has no built-in filter."""
    text = call.use_case.built_in_filter if call.use_case is not None else None
    if text is None:
        return None
    events = user_events(world, call.version, call.params.get("userId", ""))
    return world.filters.allowed(text, call.version, None, FilterContext(events=events))


def _mask(world: World, call: Call, filter_arn: str, values: dict[str, str]) -> BoolArray:
    """Items that a filter lets through."""
    use = FilterUse(call.owner_arn, call.version, call.items, call.params.get("userId", ""), call.item)
    return filter_mask(world, use, filter_arn, values)


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
    shifted = np.exp(scores - scores.max())
    shares: list[float] = (shifted[codes] / shifted.sum(dtype=np.float64)).tolist()
    return shares


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
    world.meter.request(call.owner_arn, world.now())
    return {member: entries, "recommendationId": identifiers.recommendation_id(world.request_id(), call.owner_arn)}


def _text(value: Any) -> str:
    """Metadata values are strings on the wire; whole numbers have no fraction."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


HANDLERS: dict[str, Handler] = {
    "GetRecommendations": get_recommendations,
    "GetPersonalizedRanking": get_personalized_ranking,
}
