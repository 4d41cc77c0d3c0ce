"""Intrinsic functions in payload templates: values, errors and grammar."""

from __future__ import annotations

from typing import Any

import pytest

from tastemaker.runner.interpreter.intrinsic_syntax import parse_call
from tastemaker.runner.interpreter.jsonpath_query import PathSyntaxError
from tests.support.tasks import engine_with, jsonpath, played

INPUT = {
    "name": "Ada", "n": 3, "text": '{"a": [1, true]}', "list": [1, 2, 3, 4, 5], "same": [1, 1, "1", {"a": 1}, {"a": 1}],
    "object": {"a": {"b": 1}, "c": 2}, "other": {"a": {"d": 4}, "e": None}, "algorithm": "SHA-1",
}  # fmt: skip


def evaluated(call: str, seed: int = 0) -> Any:
    definition = jsonpath("S", S={"Type": "Pass", "Parameters": {"out.$": call}, "End": True})
    execution = played(definition, INPUT, engine_with(seed=seed))
    assert execution.status == "SUCCEEDED", execution.cause
    return execution.output["out"]


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("States.Format('Hello, {}!', $.name)", "Hello, Ada!"),
        ("States.Format($.name)", "Ada"),
        ("States.Format('{} {} {}', $.n, true, null)", "3 true null"),
        ("States.Format('{}', $.object)", "{a={b=1}, c=2}"),
        ("States.Format('{}', $.list)", "[1, 2, 3, 4, 5]"),
        (r"States.Format('it\'s \{\} {}', $.name)", "it's {} Ada"),
        ("States.StringToJson($.text)", {"a": [1, True]}),
        ("States.JsonToString($.object)", '{"a":{"b":1},"c":2}'),
        ("States.Array('a', 1, $.n, States.UUID())", None),
        ("States.Array()", []),
        ("States.ArrayPartition($.list, 2)", [[1, 2], [3, 4], [5]]),
        ("States.ArrayPartition($.list, 2.4)", [[1, 2], [3, 4], [5]]),
        ("States.ArrayContains($.list, 5)", True),
        ("States.ArrayContains($.list, '5')", False),
        ("States.ArrayRange(1, 9, 2)", [1, 3, 5, 7, 9]),
        ("States.ArrayRange(5, 1, -2)", [5, 3, 1]),
        ("States.ArrayGetItem($.list, 4)", 5),
        ("States.ArrayLength($.list)", 5),
        ("States.ArrayUnique($.same)", [1, "1", {"a": 1}]),
        ("States.Base64Encode('Data to encode')", "RGF0YSB0byBlbmNvZGU="),
        ("States.Base64Decode('RGF0YSB0byBlbmNvZGU=')", "Data to encode"),
        ("States.Hash('input data', $.algorithm)", "aaff4a450a104cd177d28d18d74485e8cae074b7"),
        ("States.JsonMerge($.object, $.other, false)", {"a": {"d": 4}, "c": 2, "e": None}),
        ("States.MathAdd($.n, -5)", -2),
        ("States.MathAdd(1.5, -1.5)", 1),
        ("States.StringSplit('1,2;3,', ',;')", ["1", "2", "3"]),
        ("States.MathAdd(States.ArrayLength($.list), States.MathAdd(1, 1))", 7),
        ("States.ArrayLength($.list[?(@ > 2)])", 3),
    ],
)
def test_a_function_gives_its_value(call: str, expected: Any) -> None:
    value = evaluated(call)
    assert value == expected or (expected is None and value[:3] == ["a", 1, 3])


def test_random_numbers_with_a_seed_are_those_of_java() -> None:
    """`new Random(0).nextInt(100)` is 60, `new Random(0).nextDouble()` 0.7309…, of which sixteenths are 11."""
    assert evaluated("States.MathRandom(1, 101, 0)") == 61
    assert evaluated("States.MathRandom(0, 16, 0)") == 11


def test_random_numbers_repeat_with_the_same_seed() -> None:
    assert evaluated("States.MathRandom(1, 1000, 7)") == evaluated("States.MathRandom(1, 1000, 7)", seed=5)
    assert evaluated("States.UUID()") == evaluated("States.UUID()")
    assert evaluated("States.UUID()") != evaluated("States.UUID()", seed=1)


@pytest.mark.parametrize(
    ("call", "error", "what"),
    [
        ("States.ArrayLength($.name)", "States.IntrinsicFailure", "expected an array, not Ada"),
        ("States.ArrayGetItem($.list, 5)", "States.IntrinsicFailure", "the index 5 is outside of an array of 5 items"),
        ("States.ArrayRange(0, 1000, 1)", "States.IntrinsicFailure", "an array has at most 1000 items, not 1001"),
        (
            "States.JsonMerge($.object, $.other, true)",
            "States.IntrinsicFailure",
            "only shallow merging is supported: the third argument must be false",
        ),
        (
            "States.Hash('a', 'CRC')",
            "States.IntrinsicFailure",
            "the algorithm must be one of MD5, SHA-1, SHA-256, SHA-384, SHA-512, not CRC",
        ),
        (
            "States.Format('{} {}', $.name)",
            "States.IntrinsicFailure",
            "number of arguments do not match the occurrences of {} in the template: 2 and 1",
        ),
        (
            "States.ArrayLength($.gone)",
            "States.Runtime",
            "The JsonPath argument for the field '$.gone' could not be found in the input '{\"a\":1}'",
        ),
    ],
)
def test_a_wrong_argument_fails_the_state(call: str, error: str, what: str) -> None:
    definition = jsonpath("S", S={"Type": "Pass", "Parameters": {"out.$": call}, "End": True})
    execution = played(definition, {"a": 1} if "gone" in call else INPUT)
    prefix = "An error occurred while executing the state 'S' (entered at the event id #2)."
    assert execution.error == error
    assert execution.cause == f"{prefix} The function '{call}' had the following error: {what}"


@pytest.mark.parametrize(
    "text",
    [
        "States.Nope()", "States.Array(", "States.Array('a", "States.Array(1 2)", "States.UUID() x", "States.Array(a)",
        "States.UUID(1)", "States.MathAdd(1)", "States.Array($.a[)",
    ],
)  # fmt: skip
def test_what_is_no_call_is_refused(text: str) -> None:
    with pytest.raises(PathSyntaxError):
        parse_call(text)
