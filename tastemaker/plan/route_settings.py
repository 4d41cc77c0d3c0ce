"""What a handler is told about a route that asks a campaign or recommender.

Members: `owner` (campaignArn or recommenderArn), `filter` and `filters` (name to `arn` and `parameters`),
`numResults`, `maxResults`, `context`, `timeZone`, `promotions`, `metadataColumns`, `sideTable`
(`table`, `key`, `attributes`), `cacheSeconds`, `fallback`
(`owner`, `items`, `member`). What the project leaves out is left out here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tastemaker.model.endpoints import (
    ActionsEndpoint,
    ItemsEndpoint,
    PersonalEndpoint,
    RankingEndpoint,
)
from tastemaker.plan.experiments import owner_of
from tastemaker.plan.filter_values import placeholder_kinds

if TYPE_CHECKING:
    from tastemaker.model.endpoints import Endpoint
    from tastemaker.model.project import Project
    from tastemaker.plan.names import Names

MAX_RESULTS, MAX_RESULTS_WITH_METADATA, MAX_ACTIONS = 500, 50, 100
"""Most entries per answer. Source: reference §5.2."""


def build_asking_settings(project: Project, names: Names, endpoint: Endpoint) -> dict[str, Any]:
    """Settings of one route, ready for the function's `ROUTES`."""
    return {
        "owner": owner_of(names, endpoint.campaign, endpoint.recommender),
        **_filters(project, names, endpoint),
        **_count(endpoint),
        **_context(project, endpoint),
        **_items(project, names, endpoint),
        **_fallback(names, endpoint),
    }


def max_results(endpoint: Endpoint) -> int:
    """Most entries that a request may ask for, or send to be ranked."""
    if isinstance(endpoint, ActionsEndpoint):
        return MAX_ACTIONS
    with_metadata = isinstance(endpoint, (ItemsEndpoint, RankingEndpoint)) and endpoint.metadata_columns
    return MAX_RESULTS_WITH_METADATA if with_metadata else MAX_RESULTS


def _filters(project: Project, names: Names, endpoint: Endpoint) -> dict[str, Any]:
    if not endpoint.filter_names:
        return {}
    known = {
        name: {
            "arn": names.filter_arn(name, project.filters[name]),
            "parameters": placeholder_kinds(project, project.filters[name]),
        }
        for name in endpoint.filter_names
    }
    return {"filters": known, **({} if endpoint.filter is None else {"filter": endpoint.filter})}


def _count(endpoint: Endpoint) -> dict[str, int]:
    if isinstance(endpoint, (ItemsEndpoint, ActionsEndpoint)):
        return {"numResults": endpoint.num_results, "maxResults": max_results(endpoint)}
    return {"maxResults": max_results(endpoint)}


def _context(project: Project, endpoint: Endpoint) -> dict[str, Any]:
    if not isinstance(endpoint, (PersonalEndpoint, RankingEndpoint)) or not endpoint.context:
        return {}
    return {"context": dict(endpoint.context), "timeZone": project.endpoints.time_zone}


def _items(project: Project, names: Names, endpoint: Endpoint) -> dict[str, Any]:
    settings: dict[str, Any] = {}
    if isinstance(endpoint, (ItemsEndpoint, RankingEndpoint)) and endpoint.metadata_columns:
        settings["metadataColumns"] = list(endpoint.metadata_columns)
    if isinstance(endpoint, (ItemsEndpoint, RankingEndpoint)) and endpoint.metadata is not None:
        side = endpoint.metadata
        settings["sideTable"] = {"table": side.table, "key": side.key, "attributes": list(side.attributes)}
    if not isinstance(endpoint, ItemsEndpoint):
        return settings
    if endpoint.cache_seconds:
        settings["cacheSeconds"] = endpoint.cache_seconds
    if endpoint.promotion is not None:
        name = endpoint.promotion.filter
        promotion = {
            "name": name,
            "percentPromotedItems": endpoint.promotion.percent_promoted_items,
            "filterArn": names.filter_arn(name, project.filters[name]),
        }
        settings["promotions"] = [promotion]
    return settings


def _fallback(names: Names, endpoint: Endpoint) -> dict[str, Any]:
    if isinstance(endpoint, ActionsEndpoint) and endpoint.fallback is not None:
        return {"fallback": {"items": list(endpoint.fallback.actions), "member": "actionId"}}
    if not isinstance(endpoint, ItemsEndpoint) or endpoint.fallback is None:
        return {}
    fallback: dict[str, Any] = {}
    if endpoint.fallback.campaign is not None:
        fallback["owner"] = {"campaignArn": names.campaign_arn(endpoint.fallback.campaign)}
    if endpoint.fallback.items is not None:
        fallback["items"] = list(endpoint.fallback.items)
    return {"fallback": fallback}
