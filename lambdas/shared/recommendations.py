"""What every route that asks Amazon Personalize for a list has in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .checks import checked_count
from .filters import filter_parameters
from .http import Answer, query_parameter
from .listing import find_listing
from .surroundings import request_context
from .tiers import Ask, Found, Serving

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .experiments import Trial
    from .listing import Part


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
    listing = find_listing(event, settings, ask, serving, ids.get("userId"))
    return list_answer(settings, ask, listing.found, part=listing.part)


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


def list_answer(
    settings: Mapping[str, Any], ask: Ask, found: Found, *, member: str = "items", part: Part | None = None
) -> Answer:
    """The answer of a route that gives a list; its ETag depends on list, source and variant only.

    Args:
        part: of an experiment, None for none.
    """
    trial = None if part is None else part.trial
    content: dict[str, Any] = {member: found.items, "source": found.source, **({} if trial is None else trial.members)}
    if not found.items and "filterArn" in ask.parameters and found.source == "campaign":
        content["emptyBecause"] = "filter"
    headers = {
        "X-Recommendation-Source": found.source,
        "Cache-Control": _cache_control(settings, ask, found, trial),
        **({} if trial is None else trial.headers),
    }
    counts = {
        "ItemsReturned": len(found.items),
        "Fallbacks": int(not found.meant),
        "EmptyByFilter": int("emptyBecause" in content),
        **({"ItemsUndescribed": found.undescribed} if "sideTable" in settings else {}),
        **({} if part is None else part.counts),
    }
    labels = {} if trial is None else {"Experiment": trial.name, "Variant": trial.variant_name}
    return Answer(
        200,
        content,
        headers,
        code=found.code,
        counts=counts,
        passing={"recommendationId": found.recommendation_id} if found.recommendation_id else {},
        tag=_without_ids(content, member),
        source=found.source,
        labels=labels,
    )


def _without_ids(content: Mapping[str, Any], member: str) -> Mapping[str, Any]:
    """Interleaved items carry the id of their own request to the service, which differs although the item does not."""
    items = content[member]
    if not any("recommendationId" in item for item in items):
        return content
    kept = [{name: value for name, value in item.items() if name != "recommendationId"} for item in items]
    return {**content, member: kept}


def _cache_control(settings: Mapping[str, Any], ask: Ask, found: Found, trial: Trial | None) -> str:
    """An answer for one user is nobody else's; a stand-in is asked for again at once."""
    reach = "public" if trial is None and "userId" not in ask.parameters else "private"
    seconds = settings.get("cacheSeconds", 0)
    if seconds == 0 or not found.meant:
        return f"{reach}, no-cache"
    return f"{reach}, max-age={seconds}"
