"""Sends queued events to the service, in the order of each session.

Reads: TRACKING_ID_PARAMETER, ACTION_INTERACTIONS_DATASET_ARN, DEAD_LETTER_QUEUE_URL, ARCHIVE_QUEUE_URL
Calls: personalize:PutEvents, personalize:PutActionInteractions, personalize:DescribeDataset, ssm:GetParameter, sqs:SendMessage

What the service still does not take stays in the queue, with everything after it, until the queue itself gives up and
moves it to the dead-letter queue. An event that the service finds wrong never gets better: it goes there at once.
Source: Lambda developer guide, Reporting batch item failures for Amazon SQS.
"""  # noqa: E501

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from .shared.aws import client
from .shared.delivery import Delivery
from .shared.log import metric_line, write
from .shared.problem import ProblemError
from .shared.queue import send_message, send_to_archive
from .shared.tracking import TrackingId, put_events, read_dataset, read_parameter

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True)
class Replaying:
    """What the batches of one execution environment share; `tracking_ids` by member of the parameters."""

    client: Any
    tracking_ids: Mapping[str, TrackingId]
    sqs: Any
    dead_letter_queue_url: str
    archive_url: str = ""


@cache
def _dependencies() -> Replaying:
    ssm, parameter = client("ssm"), os.environ["TRACKING_ID_PARAMETER"]
    personalize, dataset_arn = client("personalize"), os.environ["ACTION_INTERACTIONS_DATASET_ARN"]
    tracking_ids = {
        "eventList": TrackingId(lambda: read_parameter(ssm, parameter)),
        "actionInteractions": TrackingId(lambda: read_dataset(personalize, dataset_arn)),
    }
    urls = os.environ["DEAD_LETTER_QUEUE_URL"], os.environ["ARCHIVE_QUEUE_URL"]
    return Replaying(client("personalize-events"), tracking_ids, client("sqs"), *urls)


def handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Take a batch of the event queue."""
    return replay(event, context, _dependencies())


def replay(event: Mapping[str, Any], context: Any, replaying: Replaying) -> dict[str, Any]:
    """Replay message by message; at the first one that fails the rest of the batch is given back."""
    records = event["Records"]
    counts = {"EventsReplayed": 0, "EventsDeadLettered": 0, "MessagesDelayed": 0}
    given_back: list[dict[str, str]] = []
    code, now_ms = "", 0
    for place, record in enumerate(records):
        now_ms = _moment_ms(record)
        try:
            _replay_message(json.loads(record["body"]), now_ms / 1000, replaying, counts)
        except ProblemError as problem:
            code = problem.code
            given_back = [{"itemIdentifier": later["messageId"]} for later in records[place:]]
            break
    counts["MessagesDelayed"] = len(given_back)
    fields = {"invocationId": context.aws_request_id, **({"errorCode": code} if code else {})}
    write(metric_line(context.function_name, now_ms, counts, **fields))
    return {"batchItemFailures": given_back}


def _moment_ms(record: Mapping[str, Any]) -> int:
    """When this attempt began: handlers read no clock of their own. Each further one comes at least a minute later."""
    attributes = record["attributes"]
    first = int(attributes["ApproximateFirstReceiveTimestamp"])
    return first + 60_000 * (int(attributes["ApproximateReceiveCount"]) - 1)


def _replay_message(
    message: Mapping[str, Any], now_seconds: float, replaying: Replaying, counts: dict[str, int]
) -> None:
    parameters = message["parameters"]
    member = "eventList" if "eventList" in parameters else "actionInteractions"
    tracking_id = replaying.tracking_ids[member]

    def put(events: Sequence[dict[str, Any]]) -> None:
        sent = {**parameters, member: list(events)}
        put_events(replaying.client, tracking_id, sent, now_seconds)
        send_to_archive(replaying.sqs, replaying.archive_url, sent)

    delivery = Delivery(put)
    events = dict(enumerate(parameters[member]))
    delivery.send(events)
    if delivery.failure is not None:
        raise delivery.failure
    for place, outcome in delivery.outcomes.items():
        if outcome["status"] == "rejected":
            poison = {**parameters, member: [events[place]]}
            send_message(
                replaying.sqs, replaying.dead_letter_queue_url, poison, message["sessionId"], reasons=outcome["reasons"]
            )
            counts["EventsDeadLettered"] += 1
        else:
            counts["EventsReplayed"] += 1
