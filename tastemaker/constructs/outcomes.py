"""Who hears of the workflows' outcomes: an event bus for programs, a topic for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from constructs import Construct

from tastemaker.constructs.dead_letters import DeadLetters
from tastemaker.constructs.service_principals import budget_conditions, confused_deputy_conditions
from tastemaker.constructs.token_values import topic_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aws_cdk import aws_kms as kms


def messages_name(prefix: str) -> str:
    """What the queue of undelivered messages is named after."""
    return f"{prefix}-messages"


class Outcomes(Construct):
    """The bus has the project's prefix as its name; the topic is encrypted with the data key."""

    def __init__(
        self, scope: Construct, construct_id: str, *, prefix: str, key: kms.IKey, emails: Sequence[str]
    ) -> None:
        super().__init__(scope, construct_id)
        self.bus = events.EventBus(self, "Bus", event_bus_name=prefix)
        self.topic = sns.Topic(
            self,
            "Topic",
            topic_name=topic_name(prefix),
            master_key=key,
            enforce_ssl=True,
        )
        self._allow("Alarms", "cloudwatch.amazonaws.com", confused_deputy_conditions("cloudwatch", f"alarm:{prefix}-*"))
        if emails:
            self._write_to(emails, prefix)

    def _write_to(self, emails: Sequence[str], prefix: str) -> None:
        """What cannot be delivered is a dead letter."""
        undelivered = DeadLetters(self, "DeadLetters", of=messages_name(prefix)).queue
        undelivered.add_to_resource_policy(
            iam.PolicyStatement(
                sid="Undelivered",
                principals=[iam.ServicePrincipal("sns.amazonaws.com")],
                actions=["sqs:SendMessage"],
                resources=[undelivered.queue_arn],
                conditions=confused_deputy_conditions("sns", topic_name(prefix)),
            )
        )
        for email in emails:
            sns.CfnSubscription(
                self,
                email,
                topic_arn=self.topic.topic_arn,
                protocol="email",
                endpoint=email,
                redrive_policy={"deadLetterTargetArn": undelivered.queue_arn},
            )

    def allow_budgets(self) -> None:
        self._allow("Budgets", "budgets.amazonaws.com", budget_conditions())

    def _allow(self, sid: str, principal: str, conditions: dict[str, Any]) -> None:
        self.topic.add_to_resource_policy(
            iam.PolicyStatement(
                sid=sid,
                principals=[iam.ServicePrincipal(principal)],
                actions=["sns:Publish"],
                resources=[self.topic.topic_arn],
                conditions=conditions,
            )
        )
