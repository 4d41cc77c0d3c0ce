"""The one table of the REST API's routes: what can be asked, who answers, with which settings.

A further route is one more row in `_BUILDERS`; the function, its permissions, the OpenAPI document and the local
gateway follow from the record.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tastemaker.plan.bodies import ACTION_INTERACTIONS_BODY, EVENTS_BODY, RANKING_BODY, build_records_body
from tastemaker.plan.experiments import with_experiment
from tastemaker.plan.parameters import (
    FOR_USER_ID,
    ITEM_ID,
    USER_ID,
    build_context_parameters,
    build_filter_parameters,
    build_num_results,
)
from tastemaker.plan.route_settings import MAX_ACTIONS, build_asking_settings, max_results
from tastemaker.plan.specs import RouteSpec
from tastemaker.plan.tokens import api_key_id_token

if TYPE_CHECKING:
    from collections.abc import Callable

    from tastemaker.model.endpoints import ItemsEndpoint
    from tastemaker.model.project import Project
    from tastemaker.plan.names import Names
    from tastemaker.plan.specs import ParameterSpec

MAX_PROPERTIES = {"items": 32_000, "users": 24_000}
"""Characters of a record's properties as JSON. Source: reference §6."""


def build_routes(project: Project, names: Names) -> tuple[RouteSpec, ...]:
    """The routes that the project declares, in the table's order; none at all without any endpoint.

    Raises:
        KeyError: an endpoint names a filter that is not declared; the model's rules find that first.
    """
    declared = [
        with_experiment(project, names, name, _with_callers(project, name, route))
        for name, build in _BUILDERS.items()
        if (route := build(project, names)) is not None
    ]
    return (*declared, _health(), _document()) if declared else ()


def _with_callers(project: Project, name: str, route: RouteSpec) -> RouteSpec:
    """Who may call: the keys of the clients that name the route, or the users of the pool."""
    endpoints = project.endpoints
    settings = dict(route.settings)
    if endpoints.clients:
        bound = [key for key, client in endpoints.clients.items() if client.routes is None or name in client.routes]
        settings["apiKeyIds"] = [api_key_id_token(key) for key in bound]
    if endpoints.user_pool is not None:
        settings["userClaim"] = endpoints.user_pool.claim
    security = "user_pool" if endpoints.user_pool is not None else "iam" if endpoints.iam else "api_key"
    return replace(route, settings=settings, security=security)


def _recommendations(project: Project, names: Names) -> RouteSpec | None:
    endpoint = project.endpoints.recommendations
    if endpoint is None:
        return None
    return RouteSpec(
        method="GET",
        path="/users/{userId}/recommendations",
        function="recommend",
        operation_id="getRecommendations",
        summary="Items for a user, best first.",
        parameters=(USER_ID, *_items_parameters(project, endpoint), *build_context_parameters(endpoint.context)),
        settings=build_asking_settings(project, names, endpoint),
    )


def _related(project: Project, names: Names) -> RouteSpec | None:
    endpoint = project.endpoints.related
    if endpoint is None:
        return None
    return RouteSpec(
        method="GET",
        path="/items/{itemId}/related",
        function="related",
        operation_id="getRelatedItems",
        summary="Items like another item, best first.",
        parameters=(ITEM_ID, FOR_USER_ID, *_items_parameters(project, endpoint)),
        settings=build_asking_settings(project, names, endpoint),
    )


def _popular(project: Project, names: Names) -> RouteSpec | None:
    endpoint = project.endpoints.popular
    return None if endpoint is None else _for_nobody(project, names, endpoint, "popular", "What most users like.")


def _trending(project: Project, names: Names) -> RouteSpec | None:
    endpoint = project.endpoints.trending
    return None if endpoint is None else _for_nobody(project, names, endpoint, "trending", "What is on the rise.")


def _for_nobody(project: Project, names: Names, endpoint: ItemsEndpoint, name: str, summary: str) -> RouteSpec:
    return RouteSpec(
        method="GET",
        path=f"/{name}",
        function="recommend",
        operation_id=f"get{name.title()}Items",
        summary=summary,
        parameters=(FOR_USER_ID, *_items_parameters(project, endpoint)),
        settings=build_asking_settings(project, names, endpoint),
    )


