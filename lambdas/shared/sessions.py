"""What POST /events and POST /action-interactions do alike: check, prepare, send, report."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .attempts import Deadline
from .body import json_body, refuse_unknown
from .checks import checked_id, kind_of
from .delivery import Delivery
from .events import event_problems, prepared_event
from .http import Answer, now_seconds
from .memory import Memory
from .outcomes import for_service, record_outcomes, record_session
from .problem import ProblemError, bad_parameter
from .queue import send_message, send_to_archive
from .settings import check_sender, route_settings
from .tracking import put_events

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from .events import EventKind
    from .settings import Routes
    from .tracking import TrackingId

MAX_EVENTS = 100
SQS_ATTEMPT_SECONDS = 1.5
"""Two attempts for each of a few messages, after the service's deadline, stay inside the function's ten seconds."""
HOLD_SECONDS = 60
"""How long the later events of a session follow its queued ones into the queue."""


@dataclass(frozen=True)
class Tracking:
    """What the requests of one execution environment share.

    Attributes:
        clock: seconds from any moment on.
        held: sessions with events in the queue.
        linked: sessions that are on record as a user's.
        tables: client of DynamoDB; None where events belong to no experiment.
        archive_url: of the archive's queue; empty where there is none.
    """

    client: Any
    tracking_id: TrackingId
    sqs: Any
    queue_url: str
    deadline_seconds: float
    clock: Callable[[], float]
    held: Memory = field(default_factory=lambda: Memory(4096))
    linked: Memory = field(default_factory=lambda: Memory(4096))
    tables: Any = None
    archive_url: str = ""


@dataclass(frozen=True)
class Session:
    """The caller of a request."""

    session_id: str
    user_id: str | None
    now_seconds: float

    def parameters(self, member: str, events: Sequence[dict[str, Any]]) -> dict[str, Any]:
        """As the service takes them: PutEvents names the session once, PutActionInteractions in each entry."""
        caller = {"sessionId": self.session_id, **({} if self.user_id is None else {"userId": self.user_id})}
        if member == "events":
            return {**caller, "eventList": list(events)}
        return {"actionInteractions": [{**caller, **event} for event in events]}


def track_session(event: Mapping[str, Any], routes: Routes, tracking: Tracking, kind: EventKind, member: str) -> Answer:
    """Check and send the events of one request.

    Args:
        member: of the body that holds them.

    Raises:
        ProblemError: the request as a whole is wrong, no event was accepted, or neither service nor queue takes them.
    """
    settings = route_settings(event, routes)
    session, events = _checked_body(event, member)
    check_sender(event, settings, session.user_id)
    now = session.now_seconds
    report: list[dict[str, Any]] = [{"index": index} for index in range(len(events))]
    prepared = {}
    for index, one in enumerate(events):
        problems = event_problems(one, kind, now)
        if problems:
            report[index] |= {"status": "rejected", "reasons": list(problems)}
        else:
            prepared[index] = prepared_event(one, kind, session.session_id, session.user_id, now)
    sent = {index: for_service(settings, one) for index, one in prepared.items()}
    delivery = _deliver(session, sent, tracking, member, queued=settings.get("delivery") == "queued")
    for index, outcome in delivery.outcomes.items():
        known = {} if outcome["status"] == "rejected" else {"eventId": prepared[index]["eventId"]}
        report[index] |= {**outcome, **known}
    return report_answer(report, delivery, _record(session, settings, tracking, prepared, delivery))


def _record(
    session: Session,
    settings: Mapping[str, Any],
    tracking: Tracking,
    prepared: Mapping[int, dict[str, Any]],
    delivery: Delivery,
) -> dict[str, int]:
    """Counts of outcomes: of the events that are safe with the service or in the queue."""
    experiments = settings.get("experiments")
    if experiments is None:
        return {}
    safe = [
        event for index, event in prepared.items() if delivery.outcomes[index]["status"] in ("accepted", "buffered")
    ]
    unit = session.session_id if session.user_id is None else session.user_id
    return {**record_outcomes(tracking.tables, experiments, unit, safe), **_link(session, experiments, tracking)}


def _link(session: Session, experiments: Mapping[str, Any], tracking: Tracking) -> dict[str, int]:
    """Note once whose session it is; what could not be noted is counted and tried with the next events."""
    user_id, session_id, now = session.user_id, session.session_id, session.now_seconds
    if user_id is None or user_id == session_id or tracking.linked.get(session_id, now) == user_id:
        return {}
    if not record_session(tracking.tables, experiments, user_id, session_id, now):
        return {"SessionsUnlinked": 1}
    tracking.linked.put(session_id, user_id, now)
    return {}


def _checked_body(event: Mapping[str, Any], member: str) -> tuple[Session, list[Any]]:
    body = json_body(event)
    refuse_unknown(body, ("sessionId", "userId", member))
    session_id = checked_id(body.get("sessionId"), "sessionId")
    # Absent means anonymous; null is refused, because a client that means to send a user must not lose it silently.
    user_id = checked_id(body["userId"], "userId") if "userId" in body else None
    return Session(session_id, user_id, now_seconds(event)), checked_entries(body, member)


def checked_entries(body: Mapping[str, Any], member: str) -> list[Any]:
    """The entries of a request.

    Raises:
        ProblemError: 400, not an array of 1 to 100.
    """
    entries = body.get(member)
    if not isinstance(entries, list):
        raise bad_parameter(f"{member} must be an array, found {kind_of(entries)}.")
    if not 1 <= len(entries) <= MAX_EVENTS:
        raise bad_parameter(f"{member} must hold 1 to {MAX_EVENTS} {member}, found {len(entries)}.")
    return entries


def _deliver(
    session: Session, prepared: Mapping[int, dict[str, Any]], tracking: Tracking, member: str, *, queued: bool
) -> Delivery:
    deadline = Deadline(tracking.deadline_seconds, tracking.clock)
    now = session.now_seconds
    held = tracking.held.get(session.session_id, now, HOLD_SECONDS) is not None

    def put(events: Sequence[dict[str, Any]]) -> None:
        if not deadline.allows(1):
            raise ProblemError(503, "overloaded", "There is no time left.", code="Deadline")
        parameters = session.parameters(member, events)
        put_events(tracking.client, tracking.tracking_id, parameters, now)
        send_to_archive(tracking.sqs, tracking.archive_url, parameters)

    def buffer(events: Sequence[dict[str, Any]]) -> None:
        send_message(tracking.sqs, tracking.queue_url, session.parameters(member, events), session.session_id)

    delivery = Delivery(put, buffer, buffering=queued or held)
    delivery.send(prepared)
    if delivery.buffered and not queued:
        tracking.held.put(session.session_id, True, now)
    return delivery


def report_answer(report: list[dict[str, Any]], delivery: Delivery, more: Mapping[str, int] | None = None) -> Answer:
    """200 all accepted, 202 some of them queued, 207 some rejected.

    Args:
        more: further metric names to count.

    Raises:
        ProblemError: 400, all rejected; as the delivery says, when some have to be sent again.
    """
    statuses = [line["status"] for line in report]
    found = {status: statuses.count(status) for status in ("accepted", "buffered", "rejected", "retry")}
    body: dict[str, Any] = {**found, "events": report}
    counts = {**{f"Events{status.title()}": count for status, count in found.items()}, **(more or {})}
    problem = delivery.failure
    if problem is None and found["rejected"] == len(report):
        problem = ProblemError(400, "nothing-accepted", "Everything was rejected; see events for the reasons.")
    if problem is not None:
        problem.members, problem.counts = body, counts
        raise problem
    status = 207 if found["rejected"] else 202 if found["buffered"] else 200
    return Answer(status, body, code=delivery.cause, counts=counts)
