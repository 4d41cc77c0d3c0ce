"""One marked event for one user: whether it changes the next answer, and if not, why it may not have.

The user, session and event are called `tastemaker-doctor-…`, so that they can be told from real ones and forgotten.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol

from tastemaker.cli.checkup import Check, failed, ok, warning
from tastemaker.errors import ApiError, TastemakerError
from tastemaker.facts.recipes import RecipeType, find_recipe
from tastemaker.facts.use_cases import find_use_case

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tastemaker.client import Client
    from tastemaker.facts.recipes import RecipeFacts
    from tastemaker.plan.specs import Plan

MARK = "tastemaker-doctor"
COUNT = 25
_PAUSE_SECONDS = 0.5


@dataclass(frozen=True)
class Marked:
    """What is sent.

    Attributes:
        sent_at: epoch seconds.
    """

    user_id: str
    event_type: str
    item_id: str
    event_id: str
    sent_at: int


class Door(Protocol):
    """A way to ask and to tell."""

    def ask(self, user_id: str) -> tuple[str, ...]:
        """Items, best first; TastemakerError where nothing answers, or only a stand-in does."""
        ...

    def tell(self, event: Marked) -> str:
        """Who accepted it; TastemakerError where nobody did."""
        ...


@dataclass(frozen=True)
class ApiDoor:
    """The deployed API, or that of `tastemaker serve`."""

    client: Client
    url: str

    def ask(self, user_id: str) -> tuple[str, ...]:
        """See `Door`."""
        found = self.client.recommendations(user_id, count=COUNT)
        if found.source != "campaign":
            raise TastemakerError(f"a stand-in answered ({found.source}): no event changes it")
        return tuple(item.item_id for item in found.items)

    def tell(self, event: Marked) -> str:
        """Without a moment: the API takes its own, which in `tastemaker serve` is a virtual one. See `Door`."""
        body = {"eventId": event.event_id, "eventType": event.event_type, "itemId": event.item_id}
        report = self.client.send_events(event.user_id, [body], user_id=event.user_id, max_attempts=1)
        if report.rejected:
            raise ApiError(400, "rejected", "; ".join(report.rejected[0]))
        return f"{self.url}/events, at its own time"


@dataclass(frozen=True)
class ServiceDoor:
    """Amazon Personalize itself: boto3's clients of `personalize-runtime` and `personalize-events`."""

    runtime: Any
    events: Any
    tracking_id: str
    owner: dict[str, str]

    def ask(self, user_id: str) -> tuple[str, ...]:
        """See `Door`."""
        answer = self.runtime.get_recommendations(**self.owner, userId=user_id, numResults=COUNT)
        return tuple(item["itemId"] for item in answer["itemList"])

    def tell(self, event: Marked) -> str:
        """PutEvents answers 200 to whatever is well formed; see `Door`."""
        sent = {"eventId": event.event_id, "eventType": event.event_type, "itemId": event.item_id}
        at = datetime.fromtimestamp(event.sent_at, UTC)
        self.events.put_events(
            trackingId=self.tracking_id,
            userId=event.user_id,
            sessionId=event.user_id,
            eventList=[{**sent, "sentAt": at}],
        )
        return f"PutEvents, tracking id {self.tracking_id}, sentAt {at.isoformat()}"


@dataclass(frozen=True)
class Asked:
    """What answers users: the owner of the route, and the solution behind it.

    Attributes:
        recipe: None for one that is not known here.
        event_types: that the solution learns from; empty for all.
    """

    owner: dict[str, str]
    recipe: RecipeFacts | None
    event_types: tuple[str, ...]


def find_asked(plan: Plan) -> Asked | None:
    """None where nothing answers users in real time, but batch jobs perhaps."""
    owners = [route.settings["owner"] for route in plan.routes if route.path == "/users/{userId}/recommendations"]
    solutions = {one["Arn"]: one["Create"] for one in plan.resources["Solutions"]}
    behind = {
        job["CampaignArn"]: solutions[solution["Train"]["SolutionArn"]]
        for solution in plan.maintenance["FULL"]["Solutions"]
        for job in solution["Campaigns"]
    }
    owners += [{"campaignArn": arn} for arn, create in behind.items() if _is_for_users(_recipe_of(create))]
    if not owners:
        return None
    recommenders = {one["Arn"]: one["Create"] for one in plan.resources["Recommenders"]}
    use_case = find_use_case(recommenders.get(owners[0].get("recommenderArn", ""), {}).get("RecipeArn", ""))
    if use_case is not None:
        return Asked(owners[0], use_case.recipe, () if use_case.event_type is None else (use_case.event_type,))
    create = behind.get(owners[0].get("campaignArn", ""), {})
    return Asked(owners[0], _recipe_of(create), _event_types(create))


