"""Actions for a user: the next best ones.

Reads: ROUTES, DEADLINE_MILLISECONDS
Calls: personalize:GetActionRecommendations
"""

from __future__ import annotations

import time
from functools import cache
from typing import TYPE_CHECKING, Any

from .shared.attempts import ATTEMPTS_PER_DEADLINE
from .shared.aws import client
from .shared.checks import checked_id
from .shared.filters import filter_parameters
from .shared.http import Answer, path_parameter, respond
from .shared.recommendations import asked_count, list_answer
from .shared.settings import check_user, read_deadline_seconds, read_routes, route_settings
from .shared.tiers import Ask, Serving, find

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .shared.settings import Routes


@cache
def _dependencies() -> tuple[Routes, Serving]:
    deadline = read_deadline_seconds()
    runtime = client("personalize-runtime", deadline / ATTEMPTS_PER_DEADLINE, max_attempts=1)
    return read_routes(), Serving(runtime, deadline, time.monotonic)


def handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Answer GET /users/{userId}/actions."""
    routes, serving = _dependencies()
    return respond(event, context, lambda request: act(request, routes, serving))


def act(event: Mapping[str, Any], routes: Routes, serving: Serving) -> Answer:
    """Ask the route's campaign for the user in the path."""
    settings = route_settings(event, routes)
    user_id = checked_id(path_parameter(event, "userId"), "userId")
    check_user(event, settings, user_id)
    parameters = {"userId": user_id, **filter_parameters(event, settings)}
    ask = Ask("get_action_recommendations", "actionList", parameters, asked_count(event, settings))
    return list_answer(settings, ask, find(event, settings, ask, serving), member="actions")
