from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.tasks import START, engine_with, machine, played, single, types_of, without_metadata

ARN = "arn:aws:states:us-east-1:123456789012:stateMachine:child"
CHILD = "arn:aws:states:us-east-1:123456789012:execution:child:c1"


def parent(pattern: str, **fields: Any) -> dict[str, Any]:
    arguments = {"StateMachineArn": ARN, "Input": {"n": "{% $states.input.n %}"}, "Name": "c1"}
    resource = f"arn:aws:states:::states:startExecution{pattern}"
    return {"Type": "Task", "Resource": resource, "Arguments": arguments, **fields}


def run_parent(state: dict[str, Any], child: dict[str, Any]) -> Any:
    engine = engine_with()
    engine.register("child", child)
    return played(machine("S", S={**state, "End": True}), {"n": 4}, engine), engine


def sleeper(seconds: int) -> dict[str, Any]:
    return single({"Type": "Wait", "Seconds": seconds, "Output": {"twice": "{% $states.input.n * 2 %}"}})


def test_start_execution_goes_on_at_once() -> None:
    execution, engine = run_parent(parent(""), sleeper(50))
    assert without_metadata(execution.output) == {"ExecutionArn": CHILD, "StartDate": "2026-01-01T00:00:00.000Z"}
    assert (execution.stopped_at, engine.find(CHILD).status) == (START, "RUNNING")
    assert engine.find(CHILD).parent == execution.arn


@pytest.mark.parametrize(
    ("pattern", "given", "output"),
    [(".sync", '{"n":4}', '{"twice":8}'), (".sync:2", {"n": 4}, {"twice": 8})],
)
def test_sync_waits_and_gives_the_output_as_text_or_json(pattern: str, given: Any, output: Any) -> None:
    execution, _ = run_parent(parent(pattern), sleeper(50))
    assert execution.stopped_at == START + 50
    assert execution.output == {
        "ExecutionArn": CHILD,
        "Input": given,
        "InputDetails": {"Included": True},
        "Name": "c1",
        "StartDate": 1767225600000,
        "StateMachineArn": ARN,
        "Status": "SUCCEEDED",
        "StopDate": 1767225650000,
        "Output": output,
        "OutputDetails": {"Included": True},
    }
    assert types_of(execution)[2:6] == ["TaskScheduled", "TaskStarted", "TaskSubmitted", "TaskSucceeded"]
    assert execution.history[4]["taskSubmittedEventDetails"]["resource"] == f"startExecution{pattern}"


def test_a_failed_child_fails_the_task_with_its_description() -> None:
    execution, _ = run_parent(parent(".sync:2"), single({"Type": "Fail", "Error": "E", "Cause": "C"}))
    assert execution.error == "States.TaskFailed"
    described = json.loads(execution.cause)
    assert (described["Status"], described["Error"], described["Cause"]) == ("FAILED", "E", "C")
    assert "Output" not in described


def test_a_task_timeout_stops_the_child_and_is_caught_as_timeout() -> None:
    catch = [{"ErrorEquals": ["States.Timeout"], "Next": "H"}]
    engine = engine_with()
    engine.register("child", sleeper(500))
    state = parent(".sync:2", TimeoutSeconds=20, Catch=catch, Next="H")
    execution = played(machine("S", S=state, H={"Type": "Succeed"}), {"n": 1}, engine)
    assert (execution.status, execution.output) == ("SUCCEEDED", {"Error": "States.Timeout", "Cause": ""})
    assert execution.stopped_at == START + 20
    assert (engine.find(CHILD).status, engine.find(CHILD).stopped_at) == ("ABORTED", START + 20)
    assert "TaskTimedOut" in types_of(execution)


def test_task_failed_does_not_match_a_timeout() -> None:
    retry = [{"ErrorEquals": ["States.TaskFailed"]}]
    execution, _ = run_parent(parent(".sync", TimeoutSeconds="{% 20 %}", Retry=retry), sleeper(500))
    assert (execution.error, execution.stopped_at) == ("States.Timeout", START + 20)


def test_stopping_the_parent_stops_the_child() -> None:
    engine = engine_with()
    engine.register("child", sleeper(500))
    engine.register("parent", machine("S", S={**parent(".sync"), "End": True}))
    execution = engine.start("parent", {"n": 1})
    engine.advance(10)
    engine.stop(execution)
    engine.advance(0)
    assert (execution.status, engine.find(CHILD).status) == ("ABORTED", "ABORTED")


def test_a_name_that_exists_is_refused_as_step_functions_names_it() -> None:
    engine = engine_with()
    engine.register("child", single({"Type": "Pass"}))
    engine.run(engine.start("child", {}, "c1"))
    execution = played(machine("S", S={**parent(""), "End": True}), {"n": 1}, engine)
    assert execution.error == "StepFunctions.ExecutionAlreadyExistsException"
    assert execution.cause == (
        f"Execution Already Exists: '{CHILD}' (Service: AWSStepFunctions; Status Code: 400; "
        "Error Code: ExecutionAlreadyExists; Request ID: ; Proxy: null)"
    )
