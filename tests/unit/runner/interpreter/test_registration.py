"""What Step Functions refuses when a state machine is created."""

from __future__ import annotations

from typing import Any

import pytest

from tastemaker.errors import InvalidDefinitionError
from tests.support.tasks import LAMBDA, engine_with, invoke, machine, single

PASS = {"Type": "Pass", "End": True}
SDK = "arn:aws:states:::aws-sdk:personalize"


def problems_of(definition: Any) -> list[str]:
    with pytest.raises(InvalidDefinitionError) as caught:
        engine_with().register("m", definition)
    return list(caught.value.problems)


def scope(**states: Any) -> dict[str, Any]:
    return {"StartAt": next(iter(states)), "States": states}


def unrecognized(resource: str) -> str:
    return (
        f"state 'S'/Resource: The resource provided {resource} is not recognized. "
        "The value is not a valid resource ARN, or the resource is not available in this region."
    )


@pytest.mark.parametrize(
    ("definition", "problem"),
    [
        ([], "a definition is a JSON object"),
        (
            {"QueryLanguage": "JSONata", "StartAt": "A", "States": {}},
            "the state machine: States must be an object with at least one state",
        ),
        (
            {"QueryLanguage": "JSONata", "StartAt": "A"},
            "the state machine: These fields are required: [States]",
        ),
        (
            {"QueryLanguage": "JSONata", "States": {"A": PASS}},
            "the state machine: These fields are required: [StartAt]",
        ),
        (machine("B", A=PASS), "the state machine/StartAt: Missing 'StartAt' target: B"),
        (machine("A", A=PASS, B=PASS), "state 'B': State \"B\" is not reachable."),
        (
            machine("A", A={"Type": "Pass", "Next": "A"}),
            "the state machine: Workflow has no terminal state",
        ),
        (
            {**single({"Type": "Pass"}), "Foo": 1},
            "the state machine: Field 'Foo' is not supported",
        ),
        (
            {**single({"Type": "Pass"}), "TimeoutSeconds": 0},
            "the state machine: TimeoutSeconds must be a positive integer, not 0",
        ),
        (
            machine("A", A={"Type": "Pass", "Next": "Gone"}, B=PASS),
            "state 'A'/Next: Missing 'Next' target: Gone",
        ),
        (machine("A", A={"Type": "Pass"}, B=PASS), "state 'A': needs exactly one of Next and End: true"),
        (
            machine("A", A={"Type": "Pass", "Next": "B", "End": True}, B=PASS),
            "state 'A': needs exactly one of Next and End: true",
        ),
        (
            single({"Type": "Nap"}),
            "state 'S': unknown Type 'Nap'; known: Task, Pass, Choice, Wait, Succeed, Fail, Map, Parallel",
        ),
        (
            single({"Type": "Pass", "Result": 1}),
            (
                "state 'S': The QueryLanguage is set to 'JSONata', but field 'Result' is only supported for the "
                "'JSONPath' QueryLanguage"
            ),
        ),
        (
            single({"Type": "Succeed", "Assign": {}}),
            "state 'S': Field 'Assign' is not supported",
        ),
        (single({"Type": "Wait"}), "state 'S': needs exactly one of Seconds and Timestamp"),
        (single({"Type": "Wait", "Seconds": 1.5}), "state 'S': Seconds must be a non-negative integer, not 1.5"),
        (
            single({"Type": "Wait", "Timestamp": "tomorrow"}),
            "state 'S'/Timestamp: String does not match RFC3339 timestamp",
        ),
        (single({"Type": "Choice", "Choices": []}), "state 'S': Choices must have at least one element"),
        (single({"Type": "Choice", "Choices": 3}), "state 'S': Choices must be an array of objects"),
        (
            single({"Type": "Choice", "Choices": [{"Next": "S"}]}),
            "state 'S', Choices[0]: Condition must be a JSONata expression or a boolean, not None",
        ),
        (single({"Type": "Pass", "Assign": {"a.b": 1}}), "state 'S': 'a.b' is not a name for a variable"),
        (single({"Type": "Pass", "Assign": {"states": 1}}), "state 'S': 'states' is not a name for a variable"),
        (single({"Type": "Pass", "Assign": [1]}), "state 'S': Assign must be an object"),
        (
            single({"Type": "Pass", "QueryLanguage": "JSONPath"}),
            "state 'S': 'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine",
        ),
        (
            {"QueryLanguage": "XPath", "StartAt": "A", "States": {"A": PASS}},
            "the state machine: QueryLanguage must be JSONata or JSONPath, not 'XPath'",
        ),
        (
            {"StartAt": "A", "States": {"A": {**PASS, "Output": 1}}},
            (
                "state 'A': The QueryLanguage is set to 'JSONPath', but field 'Output' is only supported for the "
                "'JSONata' QueryLanguage"
            ),
        ),
        (
            {"StartAt": "A", "States": {"A": {**PASS, "InputPath": "$.a["}}},
            "state 'A': field 'InputPath': '$.a[' is not a path: unexpected end of query",
        ),
        (
            {"StartAt": "A", "States": {"A": {**PASS, "ResultPath": "$.a[*]"}}},
            (
                "state 'A': field 'ResultPath': '$.a[*]' is not a reference path: "
                "it may have names and indices only, from $"
            ),
        ),
        (
            {"StartAt": "A", "States": {"A": {**PASS, "Parameters": {"x.$": "a"}}}},
            (
                "state 'A'/Parameters: The value for the field 'x.$' must be a valid JSONPath "
                "or a valid intrinsic function call"
            ),
        ),
        (
            {"StartAt": "A", "States": {"A": {**PASS, "Parameters": {"x.$": "States.ArrayLength()"}}}},
            (
                "state 'A'/Parameters: The value for the field 'x.$' must be a valid JSONPath "
                "or a valid intrinsic function call"
            ),
        ),
        (
            single({"Type": "Map", "ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED"}, **scope(P=PASS)}}),
            "state 'S': ProcessorConfig/ExecutionType must be STANDARD or EXPRESS, not None",
        ),
        (
            single({"Type": "Map", "ItemProcessor": scope(P=PASS), "ItemReader": {}}),
            "state 'S': ItemReader needs ProcessorConfig/Mode DISTRIBUTED",
        ),
        (
            single({"Type": "Map", "ItemProcessor": scope(S=PASS)}),
            "state 'S': the name is used twice; state names are unique in a whole definition",
        ),
        (
            single({"Type": "Parallel", "Branches": [scope(A={"Type": "Pass", "Next": "S"})]}),
            "state 'A'/Next: Missing 'Next' target: S",
        ),
        (
            single(invoke("f", Retry=[{"ErrorEquals": []}])),
            "state 'S', Retry[0]: ErrorEquals must be an array of error names",
        ),
        (
            single(invoke("f", Retry=[{"ErrorEquals": ["States.ALL", "X"]}])),
            "state 'S', Retry[0]: States.ALL must stand alone in the last rule",
        ),
        (
            single(invoke("f", Retry=[{"ErrorEquals": ["X"], "IntervalSeconds": 0}])),
            "state 'S', Retry[0]: IntervalSeconds must be a positive integer, not 0",
        ),
        (
            single(invoke("f", Retry=[{"ErrorEquals": ["X"], "BackoffRate": 0.5}])),
            "state 'S', Retry[0]: BackoffRate must be a number of at least 1, not 0.5",
        ),
        (
            single(invoke("f", Retry=[{"ErrorEquals": ["X"], "JitterStrategy": "SOME"}])),
            "state 'S', Retry[0]: JitterStrategy must be FULL or NONE, not 'SOME'",
        ),
        (single(invoke("f", Catch=[{"ErrorEquals": ["X"]}])), "state 'S', Catch[0]: These fields are required: [Next]"),
        (
            single(invoke("f", TimeoutSeconds=10, HeartbeatSeconds=10)),
            "state 'S': HeartbeatSeconds must be smaller than TimeoutSeconds",
        ),
        (single({"Type": "Task"}), "state 'S': These fields are required: [Resource]"),
        (
            single({"Type": "Pass", "Output": {"a": "{% 1 + %}"}}),
            "state 'S'/Output/a: INVALID_JSONATA_EXPRESSION: Unexpected end of expression",
        ),
        (
            single({"Type": "Pass", "Output": "{% 1"}),
            "state 'S'/Output: INVALID_JSONATA_EXPRESSION: '{% 1' must both start with {% and end with %}",
        ),
        (
            single({"Type": "Pass", "Output": {"v": "{% phone %}"}}),
            (
                "state 'S'/Output/v: UNSUPPORTED_JSONATA_EXPRESSION: "
                "Reference to 'phone' at the top level is not supported."
            ),
        ),
        (
            single({"Type": "Task", "Resource": "f"}),
            "state 'S'/Resource: Value is not a valid resource ARN",
        ),
        (
            single({"Type": "Task", "Resource": "arn:aws:states:::elasticmapreduce:createCluster.sync"}),
            "state 'S'/Resource: not built: Resource arn:aws:states:::elasticmapreduce:createCluster.sync",
        ),
        (
            single({"Type": "Task", "Resource": f"{SDK}:makeTea"}),
            unrecognized(f"{SDK}:makeTea"),
        ),
        (
            single({"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:tea:make"}),
            unrecognized("arn:aws:states:::aws-sdk:tea:make"),
        ),
        (
            single({"Type": "Task", "Resource": "arn:aws:states:::sns:Publish"}),
            unrecognized("arn:aws:states:::sns:Publish"),
        ),
        (
            single({"Type": "Task", "Resource": f"{SDK}:describeCampaign", "Arguments": {}}),
            "state 'S': The field 'CampaignArn' is required but was missing",
        ),
        (
            single({"Type": "Task", "Resource": f"{SDK}:describeCampaign", "Arguments": {"CampaignArn": 1}}),
            "state 'S': The value for the field 'CampaignArn' must be a STRING",
        ),
        (
            single(
                {
                    "Type": "Task",
                    "Resource": f"{SDK}:describeCampaign",
                    "Arguments": {"CampaignArn": "x", "campaignArn": "x"},
                }
            ),
            "state 'S': The field \"campaignArn\" is not supported by Step Functions; known: CampaignArn",
        ),
        (
            single({"Type": "Task", "Resource": LAMBDA, "Arguments": {"Payload": 1}}),
            "state 'S': The field 'FunctionName' is required but was missing",
        ),
    ],
)
def test_a_definition_that_is_refused(definition: Any, problem: str) -> None:
    assert f"m: {problem}" in problems_of(definition)


