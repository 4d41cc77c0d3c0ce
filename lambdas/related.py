"""Items like another item.

Reads: ROUTES
Calls: personalize:GetRecommendations
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from .shared.aws import client
from .shared.checks import checked_id
from .shared.http import Answer, path_parameter, query_parameter, respond
from .shared.recommendations import ask_campaign
from .shared.settings import read_routes, route_settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .shared.settings import Routes


@cache
def _dependencies() -> tuple[Routes, Any]:
    return read_routes(), client("personalize-runtime")


def handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Answer GET /items/{itemId}/related."""
    routes, runtime = _dependencies()
    return respond(event, context, lambda request: relate(request, routes, runtime))


def relate(event: Mapping[str, Any], routes: Routes, runtime: Any) -> Answer:
    """Ask the route's campaign; the optional `userId` of the query is for filters on the user's interactions."""
    settings = route_settings(event, routes)
    ids = {"itemId": checked_id(path_parameter(event, "itemId"), "itemId")}
    user_id = query_parameter(event, "userId")
    if user_id is not None:
        ids["userId"] = checked_id(user_id, "userId")
    return ask_campaign(event, settings, runtime, ids)
