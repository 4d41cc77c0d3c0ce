"""Users of the deployed endpoints: one request for recommendations when a session begins, then its events."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tastemaker.plan.specs import RouteSpec
    from tastemaker.rehearsal.replay import Interaction
    from tastemaker.runner.gateway import Gateway

SESSION_SECONDS = 1800
EVENTS_AT_ONCE = 10


@dataclass(frozen=True)
class Session:
    """What one user does without a pause of half an hour, and at most ten events: one call of `POST /events`."""

    at: float
    user_id: str
    interactions: tuple[Interaction, ...]

    @property
    def session_id(self) -> str:
        return f"{self.user_id}-{int(self.at)}"


def build_sessions(interactions: Sequence[Interaction]) -> list[Session]:
    """Interactions of one user close together, oldest session first; each begins at its last event.

    A session is told when it is over, so that no event is told before it happens.
    """
    open_sessions: dict[str, list[Interaction]] = {}
    done: list[Session] = []
    for interaction in interactions:
        current = open_sessions.setdefault(interaction.user_id, [])
        pause = bool(current) and interaction.at - current[-1].at > SESSION_SECONDS
        if pause or len(current) == EVENTS_AT_ONCE:
            done.append(_session(current))
            current.clear()
        current.append(interaction)
    done += [_session(rest) for rest in open_sessions.values() if rest]
    return sorted(done, key=lambda session: (session.at, session.user_id))


def _session(interactions: list[Interaction]) -> Session:
    return Session(interactions[-1].at, interactions[0].user_id, tuple(interactions))


@dataclass(frozen=True)
class Answered:
    """What became of one session.

    Attributes:
        requested: HTTP status of the recommendation request; None when the project has no such route.
        events: how many were sent; `accepted` of them the endpoint took.
    """

    at: float
    requested: int | None
    events: int
    accepted: int


@dataclass
class Traffic:
    """Sends sessions through the gateway; keeps what came of them, in order."""

    gateway: Gateway
    routes: Sequence[RouteSpec]
    answered: list[Answered] = field(default_factory=list)

    def play(self, session: Session) -> None:
        """One session; no answer is an error here, the report counts them."""
        requested = self._request(session)
        self.answered.append(Answered(session.at, requested, len(session.interactions), self._send(session)))

    def _request(self, session: Session) -> int | None:
        route = next((route for route in self.routes if route.method == "GET" and "{userId}" in route.path), None)
        if route is None:
            return None
        path = route.path.replace("{userId}", quote(session.user_id, safe=""))
        return self.gateway.handle("GET", path).status

    def _send(self, session: Session) -> int:
        body = {
            "sessionId": session.session_id,
            "userId": session.user_id,
            "events": [_event(interaction) for interaction in session.interactions],
        }
        headers = (("Content-Type", "application/json"),)
        answer = self.gateway.handle("POST", "/events", headers=headers, body=json.dumps(body).encode())
        report = json.loads(answer.body)
        return int(report.get("accepted", 0)) if isinstance(report, dict) else 0


def _event(interaction: Interaction) -> dict[str, object]:
    event: dict[str, object] = {"itemId": interaction.item_id, "sentAt": interaction.at}
    event["eventType"] = "event" if interaction.event_type is None else interaction.event_type
    if interaction.event_value is not None:
        event["eventValue"] = interaction.event_value
    return event


def can_stream(routes: Sequence[RouteSpec]) -> bool:
    """Whether the project has an endpoint for events."""
    return any(route.method == "POST" and route.path == "/events" for route in routes)
