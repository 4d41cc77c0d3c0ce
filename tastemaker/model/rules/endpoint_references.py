"""An endpoint names a campaign, recommender, filter, event tracker or route that is not declared."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tastemaker.model.endpoints import ItemsEndpoint
from tastemaker.model.rules.base import Declaration, Rule, Violation
from tastemaker.model.suggest import build_hint

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tastemaker.model.endpoints import Endpoint

_SECTIONS = {"campaign": "campaigns", "recommender": "recommenders", "filter": "filters"}


def _check(declaration: Declaration) -> Iterator[Violation]:
    for route, endpoint in declaration.project.endpoints.asking():
        for path, kind, name in _references(endpoint):
            section = _SECTIONS[kind]
            if name is not None and not declaration.declares(section, name):
                hint = build_hint(name, declaration.names(section), section.title())
                yield Violation(("endpoints", route, *path), f"unknown {kind} `{name}`", hint)
    yield from _check_tracker(declaration)
    yield from _check_clients(declaration)


def _references(endpoint: Endpoint) -> Iterator[tuple[tuple[str | int, ...], str, str | None]]:
    """Path inside the endpoint, kind of what is named, and its name."""
    yield ("campaign",), "campaign", endpoint.campaign
    yield ("recommender",), "recommender", endpoint.recommender
    yield ("filter",), "filter", endpoint.filter
    for place, name in enumerate(endpoint.filters):
        yield ("filters", place), "filter", name
    if isinstance(endpoint, ItemsEndpoint):
        if endpoint.promotion is not None:
            yield ("promotion", "filter"), "filter", endpoint.promotion.filter
        if endpoint.fallback is not None:
            yield ("fallback", "campaign"), "campaign", endpoint.fallback.campaign


def _check_tracker(declaration: Declaration) -> Iterator[Violation]:
    endpoint, tracker = declaration.project.endpoints.events, declaration.project.event_tracker
    path = ("endpoints", "events", "eventTracker")
    if endpoint is None:
        return
    if tracker is not None and tracker.name != endpoint.event_tracker:
        hint = build_hint(endpoint.event_tracker, [tracker.name], "Event tracker")
        yield Violation(path, f"unknown event tracker `{endpoint.event_tracker}`", hint)
    elif tracker is None and not declaration.declares("eventTracker"):
        hint = f"Declare `eventTracker: {{name: {endpoint.event_tracker}}}`."
        yield Violation(path, f"unknown event tracker `{endpoint.event_tracker}`", hint)


def _check_clients(declaration: Declaration) -> Iterator[Violation]:
    for client, declared in declaration.project.endpoints.clients.items():
        for place, route in enumerate(declared.routes or ()):
            if not declaration.declares("endpoints", route):
                message = f"client `{client}` may use route `{route}`, which is not declared"
                yield Violation(
                    ("endpoints", "clients", client, "routes", place), message, "Declare it, or leave it out."
                )


RULE = Rule("endpoint-unknown-reference", "What an endpoint names is declared.", "our own", _check)
