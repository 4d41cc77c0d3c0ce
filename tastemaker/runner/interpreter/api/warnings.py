"""What ValidateStateMachineDefinition warns of in JSONPath states; none of it keeps a definition from being created.

Source: API reference, ValidateStateMachineDefinitionDiagnostic, "List of warning codes".
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tastemaker.runner.interpreter.check_fields import JSONPATH

if TYPE_CHECKING:
    from collections.abc import Iterator

_LOOKS_DYNAMIC = re.compile(r"\$(\$?[.\[]|$)|States\.\w+\(")
_TEMPLATES = ("Parameters", "ResultSelector", "ItemSelector", "Assign", "Credentials")
_WITH_PATHS = ("Error", "Cause")
"""Fields that have a sister whose name ends in `Path`, and take any string themselves."""
_MESSAGES = {
    "NO_DOLLAR": "No .$ on a field that appears to be a JSONPath or Intrinsic Function",
    "NO_PATH": "Field value looks like a path, but field name does not end with 'Path'",
    "PASS_RESULT_IS_STATIC": "Attempt to use a path in the result of a pass state",
}


def warnings_of(definition: dict[str, Any]) -> list[dict[str, str]]:
    """Diagnostics of severity WARNING, in the order of a valid definition."""
    found = _of_scope(definition, definition.get("QueryLanguage", JSONPATH), "")
    return [
        {"severity": "WARNING", "code": code, "message": f"{_MESSAGES[code]}: '{field}'", "location": location}
        for code, field, location in found
    ]


def _of_scope(scope: dict[str, Any], language: str, path: str) -> Iterator[tuple[str, str, str]]:
    """Code, field and location of each."""
    for name, state in scope["States"].items():
        here = f"{path}/States/{name}"
        if state.get("QueryLanguage", language) == JSONPATH:
            yield from _of_state(state, here)
        for field in ("ItemProcessor", "Iterator"):
            if field in state:
                yield from _of_scope(state[field], language, f"{here}/{field}")
        for position, branch in enumerate(state.get("Branches", ())):
            yield from _of_scope(branch, language, f"{here}/Branches[{position}]")


def _of_state(state: dict[str, Any], here: str) -> Iterator[tuple[str, str, str]]:
    for field in _TEMPLATES:
        yield from (("NO_DOLLAR", name, f"{here}/{field}") for name in _dynamic_members(state.get(field), field))
    for field in _WITH_PATHS:
        yield from (("NO_PATH", field, f"{here}/{field}") for _ in _dynamic_members(state.get(field), field))
    if state["Type"] == "Pass":
        for name in _dynamic_members(state.get("Result"), "Result"):
            yield "PASS_RESULT_IS_STATIC", name, f"{here}/Result"


def _dynamic_members(value: Any, name: str) -> Iterator[str]:
    """Names of the members that hold what looks like a path or an intrinsic function, though nothing evaluates them."""
    if isinstance(value, str):
        if _LOOKS_DYNAMIC.match(value) and not name.endswith(".$"):
            yield name
    elif isinstance(value, dict):
        for key, part in value.items():
            yield from _dynamic_members(part, key)
    elif isinstance(value, list):
        for part in value:
            yield from _dynamic_members(part, name)