def _is_for_users(recipe: RecipeFacts | None) -> bool:
    return recipe is not None and recipe.type is RecipeType.USER_PERSONALIZATION


def _recipe_of(create: dict[str, Any]) -> RecipeFacts | None:
    return find_recipe(create["RecipeArn"]) if create else None


def _event_types(create: dict[str, Any]) -> tuple[str, ...]:
    configured = create.get("SolutionConfig", {}).get("EventsConfig", {}).get("EventParametersList", ())
    named = [one["EventType"] for one in configured]
    return tuple(dict.fromkeys([*([create["EventType"]] if "EventType" in create else []), *named]))


def check_declared(plan: Plan, asked: Asked | None, event_type: str) -> Iterator[Check]:
    """Why an event may change nothing, as far as the project tells."""
    if plan.resources["EventTrackers"]:
        yield ok("tracker", f"declared, for dataset group {plan.resources['DatasetGroups'][0]['Create']['Name']}")
    else:
        yield failed("tracker", "the project declares no event tracker", "Add eventTracker: {name: …} and deploy.")
    if asked is None:
        advice = "Batch results change with the next batch run only. Add a campaign and endpoints: recommendations."
        yield failed("recipe", "nothing answers users in real time", advice)
        return
    if asked.recipe is None:
        yield warning("recipe", "it is not known here", "See the developer guide whether it learns in real time.")
    elif asked.recipe.realtime:
        yield ok("recipe", f"{asked.recipe.name} learns from events in real time")
    else:
        advice = "It learns from events when it is trained again. aws-user-personalization-v2 takes them at once."
        yield failed("recipe", f"{asked.recipe.name} has no real-time updates", advice)
    if asked.event_types and event_type not in asked.event_types:
        used = ", ".join(asked.event_types)
        yield failed(
            "event-type", f"the solution uses {used}, not {event_type}", f"Send one of these: --event-type {used}."
        )
    else:
        yield ok("event-type", f"{event_type}; the solution uses {', '.join(asked.event_types) or 'every type'}")


def run_trial(
    door: Door,
    event_type: str,
    *,
    user_id: str | None,
    item_id: str | None,
    wait_seconds: float,
    now: Callable[[], float] = time.time,
    pause: Callable[[float], None] = time.sleep,
) -> tuple[list[Check], dict[str, Any]]:
    """Ask twice, send, ask until the answer differs or the time is over.

    Args:
        user_id: None for a new one.
        item_id: None for the last item of the answer, so that its interaction is news.

    Returns:
        The checks, and `event`, `before`, `after`.
    """
    sent_at = int(now())
    user = user_id or f"{MARK}-{sent_at}"
    before = door.ask(user)
    if not before:
        return [failed("answer", "the answer is empty", "A filter leaves nothing, or nothing is trained yet.")], {}
    item = item_id or before[-1]
    event = Marked(user, event_type, item, f"{MARK}-{sent_at}", sent_at)
    checks = [_check_item(item, before), _check_rest(before, door.ask(user))]
    accepted = door.tell(event)
    checks.append(ok("accepted", f"{event_type} by {accepted}; event id {event.event_id}"))
    after, waited = door.ask(user), 0.0
    while after == before and waited < wait_seconds:
        pause(_PAUSE_SECONDS)
        waited += _PAUSE_SECONDS
        after = door.ask(user)
    checks.append(_check_effect(before, after, waited))
    return checks, {"event": vars(event), "before": list(before), "after": list(after)}


def _check_item(item: str, before: tuple[str, ...]) -> Check:
    if item in before:
        return ok("item", f"{item} is known: it was recommended")
    return warning(
        "item", f"{item} is not in the answer", "An event with an item that was never imported changes nothing."
    )


def _check_rest(before: tuple[str, ...], again: tuple[str, ...]) -> Check:
    """Exploration may change answers by itself; then a difference proves nothing."""
    if before == again:
        return ok("rest", f"two answers in a row are the same {len(before)} items")
    return warning(
        "rest", "answers differ without any event", "A difference proves little: try again, or another user."
    )


def _check_effect(before: tuple[str, ...], after: tuple[str, ...], waited_seconds: float) -> Check:
    if after == before:
        advice = "The checks that are not ok say why; if all are, wait longer: --wait-seconds."
        return failed("effect", f"the answer is the same after {waited_seconds:g} s", advice)
    moved = sum(one != other for one, other in zip(before, after, strict=False)) + abs(len(before) - len(after))
    return ok("effect", f"{moved} of {len(before)} places changed within {waited_seconds:g} s")
