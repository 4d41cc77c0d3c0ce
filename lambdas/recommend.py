"""Items for a user, or popular and trending items for nobody in particular.

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
    """Answer GET on a route with or without `{userId}`."""
    return serve(event, context, recommend)


def recommend(event: Mapping[str, Any], routes: Routes, serving: Serving) -> Answer:
    """Ask for the user in the path where the route has one; elsewhere `userId` is for the filter alone."""
    settings = route_settings(event, routes)
    user_id = path_parameter(event, "userId") if "{userId}" in event["resource"] else query_parameter(event, "userId")
    check_user(event, settings, user_id)
    ids = {} if user_id is None else {"userId": checked_id(user_id, "userId")}
    return ask_for_items(event, settings, serving, ids)
