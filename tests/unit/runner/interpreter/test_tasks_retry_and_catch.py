from __future__ import annotations

import json
from typing import Any

import pytest

from tastemaker.errors import AwsError, FunctionError, UnsupportedBySimulatorError
from tests.support.tasks import (
    START,
    ScriptedAws,
    ScriptedFunctions,
    engine_with,
    invoke,
    machine,
    played,
    single,
    types_of,
)

BUSY = FunctionError("Busy", "try later")


REQUEST_ID = "aa769c5a-6183-44c0-a843-4f29cf32351c"
"""Of the first failed invocation; the seed decides it."""


def failing(*errors: Exception, then: Any = "done") -> ScriptedFunctions:
    return ScriptedFunctions({"work": [*errors, then]})


def test_a_task_gives_its_result_and_output_may_shape_it() -> None:
    state = invoke("work", Output="{% $states.result.Payload & ' ' & $states.input.a %}")
    assert played(single(state), {"a": "x"}, engine_with(functions=failing())).output == "done x"


def test_a_function_error_has_its_type_as_name_and_lambdas_answer_as_cause() -> None:
    execution = played(single(invoke("work")), engine=engine_with(functions=failing(BUSY)))
    assert execution.error == "Busy"
    assert json.loads(execution.cause or "") == {
        "errorMessage": "try later",
        "errorType": "Busy",
        "requestId": REQUEST_ID,
        "stackTrace": [],
    }


def test_retries_come_at_exact_virtual_times() -> None:
    retry = [{"ErrorEquals": ["Busy"], "IntervalSeconds": 2, "BackoffRate": 3, "MaxDelaySeconds": 10, "MaxAttempts": 4}]
    functions = failing(BUSY, BUSY, BUSY, BUSY)
    execution = played(single(invoke("work", Retry=retry)), engine=engine_with(functions=functions))
    tries = [event["timestamp"].timestamp() - START for event in execution.history if event["type"] == "TaskScheduled"]
    assert execution.status == "SUCCEEDED"
    assert tries == [0, 2, 8, 18, 28]


def test_defaults_of_retry_are_one_second_three_attempts_rate_two() -> None:
    execution = played(
        single(invoke("work", Retry=[{"ErrorEquals": ["States.ALL"]}])),
        engine=engine_with(functions=failing(BUSY, BUSY, BUSY, BUSY)),
    )
    assert execution.status == "FAILED"
    assert execution.stopped_at == START + 1 + 2 + 4


def test_full_jitter_stays_below_the_delay_and_repeats_with_the_seed() -> None:
    retry = [{"ErrorEquals": ["Busy"], "IntervalSeconds": 100, "JitterStrategy": "FULL"}]

    def stopped(seed: int) -> float:
        execution = played(single(invoke("work", Retry=retry)), engine=engine_with(functions=failing(BUSY), seed=seed))
        return (execution.stopped_at or 0) - START

    assert 0 < stopped(1) < 100
    assert stopped(1) == stopped(1)
    assert stopped(1) != stopped(2)


def test_each_rule_counts_its_own_attempts() -> None:
    retry = [
        {"ErrorEquals": ["Busy"], "IntervalSeconds": 1, "MaxAttempts": 1},
        {"ErrorEquals": ["Slow"], "IntervalSeconds": 10, "MaxAttempts": 1},
    ]
    functions = failing(BUSY, FunctionError("Slow", ""), BUSY)
    execution = played(single(invoke("work", Retry=retry)), engine=engine_with(functions=functions))
    assert (execution.status, execution.error, execution.stopped_at) == ("FAILED", "Busy", START + 11)


def test_the_retry_count_is_in_the_context() -> None:
    state = invoke("work", Retry=[{"ErrorEquals": ["Busy"]}], Output="{% $states.context.State.RetryCount %}")
    assert played(single(state), engine=engine_with(functions=failing(BUSY, BUSY))).output == 2


def test_catch_gives_error_and_cause_to_the_next_state() -> None:
    execution = played(
        machine("S", S=invoke("work", Catch=[{"ErrorEquals": ["States.TaskFailed"], "Next": "H"}], End=True),
                H={"Type": "Succeed"}),
        engine=engine_with(functions=failing(BUSY)),
    )  # fmt: skip
    assert execution.output == {
        "Error": "Busy",
        "Cause": f'{{"errorMessage":"try later","errorType":"Busy","requestId":"{REQUEST_ID}","stackTrace":[]}}',
    }


