"""Checks of mocked results against the shape that the operation answers with.

Source: developer guide, "Mock validation modes": what the API's model does not know is ignored.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tastemaker.runner.interpreter.services.shapes import has_right_type, type_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tastemaker.runner.interpreter.services.shapes import Naming


def find_result_problems(result: Any, shape: Any, naming: Naming, *, strict: bool, name: str = "") -> Iterator[str]:
    """What is wrong.

    Args:
        naming: name of a member in results.
        strict: whether required members must be there.
        name: the field that holds this value; empty for the result itself.
    """
    if not has_right_type(result, shape):
        field = f"Field '{name}'" if name else "The result"
        yield f"{field} must be a {type_name(shape).lower()}"
        return
    parts: list[tuple[str, Any, Any]] = []
    match shape.type_name:
        case "structure" if not getattr(shape, "is_document_type", False):
            if strict:
                yield from missing_fields(result, [naming(member) for member in shape.required_members])
            named = {naming(member): part for member, part in shape.members.items()}
            parts = [(key, value, named[key]) for key, value in result.items() if key in named and value is not None]
        case "list":
            parts = [(name, value, shape.member) for value in result]
        case "map":
            parts = [(key, value, shape.value) for key, value in result.items()]
    for key, value, part in parts:
        yield from find_result_problems(value, part, naming, strict=strict, name=key)


def missing_fields(result: Any, required: list[str]) -> list[str]:
    """One problem per required member that a result lacks."""
    return [f"Required field '{name}' is missing" for name in required if name not in result]
