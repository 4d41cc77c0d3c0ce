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


def route_settings(event: Mapping[str, Any], routes: Routes) -> Mapping[str, Any]:
    """The settings of the route that was asked.

    Raises:
        ProblemError: 404, API Gateway sends a route here that the function was not told about.
    """
    try:
        return routes[route_key(event)]
    except KeyError as error:
        raise ProblemError(404, "unknown-route", f"There is no {route_key(event)}.") from error
