"""State machines that start when files have come: one rule on the account's event bus for each marker object."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from constructs import Construct

from tastemaker.constructs.dead_letters import DeadLetters
from tastemaker.constructs.service_principals import confused_deputy_conditions
from tastemaker.plan.tokens import DATA_BUCKET, machine_arn_token, resolve_tokens

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tastemaker.plan.specs import ArrivalSpec

EVENTS = "events.amazonaws.com"
RETRY_POLICY = events.CfnRule.RetryPolicyProperty(maximum_event_age_in_seconds=3600, maximum_retry_attempts=5)


class Arrivals(Construct):
    """S3 tells the default event bus, which starts the machine; what fails for an hour is a dead letter."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        arrivals: Sequence[ArrivalSpec],
        prefix: str,
        values: Mapping[str, str],
    ) -> None:
        super().__init__(scope, construct_id)
        self._prefix, self._values = prefix, values
        self._of_rules = confused_deputy_conditions("events", f"rule/{prefix}-*")
        self.dead_letters = DeadLetters(self, "DeadLetters", of=f"{prefix}-arrivals").queue
        self.dead_letters.add_to_resource_policy(
            iam.PolicyStatement(
                sid="FailedStarts",
                principals=[iam.ServicePrincipal(EVENTS)],
                actions=["sqs:SendMessage"],
                resources=[self.dead_letters.queue_arn],
                conditions=self._of_rules,
            )
        )
        self.role = self._build_role(sorted({self._machine_arn(arrival) for arrival in arrivals}))
        for arrival in arrivals:
            self._add(arrival)

    def _machine_arn(self, arrival: ArrivalSpec) -> str:
        return resolve_tokens(machine_arn_token(arrival.machine), self._values)

    def _build_role(self, machine_arns: list[str]) -> iam.Role:
        role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal(EVENTS, conditions=self._of_rules),
            description=f"EventBridge starts the state machines of {self._prefix} when files have come",
        )
        role.add_to_policy(iam.PolicyStatement(actions=["states:StartExecution"], resources=machine_arns))
        return role

    def _add(self, arrival: ArrivalSpec) -> None:
        bucket = resolve_tokens(DATA_BUCKET, self._values)
        events.CfnRule(
            self,
            arrival.name,
            name=f"{self._prefix}-{arrival.name}",
            description=arrival.summary,
            state="DISABLED" if arrival.paused else "ENABLED",
            event_pattern={
                "source": ["aws.s3"],
                "detail-type": ["Object Created"],
                "detail": {"bucket": {"name": [bucket]}, "object": {"key": [arrival.key]}},
            },
            targets=[
                events.CfnRule.TargetProperty(
                    id="machine",
                    arn=self._machine_arn(arrival),
                    role_arn=self.role.role_arn,
                    input=json.dumps(resolve_tokens(arrival.input, self._values)),
                    dead_letter_config=events.CfnRule.DeadLetterConfigProperty(arn=self.dead_letters.queue_arn),
                    retry_policy=RETRY_POLICY,
                )
            ],
        )
