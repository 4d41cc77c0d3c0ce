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
