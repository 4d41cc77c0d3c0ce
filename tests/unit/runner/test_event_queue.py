"""The event queue offline: real SQS semantics by moto, the consumer a fake."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from moto import mock_aws

from tastemaker.aws import REGION, Boto3Caller
from tastemaker.errors import FunctionError
from tastemaker.plan.specs import ARCHIVE, EventQueueSpec
from tastemaker.runner.event_queue import EventQueuePump, create_event_queue
from tastemaker.runner.redrive import redrive_events

if TYPE_CHECKING:
    from collections.abc import Iterator

SPEC = EventQueueSpec()


class Consumer:
    """Gives back the messages whose body is in `failing`; raises when told to."""

    def __init__(self, *failing: str) -> None:
        self.failing, self.raises, self.bodies = set(failing), False, list[str]()

    def invoke(self, function: str, payload: Any) -> Any:
        assert function == "replay"
        if self.raises:
            raise FunctionError("KeyError", "defect")
        records = payload["Records"]
        self.bodies += [record["body"] for record in records]
        failures = [{"itemIdentifier": record["messageId"]} for record in records if record["body"] in self.failing]
        return {"batchItemFailures": failures}


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Boto3Caller]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    with mock_aws():
        yield Boto3Caller(REGION)


@pytest.fixture
def values(aws: Boto3Caller) -> dict[str, str]:
    return create_event_queue(aws, "shop-dev", SPEC)


def _send(aws: Boto3Caller, url: str, *bodies: str) -> None:
    for body in bodies:
        message = {"QueueUrl": url, "MessageBody": body, "MessageGroupId": "s1", "MessageDeduplicationId": body}
        aws.call("sqs", "SendMessage", message)


def test_both_queues_are_made_as_the_spec_says(aws: Boto3Caller, values: dict[str, str]) -> None:
    params = {"QueueUrl": values["EventQueueUrl"], "AttributeNames": ["All"]}
    attributes = aws.call("sqs", "GetQueueAttributes", params)["Attributes"]
    assert values["EventQueueArn"].endswith(":shop-dev-events.fifo")
    assert (attributes["FifoQueue"], attributes["VisibilityTimeout"]) == ("true", "180")
    assert json.loads(attributes["RedrivePolicy"]) == {
        "deadLetterTargetArn": values["DeadLetterQueueArn"],
        "maxReceiveCount": 200,
    }


def test_messages_reach_the_consumer_in_order_and_are_gone(aws: Boto3Caller, values: dict[str, str]) -> None:
    consumer = Consumer()
    pump = EventQueuePump(aws, consumer, SPEC, values)
    _send(aws, values["EventQueueUrl"], *(f"m{number:02}" for number in range(25)))
    assert pump.drain() == 25
    assert consumer.bodies == [f"m{number:02}" for number in range(25)]
    assert pump.pump() == 0


def test_what_the_consumer_gives_back_comes_again(aws: Boto3Caller, values: dict[str, str]) -> None:
    consumer = Consumer("m1")
    pump = EventQueuePump(aws, consumer, SPEC, values)
    _send(aws, values["EventQueueUrl"], "m0", "m1")
    assert pump.pump() == 1
    consumer.failing.clear()
    assert pump.pump() == 1
    assert consumer.bodies == ["m0", "m1", "m1"]


def test_a_consumer_that_fails_loses_nothing(aws: Boto3Caller, values: dict[str, str]) -> None:
    consumer = Consumer()
    pump = EventQueuePump(aws, consumer, SPEC, values)
    _send(aws, values["EventQueueUrl"], "m0")
    consumer.raises = True
    assert pump.drain() == 0
    consumer.raises = False
    assert pump.drain() == 1


@pytest.mark.slow
def test_dead_letters_go_back_in_order(aws: Boto3Caller, values: dict[str, str]) -> None:
    # Sent within five minutes of the originals, whose deduplication ids are still known.
    _send(aws, values["EventQueueUrl"], "m0", "m1")
    EventQueuePump(aws, Consumer(), SPEC, values).drain()
    _send(aws, values["DeadLetterQueueUrl"], "m0", "m1")
    assert redrive_events(aws, "shop-dev", SPEC) == 2
    consumer = Consumer()
    assert EventQueuePump(aws, consumer, SPEC, values).drain() == 2
    assert consumer.bodies == ["m0", "m1"]
    assert redrive_events(aws, "shop-dev", SPEC) == 0


@pytest.mark.slow
def test_dead_letters_of_the_archive_go_back_without_an_order(aws: Boto3Caller) -> None:
    values = create_event_queue(aws, "shop-dev", ARCHIVE)
    aws.call("sqs", "SendMessage", {"QueueUrl": values["ArchiveDeadLetterQueueUrl"], "MessageBody": "m0"})
    assert redrive_events(aws, "shop-dev", ARCHIVE) == 1
    (message,) = aws.call("sqs", "ReceiveMessage", {"QueueUrl": values["ArchiveQueueUrl"]})["Messages"]
    assert message["Body"] == "m0"
