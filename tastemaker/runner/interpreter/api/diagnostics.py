"""What is wrong with a definition, as the API words it and places it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tastemaker.errors import InvalidDefinitionError

_WORD = re.compile(r"[A-Za-z_]\w*")
_EXPECTED = "was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')"
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


def json_problem(text: str, error: ValueError) -> str:
    """What is wrong with a text that is no JSON; in the words of the service's parser where they are known.

    Empty for an empty text.
    """
    if not text.strip():
        return ""
    word = _WORD.match(text)
    if word is not None:
        return f"Unrecognized token '{word[0]}': {_EXPECTED}"
    position = getattr(error, "pos", None)
    if position is not None and text[:position].rstrip().endswith(("{", ",")) and position < len(text):
        char = text[position]
        return f"Unexpected character ('{char}' (code {ord(char)})): was expecting double-quote to start field name"
    return str(error)


def unreadable(text: str, error: ValueError) -> dict[str, str]:
    """The diagnostic of a definition that is no JSON."""
    problem = json_problem(text, error)
    if not problem:
        return {"severity": "ERROR", "code": CODE, "message": "Definition must be a valid JSON object"}
    diagnostic = {"severity": "ERROR", "code": "INVALID_JSON_DESCRIPTION", "message": problem}
    word = _WORD.match(text)
    if word is None:
        return diagnostic
    source = f'[Source: (String)"{text}"; line: 1, column: {len(word[0]) + 1}]'
    return {**diagnostic, "location": source, "message": f"{problem}\n at {source}"}


def definition_error(definition: Any, error: InvalidDefinitionError) -> str:
    """Message of InvalidDefinition."""
    found = ", ".join(
        f"{entry['code']}: {entry['message']} at {entry.get('location', 'null')}"
        for entry in diagnostics_of(definition, error)
    )
    return f"Invalid State Machine Definition: '{found}'"


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
