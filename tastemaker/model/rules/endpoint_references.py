"""An endpoint names a campaign, filter or event tracker that is not declared."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tastemaker.model.rules.base import Declaration, Rule, Violation
from tastemaker.model.suggest import build_hint

if TYPE_CHECKING:
    from collections.abc import Iterator


def _check(declaration: Declaration) -> Iterator[Violation]:
    endpoints = declaration.project.endpoints
    for route, endpoint in (("recommendations", endpoints.recommendations), ("related", endpoints.related)):
        if endpoint is None:
            continue
        for key, section, name in (
            ("campaign", "campaigns", endpoint.campaign),
            ("filter", "filters", endpoint.filter),
        ):
            if name is not None and not declaration.declares(section, name):
                hint = build_hint(name, declaration.names(section), section.title())
                yield Violation(("endpoints", route, key), f"unknown {key} `{name}`", hint)
    yield from _check_tracker(declaration)


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


RULE = Rule("endpoint-unknown-reference", "What an endpoint names is declared.", "our own", _check)
