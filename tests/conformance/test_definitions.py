"""ValidateStateMachineDefinition: codes and places of diagnostics, as the API reference lists them."""

from __future__ import annotations

import json
from typing import Any

import pytest

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
            "/",
            "no terminal state: one needs End: true, Succeed or Fail",
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
def test_a_diagnostic_has_the_code_of_its_kind(definition: Any, code: str, location: str, message: str) -> None:
    api = StepFunctionsApi(engine_with())
    answer = api.call("ValidateStateMachineDefinition", {"definition": json.dumps(definition)})
    assert answer["result"] == "FAIL"
    assert {"severity": "ERROR", "code": code, "location": location, "message": message} in answer["diagnostics"]
