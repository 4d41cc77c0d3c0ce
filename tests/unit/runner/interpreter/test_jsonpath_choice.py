"""Comparison operators of JSONPath choice rules."""

from __future__ import annotations

from typing import Any

import pytest

from tastemaker.errors import InvalidDefinitionError
from tests.support.tasks import engine_with, jsonpath, played

INPUT = {
    "s": "m", "n": 5, "b": True, "null": None, "t": "2026-01-01T00:00:00Z", "late": "2026-01-01T00:00:00.500Z",
    "five": 5.0, "list": [1], "star": "a*b",
}  # fmt: skip


def holds(rule: dict[str, Any]) -> bool:
    choice = {"Type": "Choice", "Choices": [{**rule, "Next": "Y"}], "Default": "N"}
    definition = jsonpath(
        "S", S=choice, Y={"Type": "Pass", "Result": True, "End": True}, N={"Type": "Pass", "Result": False, "End": True}
    )
    output: bool = played(definition, INPUT).output
    return output


def rule(variable: str, **operator: Any) -> dict[str, Any]:
    return {"Variable": variable, **operator}


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (rule("$.s", StringEquals="m"), True),
        (rule("$.n", StringEquals="5"), False),
        (rule("$.s", StringLessThan="n"), True),
        (rule("$.s", StringGreaterThan="n"), False),
        (rule("$.s", StringLessThanEquals="m"), True),
        (rule("$.s", StringGreaterThanEquals="m"), True),
        (rule("$.s", StringEqualsPath="$.s"), True),
        (rule("$.s", StringMatches="*"), True),
        (rule("$.star", StringMatches=r"a\*b"), True),
        (rule("$.s", StringMatches=r"\*"), False),
        (rule("$.n", NumericEquals=5.0), True),
        (rule("$.b", NumericEquals=1), False),
        (rule("$.n", NumericLessThan=6), True),
        (rule("$.n", NumericGreaterThanEqualsPath="$.five"), True),
        (rule("$.b", BooleanEquals=True), True),
        (rule("$.n", BooleanEquals=True), False),
        (rule("$.b", BooleanEqualsPath="$.b"), True),
        (rule("$.t", TimestampEquals="2026-01-01T01:00:00+01:00"), True),
        (rule("$.t", TimestampLessThanPath="$.late"), True),
        (rule("$.s", TimestampEquals="2026-01-01T00:00:00Z"), False),
        (rule("$.null", IsNull=True), True),
        (rule("$.s", IsNull=False), True),
        (rule("$.gone", IsPresent=False), True),
        (rule("$.null", IsPresent=True), True),
        (rule("$.n", IsNumeric=True), True),
        (rule("$.b", IsNumeric=True), False),
        (rule("$.s", IsString=True), True),
        (rule("$.b", IsBoolean=True), True),
        (rule("$.t", IsTimestamp=True), True),
        (rule("$.s", IsTimestamp=True), False),
        ({"Not": rule("$.n", NumericEquals=5)}, False),
        ({"And": [rule("$.gone", IsPresent=True), rule("$.gone", NumericEquals=1)]}, False),
        ({"Or": [rule("$.n", NumericEquals=5), rule("$.gone", NumericEquals=1)]}, True),
        ({"And": [{"Not": {"Or": [rule("$.n", NumericEquals=4)]}}]}, True),
        (rule("$$.State.Name", StringEquals="S"), True),
    ],
)
def test_an_operator(condition: dict[str, Any], expected: bool) -> None:
    assert holds(condition) is expected


@pytest.mark.parametrize(
    ("condition", "problem"),
    [
        ({"Variable": "$.a"}, "a choice rule needs exactly one operator, not 0"),
        (rule("$.a", IsNull=True, IsString=True), "a choice rule needs exactly one operator, not 2"),
        ({"IsNull": True}, "a choice rule with IsNull needs Variable"),
        (rule("$.a", NumericEquals="1"), "NumericEquals must be a number, not '1'"),
        (rule("$.a", TimestampEquals="soon"), "TimestampEquals must be an RFC 3339 timestamp, not 'soon'"),
        (rule("$.a", IsNull="yes"), "IsNull must be true or false, not 'yes'"),
        ({"And": []}, "And must be an array of choice rules"),
        ({"Not": [1]}, "Not must be a choice rule"),
    ],
)
def test_a_rule_that_is_refused(condition: dict[str, Any], problem: str) -> None:
    choice = {"Type": "Choice", "Choices": [{**condition, "Next": "Y"}]}
    with pytest.raises(InvalidDefinitionError) as caught:
        engine_with().register("m", jsonpath("S", S=choice, Y={"Type": "Succeed"}))
    assert str(caught.value.problems[0]).startswith(f"m: state 'S': Choices[0]: {problem}")
