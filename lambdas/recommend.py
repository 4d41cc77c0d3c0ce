"""Items for a user, or popular items for nobody in particular.

Reads: ROUTES
Calls: personalize:GetRecommendations
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from .shared.aws import client
from .shared.checks import checked_id
from .shared.http import Answer, path_parameter, respond
from .shared.recommendations import ask_campaign
from .shared.settings import read_routes, route_settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .shared.settings import Routes


@cache
def _dependencies() -> tuple[Routes, Any]:
    return read_routes(), client("personalize-runtime")


def handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Answer GET on a route with or without `{userId}`."""
    routes, runtime = _dependencies()
    return respond(event, context, lambda request: recommend(request, routes, runtime))


def recommend(event: Mapping[str, Any], routes: Routes, runtime: Any) -> Answer:
    """Ask the route's campaign, for the user in the path where the route has one."""
    settings = route_settings(event, routes)
    personal = "{userId}" in event["resource"]
    ids = {"userId": checked_id(path_parameter(event, "userId"), "userId")} if personal else {}
    return ask_campaign(event, settings, runtime, ids)
