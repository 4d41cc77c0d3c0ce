"""JSONata expressions and templates: compiled once, cached by text, evaluated against named values.

Source: developer guide, "Transforming data with JSONata in Step Functions"; JSONata documentation, "Processing model".
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from jsonata import Jsonata, jexception, parser, utils

from tastemaker.runner.interpreter.failures import QUERY_EVALUATION_ERROR, StateError
from tastemaker.runner.interpreter.jsonata_evaluator import Evaluator
from tastemaker.runner.interpreter.jsonata_messages import describe_error
from tastemaker.runner.interpreter.jsonata_references import find_top_level_names

if TYPE_CHECKING:
    from collections.abc import Mapping

INVALID, UNSUPPORTED = "INVALID_JSONATA_EXPRESSION", "UNSUPPORTED_JSONATA_EXPRESSION"
"""Codes of ValidateStateMachineDefinition for what is no JSONata, and for JSONata that the service does not take."""
_KEPT_EXPRESSIONS = 4096
"""Parsed texts hold nothing of an engine, so all engines of a process share them."""
UNDEFINED = object()
"""What an expression gives that selects nothing; JSON cannot hold it."""

_NULL = utils.Utils.NULL_VALUE
_PATH = re.compile(r"\$[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*")
_QUOTED = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"")
_NEWER = re.compile(r"\?\?|(?<!\()\?:")
"""Operators that came after 2.0.6, which is the JSONata of Step Functions; `(?:` belongs to a regular expression."""

_JSON_TYPES = {str: "string", bool: "boolean", int: "number", float: "number", list: "array", dict: "object"}

# what jsonata-python lets escape when an expression meets a value that it does not expect
_EVALUATION_ERRORS = (
    jexception.JException, ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError,
)  # fmt: skip


class ExpressionSyntaxError(ValueError):
    """What registration refuses in an expression.

    Attributes:
        location: path of the field, e.g. `Output/Items[0]`.
    """

    def __init__(self, message: str, location: str = "", code: str = INVALID) -> None:
        super().__init__(f"{code}: {message}")
        self.message, self.location, self.code = message, location, code


class ExpressionCache:
    """Compiled expressions. One per engine; the frame holds the functions."""

    def __init__(self, frame: Any) -> None:
        self.frame = frame

    def compile(self, text: str) -> Any:
        """Raises ExpressionSyntaxError."""
        return _parse(text)


@lru_cache(_KEPT_EXPRESSIONS)
def _parse(text: str) -> Any:
    bare = _QUOTED.sub("''", text)
    newer = _NEWER.search(bare)
    if newer:
        raise ExpressionSyntaxError(f"Step Functions has JSONata 2.0.6, which does not know {newer[0]}")
    try:
        parsed = Evaluator(text)
    except _EVALUATION_ERRORS as error:
        raise ExpressionSyntaxError(describe_error(error)[1]) from error
    for name in find_top_level_names(parsed.ast):
        raise ExpressionSyntaxError(f"Reference to '{name}' at the top level is not supported.", code=UNSUPPORTED)
    return parsed


@dataclass(frozen=True, slots=True)
class Literal:
    """A value without expressions."""

    value: Any

    def evaluate(self, names: Mapping[str, Any]) -> Any:  # noqa: ARG002 - same shape as an expression
        return self.value


@dataclass(frozen=True, slots=True)
class Expression:
    """One `{% … %}`.

    Attributes:
        location: path of the field for messages, e.g. `Output/Items[0]`.
        path: the steps of a plain `$name.member.member`, which needs no engine unless it meets an array.
    """

    text: str
    location: str
    cache: ExpressionCache
    compiled: Any
    path: tuple[str, ...] | None

    def evaluate(self, names: Mapping[str, Any]) -> Any:
        """The value as plain JSON.

        Raises:
            StateError: States.QueryEvaluationError for an error or an undefined result.
        """
        value = self.select(names)
        if value is UNDEFINED:
            raise self.failure("returned nothing (undefined).")
        return value

    def select(self, names: Mapping[str, Any]) -> Any:
        """Like `evaluate`, with UNDEFINED for nothing."""
        if self.path is not None:
            value = _walk(self.path, names)
            if value is not _NULL:
                return value
        frame = Jsonata.Frame(self.cache.frame)
        frame.bindings = {name: _NULL if value is None else value for name, value in names.items()}
        try:
            result = self.compiled.eval(self.compiled.ast, None, frame)
            return UNDEFINED if result is None else plain(result)
        except _EVALUATION_ERRORS as error:
            raise self.failure(f"threw an error during evaluation{_message(error)}") from error

    def failure(self, what: str) -> StateError:
        """The failure with the service's words before `what`."""
        cause = f"The JSONata expression '{self.text}' specified for the field '{self.location}' {what}"
        return StateError(QUERY_EVALUATION_ERROR, cause, location=self.location, of_state=True)


