"""Dead letters of a queue of events back to where they came from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tastemaker.plan.specs import EventQueueSpec
    from tastemaker.runner.seams import AwsCaller

BATCH_SIZE = 10
MAX_DEDUPLICATION_ID_LENGTH = 128


def redrive_events(aws: AwsCaller, prefix: str, spec: EventQueueSpec) -> int:
    """Move every dead letter back to the queue, each session in its order where there is one.

    A letter is deleted only once it is queued: whatever interrupts this, nothing is lost, and what is queued twice is
    known by its event ids. Letters that arrive meanwhile may stay for the next time.

    Returns:
        How many messages were moved.

    Raises:
        AwsError: a queue does not exist, or the caller may not use it.
    """
    dead_url = _url(aws, f"{prefix}-{spec.dead_letter_name}")
    url = _url(aws, f"{prefix}-{spec.name}")
    moved, receive = 0, {"QueueUrl": dead_url, "MaxNumberOfMessages": BATCH_SIZE, "AttributeNames": ["All"]}
    while messages := aws.call("sqs", "ReceiveMessage", {**receive, "WaitTimeSeconds": 1}).get("Messages"):
        for message in messages:
            letter = {"QueueUrl": url, "MessageBody": message["Body"], **(_order(message) if spec.is_fifo else {})}
            aws.call("sqs", "SendMessage", letter)
            aws.call("sqs", "DeleteMessage", {"QueueUrl": dead_url, "ReceiptHandle": message["ReceiptHandle"]})
            moved += 1
    return moved


def _url(aws: AwsCaller, name: str) -> str:
    return str(aws.call("sqs", "GetQueueUrl", {"QueueName": name})["QueueUrl"])


def _order(message: Mapping[str, Any]) -> dict[str, str]:
    """The same session; a new id, for within five minutes of the first sending the old one counts as a copy."""
    attributes = message["Attributes"]
    identifier = f"{attributes['MessageDeduplicationId']}-{message['MessageId']}"
    return {
        "MessageGroupId": attributes["MessageGroupId"],
        "MessageDeduplicationId": identifier[-MAX_DEDUPLICATION_ID_LENGTH:],
    }
