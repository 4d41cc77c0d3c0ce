"""Choice rules of JSONPath states: And, Or, Not and the comparison operators.

Source: States Language, "Choice State"; developer guide, "Choice workflow state".
"""

from __future__ import annotations

import operator
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from tastemaker.runner.interpreter.failures import RUNTIME, StateError
from tastemaker.runner.interpreter.fields import parse_timestamp
from tastemaker.runner.interpreter.jsonpath_query import MISSING, PathSyntaxError, compile_path

if TYPE_CHECKING:
    from collections.abc import Callable

    from tastemaker.runner.interpreter.jsonpath_query import Path
    from tastemaker.runner.interpreter.jsonpath_template import Sources

    Condition = Callable[[Sources], bool]

_ORDERINGS: dict[str, Callable[[Any, Any], bool]] = {
    "Equals": operator.eq,
    "LessThan": operator.lt,
    "GreaterThan": operator.gt,
    "LessThanEquals": operator.le,
    "GreaterThanEquals": operator.ge,
}


def _string(value: Any) -> Any:
    return value if isinstance(value, str) else None


def _number(value: Any) -> Any:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _timestamp(value: Any) -> Any:
    try:
        return parse_timestamp(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _boolean(value: Any) -> Any:
    return value if isinstance(value, bool) else None


_KINDS: dict[str, tuple[Callable[[Any], Any], str]] = {
    "String": (_string, "a string"),
    "Numeric": (_number, "a number"),
    "Timestamp": (_timestamp, "an RFC 3339 timestamp"),
}
"""Kind to the reader of a value, which gives None for what is not of the kind, and its name."""

_TESTS: dict[str, Callable[[Any], bool]] = {
    "IsNull": lambda value: value is None,
    "IsString": lambda value: isinstance(value, str),
    "IsNumeric": lambda value: _number(value) is not None,
    "IsBoolean": lambda value: isinstance(value, bool),
    "IsTimestamp": lambda value: _timestamp(value) is not None,
}


def _comparisons() -> dict[str, tuple[Callable[[Any], Any], str, Callable[[Any, Any], bool]]]:
    found = {f"{kind}{name}": (*reader, test) for kind, reader in _KINDS.items() for name, test in _ORDERINGS.items()}
    found["BooleanEquals"] = (_boolean, "a boolean", operator.eq)
    return found


_COMPARISONS = _comparisons()
_COMBINATIONS = ("And", "Or", "Not")
OPERATORS = frozenset({
    *_COMPARISONS, *(f"{name}Path" for name in _COMPARISONS), *_TESTS, "IsPresent", "StringMatches", *_COMBINATIONS,
})  # fmt: skip
"""Every member of a rule that says what to test."""


def compile_condition(rule: dict[str, Any]) -> Condition:
    """The condition of a rule, or of one inside another.

    Raises:
        PathSyntaxError: says what is wrong.
    """
    names = [name for name in rule if name in OPERATORS]
    if len(names) != 1:
        known = ", ".join(sorted(OPERATORS))
        raise PathSyntaxError(f"a choice rule needs exactly one operator, not {len(names)}; known: {known}")
    name, value = names[0], rule[names[0]]
    if name in _COMBINATIONS:
        return _combined(name, value)
    if "Variable" not in rule or not isinstance(rule["Variable"], str):
        raise PathSyntaxError(f"a choice rule with {name} needs Variable")
    return _compared(name, compile_path(rule["Variable"]), value)


def _combined(name: str, value: Any) -> Condition:
    if name == "Not":
        if not isinstance(value, dict):
            raise PathSyntaxError("Not must be a choice rule")
        inner = compile_condition(value)
        return lambda sources: not inner(sources)
    if not isinstance(value, list) or not value or not all(isinstance(rule, dict) for rule in value):
        raise PathSyntaxError(f"{name} must be an array of choice rules")
    parts = [compile_condition(rule) for rule in value]
    if name == "And":
        return lambda sources: all(part(sources) for part in parts)
    return lambda sources: any(part(sources) for part in parts)


def _compared(name: str, variable: Path, value: Any) -> Condition:
    if name == "IsPresent":
        wanted = _flag(name, value)
        return lambda sources: (sources.select(variable) is not MISSING) is wanted
    if name in _TESTS:
        test, wanted = _TESTS[name], _flag(name, value)
        return lambda sources: test(_required(variable, sources)) is wanted
    if name == "StringMatches":
        if not isinstance(value, str):
            raise PathSyntaxError("StringMatches must be a string")
        return lambda sources: _matches(_required(variable, sources), value)
    return _ordered(name, variable, value)


def _ordered(name: str, variable: Path, value: Any) -> Condition:
    read, kind, test = _COMPARISONS[name.removesuffix("Path")]

    def compare(left: Any, right: Any) -> bool:
        left, right = read(left), read(right)
        return left is not None and right is not None and test(left, right)

    if name.endswith("Path"):
        if not isinstance(value, str):
            raise PathSyntaxError(f"{name} must be a path")
        other = compile_path(value)
        return lambda sources: compare(_required(variable, sources), _required(other, sources))
    if read(value) is None:
        raise PathSyntaxError(f"{name} must be {kind}, not {value!r}")
    return lambda sources: compare(_required(variable, sources), value)


def _flag(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise PathSyntaxError(f"{name} must be true or false, not {value!r}")
    return value


def _required(path: Path, sources: Sources) -> Any:
    value = sources.select(path)
    if value is MISSING:
        cause = f"Invalid path '{path.text}': The choice state's condition path references an invalid value."
        raise StateError(RUNTIME, cause, of_state=True)
    return value


def _matches(value: Any, pattern: str) -> bool:
    return isinstance(value, str) and _wildcard(pattern).fullmatch(value) is not None


@lru_cache(maxsize=1024)
def _wildcard(pattern: str) -> re.Pattern[str]:
    """`*` stands for any characters; a backslash takes the meaning from `*` and from itself."""
    parts = re.findall(r"\\.|.", pattern, re.DOTALL)
    translated = (".*" if part == "*" else re.escape(part[-1]) for part in parts)
    return re.compile("".join(translated), re.DOTALL)
