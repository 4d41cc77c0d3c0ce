"""`tastemaker doctor` against a deployed shop; moto stands for all that is not Amazon Personalize."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from tastemaker.cli.doctor import check_account
from tastemaker.plan.tokens import resolve_tokens
from tests.support.aws_fakes import client_error
from tests.support.command_line import run_command
from tests.support.workflows import SHOP, Shop, deployed_shop

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tastemaker.cli.checkup import Check

pytestmark = pytest.mark.slow

TRACKED = SHOP + "eventTracker: {name: clicks}\n"
REGION, ACCOUNT, BUCKET = "us-east-1", "123456789012", "doctors-data"
SERVICE = {"Service": "personalize.amazonaws.com"}
READING: list[dict[str, Any]] = [
    {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": f"arn:aws:s3:::{BUCKET}"},
    {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": f"arn:aws:s3:::{BUCKET}/*"},
]


def document(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with deployed_shop(tmp_path_factory.mktemp("shop"), TRACKED) as shop:
        shop.run("ensure", shop.local.plan.resources)
        trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": SERVICE}
        client("iam").create_role(RoleName="reader", AssumeRolePolicyDocument=json.dumps(document(trust)))
        client("s3").create_bucket(Bucket=BUCKET)
        reading = json.dumps(document(*READING))
        client("iam").put_role_policy(RoleName="reader", PolicyName="data", PolicyDocument=reading)
        allow(*READING)
        for machine in shop.local.plan.machines:
            client("stepfunctions").create_state_machine(
                name=f"shop-dev-{machine.name}",
                definition=json.dumps(shop.resolved(machine.definition)),
                roleArn=f"arn:aws:iam::{ACCOUNT}:role/x",
            )
        client("scheduler").create_schedule_group(Name="shop-dev")
        for schedule in shop.local.plan.schedules:
            set_schedule("create_schedule", schedule.name, "ENABLED")
        yield shop


class Quotas:
    """Service Quotas, which moto does not know: one quota was raised."""

    def get_paginator(self, operation: str) -> Quotas:
        assert operation == "list_service_quotas"
        return self

    def paginate(self, **params: str) -> list[dict[str, Any]]:
        assert params == {"ServiceCode": "personalize"}
        return [{"Quotas": [{"QuotaName": "Number of active campaigns per dataset group", "Value": 7.0}]}]


class Stacks:
    """CloudFormation with the data stack, in short: importing moto's takes longer than all tests here."""

    def get_paginator(self, operation: str) -> Stacks:
        assert operation == "list_stack_resources"
        return self

    is_there = True

    def paginate(self, **params: str) -> list[dict[str, Any]]:
        assert params == {"StackName": "shop-dev-data"}
        if not self.is_there:
            raise client_error("ValidationError", "Stack with id shop-dev-data does not exist")
        found = {
            "DataBucketAccessLogs1": ("AWS::S3::Bucket", "logs"),
            "DataBucket1": ("AWS::S3::Bucket", BUCKET),
            "DataPersonalizeRole1": ("AWS::IAM::Role", "reader"),
        }
        return [
            {
                "StackResourceSummaries": [
                    {"LogicalResourceId": logical, "ResourceType": kind, "PhysicalResourceId": name}
                    for logical, (kind, name) in found.items()
                ]
            }
        ]


def client(service: str) -> Any:
    stand_ins = {"service-quotas": Quotas, "cloudformation": Stacks}
    return stand_ins[service]() if service in stand_ins else boto3.client(service, region_name=REGION)


def allow(*statements: dict[str, Any]) -> None:
    policy = document(*({**statement, "Principal": SERVICE} for statement in statements))
    client("s3").put_bucket_policy(Bucket=BUCKET, Policy=json.dumps(policy))


def set_schedule(operation: str, name: str, state: str, handed_over: str = "{}") -> None:
    getattr(client("scheduler"), operation)(
        Name=name,
        GroupName="shop-dev",
        State=state,
        ScheduleExpression="cron(0 3 ? * SUN *)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={
            "Arn": f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:x",
            "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/x",
            "Input": handed_over,
        },
    )


