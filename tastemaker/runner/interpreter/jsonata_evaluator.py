"""jsonata-python with short ways for what a definition asks all the time; the answers are the library's.

The library finds a variable by three calls and a plain `$states.input.name` by some thirty. Literals, variables and
paths of members through objects are answered here; whatever meets an array, a predicate, a grouping or a function goes
through the library, with its nodes told apart by a table.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jsonata import Jsonata, utils

if TYPE_CHECKING:
    from collections.abc import Callable

_NULL, _SEQUENCE, _NONE = utils.Utils.NULL_VALUE, utils.Utils.JList, utils.Utils.NONE
_LITERALS = frozenset({"string", "number", "value"})
_ASK = object()
"""What only the library knows."""
_SPECIAL = (
    "predicate",
    "group",
    "stages",
    "tuple",
    "focus",
    "index",
    "keep_array",
    "consarray",
    "keep_singleton_array",
)


class Evaluator(Jsonata):  # type: ignore[misc]
    """One parsed expression."""

    def eval(self, expr: Any, input: Any, environment: Any) -> Any:  # noqa: A002 - the library's word
        """The value of a node; None for nothing, the library's null for null."""
        try:
            short = expr.short
        except AttributeError:
            short = expr.short = _find_short_way(expr)
        if short is not None:
            value = short(input, environment)
            if value is not _ASK:
                return value
        this = self.get_per_thread_instance()
        before = this.input, this.environment
        try:
            return this._eval(expr, input, environment)  # noqa: SLF001 - the library's own, of this thread
        finally:
            this.input, this.environment = before

    def _eval(self, expr: Any, input: Any, environment: Any) -> Any:  # noqa: A002 - the library's word
        """As the library's, without the callbacks, which nobody sets here."""
        evaluate = _NODES.get(expr.type)
        if evaluate is None or expr.predicate is not None or (expr.group is not None and expr.type != "path"):
            return super()._eval(expr, input, environment)
        self.input, self.environment = input, environment
        result = evaluate(self, expr, input, environment)
        if type(result) is not _SEQUENCE or not result.sequence or result.tuple_stream:
            return result
        if expr.keep_array:
            result.keep_singleton = True
        if len(result) == 1 and not result.keep_singleton:
            return result[0]
        return result or None

    def evaluate_call(self, expr: Any, input: Any, environment: Any) -> Any:  # noqa: A002 - the library's word
        """A function that stands by itself, not behind `~>`."""
        return self.evaluate_function(expr, input, environment, _NONE)


_NODES: dict[str, Callable[..., Any]] = {
    "path": Jsonata.evaluate_path,
    "binary": Jsonata.evaluate_binary,
    "unary": Jsonata.evaluate_unary,
    "condition": Jsonata.evaluate_condition,
    "block": Jsonata.evaluate_block,
    "bind": Jsonata.evaluate_bind_expression,
    "lambda": Jsonata.evaluate_lambda,
    "apply": Jsonata.evaluate_apply_expression,
    "function": Evaluator.evaluate_call,
}


def _find_short_way(expr: Any) -> Callable[[Any, Any], Any] | None:
    if any(getattr(expr, name) for name in _SPECIAL):
        return None
    if expr.type in _LITERALS:
        value = _NULL if expr.value is None else expr.value
        return lambda _input, _environment: value
    if expr.type == "variable" and expr.value:
        return _variable(str(expr.value))
    if expr.type == "path":
        first, *others = expr.steps
        if any(getattr(step, name) for step in expr.steps for name in _SPECIAL):
            return None
        if first.type in {"variable", "name"} and first.value and all(step.type == "name" for step in others):
            return _path(first.type, [str(step.value) for step in expr.steps])
    return None


def _variable(name: str) -> Callable[[Any, Any], Any]:
    def look_up(_input: Any, environment: Any) -> Any:
        value = _find(name, environment)
        return _ASK if type(value) is _SEQUENCE else value

    return look_up


def _path(kind: str, names: list[str]) -> Callable[[Any, Any], Any]:
    """Members of members; an array at the end is itself, one on the way is the library's."""
    first, others = names[0], names[1:]

    def walk(input: Any, environment: Any) -> Any:  # noqa: A002 - the library's word
        value, steps = (_find(first, environment), others) if kind == "variable" else (input, names)
        for name in steps:
            if not isinstance(value, dict):
                return _ASK if isinstance(value, list) else None
            value = value.get(name, _ASK)
            if value is _ASK:
                return None
        if isinstance(value, list):
            return value if type(value) is list else _ASK
        return _NULL if value is None and steps else value

    return walk


def _find(name: str, environment: Any) -> Any:
    while environment is not None:
        value = environment.bindings.get(name, _ASK)
        if value is not _ASK:
            return value
        environment = environment.parent
    return None