def test_catch_shapes_its_output_and_assigns_from_error_output() -> None:
    catch = [
        {
            "ErrorEquals": ["Busy"],
            "Next": "H",
            "Assign": {"why": "{% $states.errorOutput.Error %}"},
            "Output": "{% $states.input.a %}",
        }
    ]
    definition = machine(
        "S",
        S=invoke("work", Catch=catch, End=True),
        H={"Type": "Pass", "Output": ["{% $why %}", "{% $states.input %}"], "End": True},
    )
    assert played(definition, {"a": 5}, engine_with(functions=failing(BUSY))).output == ["Busy", 5]


@pytest.mark.parametrize("field", ["Retry", "Catch"])
def test_an_error_that_no_rule_names_fails_the_execution(field: str) -> None:
    rule: dict[str, Any] = {"ErrorEquals": ["Other"]} | ({"Next": "H"} if field == "Catch" else {})
    definition = machine("S", S=invoke("work", **{field: [rule]}, End=True), H={"Type": "Succeed"})
    if field == "Retry":
        del definition["States"]["H"]
    assert played(definition, engine=engine_with(functions=failing(BUSY))).error == "Busy"


def test_an_evaluation_error_of_a_task_can_be_caught() -> None:
    catch = [{"ErrorEquals": ["States.QueryEvaluationError"], "Next": "H"}]
    state = invoke("work", Output="{% $nothing %}", Catch=catch, Next="H")
    execution = played(machine("S", S=state, H={"Type": "Succeed", "Output": "{% $states.input.Error %}"}))
    assert execution.output == "States.QueryEvaluationError"
    assert types_of(execution)[1:8] == [
        "TaskStateEntered", "TaskScheduled", "TaskStarted", "TaskSucceeded", "EvaluationFailed", "TaskStateExited",
        "SucceedStateEntered",
    ]  # fmt: skip


def test_states_all_catches_a_result_over_256_kib() -> None:
    functions = ScriptedFunctions({"work": ["x" * 262_144]})
    state = invoke("work", Catch=[{"ErrorEquals": ["States.ALL"], "Next": "H"}], Next="H")
    execution = played(machine("S", S=state, H={"Type": "Succeed"}), engine=engine_with(functions=functions))
    assert execution.output == {
        "Error": "States.DataLimitExceeded",
        "Cause": (
            "The state/task 'lambda' returned a result with a size exceeding the maximum number of bytes service limit."
        ),
    }


def test_a_result_of_exactly_256_kib_passes() -> None:
    state = {"Type": "Pass", "Output": "{% $pad('', 262142, 'x') %}"}
    assert len(played(single(state)).output) == 262_142


def test_what_the_simulator_cannot_do_ends_the_run_with_its_own_error() -> None:
    aws = ScriptedAws({"ListCampaigns": [UnsupportedBySimulatorError("listing", "Do not list.")]})
    state = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:personalize:listCampaigns",
        "Arguments": {},
        "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "H"}],
        "Next": "H",
    }
    inner = {"StartAt": "Call", "States": {"Call": state, "H": {"Type": "Succeed"}}}
    with pytest.raises(UnsupportedBySimulatorError, match=r"^Not simulated: listing\. Do not list\.$"):
        played(single({"Type": "Parallel", "Branches": [inner]}), engine=engine_with(aws))


def test_a_refused_call_is_named_as_step_functions_names_it() -> None:
    error = AwsError("personalize", "ResourceNotFoundException", "No such campaign.", 400, "id-1")
    state = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:personalize:describeCampaign",
        "Arguments": {"CampaignArn": "arn:aws:personalize:us-east-1:123456789012:campaign/home"},
    }
    execution = played(single(state), engine=engine_with(ScriptedAws({"DescribeCampaign": [error]})))
    assert execution.error == "Personalize.ResourceNotFoundException"
    assert execution.cause == "No such campaign. (Service: Personalize, Status Code: 400, Request ID: id-1)"
