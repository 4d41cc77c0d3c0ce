"""ValidateStateMachineDefinition: codes and places of diagnostics, as the API reference lists them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tastemaker.errors import AwsError
from tastemaker.runner.interpreter.api import StepFunctionsApi
from tests.support.tasks import engine_with, jsonpath

END: dict[str, Any] = {"Type": "Pass", "End": True}
LONG = "s" * 81


def nested(**states: Any) -> dict[str, Any]:
    return {"Type": "Map", "ItemProcessor": jsonpath(next(iter(states)), **states), "End": True}


@pytest.mark.parametrize(
    ("definition", "code", "location", "message"),
    [
        (jsonpath("B", A=END), "MISSING_TRANSITION_TARGET", "/StartAt", "Missing 'StartAt' target: B"),
        (
            jsonpath("A", A={"Type": "Pass", "Next": "B"}, C=END),
            "MISSING_TRANSITION_TARGET",
            "/States/A/Next",
            "Missing 'Next' target: B",
        ),
        (
            jsonpath("A", A=END, B=END),
            "MISSING_TRANSITION_TARGET",
            "/States/B",
            'State "B" is not reachable.',
        ),
        (
            jsonpath(
                "A",
                A={
                    "Type": "Choice",
                    "Choices": [{"Variable": "$.x", "IsNull": True, "Next": "X"}],
                    "Default": "B",
                },
                B=END,
            ),
            "MISSING_TRANSITION_TARGET",
            "/States/A/Choices[0]/Next",
            "Missing 'Next' target: X",
        ),
        (
            jsonpath("M", M=nested(A={"Type": "Pass", "Next": "B"}, C=END)),
            "MISSING_TRANSITION_TARGET",
            "/States/M/ItemProcessor/States/A/Next",
            "Missing 'Next' target: B",
        ),
        (
            jsonpath("A", A={"Type": "Pass", "Next": "A"}),
            "MISSING_END_STATE",
            None,
            "Workflow has no terminal state",
        ),
        (
            jsonpath("A", A=nested(A=END)),
            "DUPLICATE_STATE_NAME",
            "/States/A/ItemProcessor/States/A",
            "the name is used twice; state names are unique in a whole definition",
        ),
        (
            jsonpath(LONG, **{LONG: END}),
            "INVALID_STATE_NAME",
            f"/States/{LONG}",
            "a state's name has 1 to 80 characters, not 81",
        ),
    ],
    ids=["start", "next", "unreachable", "choice", "nested", "no end", "twice", "long"],
)
def test_a_diagnostic_has_the_code_of_its_kind(definition: Any, code: str, location: str | None, message: str) -> None:
    api = StepFunctionsApi(engine_with())
    answer = api.call("ValidateStateMachineDefinition", {"definition": json.dumps(definition)})
    assert answer["result"] == "FAIL"
    place = {} if location is None else {"location": location}
    assert {"severity": "ERROR", "code": code, **place, "message": message} in answer["diagnostics"]


def pass_with(expression: str) -> dict[str, Any]:
    return {"QueryLanguage": "JSONata", **jsonpath("E", E={**END, "Output": {"v": f"{{% {expression} %}}"}})}


def diagnostics_of(definition: Any) -> list[dict[str, str]]:
    api = StepFunctionsApi(engine_with())
    found: list[dict[str, str]] = api.call("ValidateStateMachineDefinition", {"definition": json.dumps(definition)})[
        "diagnostics"
    ]
    return found


@pytest.mark.parametrize(
    ("expression", "code", "message"),
    [
        ("$x[1,2)", "INVALID_JSONATA_EXPRESSION", 'Expected "]", got ","'),
        ('"open', "INVALID_JSONATA_EXPRESSION", "String literal must be terminated by a matching quote"),
        ("1 +", "INVALID_JSONATA_EXPRESSION", "Unexpected end of expression"),
        ('{"a":}', "INVALID_JSONATA_EXPRESSION", 'The symbol "}" cannot be used as a unary operator'),
        ("phone", "UNSUPPORTED_JSONATA_EXPRESSION", "Reference to 'phone' at the top level is not supported."),
        ("$f(a.b)", "UNSUPPORTED_JSONATA_EXPRESSION", "Reference to 'a' at the top level is not supported."),
        ("$x ? y : 1", "UNSUPPORTED_JSONATA_EXPRESSION", "Reference to 'y' at the top level is not supported."),
        ("{'k': [z]}", "UNSUPPORTED_JSONATA_EXPRESSION", "Reference to 'z' at the top level is not supported."),
    ],
)
def test_an_expression_is_refused_at_its_field(expression: str, code: str, message: str) -> None:
    """Parse errors have the words of jsonata-js without its code; names need `$states` or a variable before them."""
    expected = {"severity": "ERROR", "code": code, "message": message, "location": "/States/E/Output/v"}
    assert diagnostics_of(pass_with(expression)) == [expected]


@pytest.mark.parametrize(
    "expression", ["$states.input.phone", "$x[price > 1].name", "$map($x, function($v){$v.a})", "$x{kind: price}"]
)
def test_names_inside_a_path_are_fine(expression: str) -> None:
    assert diagnostics_of(pass_with(expression)) == []


def test_without_a_terminal_state_nothing_else_is_said_of_the_ways() -> None:
    """Known of the service: MISSING_END_STATE has no location, and hides states that are not reached."""
    loop = {"A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Pass", "Next": "A"}, "C": {"Type": "Pass", "Next": "A"}}
    definition = {"StartAt": "A", "States": loop}
    problem = {"severity": "ERROR", "code": "MISSING_END_STATE", "message": "Workflow has no terminal state"}
    assert diagnostics_of(definition) == [problem]
    request = {"name": "m", "definition": json.dumps(definition), "roleArn": "arn:aws:iam::123456789012:role/r"}
    with pytest.raises(AwsError) as caught:
        StepFunctionsApi(engine_with()).call("CreateStateMachine", request)
    assert caught.value.message == (
        "Invalid State Machine Definition: 'MISSING_END_STATE: Workflow has no terminal state at null'"
    )


def test_a_missing_target_comes_before_the_missing_end() -> None:
    """Known of the service: both are reported, in this order."""
    found = diagnostics_of(jsonpath("A", A={"Type": "Pass", "Next": "NOPE"}))
    assert [(entry["code"], entry.get("location")) for entry in found] == [
        ("MISSING_TRANSITION_TARGET", "/States/A/Next"),
        ("MISSING_END_STATE", None),
    ]


def test_every_missing_target_is_called_next() -> None:
    """Known of the service: Missing 'Next' target, also in Default, Choices and Catch."""
    rule = {"Variable": "$.x", "IsNull": True, "Next": "X"}
    definition = jsonpath("A", A={"Type": "Choice", "Choices": [rule], "Default": "Y"}, B=END)
    found = [(entry["location"], entry["message"]) for entry in diagnostics_of(definition)[:2]]
    assert sorted(found) == [
        ("/States/A/Choices[0]/Next", "Missing 'Next' target: X"),
        ("/States/A/Default", "Missing 'Next' target: Y"),
    ]


JSONATA, JSONPATH = "JSONata", "JSONPath"


def only(field: str, language: str, other: str) -> str:
    what = f"but field '{field}' is only supported for the '{other}' QueryLanguage"
    return f"The QueryLanguage is set to '{language}', {what}"


@pytest.mark.parametrize(
    ("state", "location", "message"),
    [
        ({**END, "TimeoutSeconds": 1}, "/States/A", "Field 'TimeoutSeconds' is not supported"),
        ({**END, "Catch": [{"ErrorEquals": ["E"], "Next": "A"}]}, "/States/A", "Field 'Catch' is not supported"),
        (
            {**END, "Output": 1},
            "/States/A",
            only("Output", JSONPATH, JSONATA),
        ),
        (
            {**END, "QueryLanguage": "JSONata", "InputPath": "$.a"},
            "/States/A",
            only("InputPath", JSONATA, JSONPATH),
        ),
        (
            {**END, "Parameters": {"outputPath.$": "States.format('test-{}.json', $.Comment)"}},
            "/States/A/Parameters",
            "The value for the field 'outputPath.$' must be a valid JSONPath or a valid intrinsic function call",
        ),
        ({**nested(P=END), "TimeoutSeconds": 1}, "/States/A", "Field 'TimeoutSeconds' is not supported"),
        (
            {"Type": "Map", "ItemProcessor": {"QueryLanguage": "JSONata", **jsonpath("P", P=END)}, "End": True},
            "/States/A/ItemProcessor",
            "Field 'QueryLanguage' is not supported",
        ),
        (
            {"QueryLanguage": "JSONata", **nested(P={**END, "Output": 1})},
            "/States/A/ItemProcessor/States/P",
            only("Output", JSONPATH, JSONATA),
        ),
        ({"Type": "Task", "Resource": "f", "End": True}, "/States/A/Resource", "Value is not a valid resource ARN"),
    ],
)
def test_fields_are_refused_in_the_services_words(state: dict[str, Any], location: str, message: str) -> None:
    """Known of the service: code SCHEMA_VALIDATION_FAILED; a Map does not hand its query language down."""
    expected = {"severity": "ERROR", "code": "SCHEMA_VALIDATION_FAILED", "location": location, "message": message}
    assert expected in diagnostics_of(jsonpath("A", A=state))


def test_warnings_are_told_on_request_and_refuse_nothing() -> None:
    """ValidateStateMachineDefinition: severity WARNING returns both; the result can be OK with warnings."""
    definition = jsonpath(
        "A",
        A={"Type": "Pass", "Parameters": {"x": "$.a", "y": {"z": "States.UUID()"}, "fine.$": "$.a"}, "Next": "B"},
        B={"Type": "Pass", "Result": {"r": "$.a"}, "Next": "C"},
        C={"Type": "Fail", "Error": "$.e", "Cause": "costs $5"},
    )
    api = StepFunctionsApi(engine_with())
    request = {"definition": json.dumps(definition), "severity": "WARNING"}
    answer = api.call("ValidateStateMachineDefinition", request)
    assert (answer["result"], answer["truncated"]) == ("OK", False)
    assert [(entry["severity"], entry["code"], entry["location"]) for entry in answer["diagnostics"]] == [
        ("WARNING", "NO_DOLLAR", "/States/A/Parameters"),
        ("WARNING", "NO_DOLLAR", "/States/A/Parameters"),
        ("WARNING", "PASS_RESULT_IS_STATIC", "/States/B/Result"),
        ("WARNING", "NO_PATH", "/States/C/Error"),
    ]
    assert diagnostics_of(definition) == []
    first = api.call("ValidateStateMachineDefinition", {**request, "maxResults": 1})
    assert (len(first["diagnostics"]), first["truncated"]) == (1, True)


def test_at_most_a_hundred_diagnostics_are_asked_for() -> None:
    """ValidateStateMachineDefinition, maxResults: the default and maximum value is 100."""
    request = {"definition": json.dumps(jsonpath("A", A=END)), "maxResults": 101}
    with pytest.raises(AwsError) as caught:
        StepFunctionsApi(engine_with()).call("ValidateStateMachineDefinition", request)
    assert caught.value.message == (
        "1 validation error detected: Value '101' at 'maxResults' failed to satisfy constraint: "
        "Member must have value less than or equal to 100"
    )
