from __future__ import annotations

from typing import Any

from tastemaker.errors import FunctionError
from tests.support.tasks import START, ScriptedFunctions, engine_with, invoke, machine, played, single, types_of

BROKEN = FunctionError("Broken", "no")


def mapped(*states: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A Map whose iterations run these states one after another."""
    names = [f"I{i}" for i in range(len(states))]
    steps = {
        name: {**state, **({"Next": names[i + 1]} if i + 1 < len(names) else {"End": True})}
        for i, (name, state) in enumerate(zip(names, states, strict=True))
    }
    return single({"Type": "Map", "ItemProcessor": {"StartAt": "I0", "States": steps}, **fields})


def branch(name: str, state: dict[str, Any]) -> dict[str, Any]:
    end = {} if state["Type"] in {"Fail", "Succeed"} else {"End": True}
    return {"StartAt": name, "States": {name: {**state, **end}}}


def test_a_map_takes_its_input_as_items_and_keeps_their_order() -> None:
    wait = {"Type": "Wait", "Seconds": "{% $states.input %}"}
    execution = played(mapped(wait, {"Type": "Pass", "Output": "{% $states.input * 10 %}"}), [3, 1, 2])
    assert execution.output == [30, 10, 20]
    assert execution.stopped_at == START + 3


def test_items_may_be_an_expression_and_the_selector_sees_index_value_and_input() -> None:
    selector = {
        "i": "{% $states.context.Map.Item.Index %}",
        "v": "{% $states.context.Map.Item.Value %}",
        "k": "{% $states.input.k %}",
    }
    definition = mapped({"Type": "Pass"}, Items="{% $states.input.list %}", ItemSelector=selector)
    assert played(definition, {"list": ["a", "b"], "k": 9}).output == [
        {"i": 0, "v": "a", "k": 9},
        {"i": 1, "v": "b", "k": 9},
    ]


def test_a_map_over_nothing_gives_an_empty_list() -> None:
    execution = played(mapped({"Type": "Pass"}), [])
    assert execution.output == []
    assert types_of(execution)[1:5] == ["MapStateEntered", "MapStateStarted", "MapStateSucceeded", "MapStateExited"]


def test_max_concurrency_bounds_what_runs_at_once() -> None:
    wait = {"Type": "Wait", "Seconds": 10}
    assert played(mapped(wait, MaxConcurrency=2), [1, 2, 3, 4, 5]).stopped_at == START + 30
    assert played(mapped(wait, MaxConcurrency="{% 5 %}"), [1, 2, 3, 4, 5]).stopped_at == START + 10
    assert played(mapped(wait), list(range(41))).stopped_at == START + 20


def test_items_that_are_no_array_fail_the_state() -> None:
    execution = played(mapped({"Type": "Pass"}, Items="{% $states.input.n %}"), {"n": 1})
    assert execution.error == "States.QueryEvaluationError"
    assert (execution.cause or "").endswith("Expected 'array', but was 'number' for value: 1")


def test_one_failed_iteration_fails_the_map_with_its_error_and_stops_the_others() -> None:
    functions = ScriptedFunctions({"work": [BROKEN]})
    choice = {
        "Type": "Choice",
        "Choices": [{"Condition": "{% $states.input = 2 %}", "Next": "Call"}],
        "Default": "Sleep",
    }
    states = {"C": choice, "Call": invoke("work", End=True), "Sleep": {"Type": "Wait", "Seconds": 60, "End": True}}
    definition = single({"Type": "Map", "ItemProcessor": {"StartAt": "C", "States": states}})
    execution = played(definition, [1, 2], engine_with(functions=functions))
    assert (execution.status, execution.error, execution.stopped_at) == ("FAILED", "Broken", START)
    assert types_of(execution)[-6:] == [
        "TaskFailed",
        "MapIterationFailed",
        "WaitStateAborted",
        "MapIterationAborted",
        "MapStateFailed",
        "ExecutionFailed",
    ]


def test_tolerated_failures_let_the_map_succeed_with_null_in_their_places() -> None:
    functions = ScriptedFunctions({"work": ["a", BROKEN, "c"]})
    definition = mapped(invoke("work", Output="{% $states.result.Payload %}"), ToleratedFailureCount=1)
    execution = played(definition, [1, 2, 3], engine_with(functions=functions))
    assert (execution.status, execution.output) == ("SUCCEEDED", ["a", None, "c"])


def test_more_failures_than_tolerated_exceed_the_threshold() -> None:
    functions = ScriptedFunctions({"work": ["a", BROKEN, BROKEN, "d"]})
    definition = mapped(invoke("work"), ToleratedFailurePercentage=25, MaxConcurrency=1)
    execution = played(definition, [1, 2, 3, 4], engine_with(functions=functions))
    assert execution.error == "States.ExceedToleratedFailureThreshold"
    assert execution.cause == "The specified tolerated failure threshold was exceeded"
    assert len(functions.calls) == 3


def test_a_map_can_be_retried_as_a_whole() -> None:
    functions = ScriptedFunctions({"work": [BROKEN, "x"]})
    retry = [{"ErrorEquals": ["Broken"], "IntervalSeconds": 7}]
    definition = mapped(invoke("work", Output="{% $states.result.Payload %}"), Retry=retry)
    execution = played(definition, [1], engine_with(functions=functions))
    assert (execution.output, execution.stopped_at) == (["x"], START + 7)


def test_branches_run_at_once_with_the_same_input_and_results_in_order() -> None:
    branches = [
        branch("A", {"Type": "Wait", "Seconds": 5}),
        branch("B", {"Type": "Pass", "Output": "{% $states.input.x + 1 %}"}),
    ]
    execution = played(single({"Type": "Parallel", "Branches": branches}), {"x": 1})
    assert (execution.output, execution.stopped_at) == ([{"x": 1}, 2], START + 5)


def test_arguments_of_parallel_become_the_input_of_its_branches() -> None:
    state = {
        "Type": "Parallel",
        "Arguments": {"y": "{% $states.input.x %}"},
        "Branches": [branch("A", {"Type": "Pass"})],
        "Output": "{% $states.result[0].y %}",
    }
    assert played(single(state), {"x": 4}).output == 4


def test_a_failed_branch_stops_the_others_and_can_be_caught() -> None:
    branches = [branch("Slow", {"Type": "Wait", "Seconds": 60}), branch("Bad", {"Type": "Fail", "Error": "Bad"})]
    state = {"Type": "Parallel", "Branches": branches, "Catch": [{"ErrorEquals": ["Bad"], "Next": "H"}], "Next": "H"}
    execution = played(machine("P", P=state, H={"Type": "Succeed", "Output": "{% $states.input.Error %}"}))
    assert (execution.output, execution.stopped_at) == ("Bad", START)
    assert types_of(execution)[3:8] == [
        "WaitStateEntered",
        "FailStateEntered",
        "WaitStateAborted",
        "ParallelStateFailed",
        "ParallelStateExited",
    ]


def test_inner_scopes_read_outer_variables_and_keep_their_own() -> None:
    inner = {"Type": "Pass", "Assign": {"own": "{% $base + $states.input %}"}}
    processor = {
        "StartAt": "A",
        "States": {"A": {**inner, "Next": "B"}, "B": {"Type": "Pass", "Output": "{% $own %}", "End": True}},
    }
    definition = machine(
        "Set",
        Set={"Type": "Pass", "Assign": {"base": 100}, "Next": "M"},
        M={
            "Type": "Map",
            "Items": [1, 2],
            "ItemProcessor": processor,
            "Assign": {"sum": "{% $sum($states.result) %}"},
            "Next": "End",
        },
        End={"Type": "Pass", "Output": ["{% $states.input %}", "{% $sum %}", "{% $exists($own) %}"], "End": True},
    )
    assert played(definition).output == [[101, 102], 203, False]


def test_a_map_inside_a_map_keeps_the_items_apart() -> None:
    inner = {
        "Type": "Map",
        "ItemProcessor": {
            "StartAt": "L",
            "States": {
                "L": {
                    "Type": "Pass",
                    "Output": "{% [$states.context.Map.Item.Index, $states.context.Map.Item.Value] %}",
                    "End": True,
                }
            },
        },
    }
    execution = played(mapped(inner), [["a"], ["b", "c"]])
    assert execution.output == [[[0, "a"]], [[0, "b"], [1, "c"]]]
