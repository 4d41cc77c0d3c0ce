"""Strict validation of one event and its form for PutEvents.

PutEvents answers 200 to events that it then ignores, so whatever can be known to be wrong is refused here.
Source: API reference of PutEvents; developer guide, Recording item interaction events.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from .checks import id_problem, is_unicode, kind_of, text_problem

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

MAX_EVENT_BYTES = 10_240
MAX_FLOAT = 3.4028234663852886e38
MAX_IMPRESSION_ITEMS = 25
MAX_PROPERTIES_LENGTH = 1024
MAX_RECOMMENDATION_ID_LENGTH = 40
FIRST_MILLISECONDS = 100_000_000_000
"""As seconds this is the year 5138, as milliseconds 1973: whoever sends more means milliseconds."""

RESERVED_PROPERTIES = frozenset({"userid", "sessionid", "eventtype", "timestamp", "recommendationid", "impression"})


def event_problems(event: Any) -> tuple[str, ...]:
    """Everything wrong with an event as the caller sent it, in the order of the documented fields; () when fine."""
    if not isinstance(event, dict):
        return (f"An event must be an object, found {kind_of(event)}.",)
    unknown = [f"Unknown field {name[:40]!r}; known are {', '.join(_CHECKS)}." for name in event if name not in _CHECKS]
    missing = [] if "eventType" in event else ["eventType is missing."]
    found = [check(event[name]) for name, check in _CHECKS.items() if name in event]
    problems = [*missing, *(problem for problem in found if problem is not None), *unknown]
    if not problems and len(_dumped(event).encode()) > MAX_EVENT_BYTES:
        problems.append(f"An event must have at most {MAX_EVENT_BYTES} bytes.")
    return tuple(problems)


def prepared_event(
    event: Mapping[str, Any], session_id: str, user_id: str | None, now_seconds: float
) -> dict[str, Any]:
    """A valid event as PutEvents takes it.

    A missing `eventId` is derived from the content: the same event sent again by a retrying client keeps its id, and
    the service uses the first only.
    """
    prepared = dict(event)
    prepared.setdefault("sentAt", int(now_seconds))
    if "properties" in prepared:
        prepared["properties"] = _dumped(prepared["properties"])
    if "eventId" not in prepared:
        content = _dumped([session_id, user_id, sorted(prepared.items())])
        prepared["eventId"] = hashlib.sha256(content.encode()).hexdigest()[:32]
    return prepared


def _dumped(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _id(name: str) -> Callable[[Any], str | None]:
    return lambda value: id_problem(value, name)


def _sent_at(value: Any) -> str | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return f"sentAt must be a number, the seconds since 1970-01-01 UTC, found {kind_of(value)}."
    if value >= FIRST_MILLISECONDS:
        return "sentAt must be in seconds; this looks like milliseconds: divide by 1000."
    return None if value >= 0 else "sentAt must not be negative."


def _event_value(value: Any) -> str | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return f"eventValue must be a number, found {kind_of(value)}."
    return None if abs(value) <= MAX_FLOAT else "eventValue does not fit into a 32-bit float."


def _impression(value: Any) -> str | None:
    if not isinstance(value, list) or not 1 <= len(value) <= MAX_IMPRESSION_ITEMS:
        return f"impression must be an array of 1 to {MAX_IMPRESSION_ITEMS} item ids."
    return next((problem for item in value if (problem := id_problem(item, "An id in impression"))), None)


def _properties(value: Any) -> str | None:
    if not isinstance(value, dict):
        return f"properties must be an object, found {kind_of(value)}."
    for name, part in value.items():
        if name.lower() in RESERVED_PROPERTIES:
            return f"properties must not hold {name!r}; it is a field of the event or the request."
        if isinstance(part, (dict, list)):
            return f"properties.{name[:40]} must be a single value, found {kind_of(part)}."
    if not is_unicode(_dumped(value)):
        return "properties holds half a surrogate pair, which is not Unicode text."
    if len(_dumped(value)) > MAX_PROPERTIES_LENGTH:
        return f"properties must have at most {MAX_PROPERTIES_LENGTH} characters as JSON."
    return None


_CHECKS: dict[str, Callable[[Any], str | None]] = {
    "eventType": _id("eventType"),
    "itemId": _id("itemId"),
    "sentAt": _sent_at,
    "properties": _properties,
    "eventValue": _event_value,
    "recommendationId": lambda value: text_problem(value, "recommendationId", MAX_RECOMMENDATION_ID_LENGTH),
    "impression": _impression,
    "eventId": _id("eventId"),
}
