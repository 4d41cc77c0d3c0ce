"""Checks of what is deployed: access to the data, the event tracker, state machines, schedules."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from tastemaker.aws import Boto3Caller
from tastemaker.aws_policies import find_data_denial
from tastemaker.cli.checkup import Check, failed, ok, warning
from tastemaker.plan.tokens import find_tokens, read_tokens

if TYPE_CHECKING:
    from collections.abc import Callable

    from tastemaker.plan.specs import Plan

_DEPLOY = "Deploy the project: npx cdk deploy --all."
_TOKEN = re.compile(r"\\\$\\\{[A-Za-z][A-Za-z0-9]*\\\}")


@dataclass(frozen=True)
class Deployed:
    """A project in an account.

    Attributes:
        clients: by boto3's service name.
        group_arn: of the dataset group.
    """

    plan: Plan
    clients: Callable[[str], Any]
    region: str
    account_id: str
    group_arn: str

    def build_checks(self) -> dict[str, Callable[[], Check]]:
        """Name to check, in the order in which they are shown."""
        return {
            "data-access": self.check_data_access,
            "event-tracker": self.check_tracker,
            "state-machines": self.check_machines,
            "schedules": self.check_schedules,
        }

    def check_data_access(self) -> Check:
        """Role, bucket and key must each let Amazon Personalize in (reference §11)."""
        name = "data-access"
        found = self._ask_stack() or self._ask_schedules()
        if found is None:
            told = f"neither stack {self._stack} nor a schedule tells role and bucket"
            return Check(name, "unknown", told, _DEPLOY)
        role_arn, bucket = found
        denial = find_data_denial(
            Boto3Caller(self.region), region=self.region, account_id=self.account_id, role_arn=role_arn, bucket=bucket
        )
        if denial is not None:
            return failed(name, denial, "An import would fail. Deploy again, or mend what was changed by hand.")
        role = role_arn.rpartition("/")[2]
        return ok(name, f"{role}, the policy of {bucket} and its key let Amazon Personalize read and write")

    @property
    def _stack(self) -> str:
        return f"{self.plan.prefix}-data"

    def _ask_stack(self) -> tuple[str, str] | None:
        """ARN of the role and name of the bucket in the stack of `app.py`; None in an app with other stacks."""
        try:
            pages = self.clients("cloudformation").get_paginator("list_stack_resources").paginate(StackName=self._stack)
            found = [one for page in pages for one in page["StackResourceSummaries"]]
        except ClientError as error:
            if _is_absent(error):
                return None
            raise
        role, bucket = _find(found, "AWS::IAM::Role", "PersonalizeRole"), _find(found, "AWS::S3::Bucket", "Bucket")
        if role is None or bucket is None:
            return None
        return self.clients("iam").get_role(RoleName=role)["Role"]["Arn"], bucket

    def _ask_schedules(self) -> tuple[str, str] | None:
        """The same from what a schedule hands to its state machine, wherever the constructs stand."""
        for schedule in self.plan.schedules:
            where = {"GroupName": self.plan.prefix, "Name": schedule.name}
            try:
                target = self.clients("scheduler").get_schedule(**where)["Target"]
            except ClientError as error:
                if _is_absent(error):
                    continue
                raise
            told = read_tokens(schedule.input, json.loads(target.get("Input", "{}")))
            if {"PersonalizeRoleArn", "DataBucketName"} <= told.keys():
                return told["PersonalizeRoleArn"], told["DataBucketName"]
        return None

    def check_tracker(self) -> Check:
        """ACTIVE, and its id is the one that the functions read."""
        name, declared = "event-tracker", self.plan.resources["EventTrackers"]
        if not declared:
            return ok(name, "the project declares none")
        personalize = self.clients("personalize")
        listed = personalize.list_event_trackers(datasetGroupArn=self.group_arn)["eventTrackers"]
        if not listed:
            return failed(name, "the dataset group has none", _DEPLOY)
        found = personalize.describe_event_tracker(eventTrackerArn=listed[0]["eventTrackerArn"])["eventTracker"]
        if found["status"] != "ACTIVE":
            return warning(name, f"{found['name']} is {found['status']}", "Events are refused until it is ACTIVE.")
        parameter = declared[0]["TrackingIdParameter"]
        known = self.clients("ssm").get_parameter(Name=parameter)["Parameter"]["Value"]
        if known != found["trackingId"]:
            advice = "Events go nowhere. Run the ensure machine, which writes it anew."
            return failed(name, f"{parameter} holds another tracking id than {found['name']} has", advice)
        return ok(name, f"{found['name']} is ACTIVE, and {parameter} holds its id")

    def check_machines(self) -> Check:
        """Every definition is the one that this version of Tastemaker makes of the plan."""
        name, states = "state-machines", self.clients("stepfunctions")
        pages = states.get_paginator("list_state_machines").paginate()
        arns = {one["name"]: one["stateMachineArn"] for page in pages for one in page["stateMachines"]}
        missing, other = [], []
        for machine in self.plan.machines:
            arn = arns.get(f"{self.plan.prefix}-{machine.name}", arns.get(machine.name))
            if arn is None:
                missing.append(machine.name)
            elif not is_definition_of(machine.definition, states.describe_state_machine(stateMachineArn=arn)):
                other.append(machine.name)
        if missing:
            return failed(name, f"not deployed: {', '.join(missing)}", _DEPLOY)
        if other:
            return warning(
                name, f"differ from the plan's: {', '.join(other)}", f"An older version is deployed. {_DEPLOY}"
            )
        return ok(name, f"{len(arns)} deployed, definitions equal the plan's")

    def check_schedules(self) -> Check:
        """Each exists and fires, unless the project pauses it."""
        name, declared = "schedules", self.plan.schedules
        if not declared:
            return ok(name, "the project declares none")
        pages = self.clients("scheduler").get_paginator("list_schedules").paginate(GroupName=self.plan.prefix)
        state = {one["Name"]: one["State"] for page in pages for one in page["Schedules"]}
        missing = [one.name for one in declared if one.name not in state]
        if missing:
            return failed(name, f"not deployed: {', '.join(missing)}", _DEPLOY)
        off = [one.name for one in declared if state[one.name] != "ENABLED" and not one.paused]
        if off:
            return failed(
                name, f"switched off: {', '.join(off)}", "Nothing is trained by them. Enable them, or deploy again."
            )
        return ok(name, f"{len(declared)} enabled" if not declared[0].paused else "paused by the project")


def _is_absent(error: ClientError) -> bool:
    """CloudFormation calls a stack that does not exist a ValidationError."""
    return error.response["Error"]["Code"] in {"ValidationError", "ResourceNotFoundException"}


def is_definition_of(planned: dict[str, Any], described: dict[str, Any]) -> bool:
    """Whether a deployed definition is the planned one with values in the place of tokens.

    Args:
        described: answer of DescribeStateMachine.
    """
    deployed = json.loads(described["definition"])
    if not find_tokens(planned):
        return bool(planned == deployed)
    pattern = _TOKEN.sub('[^"]*?', re.escape(json.dumps(planned, sort_keys=True)))
    return re.fullmatch(pattern, json.dumps(deployed, sort_keys=True)) is not None


def _find(resources: list[dict[str, Any]], kind: str, logical: str) -> str | None:
    """Physical name of the stack's first resource of this type with the words in its logical id; no logs' bucket."""
    return next(
        (
            str(one["PhysicalResourceId"])
            for one in resources
            if one["ResourceType"] == kind
            and logical in one["LogicalResourceId"]
            and "AccessLogs" not in one["LogicalResourceId"]
        ),
        None,
    )
