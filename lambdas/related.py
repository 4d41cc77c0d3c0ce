"""Items like another item.

Reads: ROUTES, DEADLINE_MILLISECONDS
Calls: personalize:GetRecommendations, dynamodb:UpdateItem, dynamodb:BatchGetItem
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .shared.checks import checked_id
from .shared.frame import serve
from .shared.http import path_parameter, query_parameter
from .shared.recommendations import ask_for_items
from .shared.settings import check_user, route_settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .shared.http import Answer
    from .shared.settings import Routes
    from .shared.tiers import Serving


def handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Answer GET /items/{itemId}/related."""
    return serve(event, context, relate)


def relate(event: Mapping[str, Any], routes: Routes, serving: Serving) -> Answer:
    """Ask the route's campaign; the optional `userId` of the query is for filters on the user's interactions."""
    settings = route_settings(event, routes)
    ids = {"itemId": checked_id(path_parameter(event, "itemId"), "itemId")}
    user_id = query_parameter(event, "userId")
    check_user(event, settings, user_id)
    if user_id is not None:
        ids["userId"] = checked_id(user_id, "userId")
    return ask_for_items(event, settings, serving, ids)
