"""What is wrong with a text that is no JSON, in the words of Jackson, the parser of the service.

Source: jackson-core, ReaderBasedJsonParser and JsonLocation.
"""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple

from tastemaker.runner.interpreter.api.answers import refused
from tastemaker.runner.interpreter.payload import fits

_WORD = re.compile(r"[A-Za-z_$][\w$]*")
_VALUES = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')"
_MOST_CHARACTERS = 500
"""Of a text that a message shows."""
_WANTED = {
    "Expecting property name enclosed in double quotes": "was expecting double-quote to start field name",
    "Expecting ':' delimiter": "was expecting a colon to separate field name and value",
    "Expecting value": f"expected a valid value {_VALUES}",
}
"""What Python's parser says to what Jackson was expecting."""


class JsonProblem(NamedTuple):
    """`place` is like `[Source: (String)"…"; line: 1, column: 2]`."""

    what: str
    place: str

    @property
    def message(self) -> str:
        """As the exception's message has it."""
        return f"{self.what}\n at {self.place}"


def describe_json_error(text: str, error: json.JSONDecodeError) -> JsonProblem:
    """The first thing that is wrong."""
    position = error.pos
    word = _WORD.match(text, position)
    if error.msg == "Expecting value" and word is not None:
        what = f"Unrecognized token '{word[0]}': was expecting {_VALUES}"
        return JsonProblem(what, _place(text, word.end()))
    if position >= len(text.rstrip()):
        return _cut_off(text)
    wanted = _WANTED.get(error.msg)
    if error.msg == "Expecting ',' delimiter":
        wanted = f"was expecting comma to separate {_around(text[:position])[0]} entries"
    if wanted is None:
        return JsonProblem(error.msg, _place(text, position))
    char = text[position]
    return JsonProblem(f"Unexpected character ('{char}' (code {ord(char)})): {wanted}", _place(text, position + 1))


def parse_input(text: str) -> Any:
    """The input of an execution; raises AwsError InvalidExecutionInput."""
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        what = describe_json_error(text, error).what if text.strip() else "Invalid execution input."
        raise refused("InvalidExecutionInput", f"Invalid State Machine Execution Input: '{what}'") from error


def check_output(text: str) -> str:
    """The output of a task, unchanged; raises AwsError InvalidOutput for what is no JSON or too long."""
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        what = describe_json_error(text, error).what
        raise refused("InvalidOutput", f"Invalid Output: '{what}'") from error
    if not fits(text):
        raise refused("InvalidOutput", "Invalid Output: 'it exceeds 262144 bytes'")
    return text


def _cut_off(text: str) -> JsonProblem:
    kind, begin = _around(text)
    start = f"(start marker at {_place(text, begin)})"
    return JsonProblem(f"Unexpected end-of-input: expected close marker for {kind} {start}", _place(text, len(text)))


def _around(text: str) -> tuple[str, int]:
    """The innermost Object or Array that is open at the end of a text, and where it begins."""
    opened: list[int] = []
    is_string = False
    for position, char in enumerate(re.sub(r"\\.", "..", text)):
        if char == '"':
            is_string = not is_string
        elif is_string:
            continue
        elif char in "{[":
            opened.append(position)
        elif char in "}]" and opened:
            opened.pop()
    begin = opened[-1] if opened else 0
    return ("Array" if text[begin : begin + 1] == "[" else "Object"), begin


def _place(text: str, position: int) -> str:
    """Lines and columns count from one; a column is that of the next character."""
    before = text[:position]
    line, column = before.count("\n") + 1, position - (before.rfind("\n") + 1) + 1
    shown = f'"{text[:_MOST_CHARACTERS]}"'
    if len(text) > _MOST_CHARACTERS:
        shown += f"[truncated {len(text) - _MOST_CHARACTERS} chars]"
    return f"[Source: (String){shown}; line: {line}, column: {column}]"
