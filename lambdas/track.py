"""Events of one session: checked one by one, sent to PutEvents in order.

Reads: TRACKING_ID_PARAMETER
Calls: personalize:PutEvents, ssm:GetParameter

Status 200: every event accepted. 207: some rejected. 400: none accepted. 503 with Retry-After: the service refused
some for load. The body says for each event what became of it; only `retry` ones are worth sending again, and sending
all again does no harm, because an event keeps its id. A queue that takes over what is refused for load comes later.
"""

from __future__ import annotations

import os
from functools import cache
from typing import TYPE_CHECKING, Any

from .shared.aws import client
from .shared.checks import checked_id, kind_of
from .shared.delivery import Delivery, TrackingId
from .shared.events import event_problems, prepared_event
from .shared.http import Answer, json_body, now_seconds, respond
from .shared.problem import ProblemError, bad_parameter

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_EVENTS = 100
BODY_FIELDS = ("sessionId", "userId", "events")


@cache
def _dependencies() -> tuple[TrackingId, Any]:
    return TrackingId(client("ssm"), os.environ["TRACKING_ID_PARAMETER"]), client("personalize-events")


def handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Answer POST /events."""
    tracking_id, events_client = _dependencies()
    return respond(event, context, lambda request: track(request, tracking_id, events_client))


def track(event: Mapping[str, Any], tracking_id: TrackingId, events_client: Any) -> Answer:
    """Check and send the events of one request.

    Raises:
        ProblemError: the request as a whole is wrong, no event was accepted, or the service is not available.
    """
    session_id, user_id, events = _checked_body(json_body(event))
    now = now_seconds(event)
    problems = [event_problems(one) for one in events]
    report = [{"index": index, "status": "rejected", "reasons": list(found)} for index, found in enumerate(problems)]
    prepared = {
        index: prepared_event(one, session_id, user_id, now)
        for index, (one, found) in enumerate(zip(events, problems, strict=True))
        if not found
    }
    caller = {"sessionId": session_id} if user_id is None else {"sessionId": session_id, "userId": user_id}
    delivery = Delivery(events_client, tracking_id, caller, now)
    delivery.send(prepared)
    for index, outcome in delivery.outcomes.items():
        report[index] = {"index": index, **outcome}
    return _answer(report, delivery.failure)


def _checked_body(body: dict[str, Any]) -> tuple[str, str | None, list[Any]]:
    unknown = [name for name in body if name not in BODY_FIELDS]
    if unknown:
        raise bad_parameter(f"Unknown field {unknown[0][:40]!r}; known are {', '.join(BODY_FIELDS)}.")
    session_id = checked_id(body.get("sessionId"), "sessionId")
    # Absent means anonymous; null is refused, because a client that means to send a user must not lose it silently.
    user_id = checked_id(body["userId"], "userId") if "userId" in body else None
    events = body.get("events")
    if not isinstance(events, list):
        raise bad_parameter(f"events must be an array, found {kind_of(events)}.")
    if not 1 <= len(events) <= MAX_EVENTS:
        raise bad_parameter(f"events must hold 1 to {MAX_EVENTS} events, found {len(events)}.")
    return session_id, user_id, events


def _answer(report: list[dict[str, Any]], failure: ProblemError | None) -> Answer:
    accepted = sum(1 for line in report if line["status"] == "accepted")
    rejected = sum(1 for line in report if line["status"] == "rejected")
    body = {"accepted": accepted, "rejected": rejected, "events": report}
    counts = {
        "EventsAccepted": accepted,
        "EventsRejected": rejected,
        "EventsRefused": len(report) - accepted - rejected,
    }
    problem = failure
    if problem is None and accepted == 0:
        problem = ProblemError(400, "no-event-accepted", "Every event was rejected; see events for the reasons.")
    if problem is not None:
        problem.members, problem.counts = body, counts
        raise problem
    return Answer(200 if rejected == 0 else 207, body, counts=counts)
