"""The queue for events that the service did not take (SQS FIFO, one group for each session), and the archive's."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from .aws import call
from .problem import ProblemError

if TYPE_CHECKING:
    from collections.abc import Mapping


def send_message(sqs: Any, queue_url: str, parameters: Mapping[str, Any], session_id: str, **more: Any) -> None:
    """Queue what `put_events` takes.

    The same events queued twice within five minutes are one message; later the service knows them by their ids.

    Args:
        more: further members of the message's body, for whoever reads it.

    Raises:
        ProblemError: as `aws.call` says.
    """
    events = parameters.get("eventList") or parameters["actionInteractions"]
    call(
        sqs.send_message,
        QueueUrl=queue_url,
        MessageBody=json.dumps({"parameters": parameters, "sessionId": session_id, **more}),
        # A hash, because a session id may hold what a group id may not.
        MessageGroupId=_hash(session_id),
        MessageDeduplicationId=_hash(json.dumps([session_id, [event["eventId"] for event in events]])),
    )


def send_to_archive(sqs: Any, queue_url: str, parameters: Mapping[str, Any]) -> None:
    """Queue what the service has taken for `archive.py`; an empty address means that there is no archive.

    Raises:
        ProblemError: 503, whatever the reason is, so that the events are kept and tried again.
    """
    if not queue_url:
        return
    try:
        call(sqs.send_message, QueueUrl=queue_url, MessageBody=json.dumps(parameters))
    except ProblemError as problem:
        raise ProblemError(503, "unavailable", "The archive takes no events.", code=problem.code) from problem


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
