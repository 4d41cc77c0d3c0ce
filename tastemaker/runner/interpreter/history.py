"""The execution history as GetExecutionHistory returns it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any

LIMIT_EVENTS = 25_000
"""A standard workflow's history holds no more. Source: developer guide, "Service quotas"."""

_NOT_TRUNCATED = {"truncated": False}


@cache
def details_member(event_type: str) -> str:
    """Name of the member that holds an event's details, e.g. `stateEnteredEventDetails` for PassStateEntered."""
    for shared in ("StateEntered", "StateExited"):
        if event_type.endswith(shared):
            return f"s{shared[1:]}EventDetails"
    return f"{event_type[0].lower()}{event_type[1:]}EventDetails"


@dataclass(slots=True)
class History:
    """Events in the order of their ids, which start at one."""

    events: list[dict[str, Any]] = field(default_factory=list)

    def add(self, event_type: str, at: float, previous: int, details: dict[str, Any] | None = None) -> int:
        """Append an event; returns its id. `at` is epoch seconds, `previous` an event id or 0."""
        identity = len(self.events) + 1
        event: dict[str, Any] = {
            "timestamp": datetime.fromtimestamp(at, UTC),
            "type": event_type,
            "id": identity,
            "previousEventId": previous,
        }
        if details is not None:
            event[details_member(event_type)] = details
        self.events.append(event)
        return identity

    @property
    def is_full(self) -> bool:
        """Whether there is room for nothing but the event that ends the execution."""
        return len(self.events) >= LIMIT_EVENTS - 1


def with_data(name: str, text: str) -> dict[str, Any]:
    """Members `input`/`inputDetails` or `output`/`outputDetails`."""
    return {name: text, f"{name}Details": dict(_NOT_TRUNCATED)}
