"""Checks of single values; each returns what is wrong with the value, or None."""

from __future__ import annotations

from typing import Any

from .problem import bad_parameter

MAX_ID_LENGTH = 256
SENTINEL_IDS = frozenset({"null", "undefined", "NaN", "[object Object]"})
"""What a defective client sends instead of an id; as ids they would collect the history of everybody."""


def text_problem(value: Any, name: str, max_length: int = MAX_ID_LENGTH) -> str | None:
    """A non-blank string; Source: API reference, shapes UserId, ItemId, StringType."""
    if not isinstance(value, str):
        return f"{name} must be a string, found {kind_of(value)}."
    if not value.strip():
        return f"{name} must not be empty."
    if len(value) > max_length:
        return f"{name} must have at most {max_length} characters, found {len(value)}."
    return None if is_unicode(value) else f"{name} holds half a surrogate pair, which is not Unicode text."


def is_unicode(text: str) -> bool:
    """Whether the text can be sent at all: JSON may hold half a surrogate pair, UTF-8 may not."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def id_problem(value: Any, name: str) -> str | None:
    """A text that is not a client's word for "nothing"."""
    if isinstance(value, str) and value in SENTINEL_IDS:
        return f"{name} is {value!r}: the client sent a missing value as text."
    return text_problem(value, name)


def checked_id(value: Any, name: str) -> str:
    """The id.

    Raises:
        ProblemError: 400.
    """
    problem = id_problem(value, name)
    if problem is not None:
        raise bad_parameter(problem)
    return str(value)


def checked_count(text: str | None, name: str, default: int, maximum: int) -> int:
    """A whole number from 1 to the maximum, given as text; absent means the default.

    Raises:
        ProblemError: 400.
    """
    if text is None:
        return default
    # len: int() of a very long digit string is slow and then refused with another error.
    number = int(text) if text.isascii() and text.isdigit() and len(text) <= 6 else 0
    if not 1 <= number <= maximum:
        raise bad_parameter(f"{name} must be a whole number from 1 to {maximum}, found {text[:40]!r}.")
    return number


def kind_of(value: Any) -> str:
    """JSON's word for the type of a value."""
    if value is None:
        return "null"
    names = {
        bool: "a boolean",
        int: "a number",
        float: "a number",
        str: "a string",
        list: "an array",
        dict: "an object",
    }
    return names.get(type(value), "something else")
