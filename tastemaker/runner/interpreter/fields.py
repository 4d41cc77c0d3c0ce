"""Kinds of values that single fields hold, and their checks; the same for literals and for results of expressions."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_SECONDS = 99_999_999
"""Upper bound of Seconds, TimeoutSeconds, HeartbeatSeconds. Source: States Language; developer guide."""

_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)")


def parse_timestamp(text: str) -> float:
    """Epoch seconds of an RFC 3339 time with capital T and a zone.

    Raises:
        ValueError: another format, or no such day.
    """
    if not _TIMESTAMP.fullmatch(text):
        raise ValueError(f"not an RFC 3339 timestamp: {text!r}")
    return datetime.fromisoformat(text).timestamp()


def _is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_timestamp(value: Any) -> bool:
    try:
        return isinstance(value, str) and parse_timestamp(value) is not None
    except ValueError:
        return False


def _is_percentage(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 100


KINDS: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "Condition": ("boolean", lambda value: isinstance(value, bool)),
    "Seconds": ("non-negative integer", lambda value: _is_integer(value) and 0 <= value <= MAX_SECONDS),
    "Timestamp": ("timestamp", _is_timestamp),
    "TimeoutSeconds": ("positive integer", lambda value: _is_integer(value) and 0 < value <= MAX_SECONDS),
    "HeartbeatSeconds": ("positive integer", lambda value: _is_integer(value) and 0 < value <= MAX_SECONDS),
    "Items": ("array", lambda value: isinstance(value, list)),
    "MaxConcurrency": ("non-negative integer", lambda value: _is_integer(value) and value >= 0),
    "ToleratedFailureCount": ("non-negative integer", lambda value: _is_integer(value) and value >= 0),
    "ToleratedFailurePercentage": ("number between 0 and 100", _is_percentage),
    "Error": ("string", lambda value: isinstance(value, str)),
    "Cause": ("string", lambda value: isinstance(value, str)),
}
"""Field to the name of its kind and the check."""