@pytest.mark.parametrize(
    ("state", "problem"),
    [
        ({"Type": "Pass", "Output": "{% $states.result %}"}, "$states.result cannot be used in Output of a Pass state"),
        (
            invoke("f", Output=["{% $states.errorOutput.Error %}"]),
            "$states.errorOutput cannot be used in Output of a Task state",
        ),
        (
            {"Type": "Task", "Resource": LAMBDA, "Arguments": {"FunctionName": "{% $states.result.x %}"}},
            "$states.result cannot be used in Arguments of a Task state",
        ),
    ],
)
def test_members_of_states_are_refused_where_they_do_not_exist(state: dict[str, Any], problem: str) -> None:
    assert problems_of(single(state)) == [f"m: state 'S': {problem}"]


@pytest.mark.parametrize("operator", ["??", "?:"])
def test_operators_that_step_functions_does_not_know_yet_are_refused(operator: str) -> None:
    definition = single({"Type": "Pass", "Output": f"{{% $states.input.a {operator} 5 %}}"})
    assert problems_of(definition) == [
        (
            "m: state 'S'/Output: INVALID_JSONATA_EXPRESSION: "
            f"Step Functions has JSONata 2.0.6, which does not know {operator}"
        )
    ]


@pytest.mark.parametrize("expression", ["'a ?? b ?: c'", "$contains('abc', /(?:b)/)"])
def test_what_only_looks_like_a_newer_operator_is_fine(expression: str) -> None:
    engine_with().register("m", single({"Type": "Pass", "Output": f"{{% {expression} %}}"}))


