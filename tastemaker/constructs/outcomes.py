"""Who hears of the workflows' outcomes: an event bus for programs, a topic for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import aws_events as events
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from tastemaker.constructs.token_values import topic_name

if TYPE_CHECKING:
    from collections.abc import Sequence


class Outcomes(Construct):
    """The bus has the project's prefix as its name; the topic is encrypted with the data key."""

    def __init__(
        self, scope: Construct, construct_id: str, *, prefix: str, key_arn: str, emails: Sequence[str]
    ) -> None:
        super().__init__(scope, construct_id)
        self.bus = events.EventBus(self, "Bus", event_bus_name=prefix)
        self.topic = sns.Topic(
            self,
            "Topic",
            topic_name=topic_name(prefix),
            master_key=kms.Key.from_key_arn(self, "Key", key_arn),
            enforce_ssl=True,
        )
        for email in emails:
            self.topic.add_subscription(subscriptions.EmailSubscription(email))
