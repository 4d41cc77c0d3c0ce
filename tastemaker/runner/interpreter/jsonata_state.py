"""Data handling of a state whose query language is JSONata: Arguments, Output, Assign, Condition and single fields."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tastemaker.runner.interpreter.failures import QUERY_EVALUATION_ERROR, StateError
from tastemaker.runner.interpreter.fields import KINDS
from tastemaker.runner.interpreter.jsonata_expression import Expression, Literal, compile_template, json_type
from tastemaker.runner.interpreter.payload import checked_payload, to_text
from tastemaker.runner.interpreter.query import NO_RESULT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tastemaker.runner.interpreter.jsonata_expression import ExpressionCache, Template
    from tastemaker.runner.interpreter.payload import Payload
    from tastemaker.runner.interpreter.visit import Visit

_SHAPED = ("Arguments", "ItemSelector", "Output", "ItemReader", "ItemBatcher", "ResultWriter", "Credentials")
_NOTHING: dict[str, Any] = {}


class Shaping:
    """Output and Assign at one place: the state itself, a choice rule or a catcher."""

    __slots__ = ("assign", "output")

    def __init__(self, definition: dict[str, Any], prefix: str, cache: ExpressionCache) -> None:
        def template(field: str) -> Template | None:
            return compile_template(definition[field], prefix + field, cache) if field in definition else None

        self.output = template("Output")
        self.assign = template("Assign")


class JsonataState:
    """Implements `query.StateData`."""

    def __init__(self, definition: dict[str, Any], cache: ExpressionCache) -> None:
        self._shaping = Shaping(definition, "", cache)
        self._fields = {
            field: compile_template(value, field, cache)
            for field, value in definition.items()
            if field in KINDS or field in _SHAPED
        }
        rules = definition.get("Choices", [])
        self._conditions = [
            compile_template(rule.get("Condition"), f"Choices[{i}]/Condition", cache) for i, rule in enumerate(rules)
        ]
        self._rules = [Shaping(rule, f"Choices[{i}]/", cache) for i, rule in enumerate(rules)]
        catchers = definition.get("Catch", [])
        self._catchers = [Shaping(rule, f"Catch[{i}]/", cache) for i, rule in enumerate(catchers)]

    def has(self, field: str) -> bool:
        return field in self._fields

    def arguments(self, visit: Visit) -> Any:
        template = self._fields.get("Arguments")
        return visit.data.value if template is None else _evaluate(template, visit)

    def item(self, visit: Visit, default: Any) -> Any:
        template = self._fields.get("ItemSelector")
        return default if template is None else _evaluate(template, visit)

    def field(self, visit: Visit, field: str) -> Any:
        template = self._fields[field]
        return _checked(template, field, {} if isinstance(template, Literal) else names_of(visit))

    def items(self, visit: Visit, *, takes_object: bool = False) -> Any:
        template = self._fields.get("Items")
        items = visit.data.value if template is None else _evaluate(template, visit)
        if takes_object and isinstance(items, dict):
            return items
        if isinstance(template, Expression):
            _check_kind(template, "Items", items)
        if not isinstance(items, list):
            cause = "Map state input must be an array but was not."
            raise StateError(QUERY_EVALUATION_ERROR, cause, location="Items", of_state=True)
        return items

    def block(self, visit: Visit, field: str) -> dict[str, Any] | None:
        template = self._fields.get(field)
        if template is None:
            return None
        block: dict[str, Any] = _evaluate(template, visit)
        return block

    def chosen(self, visit: Visit) -> int | None:
        names = names_of(visit)
        for position, condition in enumerate(self._conditions):
            if _checked(condition, "Condition", names) is True:
                return position
        return None

    def finish(self, visit: Visit, result: Any) -> tuple[Payload, dict[str, Any]]:
        if self._shaping.output is None and self._shaping.assign is None:
            return checked_payload(result, _subject(visit)), _NOTHING
        return _shape(self._shaping, visit, None, {"result": result})

    def finish_plain(self, visit: Visit) -> tuple[Payload, dict[str, Any]]:
        if self._shaping.output is None and self._shaping.assign is None:
            return visit.data, _NOTHING
        return _shape(self._shaping, visit, visit.data, {})

    def finish_choice(self, visit: Visit, rule: int) -> tuple[Payload, dict[str, Any]]:
        return _shape(self._rules[rule], visit, visit.data, {})

    def stages(self, visit: Visit, result: Any) -> Iterator[tuple[str, Any]]:
        yield "input", visit.data.value
        if "Arguments" in self._fields:
            yield "afterArguments", self.arguments(visit)
        if result is not NO_RESULT:
            yield "result", result

    def caught(self, visit: Visit, catcher: int, failure: StateError) -> tuple[Payload, dict[str, Any]]:
        output = failure.output()
        return _shape(self._catchers[catcher], visit, checked_payload(output, _subject(visit)), {"errorOutput": output})


def names_of(visit: Visit, extra: dict[str, Any] | None = None) -> dict[str, Any]:
    """The variables and `$states` that an expression sees."""
    states = {"input": visit.data.value, "context": visit.context()}
    if extra is not None:
        states.update(extra)
    return {**visit.track.variables, "states": states}


def _subject(visit: Visit) -> str:
    return f"state/task '{visit.state.name}'"


def _evaluate(template: Template, visit: Visit) -> Any:
    return template.value if isinstance(template, Literal) else template.evaluate(names_of(visit))


def _checked(template: Template, field: str, names: dict[str, Any]) -> Any:
    """The value of a field of one kind; literals were checked at registration."""
    value = template.evaluate(names)
    if isinstance(template, Expression):
        _check_kind(template, field, value)
    return value


def _check_kind(template: Expression, field: str, value: Any) -> None:
    kind, is_right = KINDS[field]
    if not is_right(value):
        found = f"'{json_type(value)}' for value: {to_text(value)}"
        raise template.failure(f"returned an unexpected result type. Expected '{kind}', but was {found}")


def _shape(
    shaping: Shaping, visit: Visit, default: Payload | None, extra: dict[str, Any]
) -> tuple[Payload, dict[str, Any]]:
    """Output and variables; both see the variables as they were. `default` None stands for `$states.result`."""
    if shaping.output is None and shaping.assign is None and default is not None:
        return default, _NOTHING
    names = names_of(visit, extra)
    assigned = _NOTHING if shaping.assign is None else shaping.assign.evaluate(names)
    if assigned:
        checked_payload(assigned, _subject(visit))  # all variables of one Assign share the limit of a payload
    if shaping.output is not None:
        return checked_payload(shaping.output.evaluate(names), _subject(visit)), assigned
    return checked_payload(extra["result"], _subject(visit)) if default is None else default, assigned
