"""Items like another item.

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
    """Answer GET /items/{itemId}/related."""
    routes, serving = _dependencies()
    return respond(event, context, lambda request: relate(request, routes, serving))


def relate(event: Mapping[str, Any], routes: Routes, serving: Serving) -> Answer:
    """Ask the route's campaign; the optional `userId` of the query is for filters on the user's interactions."""
    settings = route_settings(event, routes)
    ids = {"itemId": checked_id(path_parameter(event, "itemId"), "itemId")}
    user_id = query_parameter(event, "userId")
    check_user(event, settings, user_id)
    if user_id is not None:
        ids["userId"] = checked_id(user_id, "userId")
    return ask_for_items(event, settings, serving, ids)