def checks(shop: Shop) -> dict[str, Check]:
    return {check.name: check for check in check_account(shop.local.plan, REGION, client)}


def test_all_is_well_in_a_deployed_shop(shop: Shop) -> None:
    found = checks(shop)
    assert {name: check.verdict for name, check in found.items()} == dict.fromkeys(found, "ok")
    assert found["quota-solutions"].found == "2 of 10"
    assert found["quota-campaigns"].found == "0 of 7, 2 wanted"
    assert found["event-tracker"].found == (
        "shop-dev-clicks is ACTIVE, and /tastemaker/shop/dev/tracking-id holds its id"
    )
    assert found["schedules"].found == "3 enabled"


def test_a_bucket_policy_that_lost_a_right_is_named(shop: Shop) -> None:
    allow(READING[0])
    check = checks(shop)["data-access"]
    allow(*READING)
    assert check.verdict == "failed"
    assert check.found == (
        f"the policy of bucket {BUCKET} does not allow personalize.amazonaws.com s3:GetObject on "
        f"arn:aws:s3:::{BUCKET}/full/interactions/"
    )


def test_role_and_bucket_are_found_in_any_stack_by_what_a_schedule_hands_over(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Stacks, "is_there", False)
    unknown = checks(shop)["data-access"]
    assert (unknown.verdict, unknown.found) == (
        "unknown", "neither stack shop-dev-data nor a schedule tells role and bucket",
    )  # fmt: skip
    values = {
        **shop.local.values,
        "DataBucketName": BUCKET,
        "PersonalizeRoleArn": f"arn:aws:iam::{ACCOUNT}:role/reader",
    }
    full = next(one for one in shop.local.plan.schedules if one.name == "full")
    set_schedule("update_schedule", "full", "ENABLED", json.dumps(resolve_tokens(full.input, values)))
    found = checks(shop)["data-access"]
    set_schedule("update_schedule", "full", "ENABLED")
    assert (found.verdict, found.found) == (
        "ok", f"reader, the policy of {BUCKET} and its key let Amazon Personalize read and write",
    )  # fmt: skip


def test_a_tracking_id_that_was_overwritten_is_told(shop: Shop) -> None:
    parameter = "/tastemaker/shop/dev/tracking-id"
    right = client("ssm").get_parameter(Name=parameter)["Parameter"]["Value"]
    client("ssm").put_parameter(Name=parameter, Value="0000", Overwrite=True)
    check = checks(shop)["event-tracker"]
    client("ssm").put_parameter(Name=parameter, Value=right, Overwrite=True)
    assert check.verdict == "failed"
    assert check.found == f"{parameter} holds another tracking id than shop-dev-clicks has"


def test_a_schedule_that_somebody_switched_off_is_told(shop: Shop) -> None:
    set_schedule("update_schedule", "full", "DISABLED")
    check = checks(shop)["schedules"]
    set_schedule("update_schedule", "full", "ENABLED")
    assert (check.verdict, check.found) == ("failed", "switched off: full")


def test_a_machine_of_another_version_is_told(shop: Shop) -> None:
    arn = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:shop-dev-watch"
    right = client("stepfunctions").describe_state_machine(stateMachineArn=arn)["definition"]
    client("stepfunctions").update_state_machine(stateMachineArn=arn, definition=right.replace("3600", "3601"))
    check = checks(shop)["state-machines"]
    client("stepfunctions").update_state_machine(stateMachineArn=arn, definition=right)
    assert (check.verdict, check.found) == ("warning", "differ from the plan's: watch")


def test_the_command_ends_in_three_when_a_check_failed(shop: Shop) -> None:
    done = run_command("doctor", "--project", shop.folder, "-e", "dev", "--region", "eu-west-9", "--json")
    report = json.loads(done.out)
    assert (done.code, report["status"]) == (3, "PROBLEMS")
    assert [check["name"] for check in report["checks"] if check["verdict"] == "failed"][-1] == "region"
