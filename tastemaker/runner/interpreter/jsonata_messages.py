"""What JSONata says of an error, in the words of jsonata-js 2.0.6, which are those of Step Functions.

jsonata-python has the same codes, but its templates call functions `Object` and quote nothing.
Source: jsonata-js, `errorCodes` and `populateMessage`: `{{name}}` stands for a value as JSON, `{{{name}}}` for it bare.
"""

from __future__ import annotations

import ast
import json
import re
from typing import Any

from jsonata import jexception

_PLACE = re.compile(r"\{\{\{\w+\}\}\}|\{\{\w+\}\}")
_NOT_A_NUMBER = re.compile(r"could not convert string to float: (?P<value>.*)", re.DOTALL)
_NOT_A_TIME = re.compile(r"Invalid isoformat string: (?P<value>.*)", re.DOTALL)
_SUBTYPES = {"a": "arrays", "b": "booleans", "f": "functions", "n": "numbers", "o": "objects", "s": "strings"}
_CODES = {
    "Second argument of replace function cannot be an empty string": "D3010",
    "Fourth argument of replace function must evaluate to a positive number": "D3011",
    "both integer and fractional parts are empty": "D3085",
}
"""Texts that jsonata-python has in place of a code."""


def describe_error(error: BaseException) -> tuple[str | None, str]:
    """Code and message of what jsonata-python raised; no code for what is none of JSONata's errors."""
    if isinstance(error, jexception.JException):
        return _described(error)
    if isinstance(error, ZeroDivisionError | OverflowError):
        return "D1001", "Number out of range: null"  # JavaScript's infinity as JSON
    found = _NOT_A_NUMBER.fullmatch(str(error))
    if isinstance(error, ValueError) and found is not None:
        return "D3030", f"Unable to cast value to a number: {_json(ast.literal_eval(found['value']))}"
    found = _NOT_A_TIME.fullmatch(str(error))
    if isinstance(error, ValueError) and found is not None:
        what = f"Given {_json(ast.literal_eval(found['value']))}"
        return "D3110", f"The argument of the toMillis function must be an ISO 8601 formatted timestamp. {what}"
    return None, str(error)


def _described(error: jexception.JException) -> tuple[str | None, str]:
    code = _CODES.get(error.error, error.error)
    template = jexception.JException.error_codes.get(code)
    if template is None:
        return None, code
    values = iter(_values(code, error))

    def filled(place: re.Match[str]) -> str:
        value = next(values, None)
        return str(value) if place[0].startswith("{{{") else _json(value)

    words = template.replace('"', "'").replace("Object", "function")
    return code, _PLACE.sub(filled, words)


def _values(code: str, error: jexception.JException) -> tuple[Any, ...]:
    """The values of a template's places, in their order."""
    given = (error.current, error.expected, error.extra)
    match code:
        case "T0412":
            return (*given[:2], _SUBTYPES.get(str(error.extra), error.extra))
        case "D1002":
            return (error.expected,)
        case "D3100":
            return (error.location,)
    return given


def _json(value: Any) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    except (TypeError, ValueError):
        return json.dumps(str(value), ensure_ascii=False)
