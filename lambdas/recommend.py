"""Items for a user, or popular and trending items for nobody in particular.

Reads: ROUTES, DEADLINE_MILLISECONDS
Calls: personalize:GetRecommendations
"""

from __future__ import annotations

import time
from functools import cache
from typing import TYPE_CHECKING, Any

from .shared.attempts import ATTEMPTS_PER_DEADLINE
from .shared.aws import client
from .shared.checks import checked_id
from .shared.http import Answer, path_parameter, query_parameter, respond
from .shared.recommendations import ask_for_items
from .shared.settings import check_user, read_deadline_seconds, read_routes, route_settings
from .shared.tiers import Serving

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .shared.settings import Routes


@cache
def _dependencies() -> tuple[Routes, Serving]:
    deadline = read_deadline_seconds()
    runtime = client("personalize-runtime", deadline / ATTEMPTS_PER_DEADLINE, max_attempts=1)
    return read_routes(), Serving(runtime, deadline, time.monotonic)


def handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Answer GET on a route with or without `{userId}`."""
    routes, serving = _dependencies()
    return respond(event, context, lambda request: recommend(request, routes, serving))


def recommend(event: Mapping[str, Any], routes: Routes, serving: Serving) -> Answer:
    """Ask for the user in the path where the route has one; elsewhere `userId` is for the filter alone."""
    settings = route_settings(event, routes)
    user_id = path_parameter(event, "userId") if "{userId}" in event["resource"] else query_parameter(event, "userId")
    check_user(event, settings, user_id)
    ids = {} if user_id is None else {"userId": checked_id(user_id, "userId")}
    return ask_for_items(event, settings, serving, ids)
