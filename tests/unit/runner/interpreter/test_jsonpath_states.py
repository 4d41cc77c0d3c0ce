"""Input and output processing, variables and failures of JSONPath states."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.tasks import LAMBDA, ScriptedFunctions, engine_with, jsonpath, machine, played, types_of

PREFIX = "An error occurred while executing the state 'S' (entered at the event id #2)."


def passed(value: Any, **fields: Any) -> Any:
    """Output of one Pass state."""
    execution = played(jsonpath("S", S={"Type": "Pass", **fields, "End": True}), value)
    assert execution.status == "SUCCEEDED", execution.cause
    return execution.output


def failed(state: dict[str, Any], value: Any) -> tuple[str | None, str | None]:
    execution = played(jsonpath("S", S=state, T={"Type": "Succeed"}), value)
    return execution.error, execution.cause


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, {"a": {"b": 1}}),
        ({"InputPath": "$.a"}, {"b": 1}),
        ({"InputPath": None}, {}),
        ({"OutputPath": "$.a.b"}, 1),
        ({"OutputPath": None}, {}),
        ({"Result": [1]}, [1]),
        ({"Result": {"x.$": "$.a"}}, {"x.$": "$.a"}),
        ({"Result": 7, "ResultPath": "$.r"}, {"a": {"b": 1}, "r": 7}),
        ({"Result": 7, "ResultPath": None}, {"a": {"b": 1}}),
        (
            {"Parameters": {"k": 1, "v.$": "$.a.b", "deep": [{"w.$": "$.a"}]}},
            {"k": 1, "v": 1, "deep": [{"w": {"b": 1}}]},
        ),
        ({"InputPath": "$.a", "Parameters": {"v.$": "$.b"}, "ResultPath": "$.r"}, {"a": {"b": 1}, "r": {"v": 1}}),
        ({"Parameters": {"n.$": "$$.State.Name", "i.$": "$$.Execution.Input.a"}}, {"n": "S", "i": {"b": 1}}),
        ({"InputPath": "$$.Execution.Input.a.b"}, 1),
    ],
)
def test_a_pass_state_shapes_its_data(fields: dict[str, Any], expected: Any) -> None:
    assert passed({"a": {"b": 1}}, **fields) == expected


def test_a_task_selects_from_its_result_and_puts_it_into_the_input() -> None:
    state = {
        "Type": "Task",
        "Resource": LAMBDA,
        "Parameters": {"FunctionName": "f", "Payload.$": "$.job"},
        "ResultSelector": {"got.$": "$.Payload.n"},
        "ResultPath": "$.result",
        "OutputPath": "$.result",
        "End": True,
    }
    functions = ScriptedFunctions()
    execution = played(jsonpath("S", S=state), {"job": {"n": 5}}, engine_with(functions=functions))
    assert functions.calls == [("f", {"n": 5})]
    assert execution.output == {"got": 5}


def test_variables_are_assigned_from_the_result_and_read_as_paths() -> None:
    definition = jsonpath(
        "A",
        A={"Type": "Pass", "Result": {"n": 1}, "ResultPath": "$.r", "Assign": {"x.$": "$.n", "y": [2]}, "Next": "B"},
        B={"Type": "Pass", "Parameters": {"x.$": "$x", "y.$": "$y[0]", "old.$": "$.r.n"}, "End": True},
    )
    assert played(definition, {"q": 0}).output == {"x": 1, "y": 2, "old": 1}


def test_a_jsonata_state_sees_the_variables_of_a_jsonpath_state() -> None:
    definition = jsonpath(
        "A",
        A={"Type": "Pass", "Assign": {"x.$": "$.n"}, "Next": "B"},
        B={"Type": "Pass", "QueryLanguage": "JSONata", "Output": "{% $x + 1 %}", "End": True},
    )
    assert played(definition, {"n": 1}).output == 2


def test_a_catch_puts_the_error_into_the_input() -> None:
    catch = [{"ErrorEquals": ["Bang"], "ResultPath": "$.error", "Assign": {"why.$": "$.Cause"}, "Next": "T"}]
    branch = jsonpath("F", F={"Type": "Fail", "Error": "Bang", "CausePath": "$.text"})
    definition = jsonpath(
        "S",
        S={"Type": "Parallel", "Branches": [branch], "Catch": catch, "End": True},
        T={"Type": "Pass", "Parameters": {"all.$": "$", "why.$": "$why"}, "End": True},
    )
    error = {"Error": "Bang", "Cause": "oh"}
    assert played(definition, {"text": "oh"}).output == {"all": {"text": "oh", "error": error}, "why": "oh"}


@pytest.mark.parametrize(
    ("state", "what"),
    [
        (
            {"Type": "Pass", "InputPath": "$.no.way", "End": True},
            "Invalid path '$.no.way' : Missing property in path $['no']",
        ),
        ({"Type": "Pass", "OutputPath": "$.no", "End": True}, "Invalid path '$.no' : No results for path: $['no']"),
        (
            {"Type": "Pass", "Parameters": {"a": {"x.$": "$.no"}}, "End": True},
            "The JSONPath '$.no' specified for the field 'x.$' could not be found in the input '{\"n\":-1}'",
        ),
        (
            {"Type": "Wait", "SecondsPath": "$.no", "Next": "T"},
            "The SecondsPath parameter does not reference an input value: $.no",
        ),
        (
            {"Type": "Wait", "SecondsPath": "$.n", "Next": "T"},
            "The SecondsPath parameter references a negative value: $.n == -1",
        ),
        (
            {"Type": "Wait", "TimestampPath": "$.n", "Next": "T"},
            (
                "The TimestampPath parameter does not reference a valid ISO-8601 extended offset date-time format "
                "string: $.n == -1"
            ),
        ),
        (
            {"Type": "Choice", "Choices": [{"Variable": "$.no", "IsNull": True, "Next": "T"}]},
            "Invalid path '$.no': The choice state's condition path references an invalid value.",
        ),
        (
            {"Type": "Fail", "ErrorPath": "$.no"},
            "The JSONPath '$.no' specified for the field 'ErrorPath' could not be found in the input '{\"n\":-1}'",
        ),
        (
            {
                "Type": "Task",
                "Resource": LAMBDA,
                "TimeoutSecondsPath": "$.no",
                "Parameters": {"FunctionName": "f"},
                "Next": "T",
            },
            "Invalid path '$.no' : No results for path: $['no']",
        ),
    ],
)
def test_a_path_that_leads_nowhere_ends_the_execution(state: dict[str, Any], what: str) -> None:
    definition = jsonpath("S", S=state)
    if "T" in str(state.values()) and state["Type"] in {"Wait", "Choice", "Task"}:
        definition["States"]["T"] = {"Type": "Succeed"}
    execution = played(definition, {"n": -1})
    assert (execution.error, execution.cause) == ("States.Runtime", f"{PREFIX} {what}")
    assert types_of(execution)[-1] == "ExecutionFailed"
    assert execution.history[-1]["previousEventId"] == 2


def test_a_result_path_through_a_scalar_fails() -> None:
    execution = played(jsonpath("S", S={"Type": "Pass", "ResultPath": "$.a.b", "End": True}), {"a": 1})
    assert execution.error == "States.ResultPathMatchFailure"
    assert execution.cause == f'{PREFIX} Unable to apply step "b" to input {{"a":1}}'


def test_a_map_iterates_over_a_path_with_selected_items() -> None:
    state = {
        "Type": "Map",
        "InputPath": "$.in",
        "ItemsPath": "$.items",
        "ItemSelector": {"i.$": "$$.Map.Item.Index", "v.$": "$$.Map.Item.Value", "all.$": "$.n"},
        "MaxConcurrencyPath": "$.n",
        "ItemProcessor": jsonpath("P", P={"Type": "Pass", "End": True}),
        "ResultPath": "$.out",
        "End": True,
    }
    value = {"in": {"items": ["a", "b"], "n": 1}}
    out = [{"i": 0, "v": "a", "all": 1}, {"i": 1, "v": "b", "all": 1}]
    assert played(jsonpath("S", S=state), value).output == {**value, "out": out}


def test_wait_takes_seconds_and_timestamps_from_paths() -> None:
    definition = jsonpath(
        "A",
        A={"Type": "Wait", "SecondsPath": "$.s", "Next": "B"},
        B={"Type": "Wait", "TimestampPath": "$.t", "End": True},
    )
    execution = played(definition, {"s": 5, "t": "2026-01-01T00:01:00Z"})
    assert execution.stopped_at == execution.started_at + 60


def test_the_context_object_counts_retries_only_where_there_may_be_any() -> None:
    assert passed({}, Parameters={"s.$": "$$.State"})["s"].keys() == {"EnteredTime", "Name"}


def test_a_machine_may_mix_languages_by_state() -> None:
    definition = machine("A", A={"Type": "Pass", "QueryLanguage": "JSONata", "Output": "{% 1 + 1 %}", "End": True})
    del definition["QueryLanguage"]
    assert played(definition).output == 2
