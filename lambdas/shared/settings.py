"""What a function is told through its environment."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from .http import route_key
from .problem import ProblemError

if TYPE_CHECKING:
    from collections.abc import Mapping

    Routes = Mapping[str, Mapping[str, Any]]


def read_routes() -> Routes:
    """Settings of every route of the function, by `METHOD /resource`.

    Reads: ROUTES
    """
    routes: Routes = json.loads(os.environ["ROUTES"])
    return routes


def read_deadline_seconds() -> float:
    """How long an answer may take.

    Reads: DEADLINE_MILLISECONDS
    """
    return int(os.environ["DEADLINE_MILLISECONDS"]) / 1000


def route_settings(event: Mapping[str, Any], routes: Routes) -> Mapping[str, Any]:
    """The settings of the route that was asked, once its caller may ask it.

    Raises:
        ProblemError: 404, API Gateway sends a route here that the function was not told about; 403, the caller's key
            is bound to other routes.
    """
    try:
        settings = routes[route_key(event)]
    except KeyError as error:
        raise ProblemError(404, "unknown-route", f"There is no {route_key(event)}.") from error
    allowed = settings.get("apiKeyIds")
    if allowed is not None and _api_key_id(event) not in allowed:
        raise ProblemError(403, "forbidden", "This API key may not use this route.")
    return settings


def check_user(event: Mapping[str, Any], settings: Mapping[str, Any], user_id: str | None) -> None:
    """Whoever signs in with a token speaks for the token's user only; without such a setting nothing is checked.

    Raises:
        ProblemError: 403.
    """
    claim = settings.get("userClaim")
    if claim is None or user_id is None:
        return
    authorizer = event["requestContext"].get("authorizer") or {}
    if (authorizer.get("claims") or {}).get(claim) != user_id:
        raise ProblemError(403, "forbidden", "The token belongs to another user.")


def check_sender(event: Mapping[str, Any], settings: Mapping[str, Any], user_id: str | None) -> None:
    """The user of events, by `check_user`. With a token nobody is anonymous: the session could be named like a user.

    Raises:
        ProblemError: 403.
    """
    if user_id is None and "userClaim" in settings:
        raise ProblemError(403, "forbidden", "Whoever signs in with a token sends its user as userId.")
    check_user(event, settings, user_id)


def _api_key_id(event: Mapping[str, Any]) -> str | None:
    """The id of the key, not its value."""
    key_id: str | None = (event["requestContext"].get("identity") or {}).get("apiKeyId")
    return key_id
