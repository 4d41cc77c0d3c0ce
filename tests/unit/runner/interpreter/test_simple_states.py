"""Pass, Succeed, Fail, Choice and Wait."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.tasks import START, machine, played, single


def test_a_pass_without_output_gives_its_input() -> None:
    assert played(single({"Type": "Pass"}), {"a": [1, None]}).output == {"a": [1, None]}


def test_a_pass_gives_its_output_with_expressions_at_every_depth() -> None:
    output = {"list": ["{% $states.input.a %}", {"b": "{% $states.input.a + 1 %}"}], "text": "plain"}
    assert played(single({"Type": "Pass", "Output": output}), {"a": 1}).output == {
        "list": [1, {"b": 2}],
        "text": "plain",
    }


def test_succeed_gives_its_output() -> None:
    execution = played(single({"Type": "Succeed", "Output": "{% $states.input.a %}"}), {"a": "x"})
    assert (execution.status, execution.output) == ("SUCCEEDED", "x")


def test_fail_ends_with_its_error_and_cause() -> None:
    execution = played(
        single({"Type": "Fail", "Error": "Broken", "Cause": "{% 'at ' & $states.input.a %}"}), {"a": "x"}
    )
    assert (execution.status, execution.error, execution.cause) == ("FAILED", "Broken", "at x")
    assert execution.output is None


def test_fail_may_have_neither_error_nor_cause() -> None:
    execution = played(single({"Type": "Fail"}))
    assert (execution.status, execution.error, execution.cause) == ("FAILED", None, None)
    assert execution.history[-1]["executionFailedEventDetails"] == {}


def test_the_first_choice_rule_that_holds_decides() -> None:
    rules = [
        {"Condition": "{% $states.input.n > 10 %}", "Next": "Big"},
        {"Condition": "{% $states.input.n > 1 %}", "Next": "Middle", "Output": "{% $states.input.n * 2 %}"},
        {"Condition": True, "Next": "Big"},
    ]
    definition = machine("C", C={"Type": "Choice", "Choices": rules}, Big={"Type": "Fail"}, Middle={"Type": "Succeed"})
    assert played(definition, {"n": 5}).output == 10


def test_a_rule_assigns_variables_and_default_uses_those_of_the_state() -> None:
    def definition() -> dict[str, Any]:
        rule = {"Condition": "{% $states.input.n = 1 %}", "Next": "End", "Assign": {"way": "rule"}}
        choice = {"Type": "Choice", "Choices": [rule], "Default": "End", "Assign": {"way": "default"}}
        return machine("C", C=choice, End={"Type": "Pass", "Output": "{% $way %}", "End": True})

    assert played(definition(), {"n": 1}).output == "rule"
    assert played(definition(), {"n": 2}).output == "default"


def test_no_rule_and_no_default_is_no_choice_matched() -> None:
    rule = {"Condition": "{% $states.input.n = 1 %}", "Next": "End"}
    execution = played(machine("C", C={"Type": "Choice", "Choices": [rule]}, End={"Type": "Succeed"}), {"n": 2})
    assert execution.error == "States.NoChoiceMatched"
    assert execution.cause == (
        "An error occurred while executing the state 'C' (entered at the event id #2). "
        "Failed to transition out of the state. The state does not point to a next state."
    )


def test_a_condition_must_be_a_boolean() -> None:
    rule = {"Condition": "{% $states.input.n %}", "Next": "End"}
    execution = played(machine("C", C={"Type": "Choice", "Choices": [rule]}, End={"Type": "Succeed"}), {"n": 2})
    assert execution.error == "States.QueryEvaluationError"
    assert execution.cause == (
        "An error occurred while executing the state 'C' (entered at the event id #2). The JSONata expression "
        "'$states.input.n' specified for the field 'Choices[0]/Condition' returned an unexpected result type. "
        "Expected 'boolean', but was 'number' for value: 2"
    )


@pytest.mark.parametrize(
    ("field", "value", "seconds"),
    [
        ("Seconds", 90, 90.0),
        ("Seconds", 0, 0.0),
        ("Seconds", "{% $states.input.wait %}", 30.0),
        ("Timestamp", "2026-01-01T01:00:00Z", 3600.0),
        ("Timestamp", "2026-01-01T01:00:00.250+01:00", 0.25),
        ("Timestamp", "{% $fromMillis($toMillis($states.context.Execution.StartTime) + 5000) %}", 5.0),
        ("Timestamp", "2020-01-01T00:00:00Z", 0.0),
    ],
)
def test_a_wait_lasts_as_long_as_it_says(field: str, value: Any, seconds: float) -> None:
    execution = played(single({"Type": "Wait", field: value}), {"wait": 30})
    assert execution.status == "SUCCEEDED"
    assert execution.stopped_at == START + seconds


@pytest.mark.parametrize(
    ("field", "found", "expected"),
    [
        ("Seconds", "'string' for value: \"x\"", "non-negative integer"),
        ("Timestamp", "'string' for value: \"x\"", "timestamp"),
    ],
)
def test_a_wait_refuses_what_is_no_time(field: str, found: str, expected: str) -> None:
    execution = played(single({"Type": "Wait", field: "{% $states.input.x %}"}), {"x": "x"})
    assert execution.error == "States.QueryEvaluationError"
    assert execution.cause == (
        "An error occurred while executing the state 'S' (entered at the event id #2). The JSONata expression "
        f"'$states.input.x' specified for the field '{field}' returned an unexpected result type. "
        f"Expected '{expected}', but was {found}"
    )
