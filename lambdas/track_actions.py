"""What users did with recommended actions: checked one by one, sent in order, or queued.

Reads: ROUTES, DEADLINE_MILLISECONDS, ACTION_INTERACTIONS_DATASET_ARN, EVENT_QUEUE_URL, ARCHIVE_QUEUE_URL
Calls: personalize:PutActionInteractions, personalize:DescribeDataset, sqs:SendMessage

Statuses and report are those of POST /events.
"""

from __future__ import annotations

import os
import time
from functools import cache
from typing import TYPE_CHECKING, Any

from .shared.attempts import ATTEMPTS_PER_DEADLINE
from .shared.aws import client
from .shared.events import ACTION_INTERACTION
from .shared.http import respond
from .shared.sessions import SQS_ATTEMPT_SECONDS, Tracking, track_session
from .shared.settings import read_deadline_seconds, read_routes
from .shared.tracking import TrackingId, read_dataset

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .shared.settings import Routes


@cache
def _dependencies() -> tuple[Routes, Tracking]:
    deadline = read_deadline_seconds()
    attempt = deadline / ATTEMPTS_PER_DEADLINE
    personalize, dataset_arn = client("personalize", attempt), os.environ["ACTION_INTERACTIONS_DATASET_ARN"]
    tracking = Tracking(
        client("personalize-events", attempt, max_attempts=1),
        TrackingId(lambda: read_dataset(personalize, dataset_arn)),
        client("sqs", SQS_ATTEMPT_SECONDS),
        os.environ["EVENT_QUEUE_URL"],
        deadline,
        time.monotonic,
        archive_url=os.environ["ARCHIVE_QUEUE_URL"],
    )
    return read_routes(), tracking


def handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Answer POST /action-interactions."""
    routes, tracking = _dependencies()
    return respond(
        event,
        context,
        lambda request: track_session(request, routes, tracking, ACTION_INTERACTION, "actionInteractions"),
    )
