"""The queue for events that Amazon Personalize did not take, its dead-letter queue and its consumer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Duration
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from tastemaker.plan.tokens import (
    DEAD_LETTER_QUEUE_ARN,
    DEAD_LETTER_QUEUE_URL,
    EVENT_QUEUE_ARN,
    EVENT_QUEUE_URL,
    find_tokens,
)

if TYPE_CHECKING:
    from aws_cdk import RemovalPolicy

    from tastemaker.plan.specs import EventQueueSpec


class EventQueue(Construct):
    """Two FIFO queues, one message group for each session.

    What waits in them was promised to callers, so they outlive the stack unless the project says otherwise.

    Attributes:
        values: the tokens' values.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, spec: EventQueueSpec, prefix: str, removal_policy: RemovalPolicy
    ) -> None:
        super().__init__(scope, construct_id)
        self._spec, self._removal_policy = spec, removal_policy
        retention = Duration.days(spec.retention_days)
        self.dead_letters = self._add("DeadLetters", f"{prefix}-{spec.dead_letter_name}", retention_period=retention)
        self.queue = self._add(
            "Queue",
            f"{prefix}-{spec.name}",
            retention_period=retention,
            visibility_timeout=Duration.seconds(spec.visibility_timeout_seconds),
            dead_letter_queue=sqs.DeadLetterQueue(queue=self.dead_letters, max_receive_count=spec.max_receives),
        )
        named = {
            EVENT_QUEUE_URL: self.queue.queue_url,
            EVENT_QUEUE_ARN: self.queue.queue_arn,
            DEAD_LETTER_QUEUE_URL: self.dead_letters.queue_url,
            DEAD_LETTER_QUEUE_ARN: self.dead_letters.queue_arn,
        }
        self.values = {find_tokens(token).pop(): value for token, value in named.items()}

    def _add(self, construct_id: str, name: str, **properties: object) -> sqs.Queue:
        return sqs.Queue(
            self,
            construct_id,
            queue_name=name,
            fifo=True,
            # Both per group: many sessions are replayed at the same time.
            deduplication_scope=sqs.DeduplicationScope.MESSAGE_GROUP,
            fifo_throughput_limit=sqs.FifoThroughputLimit.PER_MESSAGE_GROUP_ID,
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            removal_policy=self._removal_policy,
            **properties,  # type: ignore[arg-type]
        )

    def feed(self, consumer: lambda_.Function) -> None:
        """Batches go to the consumer, which says which of their messages stay."""
        mapping = lambda_.CfnEventSourceMapping(
            self,
            "Mapping",
            function_name=consumer.function_name,
            event_source_arn=self.queue.queue_arn,
            batch_size=self._spec.batch_size,
            function_response_types=["ReportBatchItemFailures"],
            scaling_config=lambda_.CfnEventSourceMapping.ScalingConfigProperty(
                maximum_concurrency=self._spec.max_concurrency
            ),
        )
        # Lambda refuses the mapping before the function's role may read the queue.
        if consumer.role is not None:
            mapping.node.add_dependency(consumer.role)
