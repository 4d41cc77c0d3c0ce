"""Finding the list of a request: by the route's own campaign or an experiment's variants, with metadata and record."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from .assignment import team_draft
from .experiments import Trial, chosen_trial, record_exposure
from .http import now_seconds, route_key
from .problem import ProblemError
from .side_table import described_items
from .tiers import Found, find, find_two

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .attempts import Deadline
    from .tiers import Ask, Serving

    Event = Mapping[str, Any]
    Settings = Mapping[str, Any]


@dataclass(frozen=True)
class Part:
    """What a request took part in, and whether that is on record."""

    trial: Trial
    recorded: bool

    @property
    def counts(self) -> dict[str, int]:
        """Metric name to count."""
        return {"Exposures": 1, "ExposuresLost": int(not self.recorded)}


@dataclass(frozen=True)
class Listing:
    """The list of one request; `part` is None outside experiments."""

    found: Found
    part: Part | None


def find_listing(
    event: Event,
    settings: Settings,
    ask: Ask,
    serving: Serving,
    user_id: str | None,
    *,
    last_resort: Found | None = None,
) -> Listing:
    """The list, its metadata where a side table has them, and the record of an experiment.

    Args:
        user_id: whom the request is for, as far as it says so.
        last_resort: what answers where no tier does.

    Raises:
        ProblemError: the request is wrong, or nobody answers.
    """
    deadline, trial = serving.start(), chosen_trial(event, settings, user_id)
    try:
        found, trial = _find(event, settings, ask, serving, deadline, trial)
    except ProblemError as problem:
        if last_resort is None or problem.status == 400:
            raise
        found = _described(replace(last_resort, code=problem.code), settings, serving, deadline)
    if trial is None:
        return Listing(found, None)
    return Listing(found, Part(trial, record_exposure(trial, serving, deadline, now_seconds(event))))


def _find(
    event: Event, settings: Settings, ask: Ask, serving: Serving, deadline: Deadline, trial: Trial | None
) -> tuple[Found, Trial | None]:
    """The list, and the part in the experiment that it really has."""
    if trial is not None and trial.variant is None:
        mixed = _described(_interleaved(event, settings, ask, serving, deadline, trial), settings, serving, deadline)
        return mixed, trial if any("variant" in item for item in mixed.items) else None
    variant = {} if trial is None or trial.variant is None else trial.variant
    if "items" in variant:
        fixed = Found([{"itemId": item_id} for item_id in variant["items"]][: ask.count], "control")
        return _described(fixed, settings, serving, deadline), trial
    chosen = {**settings, "owner": variant.get("owner", settings["owner"])}
    return _cached(event, chosen, ask, serving, deadline), trial


def _interleaved(
    event: Event, settings: Settings, ask: Ask, serving: Serving, deadline: Deadline, trial: Trial
) -> Found:
    """The lists of two variants in one; where only one of them answers, that one's, without a variant."""
    one, other = trial.experiment["variants"]
    first, second = find_two(event, settings, ask, serving, deadline, (one["owner"], other["owner"]))
    if second is None:
        return first
    lists = {
        variant["name"]: [_credited(item, found, trial, variant["name"]) for item in found.items]
        for variant, found in ((one, first), (other, second))
    }
    request_id = event["requestContext"]["requestId"]
    count = len(first.items) if ask.count is None else ask.count
    return Found(team_draft(lists, count, trial.experiment["salt"], request_id), "campaign")


def _credited(item: Mapping[str, Any], found: Found, trial: Trial, variant: str) -> dict[str, Any]:
    identified = {"recommendationId": found.recommendation_id} if found.recommendation_id else {}
    return {**item, **identified, "eventAttributionSource": trial.source_of(variant)}


def _described(found: Found, settings: Settings, serving: Serving, deadline: Deadline) -> Found:
    if "sideTable" not in settings:
        return found
    items, missed = described_items(found.items, settings["sideTable"], serving.tables, deadline)
    return replace(found, items=items, undescribed=missed)


def _cached(event: Event, settings: Settings, ask: Ask, serving: Serving, deadline: Deadline) -> Found:
    """Lists for nobody in particular are kept for `cacheSeconds`; those for a user never are."""
    seconds = settings.get("cacheSeconds", 0)
    if seconds == 0 or "userId" in ask.parameters:
        return _asked(event, settings, ask, serving, deadline)
    now = now_seconds(event)
    key = json.dumps([route_key(event), settings["owner"], ask.count, ask.parameters], sort_keys=True)
    kept: Found | None = serving.answers.get(key, now, seconds)
    if kept is not None:
        return kept
    found = _asked(event, settings, ask, serving, deadline)
    if found.source == "campaign" and not found.undescribed:
        serving.answers.put(key, found, now)
    return found


def _asked(event: Event, settings: Settings, ask: Ask, serving: Serving, deadline: Deadline) -> Found:
    """What the tiers have now, with metadata."""
    return _described(find(event, settings, ask, serving, deadline), settings, serving, deadline)
