"""Checks of Arguments as they stand in a definition, against the shape that the operation takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tastemaker.runner.interpreter.services.shapes import field_problem, has_right_type

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tastemaker.runner.interpreter.services.shapes import Naming


def given_members(arguments: dict[str, Any]) -> list[str]:
    """Names of the members, also of those whose value a path gives (`name.$`)."""
    return [name.removesuffix(".$") for name in arguments]


def find_argument_problems(arguments: Any, shape: Any, naming: Naming, name: str = "Arguments") -> Iterator[str]:
    """What is wrong, in the service's words; where an expression or a path stands, nothing is known.

    Args:
        naming: name of a member in Arguments.
        name: the field that holds this value.
    """
    if name.endswith(".$") or (isinstance(arguments, str) and arguments.startswith("{%")):
        return
    if not has_right_type(arguments, shape):
        yield field_problem(name, shape)
        return
    match shape.type_name:
        case "structure" if not getattr(shape, "is_document_type", False):
            yield from _structure_problems(arguments, shape, naming)
        case "list":
            for value in arguments:
                yield from find_argument_problems(value, shape.member, naming, name)
        case "map":
            for key, value in arguments.items():
                yield from find_argument_problems(value, shape.value, naming, key)


def _structure_problems(arguments: dict[str, Any], shape: Any, naming: Naming) -> Iterator[str]:
    members = {naming(member): part for member, part in shape.members.items()}
    given = given_members(arguments)
    for member in shape.required_members:
        if naming(member) not in given:
            yield f"The field '{naming(member)}' is required but was missing"
    for key, value in arguments.items():
        if key.removesuffix(".$") not in members:
            yield f'The field "{key}" is not supported by Step Functions; known: {", ".join(sorted(members))}'
        elif value is not None and not key.endswith(".$"):
            yield from find_argument_problems(value, members[key], naming, key)
