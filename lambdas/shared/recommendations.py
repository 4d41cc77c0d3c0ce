"""The call that every GetRecommendations route makes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .aws import call
from .checks import checked_count
from .http import Answer, query_parameter

if TYPE_CHECKING:
    from collections.abc import Mapping


def ask_campaign(event: Mapping[str, Any], settings: Mapping[str, Any], client: Any, ids: Mapping[str, str]) -> Answer:
    """Ask the route's campaign.

    Args:
        settings: campaignArn, numResults (default of the query parameter), maxResults, and filterArn when filtered.
        ids: userId, itemId or both, as GetRecommendations takes them.

    Raises:
        ProblemError: a parameter is wrong or the service refused.
    """
    count = checked_count(
        query_parameter(event, "numResults"), "numResults", settings["numResults"], settings["maxResults"]
    )
    filtered = {"filterArn": settings["filterArn"]} if "filterArn" in settings else {}
    found = call(client.get_recommendations, campaignArn=settings["campaignArn"], numResults=count, **ids, **filtered)
    items = found.get("itemList", [])
    identified = {"recommendationId": found["recommendationId"]} if "recommendationId" in found else {}
    headers = {"X-Recommendation-Source": "campaign", "Cache-Control": _cache_control(ids)}
    return Answer(
        200, {**identified, "items": items, "source": "campaign"}, headers, counts={"ItemsReturned": len(items)}
    )


def _cache_control(ids: Mapping[str, str]) -> str:
    """An answer for one user is nobody else's; the others may be kept but are asked for again."""
    return "private, no-store" if "userId" in ids else "no-cache"
