"""A small project, its routes and functions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tastemaker.model.project import Project
from tastemaker.plan.functions import build_functions
from tastemaker.plan.names import Names
from tastemaker.plan.routes import build_routes

if TYPE_CHECKING:
    from tastemaker.plan.specs import FunctionSpec, RouteSpec

NAMES = Names("shop", "dev", "shop-dev")
CAMPAIGN_ARN = "arn:${Partition}:personalize:${Region}:${AccountId}:campaign/shop-dev-for-you"
SIMILAR_ARN = "arn:${Partition}:personalize:${Region}:${AccountId}:campaign/shop-dev-similar"
UNSEEN = 'EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("*")'
GENRE = "INCLUDE ItemID WHERE Items.GENRES IN ($GENRE) AND Items.YEAR > $YEAR IF CurrentUser.LEVEL = $LEVEL"
ALL_ENDPOINTS = {
    "recommendations": {"campaign": "for-you", "filter": "unseen", "numResults": 10},
    "related": {"campaign": "similar"},
    "events": {"eventTracker": "clicks"},
}


def shop_of(endpoints: dict[str, Any]) -> Project:
    columns = {"USER_ID": "string", "ITEM_ID": "string", "TIMESTAMP": "long"}
    return Project.model_validate(
        {
            "project": "shop",
            "datasets": {
                "interactions": {"schema": columns, "sql": "interactions.sql"},
                "items": {"schema": {"ITEM_ID": "string", "YEAR": "int", "GENRES": "string"}, "sql": "items.sql"},
            },
            "filters": {"unseen": UNSEEN, "genre": GENRE},
            "endpoints": endpoints,
        }
    )


def routes_of(endpoints: dict[str, Any]) -> tuple[RouteSpec, ...]:
    return build_routes(shop_of(endpoints), NAMES)


def functions_of(endpoints: dict[str, Any]) -> tuple[FunctionSpec, ...]:
    return build_functions(shop_of(endpoints), NAMES, routes_of(endpoints))
