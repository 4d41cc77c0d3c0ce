"""The filter of a request: the route's own, or one of those that callers may choose by name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from .checks import is_unicode
from .http import query_parameter
from .problem import bad_parameter

if TYPE_CHECKING:
    from collections.abc import Mapping

PREFIX = "filter."
MAX_VALUE_LENGTH = 1000
"""Source: API reference, shape FilterAttributeValue."""
_NUMBER = re.compile(r"[+-]?[0-9]{1,30}(\.[0-9]{1,30})?")


def filter_parameters(event: Mapping[str, Any], settings: Mapping[str, Any]) -> dict[str, Any]:
    """`filterArn` and `filterValues` for the service; empty for a route without a filter.

    Args:
        settings: `filters` maps each name that may be used to `arn` and `parameters` (name to `text`, `texts` or
            `number`); `filter` is the one used when the request names none.

    Raises:
        ProblemError: 400, unknown filter, or its values are missing, superfluous or cannot be sent.
    """
    filters = settings.get("filters", {})
    name = query_parameter(event, "filter")
    if name is not None and name not in filters:
        raise bad_parameter(f"There is no filter {name[:40]!r} on this route.")
    chosen = settings.get("filter") if name is None else name
    given = _given_values(event)
    if chosen is None:
        _refuse_other(given, {})
        return {}
    kinds = filters[chosen]["parameters"]
    _refuse_other(given, kinds)
    values = {parameter: _value(parameter, kind, given.get(parameter, [])) for parameter, kind in kinds.items()}
    return {"filterArn": filters[chosen]["arn"], **({"filterValues": values} if values else {})}


def _given_values(event: Mapping[str, Any]) -> dict[str, list[str]]:
    many = event.get("multiValueQueryStringParameters") or {
        name: [value] for name, value in (event.get("queryStringParameters") or {}).items()
    }
    return {name.removeprefix(PREFIX): values for name, values in many.items() if name.startswith(PREFIX)}


def _refuse_other(given: Mapping[str, list[str]], kinds: Mapping[str, str]) -> None:
    for name in given:
        if name not in kinds:
            raise bad_parameter(f"The filter has no value {name[:40]!r}.")


def _value(name: str, kind: str, given: list[str]) -> str:
    """As the service wants it: strings in double quotes, several separated by commas; a number bare."""
    if not given:
        raise bad_parameter(f"The filter needs {PREFIX}{name}.")
    if kind != "texts" and len(given) > 1:
        raise bad_parameter(f"{PREFIX}{name} takes one value.")
    if kind == "number":
        if _NUMBER.fullmatch(given[0]) is None:
            raise bad_parameter(f"{PREFIX}{name} must be a number.")
        return given[0]
    value = ",".join(_quoted(name, text) for text in given)
    if len(value) > MAX_VALUE_LENGTH:
        raise bad_parameter(f"{PREFIX}{name} is too long; {MAX_VALUE_LENGTH} characters are allowed, quotes included.")
    return value


def _quoted(name: str, text: str) -> str:
    # The service documents no escape for a quote inside a value, so one would end the value early.
    if '"' in text or "\\" in text or not text or not text.isprintable() or not is_unicode(text):
        raise bad_parameter(f"{PREFIX}{name} must be printable text without quotes and backslashes.")
    return f'"{text}"'
