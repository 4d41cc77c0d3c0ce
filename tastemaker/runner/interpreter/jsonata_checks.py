"""Uses of `$states.result` and `$states.errorOutput` where they do not exist, which registration refuses.

Source: developer guide, "Transforming data with JSONata in Step Functions", reserved variable `$states`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

_MEMBER = re.compile(r"\$states\.(result|errorOutput)\b")
_QUOTED = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"")
_SCOPES = frozenset({"ItemProcessor", "Iterator", "Branches"})


def find_misused_members(name: str, state: dict[str, Any]) -> Iterator[str]:
    """One message per field that asks for what its state or field does not have."""
    has_result = state.get("Type") in ["Task", "Map", "Parallel"]
    for field, value in state.items():
        if field in _SCOPES:
            continue
        for member in sorted(set(_members(value))):
            allowed = field == "Catch" if member == "errorOutput" else has_result and field in ("Output", "Assign")
            if not allowed:
                yield f"state '{name}': $states.{member} cannot be used in {field} of a {state.get('Type')} state"


def _members(value: Any) -> Iterator[str]:
    """Members of `$states` that the expressions in a value name."""
    if isinstance(value, str) and value.startswith("{%"):
        yield from _MEMBER.findall(_QUOTED.sub("''", value))
    elif isinstance(value, dict):
        for part in value.values():
            yield from _members(part)
    elif isinstance(value, list):
        for part in value:
            yield from _members(part)