def test_an_inner_scope_cannot_assign_an_outer_variable() -> None:
    inner = scope(P={"Type": "Pass", "Assign": {"x": 1}, "End": True})
    definition = machine(
        "A",
        A={"Type": "Pass", "Assign": {"x": 0}, "Next": "M"},
        M={"Type": "Map", "ItemProcessor": inner, "End": True},
    )
    assert problems_of(definition) == ["m: state 'P': Assign cannot set 'x', which belongs to an outer scope"]


def test_all_problems_are_reported_at_once() -> None:
    definition = machine("A", A={"Type": "Pass", "Next": "Gone"}, B={"Type": "Wait", "End": True})
    assert problems_of(definition) == [
        "m: state 'A'/Next: Missing 'Next' target: Gone",
        "m: state 'B': needs exactly one of Seconds and Timestamp",
        "m: state 'B': State \"B\" is not reachable.",
    ]


@pytest.mark.parametrize("junk", [None, 1, "x", [], [1], {"a": 1}])
@pytest.mark.parametrize(
    "field", ["Type", "Next", "Choices", "Retry", "Catch", "Branches", "ItemProcessor", "Assign", "Resource", "Default"]
)
def test_junk_in_any_field_is_refused_without_a_traceback(field: str, junk: Any) -> None:
    for kind in ("Task", "Choice", "Map", "Parallel"):
        problems_of(single({"Type": kind, field: junk}))
