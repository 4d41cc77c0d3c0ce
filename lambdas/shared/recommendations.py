"""What every route that asks Amazon Personalize for a list has in common."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from .checks import checked_count
from .filters import filter_parameters
from .http import Answer, now_seconds, query_parameter, route_key
from .surroundings import request_context
from .tiers import Ask, Found, Serving, find

if TYPE_CHECKING:
    from collections.abc import Mapping


def ask_for_items(
    event: Mapping[str, Any], settings: Mapping[str, Any], serving: Serving, ids: Mapping[str, str]
) -> Answer:
    """Ask what GetRecommendations answers.

    Args:
        settings: see `plan/routes.py`.
        ids: userId, itemId or both, as GetRecommendations takes them.

    Raises:
        ProblemError: a parameter is wrong, or neither the service nor a fallback answers.
    """
    parameters = {**ids, **chosen_parameters(event, settings)}
    if "promotions" in settings:
        parameters["promotions"] = settings["promotions"]
    ask = Ask("get_recommendations", "itemList", parameters, asked_count(event, settings))
    return list_answer(settings, ask, _cached(event, settings, ask, serving))


def chosen_parameters(event: Mapping[str, Any], settings: Mapping[str, Any]) -> dict[str, Any]:
    """Filter, context and metadata columns, as far as the route has them."""
    parameters = filter_parameters(event, settings)
    context = request_context(event, settings)
    if context:
        parameters["context"] = context
    if "metadataColumns" in settings:
        parameters["metadataColumns"] = {"ITEMS": settings["metadataColumns"]}
    return parameters


def asked_count(event: Mapping[str, Any], settings: Mapping[str, Any]) -> int:
    return checked_count(
        query_parameter(event, "numResults"), "numResults", settings["numResults"], settings["maxResults"]
    )


def list_answer(settings: Mapping[str, Any], ask: Ask, found: Found, *, member: str = "items") -> Answer:
    """The answer of a route that gives a list; its ETag depends on list and source only."""
    content: dict[str, Any] = {member: found.items, "source": found.source}
    if not found.items and "filterArn" in ask.parameters and found.source == "campaign":
        content["emptyBecause"] = "filter"
    identified = {"recommendationId": found.recommendation_id} if found.recommendation_id else {}
    headers = {
        "X-Recommendation-Source": found.source,
        "Cache-Control": _cache_control(settings, ask, found),
    }
    counts = {
        "ItemsReturned": len(found.items),
        "Fallbacks": int(found.source != "campaign"),
        "EmptyByFilter": int("emptyBecause" in content),
    }
    return Answer(
        200, {**identified, **content}, headers, code=found.code, counts=counts, tag=content, source=found.source
    )


def _cached(event: Mapping[str, Any], settings: Mapping[str, Any], ask: Ask, serving: Serving) -> Found:
    """Lists for nobody in particular are kept for `cacheSeconds`; those for a user never are."""
    seconds = settings.get("cacheSeconds", 0)
    if seconds == 0 or "userId" in ask.parameters:
        return find(event, settings, ask, serving)
    now = now_seconds(event)
    key = json.dumps([route_key(event), ask.count, ask.parameters], sort_keys=True)
    kept: Found | None = serving.answers.get(key, now, seconds)
    if kept is not None:
        return kept
    found = find(event, settings, ask, serving)
    if found.source == "campaign":
        serving.answers.put(key, found, now)
    return found


def _cache_control(settings: Mapping[str, Any], ask: Ask, found: Found) -> str:
    """An answer for one user is nobody else's; a stand-in is asked for again at once."""
    reach = "private" if "userId" in ask.parameters else "public"
    seconds = settings.get("cacheSeconds", 0)
    if seconds == 0 or found.source != "campaign":
        return f"{reach}, no-cache"
    return f"{reach}, max-age={seconds}"
