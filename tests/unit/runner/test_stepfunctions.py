"""Step Functions through unmodified boto3 clients, in process and over HTTP."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tastemaker.runner.stepfunctions import LivePace, build_stepfunctions_app, install
from tastemaker.simulator.server import ServerSpec, serving
from tests.support.tasks import START, ScriptedAws, ScriptedFunctions, engine_with, invoke, jsonpath, machine, single

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tastemaker.runner.interpreter.engine import Engine

SEND = "arn:aws:states:::sqs:sendMessage.waitForTaskToken"
ROLE = "arn:aws:iam::123456789012:role/r"
PASS = json.dumps(jsonpath("A", A={"Type": "Pass", "End": True}))


def client(**settings: Any) -> Any:
    return boto3.client(
        "stepfunctions",
        region_name="us-east-1",
        aws_access_key_id="a",
        aws_secret_access_key="b",
        config=Config(inject_host_prefix=False, retries={"total_max_attempts": 1}),
        **settings,
    )


@pytest.fixture
def engine() -> Engine:
    return engine_with(
        ScriptedAws({"SendMessage": [{"MessageId": "m"}]}), ScriptedFunctions({"broken": [ValueError()]})
    )


@pytest.fixture
def states(engine: Engine) -> Iterator[Any]:
    with install(engine):
        yield client()


def created(states: Any, definition: str = PASS, **params: Any) -> str:
    arn: str = states.create_state_machine(name="m", definition=definition, roleArn=ROLE, **params)["stateMachineArn"]
    return arn


def error_of(call: Any, **params: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(**params)
    details = caught.value.response["Error"]
    return details["Code"], details["Message"]


def test_a_machine_is_created_run_and_described(states: Any) -> None:
    arn = created(states, tags=[{"key": "k", "value": "v"}])
    execution = states.start_execution(stateMachineArn=arn, name="e", input='{"a": 1}')["executionArn"]
    described = states.describe_execution(executionArn=execution)
    assert (described["status"], described["output"]) == ("SUCCEEDED", '{"a": 1}')
    assert described["redriveStatusReason"] == "Execution is SUCCEEDED and cannot be redriven"
    events = states.get_execution_history(executionArn=execution)["events"]
    assert [event["type"] for event in events] == [
        "ExecutionStarted",
        "PassStateEntered",
        "PassStateExited",
        "ExecutionSucceeded",
    ]
    assert events[0]["executionStartedEventDetails"]["roleArn"] == ROLE
    assert states.list_tags_for_resource(resourceArn=arn)["tags"] == [{"key": "k", "value": "v"}]
    machine_described = states.describe_state_machine(stateMachineArn=arn)
    assert machine_described["definition"] == PASS
    assert machine_described["loggingConfiguration"] == {"level": "OFF", "includeExecutionData": False}


def test_a_wait_takes_no_real_time(states: Any, engine: Engine) -> None:
    arn = created(states, json.dumps(jsonpath("A", A={"Type": "Wait", "Seconds": 86_400, "End": True})))
    execution = states.start_execution(stateMachineArn=arn)["executionArn"]
    assert states.describe_execution(executionArn=execution)["status"] == "SUCCEEDED"
    assert engine.now() == START + 86_400


def test_what_was_just_started_can_be_stopped(states: Any) -> None:
    arn = created(states, json.dumps(jsonpath("A", A={"Type": "Wait", "Seconds": 60, "End": True})))
    execution = states.start_execution(stateMachineArn=arn)["executionArn"]
    states.stop_execution(executionArn=execution, error="E", cause="C")
    described = states.describe_execution(executionArn=execution)
    assert (described["status"], described["error"], described["cause"]) == ("ABORTED", "E", "C")
    last = states.get_execution_history(executionArn=execution)["events"][-1]
    assert (last["type"], last["previousEventId"]) == ("ExecutionAborted", 0)


def test_creating_the_same_machine_again_gives_the_same_one_and_another_is_refused(states: Any) -> None:
    arn = created(states)
    assert created(states) == arn
    other = json.dumps(jsonpath("B", B={"Type": "Succeed"}))
    assert error_of(created, states=states, definition=other) == (
        "StateMachineAlreadyExists",
        f"State Machine Already Exists: '{arn}'",
    )


def test_a_wrong_definition_is_refused_with_its_places(states: Any) -> None:
    definition = json.dumps(jsonpath("A", A={"Type": "Pass", "Next": "Gone"}, B={"Type": "Succeed"}))
    code, message = error_of(created, states=states, definition=definition)
    assert code == "InvalidDefinition"
    assert message == (
        "Invalid State Machine Definition: 'MISSING_TRANSITION_TARGET: Missing 'Next' target: Gone at /States/A/Next, "
        'MISSING_TRANSITION_TARGET: State "B" is not reachable. at /States/B\''
    )
    validated = states.validate_state_machine_definition(definition=definition)
    assert validated["result"] == "FAIL"
    assert [entry["location"] for entry in validated["diagnostics"]] == ["/States/A/Next", "/States/B"]
    assert states.validate_state_machine_definition(definition=PASS)["result"] == "OK"


@pytest.mark.parametrize(
    ("definition", "kind", "diagnostic"),
    [
        (
            " ",
            "STANDARD",
            {"code": "SCHEMA_VALIDATION_FAILED", "message": "Definition must be a valid JSON object"},
        ),
        (
            "{}",
            "STANDARD",
            {
                "code": "SCHEMA_VALIDATION_FAILED",
                "location": "/",
                "message": "These fields are required: [States, StartAt]",
            },
        ),
        (
            json.dumps(
                jsonpath(
                    "S",
                    S={
                        "Type": "Task",
                        "Resource": SEND,
                        "Parameters": {"QueueUrl": "q", "MessageBody": "m"},
                        "End": True,
                    },
                )
            ),
            "EXPRESS",
            {
                "code": "SCHEMA_VALIDATION_FAILED",
                "location": "/States/S/Resource",
                "message": "Express state machine does not support '.waitForTaskToken' service integration ",
            },
        ),
    ],
)
def test_a_definition_is_diagnosed(states: Any, definition: str, kind: str, diagnostic: dict[str, str]) -> None:
    answer = states.validate_state_machine_definition(definition=definition, type=kind)
    assert answer["diagnostics"] == [{"severity": "ERROR", **diagnostic}]


def test_text_that_is_no_json_is_refused(states: Any) -> None:
    assert error_of(created, states=states, definition="{")[0] == "InvalidDefinition"
    arn = created(states)
    token = "was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')"
    quote = "Unexpected character (''' (code 39)): was expecting double-quote to start field name"
    wrong = {"not json": f"Unrecognized token 'not': {token}", "{'a': 1}": quote, "": "Invalid execution input."}
    for text, what in wrong.items():
        assert error_of(states.start_execution, stateMachineArn=arn, input=text) == (
            "InvalidExecutionInput",
            f"Invalid State Machine Execution Input: '{what}'",
        )


def test_names_are_idempotent_while_an_execution_runs(states: Any) -> None:
    arn = created(states, json.dumps(jsonpath("A", A={"Type": "Wait", "Seconds": 60, "End": True})))
    first = states.start_execution(stateMachineArn=arn, name="e", input="{}")
    assert states.start_execution(stateMachineArn=arn, name="e", input="{}")["executionArn"] == first["executionArn"]
    assert error_of(states.start_execution, stateMachineArn=arn, name="e", input="[]")[0] == "ExecutionAlreadyExists"


def test_updates_versions_and_aliases(states: Any) -> None:
    arn = created(states, publish=True)
    newer = json.dumps(jsonpath("A", A={"Type": "Pass", "Result": 2, "End": True}))
    updated = states.update_state_machine(stateMachineArn=arn, definition=newer, publish=True)
    assert updated["stateMachineVersionArn"] == f"{arn}:2"
    listed = states.list_state_machine_versions(stateMachineArn=arn)["stateMachineVersions"]
    assert [entry["stateMachineVersionArn"] for entry in listed] == [f"{arn}:2", f"{arn}:1"]
    route = [{"stateMachineVersionArn": f"{arn}:1", "weight": 100}]
    alias = states.create_state_machine_alias(name="live", routingConfiguration=route)["stateMachineAliasArn"]
    old = states.start_execution(stateMachineArn=alias, input="1")["executionArn"]
    assert states.describe_execution(executionArn=old)["output"] == "1"
    assert states.describe_execution(executionArn=old)["stateMachineAliasArn"] == alias
    route[0]["stateMachineVersionArn"] = f"{arn}:2"
    states.update_state_machine_alias(stateMachineAliasArn=alias, routingConfiguration=route)
    new = states.start_execution(stateMachineArn=alias, input="1")["executionArn"]
    assert states.describe_execution(executionArn=new)["output"] == "2"
    code, _ = error_of(states.delete_state_machine_version, stateMachineVersionArn=f"{arn}:2")
    assert code == "ConflictException"
    states.delete_state_machine_version(stateMachineVersionArn=f"{arn}:1")
    wrong = error_of(states.publish_state_machine_version, stateMachineArn=arn, revisionId="x")
    assert wrong[0] == "ConflictException"


def test_express_executions_run_synchronously_and_have_no_history(states: Any) -> None:
    arn = created(states, type="EXPRESS")
    answer = states.start_sync_execution(stateMachineArn=arn, input='{"a": 1}')
    assert (answer["status"], answer["output"]) == ("SUCCEEDED", '{"a": 1}')
    failing = json.dumps(jsonpath("F", F={"Type": "Fail", "Error": "E"}))
    other = states.create_state_machine(name="f", definition=failing, roleArn=ROLE, type="EXPRESS")["stateMachineArn"]
    failed = states.start_sync_execution(stateMachineArn=other)
    assert (failed["status"], failed["error"], failed["outputDetails"]) == ("FAILED", "E", {"included": True})
    assert answer["billingDetails"] == {"billedMemoryUsedInMB": 64, "billedDurationInMilliseconds": 100}
    assert error_of(states.describe_execution, executionArn=answer["executionArn"])[0] == "InvalidArn"
    assert error_of(states.list_executions, stateMachineArn=arn)[0] == "StateMachineTypeNotSupported"


def test_a_standard_machine_does_not_run_synchronously(states: Any) -> None:
    code, _ = error_of(states.start_sync_execution, stateMachineArn=created(states))
    assert code == "StateMachineTypeNotSupported"


def test_a_callback_ends_a_waiting_task(states: Any) -> None:
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
        "TimeoutSeconds": 600,
        "Parameters": {"QueueUrl": "q", "MessageBody": {"t.$": "$$.Task.Token"}},
        "End": True,
    }
    arn = created(states, json.dumps(jsonpath("A", A=task)))
    execution = states.start_execution(stateMachineArn=arn)["executionArn"]
    assert states.describe_execution(executionArn=execution)["status"] == "RUNNING"
    events = states.get_execution_history(executionArn=execution)["events"]
    parameters = json.loads(events[2]["taskScheduledEventDetails"]["parameters"])
    states.send_task_heartbeat(taskToken=parameters["MessageBody"]["t"])
    states.send_task_success(taskToken=parameters["MessageBody"]["t"], output='"done"')
    assert states.describe_execution(executionArn=execution)["output"] == '"done"'
    assert error_of(states.send_task_failure, taskToken="x")[0] == "InvalidToken"


def test_a_worker_takes_and_answers_activity_tasks(states: Any) -> None:
    activity = states.create_activity(name="work")["activityArn"]
    assert states.list_activities()["activities"][0]["activityArn"] == activity
    arn = created(states, json.dumps(jsonpath("A", A={"Type": "Task", "Resource": activity, "End": True})))
    execution = states.start_execution(stateMachineArn=arn, input="[1]")["executionArn"]
    task = states.get_activity_task(activityArn=activity, workerName="bee")
    assert task["input"] == "[1]"
    states.send_task_failure(taskToken=task["taskToken"], error="E", cause="C")
    assert states.describe_execution(executionArn=execution)["error"] == "E"
    states.delete_activity(activityArn=activity)
    assert error_of(states.get_activity_task, activityArn=activity)[0] == "ActivityDoesNotExist"


def test_map_runs_are_listed_and_described(states: Any) -> None:
    processor = {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        **jsonpath("P", P={"Type": "Pass", "End": True}),
    }
    arn = created(states, json.dumps(jsonpath("M", M={"Type": "Map", "ItemProcessor": processor, "End": True})))
    execution = states.start_execution(stateMachineArn=arn, input="[1, 2]")["executionArn"]
    (run,) = states.list_map_runs(executionArn=execution)["mapRuns"]
    described = states.describe_map_run(mapRunArn=run["mapRunArn"])
    assert (described["status"], described["itemCounts"]["succeeded"]) == ("SUCCEEDED", 2)
    assert len(states.list_executions(mapRunArn=run["mapRunArn"])["executions"]) == 2
    assert len(states.list_executions(stateMachineArn=arn)["executions"]) == 1


def test_a_failed_execution_is_redriven_at_the_state_that_failed(states: Any, engine: Engine) -> None:
    functions = ScriptedFunctions({"work": [_broken(), "fine"]})
    other = engine_with(functions=functions)
    with install(other):
        here = client()
        before = {"Type": "Pass", "Output": 7, "Assign": {"x": 1}, "Next": "W"}
        work = invoke("work", Output="{% [$x, $states.input, $states.result.Payload] %}", End=True)
        definition = machine("A", A=before, W=work)
        arn = created(here, json.dumps(definition))
        execution = here.start_execution(stateMachineArn=arn)["executionArn"]
        assert here.describe_execution(executionArn=execution)["status"] == "FAILED"
        here.redrive_execution(executionArn=execution)
        described = here.describe_execution(executionArn=execution)
        assert (described["status"], described["output"], described["redriveCount"]) == ("SUCCEEDED", '[1,7,"fine"]', 1)
        types = [event["type"] for event in here.get_execution_history(executionArn=execution)["events"]]
        assert types.count("PassStateEntered") == 1
        assert "ExecutionRedriven" in types
        assert error_of(here.redrive_execution, executionArn=execution)[0] == "ExecutionNotRedrivable"


def test_a_redrive_keeps_what_the_other_branches_finished() -> None:
    functions = ScriptedFunctions({"work": [_broken(), "fine"], "other": ["once"]})
    engine = engine_with(functions=functions)
    result = "{% $states.result.Payload %}"
    branches = [
        jsonpath("O", O=invoke("other", Output=result, End=True)),
        jsonpath("Wait", Wait={"Type": "Wait", "Seconds": 5, "Next": "W"}, W=invoke("work", Output=result, End=True)),
    ]
    engine.register("m", single({"Type": "Parallel", "Branches": branches}))
    execution = engine.run(engine.start("m", {}))
    assert execution.status == "FAILED"
    engine.redrive(execution)
    engine.run(execution)
    assert execution.output == ["once", "fine"]
    assert [name for name, _ in functions.calls] == ["other", "work", "work"]


def test_one_state_is_tested_alone(states: Any) -> None:
    state = {"Type": "Pass", "Parameters": {"x.$": "$.a"}, "ResultPath": "$.r", "Next": "There"}
    answer = states.test_state(definition=json.dumps(state), roleArn=ROLE, input='{"a": 1}', inspectionLevel="DEBUG")
    assert (answer["status"], answer["output"], answer["nextState"]) == (
        "SUCCEEDED",
        '{"a":1,"r":{"x":1}}',
        "There",
    )
    assert answer["inspectionData"] == {
        "input": '{"a": 1}',
        "afterInputPath": '{"a":1}',
        "afterParameters": '{"x":1}',
        "afterResultSelector": '{"x":1}',
        "afterResultPath": '{"a":1,"r":{"x":1}}',
    }


def test_a_tested_task_may_get_a_mocked_answer(states: Any) -> None:
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Parameters": {"FunctionName": "gone"},
        "ResultSelector": {"n.$": "$.Payload"},
        "Retry": [{"ErrorEquals": ["Busy"]}],
        "End": True,
    }
    definition = json.dumps(task)
    answer = states.test_state(
        definition=definition, roleArn=ROLE, mock={"result": '{"Payload": 5}'}, inspectionLevel="DEBUG"
    )
    assert (answer["status"], answer["output"]) == ("SUCCEEDED", '{"n":5}')
    assert answer["inspectionData"]["result"] == '{"Payload":5}'
    failing = {"errorOutput": {"error": "Busy", "cause": "later"}}
    answer = states.test_state(definition=definition, roleArn=ROLE, mock=failing)
    assert (answer["status"], answer["error"], answer["cause"]) == ("RETRIABLE", "Busy", "later")


def test_a_tested_state_may_fail_or_be_caught(states: Any) -> None:
    fail = {"Type": "Fail", "Error": "E", "Cause": "C"}
    answer = states.test_state(definition=json.dumps(fail), roleArn=ROLE)
    assert (answer["status"], answer["error"], answer["cause"]) == ("FAILED", "E", "C")
    parallel = {
        "Type": "Parallel",
        "Branches": [jsonpath("F", F=fail)],
        "Catch": [{"ErrorEquals": ["E"], "Next": "H"}],
        "End": True,
    }
    failing = {"errorOutput": {"error": "E"}}
    caught = states.test_state(definition=json.dumps(parallel), roleArn=ROLE, mock=failing)
    assert (caught["status"], caught["nextState"]) == ("CAUGHT_ERROR", "H")
    assert error_of(states.test_state, definition='{"Type": "Nap"}', roleArn=ROLE)[0] == "InvalidDefinition"


def test_variables_that_states_read_are_described(states: Any) -> None:
    definition = jsonpath(
        "A",
        A={"Type": "Pass", "Assign": {"x": 1}, "Next": "B"},
        B={"Type": "Pass", "Parameters": {"y.$": "$x"}, "Next": "C"},
        C={"Type": "Pass", "QueryLanguage": "JSONata", "Output": "{% $x + $states.input.y %}", "End": True},
    )
    described = states.describe_state_machine(stateMachineArn=created(states, json.dumps(definition)))
    assert described["variableReferences"] == {"B": ["x"], "C": ["x"]}


def test_over_http_an_unmodified_client_runs_a_machine(engine: Engine) -> None:
    with serving([ServerSpec(build_stepfunctions_app(engine))]) as (url,):
        states = client(endpoint_url=url)
        arn = created(states)
        execution = states.start_execution(stateMachineArn=arn, input="[1]")["executionArn"]
        assert states.describe_execution(executionArn=execution)["output"] == "[1]"
        code, message = error_of(states.describe_state_machine, stateMachineArn=f"{arn}x")
        assert (code, message) == ("StateMachineDoesNotExist", f"State Machine Does Not Exist: '{arn}x'")


def test_virtual_time_may_follow_a_clock(engine: Engine) -> None:
    now = [START]
    with install(engine, LivePace(engine, lambda: now[0])):
        states = client()
        arn = created(states, json.dumps(jsonpath("A", A={"Type": "Wait", "Seconds": 60, "End": True})))
        execution = states.start_execution(stateMachineArn=arn)["executionArn"]
        assert states.describe_execution(executionArn=execution)["status"] == "RUNNING"
        now[0] += 61
        assert states.describe_execution(executionArn=execution)["status"] == "SUCCEEDED"


def _broken() -> Exception:
    from tastemaker.errors import FunctionError

    return FunctionError("Broken", "no")
