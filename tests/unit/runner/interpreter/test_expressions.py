"""JSONata: results, undefined, null, Step Functions' own functions."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.tasks import engine_with, machine, played, single


def output_of(expression: str, input: Any = None) -> Any:  # noqa: A002
    execution = played(single({"Type": "Pass", "Output": f"{{% {expression} %}}"}), input)
    assert execution.status == "SUCCEEDED", execution.cause
    return execution.output


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("$states.input.nil", None),
        ("$states.input.list", [1, None]),
        ("$states.input.list[1]", None),
        ("$states.input.one", [7]),
        ("$states.input.empty", []),
        ("$states.input.objects.k", [1, 2]),
        ("$states.input.objects[k = 2].v", "b"),
        ("10 / 2", 5),
        ("[1..3]", [1, 2, 3]),
        ("{'numbers': [1..3], 'null': null, 'gone': $nothing}", {"numbers": [1, 2, 3], "null": None}),
        ("$count($states.input.list)", 2),
        ("$exists($states.input.gone)", False),
        ("$states.input.nil = null", True),
    ],
)
def test_an_expression_gives_plain_json(expression: str, expected: Any) -> None:
    data = {
        "nil": None,
        "list": [1, None],
        "one": [7],
        "empty": [],
        "objects": [{"k": 1, "v": "a"}, {"k": 2, "v": "b"}],
    }
    assert output_of(expression, data) == expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("$partition([1,2,3,4,5], 2)", [[1, 2], [3, 4], [5]]),
        ("$partition([1..4], 3)", [[1, 2, 3], [4]]),
        ("$range(0, 10, 5)", [0, 5, 10]),
        ("$range(3, 0, -2)", [3, 1]),
        ("$hash('a', 'MD5')", "0cc175b9c0f1b6a831c399e269772661"),
        ("$hash('a', 'SHA-256')", "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"),
        ("$parse('{\"a\":[1,null]}')", {"a": [1, None]}),
        ("$random(3) = $random(3)", True),
        ("$length($uuid())", 36),
        ("$now()", "2026-01-01T00:00:00.000Z"),
        ("$millis()", 1767225600000),
    ],
)
def test_functions_of_step_functions(expression: str, expected: Any) -> None:
    assert output_of(expression) == expected


def test_random_uuid_and_shuffle_repeat_with_the_same_seed() -> None:
    definition = single({"Type": "Pass", "Output": ["{% $random() %}", "{% $uuid() %}", "{% $shuffle([1..20]) %}"]})
    outputs = [played(definition, engine=engine_with(seed=seed)).output for seed in (1, 1, 2)]
    assert outputs[0] == outputs[1]
    assert outputs[0] != outputs[2]


@pytest.mark.parametrize(
    ("expression", "what"),
    [
        ("$states.input.gone", "returned nothing (undefined)."),
        ("$unknown", "returned nothing (undefined)."),
        ("$", "returned nothing (undefined)."),
        (
            "1 + 'a'",
            'threw an error during evaluation. T2002: The right side of the "+" operator must evaluate to a number',
        ),
        ("$error('boom')", "threw an error during evaluation. D3137: boom"),
        ("function($x){$x}", "threw an error during evaluation: a function is not a JSON value"),
        (
            "$hash('a', 'CRC')",
            (
                "threw an error during evaluation: "
                "Argument 2 of function $hash must be one of MD5, SHA-1, SHA-256, SHA-384, SHA-512"
            ),
        ),
    ],
)
def test_an_expression_that_gives_nothing_or_fails_is_a_query_evaluation_error(expression: str, what: str) -> None:
    execution = played(single({"Type": "Pass", "Output": {"Deep": [f"{{% {expression} %}}"]}}))
    cause = (
        "An error occurred while executing the state 'S' (entered at the event id #2). The JSONata expression "
        f"'{expression}' specified for the field 'Output/Deep[0]' {what}"
    )
    assert (execution.error, execution.cause) == ("States.QueryEvaluationError", cause)
    assert execution.history[2]["evaluationFailedEventDetails"] == {
        "error": "States.QueryEvaluationError",
        "cause": cause,
        "location": "Output/Deep[0]",
        "state": "S",
    }


def test_variables_keep_null_apart_from_undefined() -> None:
    definition = machine(
        "A",
        A={"Type": "Pass", "Assign": {"empty": None}, "Next": "B"},
        B={"Type": "Pass", "Output": "{% $empty = null %}", "End": True},
    )
    assert played(definition).output is True


def test_the_context_object_tells_where_we_are() -> None:
    execution = played(single({"Type": "Pass", "Output": "{% $states.context %}"}), {"a": 1})
    assert execution.output == {
        "Execution": {
            "Id": "arn:aws:states:us-east-1:123456789012:execution:machine:run",
            "Input": {"a": 1},
            "Name": "run",
            "RoleArn": "arn:aws:iam::123456789012:role/machine",
            "StartTime": "2026-01-01T00:00:00Z",
            "RedriveCount": 0,
        },
        "StateMachine": {
            "Id": "arn:aws:states:us-east-1:123456789012:stateMachine:machine",
            "Name": "machine",
        },
        "State": {"Name": "S", "EnteredTime": "2026-01-01T00:00:00Z"},
    }


def test_assign_and_output_see_the_variables_as_they_were() -> None:
    definition = machine(
        "A",
        A={"Type": "Pass", "Assign": {"n": 1}, "Next": "B"},
        B={"Type": "Pass", "Assign": {"n": "{% $n + 1 %}", "old": "{% $n %}"}, "Output": "{% $n %}", "Next": "C"},
        C={"Type": "Pass", "Output": ["{% $states.input %}", "{% $n %}", "{% $old %}"], "End": True},
    )
    assert played(definition).output == [1, 2, 1]


def test_the_variables_of_one_assign_share_256_kib() -> None:
    half = "{% $pad('', 131072, 'x') %}"
    execution = played(single({"Type": "Pass", "Assign": {"a": half, "b": half}}))
    assert execution.error == "States.DataLimitExceeded"
