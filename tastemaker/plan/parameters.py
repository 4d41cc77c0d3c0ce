"""Request parameters of the routes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tastemaker.plan.filter_values import placeholder_kinds
from tastemaker.plan.specs import ParameterSpec

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tastemaker.model.endpoints import Endpoint
    from tastemaker.model.project import Project

_ID_SCHEMA: dict[str, Any] = {"type": "string", "minLength": 1, "maxLength": 256}
USER_ID = ParameterSpec("userId", "path", "The user; for an anonymous one the session id.", True, _ID_SCHEMA)
ITEM_ID = ParameterSpec("itemId", "path", "The item to find related ones for.", True, _ID_SCHEMA)
FOR_USER_ID = ParameterSpec(
    "userId", "query", "Whose interactions the route's filter looks at, when it looks at any.", False, _ID_SCHEMA
)
FOR_SESSION_ID = ParameterSpec(
    "sessionId", "query", "Who takes part in the route's experiment, where no user is named.", False, _ID_SCHEMA
)
_TEXT: dict[str, Any] = {"type": "string", "minLength": 1, "maxLength": 998}
_VALUES: dict[str, dict[str, Any]] = {
    "texts": {"type": "array", "items": _TEXT, "minItems": 1},
    "text": _TEXT,
    "number": {"type": "string", "pattern": r"^[+-]?[0-9]{1,30}(\.[0-9]{1,30})?$"},
}


def build_num_results(default: int, maximum: int) -> ParameterSpec:
    schema = {"type": "integer", "minimum": 1, "maximum": maximum, "default": default}
    return ParameterSpec("numResults", "query", "How many.", False, schema)


def build_filter_parameters(project: Project, endpoint: Endpoint) -> tuple[ParameterSpec, ...]:
    """The choice of a filter, where there is one, and a parameter for each placeholder of any of them."""
    choice: tuple[ParameterSpec, ...] = ()
    if endpoint.filters:
        schema = {"type": "string", "enum": list(endpoint.filter_names)}
        choice = (ParameterSpec("filter", "query", "Filter to use instead of the route's own.", False, schema),)
    kinds: dict[str, str] = {}
    for name in endpoint.filter_names:
        kinds |= placeholder_kinds(project, project.filters[name])
    values = tuple(
        ParameterSpec(f"filter.{name}", "query", f"Value of ${name} in the filter.", False, _VALUES[kind])
        for name, kind in kinds.items()
    )
    return (*choice, *values)


def build_context_parameters(context: Mapping[str, str]) -> tuple[ParameterSpec, ...]:
    """One for each context column, and the time zone where a column depends on it."""
    schema = {"type": "string", "minLength": 1, "maxLength": 1000}
    columns = tuple(
        ParameterSpec(f"context.{column}", "query", _context_summary(column, source), False, schema)
        for column, source in context.items()
    )
    if not {"hour", "weekday", "season"} & set(context.values()):
        return columns
    summary = "IANA name of the user's time zone, such as Europe/Berlin."
    return (*columns, ParameterSpec("timeZone", "query", summary, False, {"type": "string"}))


def _context_summary(column: str, source: str) -> str:
    known = "" if source == "query" else f"; the {source} that the request's headers tell when absent"
    return f"{column} of this moment, as in the Interactions dataset{known}."
