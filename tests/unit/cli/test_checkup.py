"""Checks of `tastemaker doctor` that need no deployment."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError

from tastemaker.cli.checkup import Check, examine, ok
from tastemaker.cli.checkup_account import check_credentials, check_region
from tastemaker.cli.checkup_deployment import is_definition_of
from tastemaker.cli.checkup_tools import check_tools
from tests.support.command_line import run_command
from tests.support.project_files import write_project

if TYPE_CHECKING:
    from pathlib import Path


def verdicts(**versions: str | None) -> dict[str, tuple[str, str]]:
    return {check.name: (check.verdict, check.found) for check in check_tools(versions.get)}


def test_fitting_tools_are_well() -> None:
    found = verdicts(node="v24.1.0", cdk="2.1148.1 (build 1a2b3c)")
    assert found["node"] == ("ok", "v24.1.0")
    assert found["cdk"] == ("ok", "2.1148.1 (build 1a2b3c)")
    assert (found["python"][0], found["boto3"][0]) == ("ok", "ok")


@pytest.mark.parametrize(
    ("tool", "version", "verdict", "found"),
    [
        ("node", None, "warning", "not found"),
        ("node", "v20.9.0", "warning", "v20.9.0; the CDK is made for 22 or 24"),
        ("node", "", "warning", "a version that it does not tell; the CDK is made for 22 or 24"),
        ("cdk", None, "warning", "not found"),
        ("cdk", "2.1100.0", "failed", "2.1100.0 is too old, 2.1148.0 is needed"),
        ("cdk", "3.0.0", "failed", "3.0.0 was published by accident and cannot read what this CDK writes"),
    ],
)
def test_what_does_not_fit_is_told(tool: str, version: str | None, verdict: str, found: str) -> None:
    assert verdicts(**{tool: version})[tool] == (verdict, found)


@pytest.mark.parametrize(
    ("region", "found"),
    [
        (None, "no AWS Region is configured"),
        ("eu-west-9", "eu-west-9 has no Amazon Personalize"),
    ],
)
def test_a_region_without_the_service_fails(region: str | None, found: str) -> None:
    check = check_region(region)
    assert (check.verdict, check.found) == ("failed", found)


class Sts:
    """Answers, or raises."""

    def __init__(self, answer: dict[str, str] | Exception) -> None:
        self._answer = answer

    def get_caller_identity(self) -> dict[str, str]:
        if isinstance(self._answer, Exception):
            raise self._answer
        return self._answer


def refusal(code: str, message: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "ListSolutions")


def test_who_asks_is_told() -> None:
    check = check_credentials(Sts({"Arn": "arn:aws:iam::123456789012:user/eva", "Account": "123456789012"}))
    assert check == ok("credentials", "arn:aws:iam::123456789012:user/eva in account 123456789012")


@pytest.mark.parametrize(
    ("error", "found"),
    [
        (NoCredentialsError(), "there are no AWS credentials"),
        (refusal("ExpiredToken", "The security token expired"), "refused: The security token expired"),
    ],
)
def test_absent_and_expired_credentials_end_in_advice(error: Exception, found: str) -> None:
    check = check_credentials(Sts(error))
    assert (check.verdict, check.found) == ("failed", found)
    assert "aws configure sso" in check.advice


@pytest.mark.parametrize(
    ("error", "found"),
    [
        (
            refusal("AccessDeniedException", "User: x is not authorized to perform: personalize:ListSolutions on *"),
            "may not be asked: personalize:ListSolutions is missing",
        ),
        (refusal("AccessDenied", "Access Denied"), "may not be asked: ListSolutions is missing"),
        (refusal("ThrottlingException", "Rate exceeded"), "ThrottlingException: Rate exceeded"),
        (EndpointConnectionError(endpoint_url="https://x"), 'Could not connect to the endpoint URL: "https://x"'),
    ],
)
def test_what_could_not_be_asked_is_unknown_and_names_the_permission(error: Exception, found: str) -> None:
    def look() -> Check:
        raise error

    check = examine("quota-solutions", look)
    assert (check.verdict, check.found) == ("unknown", found)


@pytest.mark.parametrize(
    ("deployed", "equal"),
    [
        ({"A": "arn:aws:personalize:eu-west-1:1:x/y", "B": 1}, True),
        ({"A": "arn:aws:personalize:eu-west-1:1:x/z", "B": 1}, False),
        ({"A": "arn:aws:personalize:eu-west-1:1:x/y", "B": 2}, False),
        ({"A": "arn:aws:personalize:eu-west-1:1:x/y"}, False),
    ],
)
def test_a_definition_is_compared_with_values_in_the_place_of_tokens(deployed: dict[str, Any], equal: bool) -> None:
    planned = {"A": "arn:aws:personalize:${Region}:${AccountId}:x/y", "B": 1}
    assert is_definition_of(planned, {"definition": json.dumps(deployed)}) is equal


def test_offline_checks_need_no_account(tmp_path: Path) -> None:
    done = run_command("doctor", "--offline", "--json", "--project", write_project(tmp_path))
    assert [check["name"] for check in json.loads(done.out)["checks"]] == ["python", "boto3", "node", "cdk"]
