"""Requests against botocore's model, including what boto3 leaves to the server.

boto3 checks required members, types and minimums; the service also checks maximum lengths, patterns, enumerations,
list sizes and ranges (reference §1.1). Source of every rule: the shapes themselves.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from tastemaker.simulator.refusals import invalid_input
from tastemaker.simulator.shapes import service_model

if TYPE_CHECKING:
    from collections.abc import Callable

    from botocore.model import Shape

    Check = Callable[[Any, str, list[str]], Any]

_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "long": (int,),
    "float": (int, float),
    "double": (int, float),
    "boolean": (bool,),
}


_FIRST, _LAST = -62_135_596_800, 253_402_300_799
"""Epoch seconds of the years 1 to 9999."""


def check_request(service: str, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of the request, checked; members that are None are left out, timestamps become epoch seconds.

    Raises:
        RefusalError: InvalidInputException that names every member at fault.
    """
    errors: list[str] = []
    checked: dict[str, Any] = _input_check(service, operation)(params, "", errors)
    if errors:
        noun = "error" if len(errors) == 1 else "errors"
        raise invalid_input(f"{len(errors)} validation {noun} detected: {'; '.join(errors)}")
    return checked


def check_shape(service: str, shape_name: str, value: Any) -> list[str]:
    """What is wrong with a value of this shape; used to verify answers."""
    errors: list[str] = []
    _build(service_model(service).shape_for(shape_name))(value, "", errors)
    return errors


@cache
def _input_check(service: str, operation: str) -> Check:
    return _build(service_model(service).operation_model(operation).input_shape)


def _build(shape: Shape) -> Check:
    if shape.type_name == "structure":
        return _structure_check(shape)
    if shape.type_name == "list":
        return _list_check(shape)
    if shape.type_name == "map":
        return _map_check(shape)
    if shape.type_name == "timestamp":
        return _timestamp
    return _scalar_check(shape)


def _structure_check(shape: Shape) -> Check:
    members = {name: _build(member) for name, member in shape.members.items()}
    required = tuple(shape.required_members)

    def check(value: Any, path: str, errors: list[str]) -> dict[str, Any]:
        if not isinstance(value, Mapping):
            errors.append(_failed(value, path, "Member must be a structure"))
            return {}
        checked = {}
        for name, part in value.items():
            where = f"{path}.{name}" if path else name
            if name not in members:
                errors.append(f"Unknown member '{where}', must be one of: {', '.join(members)}")
            elif part is not None:
                checked[name] = members[name](part, where, errors)
        absent = [f"{path}.{name}" if path else name for name in required if value.get(name) is None]
        errors.extend(_failed(None, where, "Member must not be null") for where in absent)
        return checked

    return check


def _list_check(shape: Shape) -> Check:
    element, size = _build(shape.member), _size_check(shape)

    def check(value: Any, path: str, errors: list[str]) -> list[Any]:
        if not isinstance(value, (list, tuple)):
            errors.append(_failed(value, path, "Member must be a list"))
            return []
        size(value, path, errors)
        return [element(part, f"{path}.{index}.member", errors) for index, part in enumerate(value, start=1)]

    return check


def _map_check(shape: Shape) -> Check:
    key_check, value_check, size = _build(shape.key), _build(shape.value), _size_check(shape)

    def check(value: Any, path: str, errors: list[str]) -> dict[str, Any]:
        if not isinstance(value, Mapping):
            errors.append(_failed(value, path, "Member must be a map"))
            return {}
        size(value, path, errors)
        return {
            key_check(key, f"{path}.key", errors): value_check(part, f"{path}.{key}", errors)
            for key, part in value.items()
        }

    return check


def _scalar_check(shape: Shape) -> Check:
    kinds = _TYPES[shape.type_name]
    text = shape.type_name == "string"
    bounds = _size_check(shape) if text else _range_check(shape)
    pattern, choices = _pattern(shape), frozenset(getattr(shape, "enum", ()) or ())

    def check(value: Any, path: str, errors: list[str]) -> Any:
        if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
            errors.append(_failed(value, path, f"Member must be of type {shape.type_name}"))
            return value
        bounds(value, path, errors)
        if text and not _is_unicode(value):
            errors.append(_failed(ascii(value), path, "Member must be valid Unicode"))
        if pattern is not None and not pattern.fullmatch(str(value)):
            errors.append(
                _failed(value, path, f"Member must satisfy regular expression pattern: {shape.metadata['pattern']}")
            )
        if choices and value not in choices:
            errors.append(_failed(value, path, f"Member must satisfy enum value set: [{', '.join(sorted(choices))}]"))
        return value

    return check


def _is_unicode(text: Any) -> bool:
    """JSON can spell half a surrogate pair, which no file and no column can hold."""
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _size_check(shape: Shape) -> Check:
    least, most = shape.metadata.get("min", 0), shape.metadata.get("max", math.inf)

    def check(value: Any, path: str, errors: list[str]) -> None:
        if len(value) < least:
            errors.append(_failed(value, path, f"Member must have length greater than or equal to {least}"))
        if len(value) > most:
            errors.append(_failed(value, path, f"Member must have length less than or equal to {most}"))

    return check


def _range_check(shape: Shape) -> Check:
    least, most = shape.metadata.get("min", -math.inf), shape.metadata.get("max", math.inf)

    def check(value: Any, path: str, errors: list[str]) -> None:
        if isinstance(value, float) and not math.isfinite(value):
            errors.append(_failed(value, path, "Member must be a finite number"))
        elif value < least:
            errors.append(_failed(value, path, f"Member must have value greater than or equal to {least}"))
        elif value > most:
            errors.append(_failed(value, path, f"Member must have value less than or equal to {most}"))

    return check


def _timestamp(value: Any, path: str, errors: list[str]) -> float:
    """Epoch seconds from what boto3 takes: datetime (naive means UTC), number, ISO text or a number as text."""
    try:
        if isinstance(value, str):
            value = _parse_time(value)
        if isinstance(value, datetime):
            return (value if value.tzinfo else value.replace(tzinfo=UTC)).timestamp()
        if isinstance(value, (int, float)) and not isinstance(value, bool) and _FIRST <= value <= _LAST:
            return float(value)
    except ValueError:
        pass
    errors.append(_failed(value, path, "Member must be a timestamp"))
    return 0.0


def _parse_time(text: str) -> datetime | float:
    try:
        return float(text)
    except ValueError:
        return datetime.fromisoformat(text)


def _pattern(shape: Shape) -> re.Pattern[str] | None:
    """The shape's pattern in Python's syntax; the whole value has to match."""
    text = shape.metadata.get("pattern")
    if text is None:
        return None
    if r"\p{L}" in text:
        return re.compile(r"[\w\s.:/=+\-@]*")
    return re.compile(text.replace(r"\p{ASCII}", r"[\x00-\x7f]"))


def _failed(value: object, path: str, constraint: str) -> str:
    shown = "null" if value is None else str(value)
    shown = shown if len(shown) <= 100 else shown[:100] + "..."
    return f"Value '{shown}' at '{path or 'request'}' failed to satisfy constraint: {constraint}"
