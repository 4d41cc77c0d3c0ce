"""The grammar of intrinsic functions: `States.Name(argument, …)` with paths, literals and nested calls.

Source: States Language, "Intrinsic Functions"; developer guide, "Intrinsics for JSONPath states".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from tastemaker.runner.interpreter.jsonpath_query import Path, PathSyntaxError, compile_path

ARITY: dict[str, tuple[int, int | None]] = {
    "Format": (1, None), "StringToJson": (1, 1), "JsonToString": (1, 1), "Array": (0, None),
    "ArrayPartition": (2, 2), "ArrayContains": (2, 2), "ArrayRange": (3, 3), "ArrayGetItem": (2, 2),
    "ArrayLength": (1, 1), "ArrayUnique": (1, 1), "Base64Encode": (1, 1), "Base64Decode": (1, 1), "Hash": (2, 2),
    "JsonMerge": (3, 3), "MathRandom": (2, 3), "MathAdd": (2, 2), "StringSplit": (2, 2), "UUID": (0, 0),
}  # fmt: skip
"""Function to the least and the greatest number of arguments; None for no limit."""

_CALL = re.compile(r"\s*States\.(\w+)\s*\(")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")
_WORD = re.compile(r"true|false|null")
_WORDS = {"true": True, "false": False, "null": None}
_MAX_DEPTH = 10
"""Calls inside calls. Source: developer guide, "Intrinsics for JSONPath states"."""


@dataclass(frozen=True, slots=True)
class Constant:
    """A literal argument."""

    value: Any


@dataclass(frozen=True, slots=True)
class Call:
    """One call; `text` is how it stands in the definition."""

    text: str
    name: str
    arguments: tuple[Call | Path | Constant, ...]


def is_call(text: str) -> bool:
    """Whether a text looks like an intrinsic function rather than a path."""
    return text.lstrip().startswith("States.")


def parse_call(text: str) -> Call:
    """The call that a whole text is.

    Raises:
        PathSyntaxError: says what is wrong.
    """
    parser = _Parser(text)
    call = parser.call(depth=1)
    if text[parser.position :].strip():
        raise PathSyntaxError(f"'{text}' has something after the intrinsic function")
    return call


class _Parser:
    def __init__(self, text: str) -> None:
        self.text, self.position = text, 0

    def call(self, depth: int) -> Call:
        head = _CALL.match(self.text, self.position)
        if head is None or head[1] not in ARITY:
            raise PathSyntaxError(f"'{self.text}' is not an intrinsic function; known: {', '.join(sorted(ARITY))}")
        if depth > _MAX_DEPTH:
            raise PathSyntaxError(f"'{self.text}' nests more than {_MAX_DEPTH} intrinsic functions")
        begin, self.position = self.position, head.end()
        arguments = self._arguments(depth)
        low, high = ARITY[head[1]]
        if len(arguments) < low or (high is not None and len(arguments) > high):
            wanted = f"at least {low}" if high is None else f"{low}" if low == high else f"{low} to {high}"
            raise PathSyntaxError(f"States.{head[1]} takes {wanted} arguments, not {len(arguments)}")
        return Call(self.text[begin : self.position].strip(), head[1], tuple(arguments))

    def _arguments(self, depth: int) -> list[Call | Path | Constant]:
        arguments: list[Call | Path | Constant] = []
        self._blank()
        if self._take(")"):
            return arguments
        while True:
            arguments.append(self._argument(depth))
            self._blank()
            if self._take(")"):
                return arguments
            if not self._take(","):
                raise PathSyntaxError(f"'{self.text}' lacks a comma or bracket at character {self.position + 1}")

    def _argument(self, depth: int) -> Call | Path | Constant:
        self._blank()
        if self.text.startswith("States.", self.position):
            return self.call(depth + 1)
        if self.text.startswith("$", self.position):
            return compile_path(self._path())
        if self._take("'"):
            return Constant(self._string())
        word = _WORD.match(self.text, self.position)
        if word:
            self.position = word.end()
            return Constant(_WORDS[word[0]])
        number = _NUMBER.match(self.text, self.position)
        if number is None:
            raise PathSyntaxError(f"'{self.text}' has no argument at character {self.position + 1}")
        self.position = number.end()
        return Constant(float(number[0]) if any(mark in number[0] for mark in ".eE") else int(number[0]))

    def _path(self) -> str:
        """Up to the comma or bracket that ends the argument; those in filters and names belong to the path."""
        begin, depth, quote = self.position, 0, ""
        while self.position < len(self.text):
            char = self.text[self.position]
            if quote:
                quote = "" if char == quote else quote
            elif char in "'\"" and depth:
                quote = char
            elif char in "([":
                depth += 1
            elif char in ")]" and depth:
                depth -= 1
            elif char in ")," and not depth:
                break
            self.position += 1
        return self.text[begin : self.position].strip()

    def _string(self) -> str:
        parts: list[str] = []
        while self.position < len(self.text):
            char = self.text[self.position]
            self.position += 1
            if char == "'":
                return "".join(parts)
            if char == "\\" and self.position < len(self.text):
                escaped = self.text[self.position]
                self.position += 1
                # braces stay escaped: States.Format tells a literal brace from a place by it
                parts.append(escaped if escaped in "'\\" else f"\\{escaped}")
            else:
                parts.append(char)
        raise PathSyntaxError(f"'{self.text}' has a string without an end")

    def _blank(self) -> None:
        while self.position < len(self.text) and self.text[self.position].isspace():
            self.position += 1

    def _take(self, char: str) -> bool:
        if self.text.startswith(char, self.position):
            self.position += 1
            return True
        return False
