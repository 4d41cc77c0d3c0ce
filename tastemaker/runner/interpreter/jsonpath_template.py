"""Payload templates: JSON in which a member `name.$` holds a path or an intrinsic function.

Source: States Language, "Payload Template".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jsonpath.exceptions import JSONPathError

from tastemaker.runner.interpreter.failures import INTRINSIC_FAILURE, RUNTIME, StateError
from tastemaker.runner.interpreter.intrinsic_syntax import Call, Constant, is_call, parse_call
from tastemaker.runner.interpreter.intrinsics import IntrinsicError
from tastemaker.runner.interpreter.jsonpath_query import MISSING, Path, PathSyntaxError, compile_path
from tastemaker.runner.interpreter.payload import to_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tastemaker.runner.interpreter.visit import Visit

_SUFFIX = ".$"


@dataclass(frozen=True, slots=True)
class Sources:
    """What paths start from: `$`, and by the visit `$$` and variables.

    Attributes:
        functions: the intrinsic functions by name.
    """

    input: Any
    visit: Visit
    functions: Mapping[str, Callable[..., Any]]

    def root(self, path: Path) -> Any:
        """Where a path starts; MISSING for a variable without a value."""
        if path.is_context:
            return self.visit.context()
        if path.variable is not None:
            return self.visit.track.variables.get(path.variable, MISSING)
        return self.input

    def select(self, path: Path) -> Any:
        """What a path finds, or MISSING."""
        root = self.root(path)
        if root is MISSING:
            return MISSING
        try:
            return path.select(root)
        except (JSONPathError, TypeError):
            return MISSING


@dataclass(frozen=True, slots=True)
class Sampled:
    """A path or an intrinsic function; `field` names it in messages, e.g. `Payload.$`."""

    field: str
    expression: Path | Call

    def evaluate(self, sources: Sources) -> Any:
        """The value.

        Raises:
            StateError: States.Runtime for a path that leads nowhere, States.IntrinsicFailure for a wrong argument.
        """
        if isinstance(self.expression, Call):
            return _evaluate_call(self.expression, sources)
        value = sources.select(self.expression)
        if value is MISSING:
            raise not_found(self.expression, self.field, sources)
        return value


def not_found(path: Path, field: str, sources: Sources) -> StateError:
    """The failure of a field whose path leads nowhere."""
    searched = sources.visit.context() if path.is_context else sources.input
    cause = (
        f"The JSONPath '{path.text}' specified for the field '{field}' could not be found in the input "
        f"'{to_text(searched)}'"
    )
    return StateError(RUNTIME, cause, of_state=True)


@dataclass(frozen=True, slots=True)
class Fixed:
    """A value without paths."""

    value: Any

    def evaluate(self, sources: Sources) -> Any:  # noqa: ARG002 - same shape as the others
        return self.value


@dataclass(frozen=True, slots=True)
class Members:
    """An object with paths somewhere inside."""

    parts: tuple[tuple[str, Template], ...]

    def evaluate(self, sources: Sources) -> Any:
        return {name: part.evaluate(sources) for name, part in self.parts}


@dataclass(frozen=True, slots=True)
class Elements:
    """An array with paths somewhere inside."""

    parts: tuple[Template, ...]

    def evaluate(self, sources: Sources) -> Any:
        return [part.evaluate(sources) for part in self.parts]


Template = Sampled | Fixed | Members | Elements


def compile_sampled(text: Any, field: str) -> Sampled:
    """A field that holds a path or an intrinsic function.

    Raises:
        PathSyntaxError: it holds neither; names the field.
    """
    if not isinstance(text, str):
        what = f"field '{field}': {text!r} must be a JSONPath or an intrinsic function, as a string"
        raise PathSyntaxError(what, field)
    try:
        return Sampled(field, parse_call(text) if is_call(text) else compile_path(text))
    except PathSyntaxError as error:
        raise PathSyntaxError(f"field '{field}': {error}", field) from error


def compile_template(value: Any) -> Template:
    """A template of any depth.

    Raises:
        PathSyntaxError: names the field.
    """
    if isinstance(value, dict):
        members = [_member(name, part) for name, part in value.items()]
        return Fixed(value) if all(isinstance(part, Fixed) for _, part in members) else Members(tuple(members))
    if isinstance(value, list):
        elements = [compile_template(part) for part in value]
        return Fixed(value) if all(isinstance(part, Fixed) for part in elements) else Elements(tuple(elements))
    return Fixed(value)


def _member(name: str, value: Any) -> tuple[str, Template]:
    if name.endswith(_SUFFIX):
        return name.removesuffix(_SUFFIX), compile_sampled(value, name)
    return name, compile_template(value)


def _evaluate_call(call: Call, sources: Sources) -> Any:
    arguments = [_argument(argument, call, sources) for argument in call.arguments]
    try:
        return sources.functions[call.name](*arguments)
    except IntrinsicError as error:
        raise _failure(INTRINSIC_FAILURE, call, str(error)) from error


def _argument(argument: Call | Path | Constant, call: Call, sources: Sources) -> Any:
    if isinstance(argument, Constant):
        return argument.value
    if isinstance(argument, Call):
        return _evaluate_call(argument, sources)
    value = sources.select(argument)
    if value is MISSING:
        searched = to_text(sources.visit.context() if argument.is_context else sources.input)
        what = f"The JsonPath argument for the field '{argument.text}' could not be found in the input '{searched}'"
        raise _failure(RUNTIME, call, what)
    return value


def _failure(error: str, call: Call, what: str) -> StateError:
    return StateError(error, f"The function '{call.text}' had the following error: {what}", of_state=True)
