"""What the functions that ask Amazon Personalize for a list do alike before they look at a request."""

from __future__ import annotations

import time
from functools import cache
from typing import TYPE_CHECKING, Any

from .attempts import ATTEMPTS_PER_DEADLINE
from .aws import client
from .http import Answer, respond
from .settings import read_deadline_seconds, read_routes
from .tiers import Serving

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .settings import Routes

    Asking = Callable[[Mapping[str, Any], Routes, Serving], Answer]

WITH_TABLES = frozenset({"experiment", "sideTable"})
"""Settings of a route that needs DynamoDB."""


@cache
def _dependencies() -> tuple[Routes, Serving]:
    deadline = read_deadline_seconds()
    runtime = client("personalize-runtime", deadline / ATTEMPTS_PER_DEADLINE, max_attempts=1)
    routes = read_routes()
    needs_tables = any(not WITH_TABLES.isdisjoint(settings) for settings in routes.values())
    tables = client("dynamodb", deadline / ATTEMPTS_PER_DEADLINE, max_attempts=1) if needs_tables else None
    return routes, Serving(runtime, deadline, time.monotonic, tables=tables)


def serve(event: Mapping[str, Any], context: Any, asking: Asking) -> dict[str, Any]:
    """Answer one request with what the function's first one made: routes, clients and memory.

    Reads: ROUTES, DEADLINE_MILLISECONDS
    """
    routes, serving = _dependencies()
    return respond(event, context, lambda request: asking(request, routes, serving))
