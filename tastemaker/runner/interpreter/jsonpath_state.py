"""Data handling of a state whose query language is JSONPath.

InputPath and Parameters shape what the work gets; ResultSelector, ResultPath and OutputPath what it gives on.
Source: developer guide, "Processing input and output in Step Functions"; States Language, "Input and Output".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tastemaker.runner.interpreter.failures import RESULT_PATH_MATCH_FAILURE, RUNTIME, StateError
from tastemaker.runner.interpreter.fields import KINDS
from tastemaker.runner.interpreter.intrinsic_syntax import Call
from tastemaker.runner.interpreter.jsonpath_blocks import BLOCKS, compile_block
from tastemaker.runner.interpreter.jsonpath_choice import compile_condition
from tastemaker.runner.interpreter.jsonpath_fields import PATH_FIELDS, PathField, no_results
from tastemaker.runner.interpreter.jsonpath_query import MISSING, PathSyntaxError, compile_reference, place
from tastemaker.runner.interpreter.jsonpath_template import Sources, compile_sampled, compile_template
from tastemaker.runner.interpreter.payload import checked_payload, to_text
from tastemaker.runner.interpreter.query import NO_RESULT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tastemaker.runner.interpreter.jsonpath_query import Path
    from tastemaker.runner.interpreter.jsonpath_template import Sampled, Template
    from tastemaker.runner.interpreter.payload import Payload
    from tastemaker.runner.interpreter.visit import Visit

_NOTHING: dict[str, Any] = {}
_WITH_PARAMETERS = frozenset({"Task", "Pass", "Parallel"})


@dataclass(frozen=True, slots=True)
class Selection:
    """InputPath or OutputPath; `sampled` None stands for null, which gives an empty object."""

    sampled: Sampled | None

    def apply(self, sources: Sources) -> Any:
        if self.sampled is None:
            return {}
        expression = self.sampled.expression
        if isinstance(expression, Call):
            return self.sampled.evaluate(sources)
        value = sources.select(expression)
        if value is MISSING:
            raise StateError(RUNTIME, no_results(expression, sources.root(expression)), of_state=True)
        return value


@dataclass(frozen=True, slots=True)
class Rule:
    """Assign and ResultPath at one place: a choice rule or a catcher; `result_path` None discards the error."""

    assign: Template | None
    result_path: Path | None


class JsonpathState:
    """Implements `query.StateData`."""

    def __init__(self, definition: dict[str, Any], functions: Mapping[str, Callable[..., Any]]) -> None:
        self._functions = functions
        self._input_path = _selection(definition, "InputPath")
        self._output_path = _selection(definition, "OutputPath")
        shaped = {name: _template(definition, name) for name in ("Parameters", "ResultSelector", "Assign")}
        self._parameters, self._selector, self._assign = shaped.values()
        self._item = _template(definition, "ItemSelector") or (
            self._parameters if "ItemSelector" not in definition else None
        )
        self._result_path = _reference(definition)
        self._has_result, self._result = "Result" in definition, definition.get("Result")
        self._is_pass = definition["Type"] == "Pass"
        self._literals = {name: value for name, value in definition.items() if name in KINDS}
        self._paths = {
            field: PathField(name, compile_sampled(definition[name], name))
            for name, field in PATH_FIELDS.items()
            if name in definition
        }
        self._blocks = {name: compile_block(definition[name]) for name in BLOCKS if name in definition}
        rules = definition.get("Choices", [])
        self._conditions = [_condition(rule, position) for position, rule in enumerate(rules)]
        self._rules = [Rule(_template(rule, "Assign"), None) for rule in rules]
        self._catchers = [Rule(_template(rule, "Assign"), _reference(rule)) for rule in definition.get("Catch", [])]

    def has(self, field: str) -> bool:
        return field in self._literals or field in self._paths

    def arguments(self, visit: Visit) -> Any:
        value = self._effective(visit)
        return value if self._parameters is None else self._parameters.evaluate(self._sources(value, visit))

    def item(self, visit: Visit, default: Any) -> Any:
        if self._item is None:
            return default
        return self._item.evaluate(self._sources(self._effective(visit), visit))

    def block(self, visit: Visit, field: str) -> dict[str, Any] | None:
        found = self._blocks.get(field)
        return None if found is None else found.evaluate(self._sources(self._effective(visit), visit))

    def field(self, visit: Visit, field: str) -> Any:
        if field in self._literals:
            return self._literals[field]
        return self._paths[field].evaluate(self._sources(self._effective(visit), visit))

    def items(self, visit: Visit, *, takes_object: bool = False) -> Any:
        path = self._paths.get("Items")
        value = self._effective(visit) if path is None else self.field(visit, "Items")
        if isinstance(value, list) or (takes_object and isinstance(value, dict)):
            return value
        text = "$" if path is None else path.sampled.expression.text
        raise StateError(RUNTIME, f'Reference path "{text}" must point to array.', of_state=True)

    def chosen(self, visit: Visit) -> int | None:
        sources = self._sources(self._effective(visit), visit)
        return next((position for position, holds in enumerate(self._conditions) if holds(sources)), None)

    def finish(self, visit: Visit, result: Any) -> tuple[Payload, dict[str, Any]]:
        assigned = self._assigned(self._assign, result, visit)
        if self._selector is not None:
            result = self._selector.evaluate(self._sources(result, visit))
        return self._left(self._merged(self._result_path, visit.data.value, result), visit), assigned

    def finish_plain(self, visit: Visit) -> tuple[Payload, dict[str, Any]]:
        if not self._is_pass:
            value = self._effective(visit)
            return self._left(value, visit), self._assigned(self._assign, value, visit)
        result = self._result if self._has_result else self.arguments(visit)
        assigned = self._assigned(self._assign, result, visit)
        return self._left(self._merged(self._result_path, visit.data.value, result), visit), assigned

    def finish_choice(self, visit: Visit, rule: int) -> tuple[Payload, dict[str, Any]]:
        value = self._effective(visit)
        return self._left(value, visit), self._assigned(self._rules[rule].assign, value, visit)

    def stages(self, visit: Visit, result: Any) -> Iterator[tuple[str, Any]]:
        yield "input", visit.data.value
        if visit.state.type != "Fail":
            yield "afterInputPath", self._effective(visit)
        if visit.state.type in _WITH_PARAMETERS:
            yield "afterParameters", self.arguments(visit)
        if self._has_result:
            yield "result", self._result
        if self._is_pass:
            result = self._result if self._has_result else self.arguments(visit)
        elif result is not NO_RESULT:
            yield "result", result
        if result is NO_RESULT:
            return
        selected = result if self._selector is None else self._selector.evaluate(self._sources(result, visit))
        yield "afterResultSelector", selected
        yield "afterResultPath", self._merged(self._result_path, visit.data.value, selected)

    def caught(self, visit: Visit, catcher: int, failure: StateError) -> tuple[Payload, dict[str, Any]]:
        rule, error = self._catchers[catcher], failure.output()
        assigned = self._assigned(rule.assign, error, visit)
        return checked_payload(self._merged(rule.result_path, visit.data.value, error), _subject(visit)), assigned

    def _sources(self, value: Any, visit: Visit) -> Sources:
        return Sources(value, visit, self._functions)

    def _effective(self, visit: Visit) -> Any:
        if self._input_path is None:
            return visit.data.value
        return self._input_path.apply(self._sources(visit.data.value, visit))

    def _assigned(self, assign: Template | None, value: Any, visit: Visit) -> dict[str, Any]:
        if assign is None:
            return _NOTHING
        assigned: dict[str, Any] = assign.evaluate(self._sources(value, visit))
        checked_payload(assigned, _subject(visit))  # all variables of one Assign share the limit of a payload
        return assigned

    def _left(self, output: Any, visit: Visit) -> Payload:
        if self._output_path is not None:
            output = self._output_path.apply(self._sources(output, visit))
        return visit.data if output is visit.data.value else checked_payload(output, _subject(visit))

    def _merged(self, path: Path | None, state_input: Any, result: Any) -> Any:
        """Where ResultPath puts the result; None stands for null, which keeps the input."""
        if path is None:
            return state_input
        try:
            return place(path, state_input, result)
        except LookupError as error:
            cause = f'Unable to apply step "{error.args[0]}" to input {to_text(state_input)}'
            raise StateError(RESULT_PATH_MATCH_FAILURE, cause, of_state=True) from error


def _subject(visit: Visit) -> str:
    return f"state/task '{visit.state.name}'"


def _selection(definition: dict[str, Any], name: str) -> Selection | None:
    """None for `$` and for an absent field: the whole value."""
    if name not in definition or definition[name] == "$":
        return None
    value = definition[name]
    return Selection(None if value is None else compile_sampled(value, name))


def _template(definition: dict[str, Any], name: str) -> Template | None:
    """Raises PathSyntaxError in the service's words, with the place of the template."""
    if name not in definition:
        return None
    try:
        return compile_template(definition[name])
    except PathSyntaxError as error:
        what = f"The value for the field '{error.field}' must be a valid JSONPath or a valid intrinsic function call"
        raise PathSyntaxError(what, error.field, f"/{name}") from error


def _reference(definition: dict[str, Any]) -> Path | None:
    text = definition.get("ResultPath", "$")
    if text is None:
        return None
    if not isinstance(text, str):
        raise PathSyntaxError(f"field 'ResultPath': {text!r} must be a reference path or null")
    try:
        return compile_reference(text)
    except PathSyntaxError as error:
        raise PathSyntaxError(f"field 'ResultPath': {error}") from error


def _condition(rule: dict[str, Any], position: int) -> Any:
    try:
        return compile_condition(rule)
    except PathSyntaxError as error:
        raise PathSyntaxError(f"Choices[{position}]: {error}") from error
