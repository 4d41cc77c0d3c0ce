"""A queue of events, its dead-letter queue and its consumer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_cdk import Duration
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from constructs import Construct

if TYPE_CHECKING:
    from aws_cdk import RemovalPolicy

    from tastemaker.plan.specs import EventQueueSpec

_IN_ORDER: dict[str, Any] = {
    "fifo": True,
    # Both per group: many sessions are replayed at the same time.
    "deduplication_scope": sqs.DeduplicationScope.MESSAGE_GROUP,
    "fifo_throughput_limit": sqs.FifoThroughputLimit.PER_MESSAGE_GROUP_ID,
}


class EventQueue(Construct):
    """Two queues; FIFO ones have one message group for each session.

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
        arns = self.queue.queue_arn, self.dead_letters.queue_arn
        self.values = spec.tokens.valued(self.queue.queue_url, arns[0], self.dead_letters.queue_url, arns[1])

    def _add(self, construct_id: str, name: str, **properties: object) -> sqs.Queue:
        return sqs.Queue(
            self,
            construct_id,
            queue_name=name,
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            removal_policy=self._removal_policy,
            **(_IN_ORDER if self._spec.is_fifo else {}),
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
            maximum_batching_window_in_seconds=self._spec.batching_window_seconds or None,
            function_response_types=["ReportBatchItemFailures"],
            scaling_config=lambda_.CfnEventSourceMapping.ScalingConfigProperty(
                maximum_concurrency=self._spec.max_concurrency
            ),
        )
        # Lambda refuses the mapping before the function's role may read the queue.
        if consumer.role is not None:
            mapping.node.add_dependency(consumer.role)
