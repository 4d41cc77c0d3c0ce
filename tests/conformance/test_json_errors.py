"""Texts that are no JSON, refused in the words of Jackson, with which the service parses."""

from __future__ import annotations

import pytest

from tastemaker.errors import AwsError
from tastemaker.runner.interpreter.api import StepFunctionsApi
from tests.support.tasks import engine_with

ROLE = "arn:aws:iam::123456789012:role/r"
VALUES = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')"


def source(text: str, line: int, column: int) -> str:
    return f'[Source: (String)"{text}"; line: {line}, column: {column}]'


CUT_OFF = '{"a": [1'
OPENED = source(CUT_OFF, 1, 7)


@pytest.mark.parametrize(
    ("text", "what", "line", "column"),
    [
        ("not json", f"Unrecognized token 'not': was expecting {VALUES}", 1, 4),
        ('{"a": yes}', f"Unrecognized token 'yes': was expecting {VALUES}", 1, 10),
        ("{'a': 1}", "Unexpected character (''' (code 39)): was expecting double-quote to start field name", 1, 3),
        ('{"a": 1,\n}', "Unexpected character ('}' (code 125)): was expecting double-quote to start field name", 2, 2),
        (
            '{"a" 1}',
            "Unexpected character ('1' (code 49)): was expecting a colon to separate field name and value",
            1,
            7,
        ),
        ('{"a": 1 2}', "Unexpected character ('2' (code 50)): was expecting comma to separate Object entries", 1, 10),
        ("[1 2]", "Unexpected character ('2' (code 50)): was expecting comma to separate Array entries", 1, 5),
        ('{"a": }', f"Unexpected character ('}}' (code 125)): expected a valid value {VALUES}", 1, 8),
        (CUT_OFF, f"Unexpected end-of-input: expected close marker for Array (start marker at {OPENED})", 1, 9),
    ],
)
def test_a_definition_is_refused_where_it_breaks(text: str, what: str, line: int, column: int) -> None:
    """jackson-core: ReaderBasedJsonParser; the column is that of the next character."""
    api, place = StepFunctionsApi(engine_with()), source(text, line, column)
    (diagnostic,) = api.call("ValidateStateMachineDefinition", {"definition": text})["diagnostics"]
    assert diagnostic == {
        "severity": "ERROR",
        "code": "INVALID_JSON_DESCRIPTION",
        "message": f"{what}\n at {place}",
        "location": place,
    }
    with pytest.raises(AwsError) as caught:
        api.call("CreateStateMachine", {"name": "n", "definition": text, "roleArn": ROLE})
    shown = f"INVALID_JSON_DESCRIPTION: {what}\n at {place} at {place}"
    assert (caught.value.code, caught.value.message) == (
        "InvalidDefinition",
        f"Invalid State Machine Definition: '{shown}'",
    )


def test_a_long_text_is_cut_in_messages() -> None:
    """jackson-core, JsonLocation: at most 500 characters of the source."""
    text = "x" + " " * 600
    (diagnostic,) = StepFunctionsApi(engine_with()).call("ValidateStateMachineDefinition", {"definition": text})[
        "diagnostics"
    ]
    assert diagnostic["location"] == f'[Source: (String)"{text[:500]}"[truncated 101 chars]; line: 1, column: 2]'
