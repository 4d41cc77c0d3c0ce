"""What the API needs besides routes and functions: keys, the event queue, a user pool."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

from tastemaker.model.endpoints import Archive
from tastemaker.plan.experiments import build_experiment_table
from tastemaker.plan.specs import ARCHIVE, ClientSpec, EventQueueSpec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tastemaker.model.project import Project
    from tastemaker.plan.specs import ExperimentTableSpec, RouteSpec

QUEUEING = frozenset({"track", "track-actions"})
"""Functions that queue what the service does not take."""


class Serving(TypedDict):
    """The members of `Plan` with these names."""

    clients: tuple[ClientSpec, ...]
    event_queue: EventQueueSpec | None
    archive_queue: EventQueueSpec | None
    archive_keep_days: int
    experiment_table: ExperimentTableSpec | None
    user_pool_arn: str | None


def build_serving(project: Project, routes: Sequence[RouteSpec]) -> Serving:
    """One key named `default` where the project names no clients and the routes ask for keys."""
    endpoints = project.endpoints
    declared = tuple(
        ClientSpec(name, client.rate_per_second, client.burst) for name, client in endpoints.clients.items()
    )
    keyless = endpoints.iam or endpoints.user_pool is not None
    queued = any(route.function in QUEUEING for route in routes)
    return {
        "clients": () if keyless else declared or (ClientSpec("default"),),
        "event_queue": EventQueueSpec() if queued else None,
        "archive_queue": ARCHIVE if queued and endpoints.archive is not None else None,
        "archive_keep_days": (endpoints.archive or Archive()).keep_days,
        "experiment_table": build_experiment_table(project),
        "user_pool_arn": None if endpoints.user_pool is None else endpoints.user_pool.arn,
    }
