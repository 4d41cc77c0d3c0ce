"""The event queue on the laptop: SQS queues of whoever answers `AwsCaller`, and what Lambda does with them on AWS."""

from __future__ import annotations

import contextlib
import json
import threading
from typing import TYPE_CHECKING, Any

from tastemaker.errors import FunctionError
from tastemaker.plan.tokens import resolve_tokens

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from tastemaker.plan.specs import EventQueueSpec
    from tastemaker.runner.seams import AwsCaller, FunctionInvoker

SECONDS_PER_DAY = 86_400
PAUSE_SECONDS = 1
MOST_AT_ONCE = 10
"""Of one ReceiveMessage; Lambda joins several answers to a larger batch."""
SYSTEM_ATTRIBUTES = ["All"]


def create_event_queue(aws: AwsCaller, prefix: str, spec: EventQueueSpec) -> dict[str, str]:
    """Make the queue and its dead-letter queue as CloudFormation does.

    Returns:
        The tokens' values: addresses and ARNs of both.
    """
    common = {"MessageRetentionPeriod": str(spec.retention_days * SECONDS_PER_DAY)}
    if spec.is_fifo:
        common["FifoQueue"] = "true"
    dead_url, dead_arn = _create(aws, f"{prefix}-{spec.dead_letter_name}", common)
    redrive = {"deadLetterTargetArn": dead_arn, "maxReceiveCount": spec.max_receives}
    attributes = {
        **common,
        "VisibilityTimeout": str(spec.visibility_timeout_seconds),
        "RedrivePolicy": json.dumps(redrive),
    }
    url, arn = _create(aws, f"{prefix}-{spec.name}", attributes)
    return spec.tokens.valued(url, arn, dead_url, dead_arn)


def _create(aws: AwsCaller, name: str, attributes: dict[str, str]) -> tuple[str, str]:
    """Address and ARN."""
    created = aws.call("sqs", "CreateQueue", {"QueueName": name, "Attributes": attributes})
    url: str = created["QueueUrl"]
    known = aws.call("sqs", "GetQueueAttributes", {"QueueUrl": url, "AttributeNames": ["QueueArn"]})
    return url, str(known["Attributes"]["QueueArn"])


class EventQueuePump:
    """Lambda's event source mapping: batches to the consumer, with the failures that it reports.

    Args:
        values: token values; they hold the queues' addresses.
    """

    def __init__(
        self, aws: AwsCaller, functions: FunctionInvoker, spec: EventQueueSpec, values: Mapping[str, str]
    ) -> None:
        self._aws, self._functions, self._spec = aws, functions, spec
        self._url, self._arn, self._dead_url, _ = (resolve_tokens(token, values) for token in spec.tokens)

    def pump(self) -> int:
        """Take one batch to the consumer; what it gives back, or all when it fails, becomes visible again at once.

        Returns:
            How many messages are done and deleted.
        """
        params = {
            "QueueUrl": self._url,
            "MaxNumberOfMessages": min(self._spec.batch_size, MOST_AT_ONCE),
            "AttributeNames": SYSTEM_ATTRIBUTES,
            "WaitTimeSeconds": 0,
        }
        messages: list[dict[str, Any]] = self._aws.call("sqs", "ReceiveMessage", params).get("Messages", [])
        if not messages:
            return 0
        given_back = self._consume(messages)
        done = [message for message in messages if message["MessageId"] not in given_back]
        for message in messages:
            handle = {"QueueUrl": self._url, "ReceiptHandle": message["ReceiptHandle"]}
            if message["MessageId"] in given_back:
                self._aws.call("sqs", "ChangeMessageVisibility", {**handle, "VisibilityTimeout": 0})
            else:
                self._aws.call("sqs", "DeleteMessage", handle)
        return len(done)

    def drain(self) -> int:
        """Pump until the queue is empty or nothing moves any more; returns how many messages are done."""
        total = 0
        while done := self.pump():
            total += done
        return total

    def waiting(self) -> int:
        """Messages in the queue and in the dead-letter queue; each holds at most ten events of one session."""
        asked = ["ApproximateNumberOfMessages"]
        counts = [
            self._aws.call("sqs", "GetQueueAttributes", {"QueueUrl": url, "AttributeNames": asked})["Attributes"]
            for url in (self._url, self._dead_url)
        ]
        return sum(int(count[asked[0]]) for count in counts)

    def _consume(self, messages: list[dict[str, Any]]) -> set[str]:
        """Ids of the messages that stay. Source: Lambda developer guide, Amazon SQS event."""
        records = [
            {
                "messageId": message["MessageId"],
                "receiptHandle": message["ReceiptHandle"],
                "body": message["Body"],
                "attributes": message["Attributes"],
                "messageAttributes": {},
                "eventSource": "aws:sqs",
                "eventSourceARN": self._arn,
            }
            for message in messages
        ]
        try:
            answer = self._functions.invoke(self._spec.consumer, {"Records": records})
        except FunctionError:
            return {message["MessageId"] for message in messages}
        return {failure["itemIdentifier"] for failure in answer["batchItemFailures"]}


@contextlib.contextmanager
def replaying(pumps: Collection[EventQueuePump]) -> Iterator[None]:
    """Drain the queues every second in a thread of its own."""
    stop = threading.Event()

    def work() -> None:
        while pumps and not stop.wait(PAUSE_SECONDS):
            for pump in pumps:
                pump.drain()

    thread = threading.Thread(target=work, name="replay", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
