"""Which variables each state reads, as DescribeStateMachine tells: `variableReferences`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

_QUOTED = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"")
_VARIABLE = re.compile(r"(?<![\w$])\$([A-Za-z_]\w*)\b(?!\s*(?:\(|:=))")
_BOUND = re.compile(r"\$([A-Za-z_]\w*)\s*:=|function\s*\(([^)]*)\)|λ\s*\(([^)]*)\)")
_SCOPES = ("ItemProcessor", "Iterator", "Branches")


def variable_references(definition: dict[str, Any]) -> dict[str, list[str]]:
    """State name to the variables it reads, in order of first use; states that read none are left out."""
    return dict(_of_scope(definition))


def _of_scope(scope: dict[str, Any]) -> Iterator[tuple[str, list[str]]]:
    for name, state in scope["States"].items():
        found = list(dict.fromkeys(_in_value({key: part for key, part in state.items() if key not in _SCOPES})))
        if found:
            yield name, found
        inner = [state[field] for field in ("ItemProcessor", "Iterator") if field in state] + state.get("Branches", [])
        for part in inner:
            yield from _of_scope(part)


def _in_value(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, part in value.items():
            yield from (
                _in_text(part, is_path=key.endswith((".$", "Path", "Variable")))
                if isinstance(part, str)
                else _in_value(part)
            )
    elif isinstance(value, list):
        for part in value:
            yield from _in_text(part, is_path=False) if isinstance(part, str) else _in_value(part)


def _in_text(text: str, *, is_path: bool) -> Iterator[str]:
    """JSONata between its braces, or a path or intrinsic function."""
    if not (is_path or (text.startswith("{%") and text.endswith("%}"))):
        return
    bare = _QUOTED.sub("''", text)
    bound = {"states"}
    for match in _BOUND.finditer(bare):
        bound |= {name.strip().removeprefix("$") for group in match.groups() if group for name in group.split(",")}
    yield from (name for name in _VARIABLE.findall(bare) if name not in bound)
