"""What every operation asks of its members, from botocore's model of the service: presence, length, range, choice."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

from botocore.loaders import Loader
from botocore.model import ServiceModel

from tastemaker.runner.interpreter.api.answers import SERVICE, refused

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tastemaker.errors import AwsError

_FAILED = "failed to satisfy constraint"

_WITH_OWN_ERRORS = re.compile(r"Name|Arn|LongArn|Sensitive\w*")
"""Shapes whose wrong values have errors of their own, e.g. InvalidName."""


@cache
def _model() -> Any:
    return ServiceModel(Loader().load_service_model(SERVICE, "service-2"), SERVICE)


def check_members(operation: str, params: Mapping[str, Any]) -> None:
    """Raises AwsError ValidationException, with everything that is wrong."""
    shape = _model().operation_model(operation).input_shape
    missing = [name for name in shape.required_members if params.get(name) is None]
    problems = [f"Value at '{name}' {_FAILED}: Member must not be null" for name in missing]
    problems += list(_of_members(params, shape, ""))
    if problems:
        raise _refusal(problems)


def _refusal(problems: list[str]) -> AwsError:
    errors = "1 validation error" if len(problems) == 1 else f"{len(problems)} validation errors"
    return refused("ValidationException", f"{errors} detected: {'; '.join(problems)}")


def _of_members(value: Mapping[str, Any], shape: Any, prefix: str) -> Iterator[str]:
    for name, part in shape.members.items():
        if value.get(name) is not None:
            yield from _of_value(value[name], part, f"{prefix}{name}")


def _of_value(value: Any, shape: Any, path: str) -> Iterator[str]:
    what = None if _WITH_OWN_ERRORS.fullmatch(shape.name) else _problem(value, shape)
    if what is not None:
        shown = f" '{value}'" if isinstance(value, str | int | float) else ""
        yield f"Value{shown} at '{path}' {_FAILED}: Member must {what}"
    if shape.type_name == "structure":
        yield from _of_members(value, shape, f"{path}.")
    elif shape.type_name == "list":
        for position, element in enumerate(value, start=1):
            yield from _of_value(element, shape.member, f"{path}.{position}.member")


def _problem(value: Any, shape: Any) -> str | None:
    """What the service says of a value of the right type; None for a fine one."""
    limits = shape.metadata
    if "enum" in limits:
        return None if value in limits["enum"] else f"satisfy enum value set: [{', '.join(limits['enum'])}]"
    is_number = isinstance(value, int | float)
    size, noun = (value, "value") if is_number else (len(value), "length")
    if size > limits.get("max", size):
        return f"have {noun} less than or equal to {limits['max']}"
    if size < limits.get("min", size):
        return f"have {noun} greater than or equal to {limits['min']}"
    pattern = limits.get("pattern", "")
    if pattern.startswith("^") and not re.fullmatch(pattern, str(value)):  # the others are not Python's
        return f"satisfy regular expression pattern: {pattern}"
    return None