@dataclass(frozen=True, slots=True)
class Compound:
    """An object or array with expressions somewhere inside."""

    parts: tuple[tuple[str, Template], ...]
    is_object: bool

    def evaluate(self, names: Mapping[str, Any]) -> Any:
        if self.is_object:
            return {key: part.evaluate(names) for key, part in self.parts}
        return [part.evaluate(names) for _, part in self.parts]


Template = Literal | Expression | Compound


def compile_template(value: Any, location: str, cache: ExpressionCache) -> Template:
    """A template of any depth.

    Raises:
        ExpressionSyntaxError: names the field.
    """
    if isinstance(value, str) and value.startswith("{%") and value.endswith("%}"):
        return _expression(value[2:-2].strip(), location, cache)
    if isinstance(value, str) and value.startswith("{%") != value.endswith("%}"):
        raise ExpressionSyntaxError(f"{value!r} must both start with {{% and end with %}}", location)
    if isinstance(value, dict):
        pairs = [(key, compile_template(part, f"{location}/{key}", cache)) for key, part in value.items()]
    elif isinstance(value, list):
        pairs = [("", compile_template(part, f"{location}[{i}]", cache)) for i, part in enumerate(value)]
    else:
        return Literal(value)
    if all(isinstance(part, Literal) for _, part in pairs):
        return Literal(value)
    return Compound(tuple(pairs), isinstance(value, dict))


def _expression(text: str, location: str, cache: ExpressionCache) -> Expression:
    try:
        compiled = cache.compile(text)
    except ExpressionSyntaxError as error:
        raise ExpressionSyntaxError(error.message, location, error.code) from error
    path = tuple(text[1:].split(".")) if _PATH.fullmatch(text) else None
    return Expression(text, location, cache, compiled, path)


def _walk(path: tuple[str, ...], names: Mapping[str, Any]) -> Any:
    """Follow members; UNDEFINED for nothing, _NULL where only the engine knows (arrays map, functions)."""
    value: Any = names
    for name in path:
        if not isinstance(value, dict):
            return _NULL if isinstance(value, list) else UNDEFINED
        value = value.get(name, UNDEFINED)
    return _NULL if value is UNDEFINED and len(path) == 1 else value


def plain(value: Any) -> Any:
    """JSON out of what jsonata-python returns: its list types, its null, floats that are whole numbers.

    Raises:
        TypeError: a function or regular expression, which JSON cannot hold.
    """
    if isinstance(value, str) or value is None or isinstance(value, bool):
        return value
    if isinstance(value, list):
        # by position: the engine's range list has no elements of its own to iterate over
        return [plain(value[i]) for i in range(len(value))]
    if isinstance(value, dict):
        return {key: plain(part) for key, part in value.items()}
    if isinstance(value, int | float):
        return _number(value)
    if value is _NULL:
        return None
    kind = "function" if isinstance(value, parser.Parser.Symbol | Jsonata.JFunctionCallable) else type(value).__name__
    raise TypeError(f"a {kind} is not a JSON value")


def _number(value: float) -> float:
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError("Number out of range")
        if value.is_integer():
            return int(value)
    return value


def json_type(value: Any) -> str:
    """Name of a value's JSON type as messages use it."""
    return "null" if value is None else _JSON_TYPES.get(type(value), "object")


def _message(error: BaseException) -> str:
    """The end of the sentence: after a full stop for an error of JSONata, else after a colon."""
    code, words = describe_error(error)
    return f": {words}" if code is None else f". {code}: {words}"
