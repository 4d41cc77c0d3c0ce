"""A queue for what could not be started."""

from __future__ import annotations

from aws_cdk import Duration
from aws_cdk import aws_sqs as sqs
from constructs import Construct


def dead_letter_name(of: str) -> str:
    """Physical name, so that alarms need no reference."""
    return f"{of}-dead"


class DeadLetters(Construct):
    """Encrypted with a key of SQS, reachable over TLS only; two weeks are SQS's longest."""

    def __init__(self, scope: Construct, construct_id: str, *, of: str) -> None:
        super().__init__(scope, construct_id)
        self.queue = sqs.Queue(
            self,
            "Queue",
            queue_name=dead_letter_name(of),
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            retention_period=Duration.days(14),
        )
