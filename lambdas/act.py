"""Actions for a user: the next best ones.

Reads: ROUTES, DEADLINE_MILLISECONDS
Calls: personalize:GetActionRecommendations
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .shared.checks import checked_id
from .shared.filters import filter_parameters
from .shared.frame import serve
from .shared.http import path_parameter
from .shared.recommendations import asked_count, list_answer
from .shared.settings import check_user, route_settings
from .shared.tiers import Ask, Serving, find

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .shared.http import Answer
    from .shared.settings import Routes


def handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Answer GET /users/{userId}/actions."""
    return serve(event, context, act)


def act(event: Mapping[str, Any], routes: Routes, serving: Serving) -> Answer:
    """Ask the route's campaign for the user in the path."""
    settings = route_settings(event, routes)
    user_id = checked_id(path_parameter(event, "userId"), "userId")
    check_user(event, settings, user_id)
    parameters = {"userId": user_id, **filter_parameters(event, settings)}
    ask = Ask("get_action_recommendations", "actionList", parameters, asked_count(event, settings))
    return list_answer(settings, ask, find(event, settings, ask, serving, serving.start()), member="actions")
