"""The one table of the REST API's routes: what can be asked, who answers, with which settings.

A further route is one more builder in `_BUILDERS`; the function, its permissions, the OpenAPI document and the local
gateway follow from the record.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tastemaker.plan.events_body import EVENTS_BODY
from tastemaker.plan.specs import ParameterSpec, RouteSpec

if TYPE_CHECKING:
    from collections.abc import Callable

    from tastemaker.model.project import CampaignEndpoint, Project
    from tastemaker.plan.names import Names

MAX_RESULTS = 500
"""Most items per answer. Source: reference §5.2 (50 when metadata is asked for, which no route does yet)."""

_ID_SCHEMA: dict[str, Any] = {"type": "string", "minLength": 1, "maxLength": 256}
USER_ID = ParameterSpec("userId", "path", "The user; for an anonymous one the session id.", True, _ID_SCHEMA)
ITEM_ID = ParameterSpec("itemId", "path", "The item to find related ones for.", True, _ID_SCHEMA)
FOR_USER_ID = ParameterSpec(
    "userId", "query", "Whose interactions the route's filter looks at, when it looks at any.", False, _ID_SCHEMA
)


def build_routes(project: Project, names: Names) -> tuple[RouteSpec, ...]:
    """The routes that the project declares, in the table's order; none at all without any endpoint.

    Raises:
        KeyError: an endpoint names a filter that is not declared; the model's rules find that first.
    """
    declared = [route for build in _BUILDERS for route in build(project, names)]
    return (*declared, _health()) if declared else ()


def _recommendations(project: Project, names: Names) -> tuple[RouteSpec, ...]:
    endpoint = project.endpoints.recommendations
    if endpoint is None:
        return ()
    route = RouteSpec(
        method="GET",
        path="/users/{userId}/recommendations",
        function="recommend",
        operation_id="getRecommendations",
        summary="Items for a user, best first.",
        parameters=(USER_ID, _num_results(endpoint)),
        settings=_campaign_settings(project, names, endpoint),
    )
    return (route,)


def _related(project: Project, names: Names) -> tuple[RouteSpec, ...]:
    endpoint = project.endpoints.related
    if endpoint is None:
        return ()
    route = RouteSpec(
        method="GET",
        path="/items/{itemId}/related",
        function="related",
        operation_id="getRelatedItems",
        summary="Items like another item, best first.",
        parameters=(ITEM_ID, FOR_USER_ID, _num_results(endpoint)),
        settings=_campaign_settings(project, names, endpoint),
    )
    return (route,)


def _events(project: Project, _names: Names) -> tuple[RouteSpec, ...]:
    if project.endpoints.events is None:
        return ()
    route = RouteSpec(
        method="POST",
        path="/events",
        function="track",
        operation_id="postEvents",
        summary="Events of one session, oldest first; each is accepted or rejected by itself.",
        body=EVENTS_BODY,
    )
    return (route,)


def _health() -> RouteSpec:
    return RouteSpec(
        method="GET",
        path="/healthz",
        function="health",
        operation_id="getHealth",
        summary="Whether the API answers; says nothing about campaigns.",
        api_key_required=False,
    )


def _num_results(endpoint: CampaignEndpoint) -> ParameterSpec:
    schema = {"type": "integer", "minimum": 1, "maximum": MAX_RESULTS, "default": endpoint.num_results}
    return ParameterSpec("numResults", "query", "How many items.", False, schema)


def _campaign_settings(project: Project, names: Names, endpoint: CampaignEndpoint) -> dict[str, Any]:
    filtered: dict[str, Any] = {}
    if endpoint.filter is not None:
        filtered["filterArn"] = names.filter_arn(endpoint.filter, project.filters[endpoint.filter])
    return {
        "campaignArn": names.campaign_arn(endpoint.campaign),
        **filtered,
        "numResults": endpoint.num_results,
        "maxResults": MAX_RESULTS,
    }


_BUILDERS: tuple[Callable[[Project, Names], tuple[RouteSpec, ...]], ...] = (_recommendations, _related, _events)
