"""Events of one session: checked one by one, sent to PutEvents in order, or queued when it does not take them.

Reads: ROUTES, DEADLINE_MILLISECONDS, TRACKING_ID_PARAMETER, EVENT_QUEUE_URL, ARCHIVE_QUEUE_URL
Calls: personalize:PutEvents, ssm:GetParameter, sqs:SendMessage, dynamodb:BatchWriteItem

Status 200: every event accepted. 202: accepted, but some wait in the queue. 207: some rejected. 400: none accepted.
503 with Retry-After: not even the queue takes them. The body says for each event what became of it; only `retry` ones
are worth sending again, and sending all again does no harm, because an event keeps its id.
"""

from __future__ import annotations

import os
import time
from functools import cache
from typing import TYPE_CHECKING, Any

from .shared.attempts import ATTEMPTS_PER_DEADLINE
from .shared.aws import client
from .shared.events import EVENT
from .shared.http import respond
from .shared.sessions import SQS_ATTEMPT_SECONDS, Tracking, track_session
from .shared.settings import read_deadline_seconds, read_routes
from .shared.tracking import TrackingId, read_parameter

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .shared.settings import Routes


@cache
def _dependencies() -> tuple[Routes, Tracking]:
    deadline = read_deadline_seconds()
    attempt = deadline / ATTEMPTS_PER_DEADLINE
    routes = read_routes()
    recording = any("experiments" in settings for settings in routes.values())
    ssm, parameter = client("ssm", attempt), os.environ["TRACKING_ID_PARAMETER"]
    tracking = Tracking(
        # The queue is the retry.
        client("personalize-events", attempt, max_attempts=1),
        TrackingId(lambda: read_parameter(ssm, parameter)),
        client("sqs", SQS_ATTEMPT_SECONDS),
        os.environ["EVENT_QUEUE_URL"],
        deadline,
        time.monotonic,
        tables=client("dynamodb", attempt, max_attempts=1) if recording else None,
        archive_url=os.environ["ARCHIVE_QUEUE_URL"],
    )
    return routes, tracking


def handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Answer POST /events."""
    routes, tracking = _dependencies()
    return respond(event, context, lambda request: track_session(request, routes, tracking, EVENT, "events"))
