"""Whole histories, one per state type and way to end: GetExecutionHistory of the API reference, event by event.

Each expected event is (previousEventId, type, its details, where it has some); their ids count from two.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from tastemaker.errors import AwsError, FunctionError
from tastemaker.runner.interpreter.history import details_member
from tests.support.tasks import ScriptedAws, ScriptedFunctions, engine_with, invoke, jsonpath, machine, played

FULL = {"truncated": False}
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:f"

ENTERED = "An error occurred while executing the state 'S' (entered at the event id #2)."
Line = tuple[Any, ...]


def data(name: str, text: str) -> dict[str, Any]:
    return {name: text, f"{name}Details": FULL}


def entered(state: str, text: str = "{}") -> dict[str, Any]:
    return {"name": state, **data("input", text)}


def left(state: str, text: str = "{}", **variables: str) -> dict[str, Any]:
    assigned = {"assignedVariables": variables, "assignedVariablesDetails": FULL} if variables else {}
    return {"name": state, **data("output", text), **assigned}


def ended(text: str = "{}") -> dict[str, Any]:
    return data("output", text)


def lines_of(execution: Any) -> list[Line]:
    """(previous, type, details) of all events but the first; details left out where the event has none."""
    lines: list[Line] = []
    for event in execution.history[1:]:
        details = event.get(details_member(event["type"]))
        lines.append((event["previousEventId"], event["type"], *(() if details is None else (details,))))
    return lines


def test_the_first_event_has_input_and_role() -> None:
    execution = played(jsonpath("S", S={"Type": "Succeed"}), {"a": 1})
    first = {name: value for name, value in execution.history[0].items() if name != "timestamp"}
    assert first == {
        "id": 1,
        "previousEventId": 0,
        "type": "ExecutionStarted",
        "executionStartedEventDetails": {
            **data("input", '{"a":1}'),
            "roleArn": "arn:aws:iam::123456789012:role/machine",
        },
    }


def test_pass_wait_and_succeed() -> None:
    definition = machine(
        "P",
        P={"Type": "Pass", "Assign": {"x": [1]}, "Output": 7, "Next": "W"},
        W={"Type": "Wait", "Seconds": 1, "Next": "Z"},
        Z={"Type": "Succeed", "Output": "{% $x %}"},
    )
    assert lines_of(played(definition)) == [
        (0, "PassStateEntered", entered("P")),
        (2, "PassStateExited", left("P", "7", x="[1]")),
        (3, "WaitStateEntered", entered("W", "7")),
        (4, "WaitStateExited", left("W", "7")),
        (5, "SucceedStateEntered", entered("Z", "7")),
        (6, "SucceedStateExited", left("Z", "[1]")),
        (7, "ExecutionSucceeded", ended("[1]")),
    ]


def test_choice_and_fail() -> None:
    rule = {"Condition": "{% true %}", "Assign": {"why": "so"}, "Next": "F"}
    definition = machine("S", S={"Type": "Choice", "Choices": [rule]}, F={"Type": "Fail", "Error": "E", "Cause": "c"})
    assert lines_of(played(definition)) == [
        (0, "ChoiceStateEntered", entered("S")),
        (2, "ChoiceStateExited", left("S", "{}", why='"so"')),
        (3, "FailStateEntered", entered("F")),
        (4, "ExecutionFailed", {"error": "E", "cause": "c"}),
    ]


def test_a_choice_without_a_match() -> None:
    rule = {"Condition": "{% false %}", "Next": "F"}
    definition = machine("S", S={"Type": "Choice", "Choices": [rule]}, F={"Type": "Fail"})
    cause = f"{ENTERED} Failed to transition out of the state. The state does not point to a next state."
    assert lines_of(played(definition)) == [
        (0, "ChoiceStateEntered", entered("S")),
        (2, "ExecutionFailed", {"error": "States.NoChoiceMatched", "cause": cause}),
    ]


def test_an_expression_that_fails() -> None:
    cause = f"{ENTERED} The JSONata expression '$x' specified for the field 'Output' returned nothing (undefined)."
    failure = {"error": "States.QueryEvaluationError", "cause": cause}
    assert lines_of(played(machine("S", S={"Type": "Pass", "Output": "{% $x %}", "End": True}))) == [
        (0, "PassStateEntered", entered("S")),
        (2, "EvaluationFailed", {**failure, "location": "Output", "state": "S"}),
        (3, "ExecutionFailed", failure),
    ]


def test_a_function_arn() -> None:
    state = {"Type": "Task", "Resource": FUNCTION, "TimeoutSeconds": 9, "End": True}
    assert lines_of(played(jsonpath("S", S=state))) == [
        (0, "TaskStateEntered", entered("S")),
        (2, "LambdaFunctionScheduled", {"resource": FUNCTION, **data("input", "{}"), "timeoutInSeconds": 9}),
        (3, "LambdaFunctionStarted"),
        (4, "LambdaFunctionSucceeded", data("output", "{}")),
        (5, "TaskStateExited", left("S")),
        (6, "ExecutionSucceeded", ended()),
    ]


def test_a_function_that_fails_is_retried_and_caught() -> None:
    refused = AwsError("lambda", "TooManyRequestsException", "Rate exceeded", 429, "r")
    state = {
        "Type": "Task",
        "Resource": FUNCTION,
        "Retry": [{"ErrorEquals": ["Lambda.TooManyRequestsException"], "MaxAttempts": 1}],
        "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": None, "Next": "Z"}],
        "End": True,
    }
    engine = engine_with(functions=ScriptedFunctions({FUNCTION: [refused]}))
    scheduled = {"resource": FUNCTION, **data("input", "{}")}
    where = "Service: AWSLambda; Status Code: 429; Error Code: TooManyRequestsException; Request ID: r; Proxy: null"
    failure = {"error": "Lambda.TooManyRequestsException", "cause": f"Rate exceeded ({where})"}
    assert lines_of(played(jsonpath("S", S=state, Z={"Type": "Succeed"}), engine=engine)) == [
        (0, "TaskStateEntered", entered("S")),
        (2, "LambdaFunctionScheduled", scheduled),
        (3, "LambdaFunctionStarted"),
        (4, "LambdaFunctionFailed", failure),
        (5, "LambdaFunctionScheduled", scheduled),
        (6, "LambdaFunctionStarted"),
        (7, "LambdaFunctionFailed", failure),
        (8, "TaskStateExited", left("S")),
        (9, "SucceedStateEntered", entered("Z")),
        (10, "SucceedStateExited", left("Z")),
        (11, "ExecutionSucceeded", ended()),
    ]


WHICH = {"resourceType": "aws-sdk:sqs", "resource": "getQueueUrl"}


def sdk(**fields: Any) -> dict[str, Any]:
    resource = "arn:aws:states:::aws-sdk:sqs:getQueueUrl"
    return {"Type": "Task", "Resource": resource, "Parameters": {"QueueName": "q"}, "End": True, **fields}


SCHEDULED = {**WHICH, "region": "us-east-1", "parameters": '{"QueueName":"q"}'}


def test_a_call_of_a_service() -> None:
    aws = ScriptedAws({"GetQueueUrl": [{"QueueUrl": "u"}]})
    state = sdk(TimeoutSeconds=9, HeartbeatSeconds=3, Credentials={"RoleArn": "arn:r"})
    limits = {"timeoutInSeconds": 9, "heartbeatInSeconds": 3, "taskCredentials": {"roleArn": "arn:r"}}
    assert lines_of(played(jsonpath("S", S=state), engine=engine_with(aws))) == [
        (0, "TaskStateEntered", entered("S")),
        (2, "TaskScheduled", {**SCHEDULED, **limits}),
        (3, "TaskStarted", WHICH),
        (4, "TaskSucceeded", {**WHICH, **data("output", '{"QueueUrl":"u"}')}),
        (5, "TaskStateExited", left("S", '{"QueueUrl":"u"}')),
        (6, "ExecutionSucceeded", ended('{"QueueUrl":"u"}')),
    ]


def test_a_call_that_is_refused() -> None:
    aws = ScriptedAws({"GetQueueUrl": [AwsError("sqs", "QueueDoesNotExist", "gone", 400, "r")]})
    failure = {
        "error": "Sqs.QueueDoesNotExistException",
        "cause": "gone (Service: Sqs, Status Code: 400, Request ID: r)",
    }
    assert lines_of(played(jsonpath("S", S=sdk()), engine=engine_with(aws))) == [
        (0, "TaskStateEntered", entered("S")),
        (2, "TaskScheduled", SCHEDULED),
        (3, "TaskStarted", WHICH),
        (4, "TaskFailed", {**WHICH, **failure}),
        (5, "ExecutionFailed", failure),
    ]


CALLBACK = {
    "Type": "Task",
    "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
    "Parameters": {"FunctionName": "f", "Payload": {"token.$": "$$.Task.Token"}},
    "HeartbeatSeconds": 5,
    "End": True,
}


def types_and_previous(execution: Any) -> list[tuple[int, str]]:
    return [line[:2] for line in lines_of(execution)]


@pytest.mark.parametrize(
    ("answer", "event", "failure"),
    [
        ("succeed", "TaskSucceeded", None),
        ("fail", "TaskFailed", {"error": "E", "cause": "c"}),
        ("never", "TaskTimedOut", {"error": "States.Timeout"}),
    ],
)
def test_a_callback(answer: str, event: str, failure: dict[str, str] | None) -> None:
    engine = engine_with()
    engine.register("m", jsonpath("S", S=CALLBACK))
    execution = engine.start("m", {})
    engine.advance(1)
    (token,) = engine.tokens.opened
    if answer == "succeed":
        engine.tokens.succeed(token, "7")
    elif answer == "fail":
        engine.tokens.fail(token, "E", "c")
    engine.run(execution)
    which = {"resourceType": "lambda", "resource": "invoke.waitForTaskToken"}
    end = [(6, "TaskStateExited"), (7, "ExecutionSucceeded")] if failure is None else [(6, "ExecutionFailed")]
    assert types_and_previous(execution) == [
        (0, "TaskStateEntered"),
        (2, "TaskScheduled"),
        (3, "TaskStarted"),
        (4, "TaskSubmitted"),
        (5, event),
        *end,
    ]
    assert lines_of(execution)[4][2] == {**which, **(data("output", "7") if failure is None else failure)}
    if failure is not None:
        assert lines_of(execution)[-1][2] == failure


def test_work_that_is_refused_is_not_submitted() -> None:
    """TaskSubmitFailed: a task of `.sync` or `.waitForTaskToken` that could not be begun."""
    engine = engine_with(functions=ScriptedFunctions({"f": [AwsError("lambda", "ServiceException", "no", 500, "r")]}))
    execution = played(jsonpath("S", S=CALLBACK), engine=engine)
    assert types_and_previous(execution)[2:] == [(3, "TaskStarted"), (4, "TaskSubmitFailed"), (5, "ExecutionFailed")]
    assert lines_of(execution)[3][2]["error"] == "Lambda.ServiceException"


def test_an_activity() -> None:
    engine = engine_with()
    arn = engine.create_activity("a").arn
    engine.register("m", jsonpath("S", S={"Type": "Task", "Resource": arn, "TimeoutSeconds": 9, "End": True}))
    execution = engine.start("m", {})
    engine.advance(1)
    task = engine.activities.take(arn, "worker")
    assert task is not None
    engine.advance(1)
    engine.tokens.succeed(task.token.text, "[1]")
    engine.run(execution)
    assert lines_of(execution) == [
        (0, "TaskStateEntered", entered("S")),
        (2, "ActivityScheduled", {"resource": arn, **data("input", "{}"), "timeoutInSeconds": 9}),
        (3, "ActivityStarted", {"workerName": "worker"}),
        (4, "ActivitySucceeded", data("output", "[1]")),
        (5, "TaskStateExited", left("S", "[1]")),
        (6, "ExecutionSucceeded", ended("[1]")),
    ]


PASS = {"Type": "Pass", "End": True}


def test_a_parallel() -> None:
    state = {"Type": "Parallel", "Branches": [jsonpath("A", A=PASS), jsonpath("B", B=PASS)], "End": True}
    assert lines_of(played(jsonpath("S", S=state), 1)) == [
        (0, "ParallelStateEntered", entered("S", "1")),
        (2, "ParallelStateStarted"),
        (3, "PassStateEntered", entered("A", "1")),
        (4, "PassStateExited", left("A", "1")),
        (3, "PassStateEntered", entered("B", "1")),
        (6, "PassStateExited", left("B", "1")),
        (7, "ParallelStateSucceeded"),
        (7, "ParallelStateExited", left("S", "[1,1]")),
        (9, "ExecutionSucceeded", ended("[1,1]")),
    ]


def test_a_map_with_an_iteration_that_fails() -> None:
    state = {"Type": "Map", "ItemProcessor": jsonpath("F", F={"Type": "Fail", "Error": "E"}), "MaxConcurrency": 1}
    catch = [{"ErrorEquals": ["E"], "Next": "Z"}]
    definition = jsonpath("S", S={**state, "Catch": catch, "End": True}, Z={"Type": "Fail"})
    assert lines_of(played(definition, [1])) == [
        (0, "MapStateEntered", entered("S", "[1]")),
        (2, "MapStateStarted", {"length": 1}),
        (3, "MapIterationStarted", {"name": "S", "index": 0}),
        (4, "FailStateEntered", entered("F", "1")),
        (5, "MapIterationFailed", {"name": "S", "index": 0}),
        (5, "MapStateFailed"),
        (7, "MapStateExited", left("S", '{"Error":"E","Cause":""}')),
        (8, "FailStateEntered", entered("Z", '{"Error":"E","Cause":""}')),
        (9, "ExecutionFailed", {}),
    ]


def test_a_nested_execution_that_fails() -> None:
    engine = engine_with()
    child = engine.register("child", jsonpath("F", F={"Type": "Fail", "Error": "E"}))
    resource = "arn:aws:states:::states:startExecution.sync:2"
    state = {"Type": "Task", "Resource": resource, "Parameters": {"StateMachineArn": child}, "End": True}
    execution = played(jsonpath("S", S=state), engine=engine)
    assert types_and_previous(execution)[2:] == [
        (3, "TaskStarted"),
        (4, "TaskSubmitted"),
        (5, "TaskFailed"),
        (6, "ExecutionFailed"),
    ]
    failure = lines_of(execution)[4][2]
    assert (failure["resource"], failure["error"]) == ("startExecution.sync:2", "States.TaskFailed")
    assert json.loads(failure["cause"]).items() >= {"Status": "FAILED", "Error": "E", "Input": "{}"}.items()


def test_a_redriven_task_is_scheduled_again_without_being_entered() -> None:
    """Restarting state machine executions with redrive: schedules and starts the Task state again."""
    functions = ScriptedFunctions({"f": [FunctionError("Broken", "no"), 7]})
    engine = engine_with(functions=functions)
    execution = played(machine("S", S={**invoke("f", Output=1), "End": True}), engine=engine)
    engine.redrive(execution)
    engine.run(execution)
    assert types_and_previous(execution)[4:] == [
        (5, "ExecutionFailed"),
        (6, "ExecutionRedriven"),
        (7, "TaskScheduled"),
        (8, "TaskStarted"),
        (9, "TaskSucceeded"),
        (10, "TaskStateExited"),
        (11, "ExecutionSucceeded"),
    ]
