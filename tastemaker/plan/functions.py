"""The Lambda functions behind the routes: environment and permissions follow from the routes each one answers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tastemaker.plan.specs import FunctionSpec
from tastemaker.plan.tokens import ACCOUNT_ID, PARTITION, REGION

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tastemaker.model.project import Project
    from tastemaker.plan.names import Names
    from tastemaker.plan.specs import RouteSpec


def build_functions(_project: Project, names: Names, routes: Sequence[RouteSpec]) -> tuple[FunctionSpec, ...]:
    """One function for each name that the routes mention, in order of first mention.

    The project is what functions behind no route (queue consumers) will come from.
    """
    mentioned = dict.fromkeys(route.function for route in routes)
    return tuple(
        _BUILDERS[name](name, names, [route for route in routes if route.function == name]) for name in mentioned
    )


def _recommend(name: str, _names: Names, routes: list[RouteSpec]) -> FunctionSpec:
    settings = {route.key: route.settings for route in routes}
    asked = [value[arn] for arn in ("campaignArn", "filterArn") for value in settings.values() if arn in value]
    return FunctionSpec(
        name=name,
        handler=_handler(name),
        summary="Asks a campaign for items." if name == "recommend" else "Asks a campaign for items like another item.",
        environment={"ROUTES": json.dumps(settings, separators=(",", ":"))},
        actions={"personalize:GetRecommendations": tuple(dict.fromkeys(asked))},
    )


def _track(name: str, names: Names, _routes: list[RouteSpec]) -> FunctionSpec:
    parameter = names.tracking_id_parameter
    return FunctionSpec(
        name=name,
        handler=_handler(name),
        summary="Checks events and sends them to Amazon Personalize.",
        environment={"TRACKING_ID_PARAMETER": parameter},
        actions={
            # It has no resource-level permission: reference §6 and §11.
            "personalize:PutEvents": ("*",),
            "ssm:GetParameter": (f"arn:{PARTITION}:ssm:{REGION}:{ACCOUNT_ID}:parameter{parameter}",),
        },
    )


def _health(name: str, _names: Names, _routes: list[RouteSpec]) -> FunctionSpec:
    return FunctionSpec(name=name, handler=_handler(name), summary="Says that the API answers.", memory_mb=128)


def _handler(name: str) -> str:
    return f"lambdas.{name.replace('-', '_')}.handler"


_BUILDERS: dict[str, Callable[[str, Names, list[RouteSpec]], FunctionSpec]] = {
    "recommend": _recommend,
    "related": _recommend,
    "track": _track,
    "health": _health,
}
