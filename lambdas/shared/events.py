"""Strict validation of one event or action interaction and its form for the service.

PutEvents answers 200 to events that it then ignores, so whatever can be known to be wrong is refused here.
Source: API reference of PutEvents and PutActionInteractions; developer guide, Recording item interaction events.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .checks import id_problem, is_unicode, kind_of, text_problem

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Check = Callable[[Any, float], str | None]

MAX_EVENT_BYTES = 10_240
MAX_FLOAT = 3.4028234663852886e38
MAX_IMPRESSION_ITEMS = 25
MAX_PROPERTIES_LENGTH = 1024
MAX_RECOMMENDATION_ID_LENGTH = 40
MAX_SECONDS_AHEAD = 3600
"""What a wrong clock may be ahead; an event from further in the future would be the newest one for a long time."""
FIRST_MILLISECONDS = 100_000_000_000
"""As seconds this is the year 5138, as milliseconds 1973: whoever sends more means milliseconds."""

RESERVED_PROPERTIES = frozenset({"userid", "sessionid", "eventtype", "timestamp", "recommendationid", "impression"})
ACTION_EVENT_TYPES = ("Viewed", "Taken", "Not Taken")


@dataclass(frozen=True)
class EventKind:
    """What an entry of a request may hold.

    Attributes:
        name: for messages.
        time_field: the member that says when it happened.
        checks: known members in the documented order.
        required: members that must be there.
    """

    name: str
    time_field: str
    checks: Mapping[str, Check]
    required: tuple[str, ...]


def event_problems(event: Any, kind: EventKind, now_seconds: float) -> tuple[str, ...]:
    """Everything wrong with an event as the caller sent it, in the order of the documented fields; () when fine."""
    if not isinstance(event, dict):
        return (f"{kind.name} must be an object, found {kind_of(event)}.",)
    known = kind.checks
    unknown = [f"Unknown field {name[:40]!r}; known are {', '.join(known)}." for name in event if name not in known]
    missing = [f"{name} is missing." for name in kind.required if name not in event]
    found = [check(event[name], now_seconds) for name, check in known.items() if name in event]
    problems = [*missing, *(problem for problem in found if problem is not None), *unknown]
    if not problems and len(_dumped(event).encode()) > MAX_EVENT_BYTES:
        problems.append(f"{kind.name} must have at most {MAX_EVENT_BYTES} bytes.")
    return tuple(problems)


def prepared_event(
    event: Mapping[str, Any], kind: EventKind, session_id: str, user_id: str | None, now_seconds: float
) -> dict[str, Any]:
    """A valid event as the service takes it.

    A missing `eventId` is derived from the content: the same event sent again by a retrying client keeps its id, and
    the service uses the first only.
    """
    prepared = dict(event)
    prepared.setdefault(kind.time_field, int(now_seconds))
    if "properties" in prepared:
        prepared["properties"] = _dumped(prepared["properties"])
    if "eventAttributionSource" in prepared:
        prepared["metricAttribution"] = {"eventAttributionSource": prepared.pop("eventAttributionSource")}
    if "eventId" not in prepared:
        content = _dumped([session_id, user_id, sorted(prepared.items())])
        prepared["eventId"] = hashlib.sha256(content.encode()).hexdigest()[:32]
    return prepared


def _dumped(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _id(name: str) -> Check:
    return lambda value, _now: id_problem(value, name)


def _moment(name: str) -> Check:
    def check(value: Any, now_seconds: float) -> str | None:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return f"{name} must be a number, the seconds since 1970-01-01 UTC, found {kind_of(value)}."
        if value >= FIRST_MILLISECONDS:
            return f"{name} must be in seconds; this looks like milliseconds: divide by 1000."
        if value > now_seconds + MAX_SECONDS_AHEAD:
            return f"{name} is more than an hour in the future."
        return None if value >= 0 else f"{name} must not be negative."

    return check


def _event_value(value: Any, _now: float) -> str | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return f"eventValue must be a number, found {kind_of(value)}."
    return None if abs(value) <= MAX_FLOAT else "eventValue does not fit into a 32-bit float."


def _impression(value: Any, _now: float) -> str | None:
    if not isinstance(value, list) or not 1 <= len(value) <= MAX_IMPRESSION_ITEMS:
        return f"impression must be an array of 1 to {MAX_IMPRESSION_ITEMS} item ids."
    return next((problem for item in value if (problem := id_problem(item, "An id in impression"))), None)


def _properties(value: Any, _now: float) -> str | None:
    return properties_problem(value, MAX_PROPERTIES_LENGTH, RESERVED_PROPERTIES)


def properties_problem(value: Any, max_length: int, reserved: frozenset[str] = frozenset()) -> str | None:
    """What is wrong with `properties`, an object of single values that will be sent as JSON text."""
    if not isinstance(value, dict):
        return f"properties must be an object, found {kind_of(value)}."
    for name, part in value.items():
        if name.lower() in reserved:
            return f"properties must not hold {name!r}; it is a field of the event or the request."
        if isinstance(part, (dict, list)):
            return f"properties.{name[:40]} must be a single value, found {kind_of(part)}."
    if not is_unicode(_dumped(value)):
        return "properties holds half a surrogate pair, which is not Unicode text."
    if len(_dumped(value)) > max_length:
        return f"properties must have at most {max_length} characters as JSON."
    return None


def _recommendation_id(value: Any, _now: float) -> str | None:
    return text_problem(value, "recommendationId", MAX_RECOMMENDATION_ID_LENGTH)


def _attribution_source(value: Any, _now: float) -> str | None:
    problem = text_problem(value, "eventAttributionSource", 1024)
    if problem is not None:
        return problem
    return None if value.isascii() and value.isprintable() else "eventAttributionSource must be printable ASCII."


def _action_event_type(value: Any, _now: float) -> str | None:
    if value in ACTION_EVENT_TYPES:
        return None
    return f"eventType of an action interaction must be one of: {', '.join(ACTION_EVENT_TYPES)}."


EVENT = EventKind(
    "An event",
    "sentAt",
    {
        "eventType": _id("eventType"),
        "itemId": _id("itemId"),
        "sentAt": _moment("sentAt"),
        "properties": _properties,
        "eventValue": _event_value,
        "recommendationId": _recommendation_id,
        "impression": _impression,
        "eventAttributionSource": _attribution_source,
        "eventId": _id("eventId"),
    },
    ("eventType",),
)
ACTION_INTERACTION = EventKind(
    "An action interaction",
    "timestamp",
    {
        "actionId": _id("actionId"),
        "eventType": _action_event_type,
        "timestamp": _moment("timestamp"),
        "properties": _properties,
        "recommendationId": _recommendation_id,
        "impression": _impression,
        "eventId": _id("eventId"),
    },
    ("actionId", "eventType"),
)
