"""Single fields of JSONPath states whose name ends in `Path`, with the service's words for wrong values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tastemaker.runner.interpreter.failures import RUNTIME, StateError
from tastemaker.runner.interpreter.fields import KINDS
from tastemaker.runner.interpreter.intrinsic_syntax import Call
from tastemaker.runner.interpreter.jsonata_expression import json_type
from tastemaker.runner.interpreter.jsonpath_query import MISSING
from tastemaker.runner.interpreter.jsonpath_template import Sampled, not_found
from tastemaker.runner.interpreter.payload import to_text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tastemaker.runner.interpreter.jsonpath_query import Path
    from tastemaker.runner.interpreter.jsonpath_template import Sources

PATH_FIELDS = {
    "SecondsPath": "Seconds", "TimestampPath": "Timestamp", "TimeoutSecondsPath": "TimeoutSeconds",
    "HeartbeatSecondsPath": "HeartbeatSeconds", "MaxConcurrencyPath": "MaxConcurrency", "ErrorPath": "Error",
    "CausePath": "Cause", "ToleratedFailureCountPath": "ToleratedFailureCount",
    "ToleratedFailurePercentagePath": "ToleratedFailurePercentage", "ItemsPath": "Items",
}  # fmt: skip
"""Field that holds a path to the field whose value it finds."""

_PROVIDER = "com.jayway.jsonpath.spi.json.JacksonJsonNodeJsonProvider"
_NODES = "com.fasterxml.jackson.databind.node"
_NODE_OF = {
    "string": "TextNode", "number": "IntNode", "boolean": "BooleanNode", "null": "NullNode", "array": "ArrayNode",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class PathField:
    """One such field, e.g. SecondsPath for Seconds."""

    name: str
    sampled: Sampled

    def evaluate(self, sources: Sources) -> Any:
        """The value, of its kind.

        Raises:
            StateError: States.Runtime in the service's words.
        """
        expression = self.sampled.expression
        if isinstance(expression, Call):
            return self.sampled.evaluate(sources)
        value = sources.select(expression)
        if value is MISSING:
            raise _runtime(_absent(self.name, expression, sources))
        return _READERS.get(self.name, _as_it_is)(value, expression.text)


def _absent(name: str, path: Path, sources: Sources) -> str:
    if name == "SecondsPath":
        return f"The SecondsPath parameter does not reference an input value: {path.text}"
    if name in {"TimeoutSecondsPath", "HeartbeatSecondsPath"}:
        return no_results(path, sources.root(path))
    return str(not_found(path, name, sources).cause)


def no_results(path: Path, value: Any) -> str:
    """What the service says of a path of InputPath, OutputPath or a time limit that leads nowhere in a value.

    The words are those of Jayway JsonPath, the Java library with which the service evaluates paths.
    """
    return f"Invalid path '{path.text}' : {_miss(path, value)}"


def _miss(path: Path, value: Any) -> str:
    steps = path.steps if path.steps is not None else (path.text.removeprefix("$."),)
    for position, step in enumerate(steps):
        if isinstance(step, int):
            if not isinstance(value, list):
                return f"Filter: [{step}] can only be applied to arrays. Current context is: {to_text(value)}"
        elif not isinstance(value, dict):
            found = f"but found '{_NODES}.{_NODE_OF[json_type(value)]}'"
            what = f"Expected to find an object with property ['{step}'] in path {_jayway(steps[:position])} {found}."
            return f"{what} This is not a json object according to the JsonProvider: '{_PROVIDER}'."
        elif step not in value and position < len(steps) - 1:
            return f"Missing property in path {_jayway(steps[: position + 1])}"
        try:
            value = value[step]
        except LookupError:
            break
    return f"No results for path: {_jayway(steps)}"


def _jayway(steps: Sequence[str | int]) -> str:
    return "$" + "".join(f"['{step}']" if isinstance(step, str) else f"[{step}]" for step in steps)


def _runtime(cause: str) -> StateError:
    return StateError(RUNTIME, cause, of_state=True)


def _as_it_is(value: Any, text: str) -> Any:  # noqa: ARG001 - same shape as the other readers
    return value


def _seconds(value: Any, text: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise _runtime(f"The SecondsPath parameter cannot be parsed as a long value: {text} == {_shown(value)}")
    if value < 0:
        raise _runtime(f"The SecondsPath parameter references a negative value: {text} == {value}")
    return value


def _timestamp(value: Any, text: str) -> str:
    if not KINDS["Timestamp"][1](value):
        what = "The TimestampPath parameter does not reference a valid ISO-8601 extended offset date-time format string"
        raise _runtime(f"{what}: {text} == {_shown(value)}")
    return str(value)


def _limit(field: str) -> Callable[[Any, str], int]:
    def read(value: Any, text: str) -> int:
        if not KINDS["TimeoutSeconds"][1](value):
            raise _runtime(f"The {field} parameter must reference a positive integer: {text} == {_shown(value)}")
        return int(value)

    return read


def _failure_count(value: Any, text: str) -> int:
    number = _integer_of(value)
    if number is None:
        what = f'The ToleratedFailureCountPath field refers to value "{_shown(value)}"'
        raise _runtime(f"{what} which is not a valid integer: {text}")
    if number < 0:
        raise _runtime("ToleratedFailureCount cannot be negative.")
    return number


def _failure_percentage(value: Any, text: str) -> float:
    number = value if isinstance(value, float) else _integer_of(value)
    if number is None:
        what = f'The ToleratedFailurePercentagePath field refers to value "{_shown(value)}"'
        raise _runtime(f"{what} which is not a valid float: {text}")
    if not 0 <= number <= 100:
        raise _runtime("ToleratedFailurePercentage must be between 0 and 100.")
    return float(number)


def _concurrency(value: Any, text: str) -> int:
    number = _integer_of(value)
    if number is None:
        what = f'The MaxConcurrencyPath field refers to value "{_shown(value)}"'
        raise _runtime(f"{what} which is not a valid integer: {text}")
    if number < 0:
        raise _runtime("MaxConcurrency cannot be negative.")
    return number


def _error_text(field: str) -> Callable[[Any, str], str]:
    def read(value: Any, text: str) -> str:
        if not isinstance(value, str):
            raise _runtime(f"The {field} parameter must reference a string: {text} == {_shown(value)}")
        return value

    return read


def _integer_of(value: Any) -> int | None:
    """An integer, also one written as a string."""
    if isinstance(value, str) and value.removeprefix("-").isdigit():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else to_text(value)


_READERS: dict[str, Callable[[Any, str], Any]] = {
    "SecondsPath": _seconds,
    "TimestampPath": _timestamp,
    "TimeoutSecondsPath": _limit("TimeoutSecondsPath"),
    "HeartbeatSecondsPath": _limit("HeartbeatSecondsPath"),
    "MaxConcurrencyPath": _concurrency,
    "ToleratedFailureCountPath": _failure_count,
    "ToleratedFailurePercentagePath": _failure_percentage,
    "ErrorPath": _error_text("ErrorPath"),
    "CausePath": _error_text("CausePath"),
}
