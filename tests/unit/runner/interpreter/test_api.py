from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tastemaker.errors import AwsError, UnsupportedBySimulatorError
from tastemaker.runner.interpreter.api import StepFunctionsApi
from tests.support.tasks import engine_with, single

MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:m"
EXECUTION = "arn:aws:states:us-east-1:123456789012:execution:m:e"
T0 = datetime(2026, 1, 1, tzinfo=UTC)


def api() -> StepFunctionsApi:
    engine = engine_with()
    engine.register("m", single({"Type": "Wait", "Seconds": 60}))
    return StepFunctionsApi(engine)


def test_an_execution_is_started_described_and_stopped() -> None:
    calls = api()
    started = calls.call("StartExecution", {"stateMachineArn": MACHINE, "name": "e", "input": '{"a":1}'})
    assert started == {"executionArn": EXECUTION, "startDate": T0}
    assert calls.call("StopExecution", {"executionArn": EXECUTION, "error": "E", "cause": "C"}) == {"stopDate": T0}
    assert calls.call("DescribeExecution", {"executionArn": EXECUTION}) == {
        "executionArn": EXECUTION,
        "stateMachineArn": MACHINE,
        "name": "e",
        "status": "ABORTED",
        "startDate": T0,
        "stopDate": T0,
        "input": '{"a":1}',
        "inputDetails": {"included": True},
        "error": "E",
        "cause": "C",
        "redriveCount": 0,
        "redriveStatus": "REDRIVABLE",
    }


def test_executions_are_listed_newest_first_by_page_and_status() -> None:
    calls = api()
    for name in "abc":
        calls.call("StartExecution", {"stateMachineArn": MACHINE, "name": name})
    calls.call("StopExecution", {"executionArn": f"{EXECUTION[:-1]}b"})
    first = calls.call("ListExecutions", {"stateMachineArn": MACHINE, "statusFilter": "RUNNING", "maxResults": 1})
    assert [item["name"] for item in first["executions"]] == ["c"]
    rest = {"stateMachineArn": MACHINE, "statusFilter": "RUNNING", "nextToken": first["nextToken"]}
    second = calls.call("ListExecutions", rest)
    assert [item["name"] for item in second["executions"]] == ["a"]
    assert "nextToken" not in second


def test_the_history_may_be_read_backwards() -> None:
    calls = api()
    calls.call("StartExecution", {"stateMachineArn": MACHINE, "name": "e"})
    calls.call("StopExecution", {"executionArn": EXECUTION})
    events = calls.call("GetExecutionHistory", {"executionArn": EXECUTION, "reverseOrder": True, "maxResults": 2})
    assert [event["type"] for event in events["events"]] == ["ExecutionAborted", "WaitStateEntered"]


@pytest.mark.parametrize(
    ("operation", "params", "message"),
    [
        (
            "StartExecution",
            {"stateMachineArn": "gone"},
            "InvalidArn: Invalid Arn: 'Invalid ARN prefix: gone'",
        ),
        (
            "ListExecutions",
            {"stateMachineArn": "gone"},
            "InvalidArn: Invalid Arn: 'Invalid ARN prefix: gone'",
        ),
        (
            "DescribeExecution",
            {"executionArn": EXECUTION},
            f"ExecutionDoesNotExist: Execution Does Not Exist: '{EXECUTION}'",
        ),
        ("DescribeExecution", {"executionArn": "gone"}, "InvalidArn: Invalid Arn: 'Invalid ARN prefix: gone'"),
        (
            "DescribeExecution",
            {"executionArn": MACHINE},
            "InvalidArn: Invalid Arn: 'Resource type not valid in this context: stateMachine'",
        ),
        (
            "CreateActivity",
            {},
            (
                "ValidationException: 1 validation error detected: "
                "Value at 'name' failed to satisfy constraint: Member must not be null"
            ),
        ),
        ("ListStateMachines", {"nextToken": "x"}, "InvalidToken: Invalid Token: 'x'"),
    ],
)
def test_a_refused_call(operation: str, params: dict[str, str], message: str) -> None:
    with pytest.raises(AwsError) as caught:
        api().call(operation, params)
    assert str(caught.value) == message


def test_an_operation_that_is_not_built_says_so() -> None:
    with pytest.raises(UnsupportedBySimulatorError, match=r"^Not simulated: Step Functions MakeTea\. Built: "):
        api().call("MakeTea", {})
