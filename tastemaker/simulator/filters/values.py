r"""The values that a request gives for placeholders.

Source: developer guide, filter-real-time: strings in escaped double quotes, several of them separated by commas,
`{"GENRES": "\"horror\",\"comedy\""}`; numbers without quotes, `{"PRICE": "10"}`.
"""

from __future__ import annotations

import re

from tastemaker.facts.filters.problems import FilterError

_STRING = re.compile(r'"([^"]*)"')
_STRINGS = re.compile(r'\s*"[^"]*"\s*(,\s*"[^"]*"\s*)*')
_NUMBER = re.compile(r"\s*[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?\s*")


def read_strings(name: str, raw: str) -> tuple[str, ...]:
    """One or more quoted strings.

    Raises:
        FilterError: anything else.
    """
    if _STRINGS.fullmatch(raw) is None:
        example = '"\\"horror\\",\\"comedy\\""'
        message = f"strings in double quotes, separated by commas, as in {example}"
        raise FilterError(f"The value of ${name} must be {message}; found {raw}.")
    return tuple(_STRING.findall(raw))


def read_string(name: str, raw: str) -> str:
    """Exactly one quoted string.

    Raises:
        FilterError: anything else.
    """
    strings = read_strings(name, raw)
    if len(strings) != 1:
        raise FilterError(f"The value of ${name} must be one string; found {raw}.")
    return strings[0]


def read_number(name: str, raw: str) -> float:
    """A number without quotes.

    Raises:
        FilterError: anything else.
    """
    if _NUMBER.fullmatch(raw) is None:
        raise FilterError(f"The value of ${name} must be a number without quotes; found {raw}.")
    return float(raw)
