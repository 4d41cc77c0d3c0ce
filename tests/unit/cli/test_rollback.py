"""`tastemaker rollback` starts the release machine; moto stands for Step Functions."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from click.testing import CliRunner
from moto import mock_aws

from tastemaker.cli.main import cli
from tastemaker.errors import TastemakerError
from tests.support.project_files import write_project

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from click.testing import Result


@pytest.fixture
def stepfunctions() -> Iterator[Any]:
    with mock_aws():
        yield boto3.client("stepfunctions", region_name="eu-west-1")


def deploy(client: Any) -> str:
    definition = json.dumps({"StartAt": "A", "States": {"A": {"Type": "Succeed"}}})
    role = "arn:aws:iam::123456789012:role/x"
    created = client.create_state_machine(name="shop-dev-release", definition=definition, roleArn=role)
    return str(created["stateMachineArn"])


def rollback(folder: Path, *arguments: str) -> Result:
    command = ["rollback", *arguments, "-p", str(write_project(folder)), "--region", "eu-west-1", "--no-wait"]
    return CliRunner().invoke(cli, command, standalone_mode=False)


def started(client: Any, machine_arn: str) -> dict[str, Any]:
    arn = client.list_executions(stateMachineArn=machine_arn)["executions"][0]["executionArn"]
    found: dict[str, Any] = json.loads(client.describe_execution(executionArn=arn)["input"])
    return found


def test_the_machine_gets_the_campaign_and_finds_the_version_itself(tmp_path: Path, stepfunctions: Any) -> None:
    machine_arn = deploy(stepfunctions)
    result = rollback(tmp_path, "for-you")
    assert result.exception is None
    job = started(stepfunctions, machine_arn)
    assert job["CampaignArn"] == "arn:aws:personalize:eu-west-1:123456789012:campaign/shop-dev-for-you"
    assert (job["SolutionVersionArn"], job["Policy"], job["Note"]) == ("PREVIOUS", "promote", "rolled back by hand")


def test_a_version_may_be_named(tmp_path: Path, stepfunctions: Any) -> None:
    machine_arn = deploy(stepfunctions)
    version = "arn:aws:personalize:eu-west-1:123456789012:solution/shop-dev-for-you/0123abcd"
    rollback(tmp_path, "for-you", "--to", version, "--reason", "strange films")
    job = started(stepfunctions, machine_arn)
    assert (job["SolutionVersionArn"], job["Note"]) == (version, "strange films")


def test_an_unknown_campaign_is_told_with_the_nearest_one(tmp_path: Path, stepfunctions: Any) -> None:
    deploy(stepfunctions)
    result = rollback(tmp_path, "for-yuo")
    assert "There is no campaign 'for-yuo'. Did you mean `for-you`?" in str(result.exception)


def test_a_project_that_is_not_deployed_is_told(tmp_path: Path, stepfunctions: Any) -> None:
    assert stepfunctions.list_state_machines()["stateMachines"] == []
    result = rollback(tmp_path, "for-you")
    assert isinstance(result.exception, TastemakerError)
    assert str(result.exception).startswith("There is no state machine shop-dev-release in this account and Region")
