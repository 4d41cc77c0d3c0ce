"""TestState as the developer guide and the API reference describe it; each test names the section."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tastemaker.errors import AwsError
from tastemaker.runner.interpreter.api import StepFunctionsApi
from tests.support.tasks import ScriptedAws, engine_with, jsonpath

INVOKE = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": {"FunctionName": "f"}}
ITERATION = jsonpath("P", P={"Type": "Pass", "End": True})
DISTRIBUTED = {**ITERATION, "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}}


def answer_of(state: dict[str, Any], **params: Any) -> dict[str, Any]:
    given = {
        name: json.dumps(value) if name in {"input", "context", "variables"} else value
        for name, value in params.items()
    }
    request = {"definition": json.dumps(state), "inspectionLevel": "DEBUG", **given}
    return StepFunctionsApi(engine_with(ScriptedAws())).call("TestState", request)


def refusal(state: dict[str, Any], **params: Any) -> str:
    with pytest.raises(AwsError) as caught:
        answer_of(state, **params)
    assert caught.value.code == "ValidationException"
    return caught.value.message


def result(value: Any, **fields: Any) -> dict[str, Any]:
    return {"mock": {"result": json.dumps(value), **fields}}


def error(name: str, cause: str = "c") -> dict[str, Any]:
    return {"mock": {"errorOutput": {"error": name, "cause": cause}}}


def test_the_guides_choice_state() -> None:
    """Testing a state using AWS CLI, Example 1: Using INFO inspectionLevel to test a Choice state."""
    rules = [{"Variable": "$.number", "NumericEquals": n, "Next": f"Equals {n}"} for n in (1, 2)]
    state = {"Type": "Choice", "Choices": rules, "Default": "No Match"}
    assert answer_of(state, input={"number": 2}, inspectionLevel="INFO") == {
        "output": '{"number": 2}',
        "nextState": "Equals 2",
        "status": "SUCCEEDED",
    }


def test_the_guides_pass_state() -> None:
    """Testing a state using AWS CLI, Example 2: Using DEBUG inspectionLevel in a Pass state."""
    state = {
        "Type": "Pass",
        "InputPath": "$.payload",
        "Parameters": {"data": 1},
        "ResultPath": "$.result",
        "OutputPath": "$.result.data",
        "Next": "Another State",
    }
    assert answer_of(state, input={"payload": {"foo": "bar"}}) == {
        "output": "1",
        "inspectionData": {
            "input": '{"payload": {"foo": "bar"}}',
            "afterInputPath": '{"foo":"bar"}',
            "afterParameters": '{"data":1}',
            "afterResultSelector": '{"data":1}',
            "afterResultPath": '{"payload":{"foo":"bar"},"result":{"data":1}}',
        },
        "nextState": "Another State",
        "status": "SUCCEEDED",
    }


def test_the_guides_retry() -> None:
    """Simulating retry attempts: after one retry the backoff is 2 x 2.0^1 seconds."""
    rule = {"ErrorEquals": ["Lambda.ServiceException"], "IntervalSeconds": 2, "MaxAttempts": 3, "BackoffRate": 2.0}
    state = {**INVOKE, "Retry": [rule], "End": True}
    configuration = {"stateConfiguration": {"retrierRetryCount": 1}}
    answer = answer_of(state, input={}, **configuration, **error("Lambda.ServiceException", "Service error"))
    assert answer["status"] == "RETRIABLE"
    assert (answer["error"], answer["cause"]) == ("Lambda.ServiceException", "Service error")
    assert answer["inspectionData"]["errorDetails"] == {"retryBackoffIntervalSeconds": 4, "retryIndex": 0}


def test_the_guides_catch() -> None:
    """Testing catch handlers."""
    rule = {"ErrorEquals": ["Lambda.TooManyRequestsException"], "ResultPath": "$.error", "Next": "HandleThrottling"}
    state = {**INVOKE, "Catch": [rule], "Next": "Success"}
    answer = answer_of(state, input={"data": "value"}, **error("Lambda.TooManyRequestsException", "Rate exceeded"))
    failure = {"Error": "Lambda.TooManyRequestsException", "Cause": "Rate exceeded"}
    assert json.loads(answer.pop("output")) == {"data": "value", "error": failure}
    assert answer.pop("inspectionData")["errorDetails"] == {"catchIndex": 0}
    assert answer == {
        "status": "CAUGHT_ERROR",
        "nextState": "HandleThrottling",
        "error": "Lambda.TooManyRequestsException",
        "cause": "Rate exceeded",
    }


def test_used_up_retries_leave_the_error_to_catch() -> None:
    """Error handling: whether retries are exhausted and the error gets caught."""
    retry = [{"ErrorEquals": ["Busy"], "MaxAttempts": 2}]
    state = {**INVOKE, "Retry": retry, "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "H"}], "End": True}
    answer = answer_of(state, stateConfiguration={"retrierRetryCount": 2}, **error("Busy"))
    assert (answer["status"], answer["nextState"]) == ("CAUGHT_ERROR", "H")


ITEMS = {"items": [1, 2]}
MAP: dict[str, Any] = {
    "Type": "Map",
    "ItemsPath": "$.items",
    "ItemSelector": {"value.$": "$$.Map.Item.Value", "index.$": "$$.Map.Item.Index"},
    "MaxConcurrency": 3,
    "ItemProcessor": ITERATION,
    "End": True,
}


def test_a_map_shows_its_items_without_running_them() -> None:
    """Testing a Map state; Understanding Map state inspection data."""
    answer = answer_of(MAP, input=ITEMS, **result([10, 20]))
    assert (answer["status"], answer["output"]) == ("SUCCEEDED", "[10,20]")
    assert answer["inspectionData"] == {
        "input": '{"items": [1, 2]}',
        "afterItemsPath": "[1,2]",
        "afterItemSelector": '[{"value":1,"index":0},{"value":2,"index":1}]',
        "afterInputPath": '{"items":[1,2]}',
        "result": "[10,20]",
        "afterResultSelector": "[10,20]",
        "afterResultPath": "[10,20]",
        "toleratedFailureCount": 0,
        "toleratedFailurePercentage": 0.0,
        "maxConcurrency": 3,
    }


def test_a_distributed_map_shows_its_batches() -> None:
    """Map state transformations: items after ItemBatcher grouping; JSONata has no afterItemsPath."""
    state = {
        "QueryLanguage": "JSONata",
        "Type": "Map",
        "Items": "{% $states.input.items %}",
        "ItemBatcher": {"MaxItemsPerBatch": 2},
        "ItemProcessor": DISTRIBUTED,
        "End": True,
    }
    data = answer_of(state, input={"items": [1, 2, 3]}, **result([]))["inspectionData"]
    assert data["afterItemSelector"] == "[1,2,3]"
    assert data["afterItemBatcher"] == '[{"Items":[1,2]},{"Items":[3]}]'
    assert "afterItemsPath" not in data


def test_data_of_an_item_reader_is_given_as_it_was_found() -> None:
    """TestState, mapItemReaderData: the data read by ItemReader as found in its original source."""
    item_reader = {
        "Resource": "arn:aws:states:::s3:getObject",
        "ReaderConfig": {"InputType": "JSON", "ItemsPointer": "/featured"},
        "Parameters": {"Bucket": "b", "Key": "k"},
    }
    state = {"Type": "Map", "ItemReader": item_reader, "ItemProcessor": DISTRIBUTED, "End": True}
    configuration = {"mapItemReaderData": '{"featured": [7]}'}
    data = answer_of(state, stateConfiguration=configuration, **result([1]))["inspectionData"]
    assert (data["afterItemsPointer"], data["afterItemSelector"]) == ("[7]", "[7]")


@pytest.mark.parametrize(("failures", "status"), [(1, "SUCCEEDED"), (2, "FAILED")])
def test_more_failures_than_tolerated_fail_the_map(failures: int, status: str) -> None:
    """Map state failure thresholds: testing States.ExceedToleratedFailureThreshold."""
    state = {**MAP, "ToleratedFailureCount": 1}
    answer = answer_of(state, input=ITEMS, stateConfiguration={"mapIterationFailureCount": failures}, **result([]))
    assert answer["status"] == status
    assert answer.get("error") == ("States.ExceedToleratedFailureThreshold" if failures > 1 else None)


def test_an_error_of_a_branch_is_caught_by_its_parallel() -> None:
    """Specifying error source with errorCausedByState: States.TaskFailed of a task inside."""
    branch = jsonpath("Inside", Inside={**INVOKE, "End": True})
    state = {
        "Type": "Parallel",
        "Branches": [branch],
        "Catch": [{"ErrorEquals": ["States.TaskFailed"], "Next": "H"}],
        "End": True,
    }
    answer = answer_of(state, stateConfiguration={"errorCausedByState": "Inside"}, **error("States.TaskFailed"))
    assert (answer["status"], answer["nextState"]) == ("CAUGHT_ERROR", "H")
    message = refusal(state, stateConfiguration={"errorCausedByState": "Gone"}, **error("States.TaskFailed"))
    assert message == "errorCausedByState must name a state inside the tested one, not 'Gone'"


def test_the_context_object_may_be_given() -> None:
    """Using context field in the TestState API."""
    parameters = {"FunctionName": "f", "Payload": {"id.$": "$$.Execution.Id", "name.$": "$$.State.Name"}}
    state = {**INVOKE, "Parameters": parameters, "End": True}
    context = {"Execution": {"Id": "arn:x"}, "State": {"Name": "ProcessData"}}
    data = answer_of(state, context=context, **result({"status": "success"}))["inspectionData"]
    payload = json.loads(data["afterParameters"])["Payload"]
    assert payload == {"id": "arn:x", "name": "ProcessData"}
    assert refusal({"Type": "Pass", "End": True}, context={}) == "A context can only be given together with a mock"


def test_a_state_inside_a_map_sees_the_first_item() -> None:
    """Automatic Context population: Map.Item.Index is 0, Map.Item.Value is the input."""
    inside = {"Type": "Pass", "Parameters": {"i.$": "$$.Map.Item.Index", "v.$": "$$.Map.Item.Value"}, "End": True}
    machine = jsonpath("M", M={**MAP, "ItemProcessor": jsonpath("Inside", Inside=inside)})
    answer = answer_of(machine, stateName="Inside", input={"a": 1})
    assert json.loads(answer["output"]) == {"i": 0, "v": {"a": 1}}


def test_variables_after_the_state_are_told() -> None:
    """InspectionData, variables: assigned in the state and set up as test state input."""
    state = {"Type": "Pass", "QueryLanguage": "JSONata", "Assign": {"y": "{% $x + 1 %}"}, "End": True}
    data = answer_of(state, variables={"x": 1})["inspectionData"]
    assert data == {"input": "{}", "variables": '{"x":1,"y":2}'}


PUT = {
    "Type": "Task",
    "Resource": "arn:aws:states:::aws-sdk:sfn:startExecution",
    "Parameters": {"StateMachineArn": "arn"},
    "End": True,
}


@pytest.mark.parametrize(
    ("mode", "value", "problem"),
    [
        ("STRICT", {"ExecutionArn": "a"}, "Required field 'StartDate' is missing"),
        ("STRICT", {"ExecutionArn": 5, "StartDate": 1}, "Field 'ExecutionArn' must be a string"),
        ("PRESENT", {"ExecutionArn": 5}, "Field 'ExecutionArn' must be a string"),
        ("PRESENT", {"Other": 5}, None),
        ("NONE", {"ExecutionArn": 5}, None),
        ("STRICT", {"ExecutionArn": "a", "StartDate": 1, "Unknown": 1}, None),
    ],
)
def test_mocked_results_are_validated(mode: str, value: dict[str, Any], problem: str | None) -> None:
    """Mock validation modes: STRICT asks for required fields, PRESENT looks at what is there, NONE at nothing."""
    mock = result(value, fieldValidationMode=mode)
    if problem is None:
        assert answer_of(PUT, **mock)["status"] == "SUCCEEDED"
    else:
        assert refusal(PUT, **mock) == f"Mock result schema validation error: {problem}"


def test_a_nested_execution_is_mocked_by_what_describes_it() -> None:
    """Testing .sync: startExecution.sync:2 must match the DescribeExecution response."""
    state = {**PUT, "Resource": "arn:aws:states:::states:startExecution.sync:2"}
    described = {"ExecutionArn": "e", "StateMachineArn": "m", "StartDate": 1, "Status": "SUCCEEDED"}
    assert answer_of(state, **result(described))["status"] == "SUCCEEDED"
    message = refusal(state, **result({"ExecutionArn": "e", "StartDate": 1}))
    assert message == "Mock result schema validation error: Required field 'StateMachineArn' is missing"


ACTIVITY = {"Type": "Task", "Resource": "arn:aws:states:us-east-1:123456789012:activity:a", "End": True}
CALLBACK = {**INVOKE, "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken", "End": True}


@pytest.mark.parametrize(
    ("state", "what"),
    [
        (ACTIVITY, ACTIVITY["Resource"]),
        (CALLBACK, CALLBACK["Resource"]),
        (MAP, "a Map state"),
        ({"Type": "Parallel", "Branches": [ITERATION], "End": True}, "a Parallel state"),
    ],
)
def test_what_waits_for_others_needs_a_mock(state: dict[str, Any], what: str) -> None:
    """TestState only supports activities, .sync, .waitForTaskToken, Parallel and Map when a mock is specified."""
    assert refusal(state, input=ITEMS) == f"TestState supports {what} only when a mock is specified"
    assert answer_of(state, input=ITEMS, **result([1]))["output"] == "[1]"


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"mock": {"result": "{"}}, "Mocked result must be valid JSON"),
        ({"mock": {}}, "A test mock must have exactly one of the following: result, errorOutput"),
        ({"stateName": "Gone"}, "State not found in definition"),
    ],
)
def test_requests_that_make_no_sense_are_refused(params: dict[str, Any], message: str) -> None:
    assert refusal(jsonpath("T", T={**INVOKE, "End": True}), **{"stateName": "T", **params}) == message


def test_a_mock_for_another_type_is_refused() -> None:
    """A mock can only be specified for Task, Map, or Parallel states."""
    message = "State type 'Pass' is not supported when a mock is specified"
    assert refusal({"Type": "Pass", "End": True}, **result(1)) == message
