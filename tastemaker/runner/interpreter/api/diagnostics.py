"""What is wrong with a definition, as the API words it and places it."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from tastemaker.runner.interpreter.api.answers import refused
from tastemaker.runner.interpreter.api.jackson import describe_json_error

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tastemaker.errors import InvalidDefinitionError

CODE, _NO_END = "SCHEMA_VALIDATION_FAILED", "MISSING_END_STATE"
_CODED = re.compile(r"(?P<code>[A-Z]+(?:_[A-Z]+)+): (?P<what>.*)", re.DOTALL)
"""A problem that names its code itself."""
_CODES = (
    (re.compile(r"^Missing '\w+' target|is not reachable\.$"), "MISSING_TRANSITION_TARGET"),
    (re.compile(r"^Workflow has no terminal state"), _NO_END),
    (re.compile(r"^the name is used twice"), "DUPLICATE_STATE_NAME"),
    (re.compile(r"^a state's name has"), "INVALID_STATE_NAME"),
)
_MACHINE = re.compile(r"the state machine(?P<rest>/[^:]*)?: (?P<what>.*)", re.DOTALL)
_STATE = re.compile(r"state '(?P<name>[^']*)'(?P<rest>[^:]*): (?P<what>.*)", re.DOTALL)


def diagnostics_of(definition: Any, error: InvalidDefinitionError) -> list[dict[str, str]]:
    """One diagnostic per problem, with the place as a path into the definition."""
    places = dict(_places(definition, ""))
    return [_diagnostic(*_placed(problem.partition(": ")[2], places)) for problem in error.problems]


def _diagnostic(location: str, message: str) -> dict[str, str]:
    code, message = _code(message)
    diagnostic = {"severity": "ERROR", "code": code, "message": message}
    return diagnostic if code == _NO_END else {**diagnostic, "location": location}


def _placed(text: str, places: Mapping[str, str]) -> tuple[str, str]:
    """Where a problem is, and its words without the place."""
    machine, state = _MACHINE.fullmatch(text), _STATE.fullmatch(text)
    if machine is not None:
        return machine["rest"] or "/", machine["what"]
    if state is None:
        return "/", text
    place, rest = places.get(state["name"], f"/States/{state['name']}"), state["rest"]
    if rest.startswith("/"):  # a field of the state
        return place + rest, state["what"]
    return place, f"{rest.lstrip(', ')} {state['what']}".strip()


def _code(message: str) -> tuple[str, str]:
    """Code and text. Source: API reference, ValidateStateMachineDefinitionDiagnostic, "List of error codes"."""
    coded = _CODED.fullmatch(message)
    if coded is not None:
        return coded["code"], coded["what"]
    return next((code for pattern, code in _CODES if pattern.search(message)), CODE), message


def unreadable(text: str, error: json.JSONDecodeError) -> dict[str, str]:
    """The diagnostic of a definition that is no JSON."""
    if not text.strip():
        return {"severity": "ERROR", "code": CODE, "message": "Definition must be a valid JSON object"}
    problem = describe_json_error(text, error)
    return {
        "severity": "ERROR",
        "code": "INVALID_JSON_DESCRIPTION",
        "message": problem.message,
        "location": problem.place,
    }


def parse_definition(text: str) -> Any:
    """Raises AwsError InvalidDefinition."""
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise refused("InvalidDefinition", _shown([unreadable(text, error)])) from error


def definition_error(definition: Any, error: InvalidDefinitionError) -> str:
    """Message of InvalidDefinition."""
    return _shown(diagnostics_of(definition, error))


def _shown(found: list[dict[str, str]]) -> str:
    shown = ", ".join(f"{entry['code']}: {entry['message']} at {entry.get('location', 'null')}" for entry in found)
    return f"Invalid State Machine Definition: '{shown}'"


def _places(scope: Any, path: str) -> Iterator[tuple[str, str]]:
    """State name to its path, of all scopes."""
    states = scope.get("States") if isinstance(scope, dict) else None
    for name, state in states.items() if isinstance(states, dict) else ():
        here = f"{path}/States/{name}"
        yield name, here
        if not isinstance(state, dict):
            continue
        for field in ("ItemProcessor", "Iterator"):
            yield from _places(state.get(field), f"{here}/{field}")
        branches = state.get("Branches")
        for position, branch in enumerate(branches if isinstance(branches, list) else ()):
            yield from _places(branch, f"{here}/Branches[{position}]")