def _ranking(project: Project, names: Names) -> RouteSpec | None:
    endpoint = project.endpoints.ranking
    if endpoint is None:
        return None
    return RouteSpec(
        method="POST",
        path="/users/{userId}/ranking",
        function="rank",
        operation_id="rankItems",
        summary="The given items in the order that suits a user; further members of an item come back with it.",
        parameters=(
            USER_ID,
            *build_filter_parameters(project, endpoint),
            *build_context_parameters(endpoint.context),
        ),
        settings=build_asking_settings(project, names, endpoint),
        body=RANKING_BODY,
    )


def _actions(project: Project, names: Names) -> RouteSpec | None:
    endpoint = project.endpoints.actions
    if endpoint is None:
        return None
    return RouteSpec(
        method="GET",
        path="/users/{userId}/actions",
        function="act",
        operation_id="getActions",
        summary="The next best actions for a user, best first.",
        parameters=(
            USER_ID,
            build_num_results(endpoint.num_results, MAX_ACTIONS),
            *build_filter_parameters(project, endpoint),
        ),
        settings=build_asking_settings(project, names, endpoint),
    )


def _events(project: Project, _names: Names) -> RouteSpec | None:
    endpoint = project.endpoints.events
    if endpoint is None:
        return None
    return RouteSpec(
        method="POST",
        path="/events",
        function="track",
        operation_id="postEvents",
        summary="Events of one session, oldest first; each is accepted or rejected by itself.",
        settings={"delivery": endpoint.delivery},
        body=EVENTS_BODY,
    )


def _action_interactions(project: Project, _names: Names) -> RouteSpec | None:
    endpoint = project.endpoints.action_interactions
    if endpoint is None:
        return None
    return RouteSpec(
        method="POST",
        path="/action-interactions",
        function="track-actions",
        operation_id="postActionInteractions",
        summary="What the user of one session did with recommended actions, oldest first.",
        settings={"delivery": endpoint.delivery},
        body=ACTION_INTERACTIONS_BODY,
    )


def _items(project: Project, names: Names) -> RouteSpec | None:
    return _records("items", "itemId", names) if project.endpoints.items else None


def _users(project: Project, names: Names) -> RouteSpec | None:
    return _records("users", "userId", names) if project.endpoints.users else None


def _records(member: str, id_field: str, names: Names) -> RouteSpec:
    return RouteSpec(
        method="PUT",
        path=f"/{member}",
        function="put-records",
        operation_id=f"put{member.title()}",
        summary=f"New and changed {member}; each is accepted or rejected by itself.",
        settings={
            "member": member,
            "idField": id_field,
            "datasetArn": names.dataset_arn(member.upper()),
            "maxPropertiesLength": MAX_PROPERTIES[member],
        },
        body=build_records_body(member, id_field),
    )


def _health() -> RouteSpec:
    return RouteSpec(
        method="GET",
        path="/healthz",
        function="health",
        operation_id="getHealth",
        summary="Whether the API answers; says nothing about campaigns.",
        security="",
    )


def _document() -> RouteSpec:
    return RouteSpec(
        method="GET",
        path="/openapi.json",
        function="describe",
        operation_id="getOpenApi",
        summary="This document.",
        security="",
    )


def _items_parameters(project: Project, endpoint: ItemsEndpoint) -> tuple[ParameterSpec, ...]:
    count = build_num_results(endpoint.num_results, max_results(endpoint))
    return (count, *build_filter_parameters(project, endpoint))


_BUILDERS: dict[str, Callable[[Project, Names], RouteSpec | None]] = {
    "recommendations": _recommendations,
    "related": _related,
    "popular": _popular,
    "trending": _trending,
    "ranking": _ranking,
    "actions": _actions,
    "events": _events,
    "actionInteractions": _action_interactions,
    "items": _items,
    "users": _users,
}
"""Key under `endpoints` in the project file to its route."""
