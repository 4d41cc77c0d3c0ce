"""Errors, causes and endings as the service words them; each test names where the words come from."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.tasks import engine_with, jsonpath, machine, played

ENTERED = "An error occurred while executing the state 'S' (entered at the event id #2)."
NODES = "com.fasterxml.jackson.databind.node"
PROVIDER = "com.jayway.jsonpath.spi.json.JacksonJsonNodeJsonProvider"


@pytest.mark.parametrize("field", ["InputPath", "OutputPath"])
@pytest.mark.parametrize(
    ("path", "value", "cause"),
    [
        ("$.a", {}, "No results for path: $['a']"),
        ("$.a.b", {"a": {}}, "No results for path: $['a']['b']"),
        ("$.a.b.c", {"a": {}}, "Missing property in path $['a']['b']"),
        ("$.a[3]", {"a": [1]}, "No results for path: $['a'][3]"),
        ("$.a[3]", {"a": {"k": 1}}, 'Filter: [3] can only be applied to arrays. Current context is: {"k":1}'),
        (
            "$.a.b",
            {"a": "text"},
            (
                f"Expected to find an object with property ['b'] in path $['a'] but found '{NODES}.TextNode'. "
                f"This is not a json object according to the JsonProvider: '{PROVIDER}'."
            ),
        ),
    ],
)
def test_a_path_that_leads_nowhere_is_described_in_jayways_words(field: str, path: str, value: Any, cause: str) -> None:
    """Jayway JsonPath, PropertyPathToken and ArrayPathToken: a leaf gives no results, a step on the way is missing."""
    execution = played(jsonpath("S", S={"Type": "Pass", field: path, "End": True}), value)
    assert (execution.error, execution.cause) == ("States.Runtime", f"{ENTERED} Invalid path '{path}' : {cause}")


def test_the_timeout_of_a_machine_follows_no_event() -> None:
    """Known of the service: TIMED_OUT has no error and cause; its event has States.Timeout and follows event 0."""
    definition = {**jsonpath("S", S={"Type": "Wait", "Seconds": 25, "End": True}), "TimeoutSeconds": 3}
    execution = played(definition)
    ended = execution.history[-1]
    assert (execution.status, ended["id"], ended["previousEventId"], ended["type"]) == (
        "TIMED_OUT",
        3,
        0,
        "ExecutionTimedOut",
    )
    assert ended["executionTimedOutEventDetails"] == {"error": "States.Timeout"}
    assert (execution.stopped_at or 0) - execution.started_at == 3


def test_a_stopped_execution_without_a_reason_has_empty_details() -> None:
    """Known of the service: executionAbortedEventDetails is there but empty."""
    engine = engine_with()
    engine.register("m", machine("S", S={"Type": "Wait", "Seconds": 25, "End": True}))
    execution = engine.start("m", {})
    engine.advance(1)
    engine.stop(execution)
    assert execution.history[-1]["executionAbortedEventDetails"] == {}


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("1 + 'a'", 'T2002: The right side of the "+" operator must evaluate to a number'),
        ("'a' + 1", 'T2001: The left side of the "+" operator must evaluate to a number'),
        ("'a' < 1", 'T2009: The values "a" and 1 either side of operator "<" must be of the same data type'),
        ("-'a'", 'D1002: Cannot negate a non-numeric value: "a"'),
        ("$uppercase(5)", 'T0410: Argument 1 of function "uppercase" does not match function signature'),
        ("$sum(['a'])", 'T0412: Argument 1 of function "sum" must be an array of "numbers"'),
        ("$hash('a')", 'T0410: Argument 2 of function "hash" does not match function signature'),
        ("$nothing(1)", "T1006: Attempted to invoke a non-function"),
        ("{1: 2}", "T1003: Key in object structure must evaluate to a string; got: 1"),
        ("$number('a')", 'D3030: Unable to cast value to a number: "a"'),
        ("$sqrt(-1)", "D3060: The sqrt function cannot be applied to a negative number: -1"),
        (
            "$formatBase(10, 40)",
            "D3100: The radix of the formatBase function must be between 2 and 36.  It was given 40",
        ),
        ("$replace('a', '', 'b')", "D3010: Second argument of replace function cannot be an empty string"),
        (
            "$toMillis('x')",
            'D3110: The argument of the toMillis function must be an ISO 8601 formatted timestamp. Given "x"',
        ),
        ("$error('boom')", "D3137: boom"),
        (
            "$single([1, 2])",
            "D3138: The $single() function expected exactly 1 matching result.  Instead it matched more.",
        ),
    ],
)
def test_jsonata_fails_in_the_words_of_jsonata_js(expression: str, message: str) -> None:
    """jsonata-js 2.0.6, errorCodes: {{value}} is shown as JSON."""
    execution = played(machine("S", S={"Type": "Pass", "Output": f"{{% {expression} %}}", "End": True}))
    sentence = f"The JSONata expression '{expression}' specified for the field 'Output' threw an error during"
    assert execution.error == "States.QueryEvaluationError"
    assert execution.cause == f"{ENTERED} {sentence} evaluation. {message}"


def test_random_numbers_with_a_seed_are_javas() -> None:
    """java.util.Random: new Random(42).nextDouble()."""
    execution = played(machine("S", S={"Type": "Pass", "Output": "{% $random(42) %}", "End": True}))
    assert execution.output == 0.7275636800328681
