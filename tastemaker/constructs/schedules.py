"""The plan's schedules on EventBridge Scheduler, with one role and one dead-letter queue."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from aws_cdk import Aws
from aws_cdk import aws_iam as iam
from aws_cdk import aws_scheduler as scheduler
from constructs import Construct

from tastemaker.constructs.dead_letters import DeadLetters
from tastemaker.plan.tokens import machine_arn_token, resolve_tokens

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tastemaker.plan.specs import ScheduleSpec

RETRY_POLICY = scheduler.CfnSchedule.RetryPolicyProperty(maximum_event_age_in_seconds=3600, maximum_retry_attempts=5)
"""A start that fails for an hour waits for an operator in the dead-letter queue."""


class Schedules(Construct):
    """Starts state machines in the schedule's time zone.

    Args:
        name: of the group of schedules and, with `-dead` behind, of the queue for starts that failed.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        schedules: Sequence[ScheduleSpec],
        name: str,
        values: Mapping[str, str],
    ) -> None:
        super().__init__(scope, construct_id)
        self._name, self._values = name, values
        self.group = scheduler.CfnScheduleGroup(self, "Group", name=name)
        self.dead_letters = DeadLetters(self, "DeadLetters", of=name).queue
        self.role = self._build_role(sorted({self._machine_arn(schedule) for schedule in schedules}))
        for schedule in schedules:
            self._add(schedule)

    def _machine_arn(self, schedule: ScheduleSpec) -> str:
        return resolve_tokens(machine_arn_token(schedule.machine), self._values)

    def _build_role(self, machine_arns: list[str]) -> iam.Role:
        group_arn = f"arn:{Aws.PARTITION}:scheduler:{Aws.REGION}:{Aws.ACCOUNT_ID}:schedule-group/{self._name}"
        role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal(
                "scheduler.amazonaws.com",
                conditions={"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID, "aws:SourceArn": group_arn}},
            ),
            description=f"EventBridge Scheduler starts the state machines of {self._name}",
        )
        role.add_to_policy(iam.PolicyStatement(actions=["states:StartExecution"], resources=machine_arns))
        role.add_to_policy(iam.PolicyStatement(actions=["sqs:SendMessage"], resources=[self.dead_letters.queue_arn]))
        return role

    def _add(self, schedule: ScheduleSpec) -> None:
        resource = scheduler.CfnSchedule(
            self,
            schedule.name,
            name=schedule.name,
            group_name=self.group.ref,
            description=schedule.summary,
            schedule_expression=schedule.expression,
            schedule_expression_timezone=schedule.time_zone,
            flexible_time_window=_window(schedule.jitter_minutes),
            state="DISABLED" if schedule.paused else "ENABLED",
            target=scheduler.CfnSchedule.TargetProperty(
                arn=self._machine_arn(schedule),
                role_arn=self.role.role_arn,
                input=json.dumps(resolve_tokens(schedule.input, self._values)),
                dead_letter_config=scheduler.CfnSchedule.DeadLetterConfigProperty(arn=self.dead_letters.queue_arn),
                retry_policy=RETRY_POLICY,
            ),
        )
        # Scheduler tries to assume the role when the schedule is made: its policy must be there already.
        resource.node.add_dependency(self.role)


def _window(minutes: int) -> scheduler.CfnSchedule.FlexibleTimeWindowProperty:
    if minutes == 0:
        return scheduler.CfnSchedule.FlexibleTimeWindowProperty(mode="OFF")
    return scheduler.CfnSchedule.FlexibleTimeWindowProperty(mode="FLEXIBLE", maximum_window_in_minutes=minutes)
