"""JSON values to botocore's Python values, one compiled converter per input shape."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from tastemaker.errors import UnsupportedBySimulatorError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from botocore.model import Shape

    Convert = Callable[[Any], Any]

_INTEGER_LIMIT = 2**31
_LONG_LIMIT = 2**63
_JSON_KINDS = {
    bool: "BOOLEAN_VALUE",
    int: "NUMBER_VALUE",
    float: "DECIMAL_VALUE",
    str: "STRING_VALUE",
    list: "START_ARRAY",
    dict: "START_OBJECT",
    type(None): "NULL_VALUE",
}


class WrongTypeError(Exception):
    """A JSON value that the shape cannot hold; `path` grows from the inside out while the error rises."""

    def __init__(self, value: object, expected: str) -> None:
        self.path: list[str] = []
        self.reason = f"{_JSON_KINDS[type(value)]} can not be converted to {expected}"
        super().__init__(self.reason)

    def __str__(self) -> str:
        where = ".".join(reversed(self.path)).replace(".[", "[")
        return f"{where}: {self.reason}" if where else self.reason


def compile_shape(shape: Shape, compiled: dict[str, Convert]) -> Convert:
    """The converter of one shape; `compiled` shares converters between shapes by name and is filled on the way.

    The served models hold no recursive shape, so compiling ends; the contract test would show a new one.
    """
    convert = compiled.get(shape.name)
    if convert is None:
        convert = compiled[shape.name] = _COMPILERS[shape.type_name](shape, compiled)
    return convert


def _compile_structure(shape: Shape, compiled: dict[str, Convert]) -> Convert:
    members: Mapping[str, Convert] = {name: compile_shape(member, compiled) for name, member in shape.members.items()}
    shape_name = shape.name

    def convert(value: Any) -> dict[str, Any]:
        if type(value) is not dict:
            raise WrongTypeError(value, "a structure")
        result = {}
        for name, item in value.items():
            if name not in members:
                raise _unknown_member(shape_name, name)
            if item is not None:  # the service reads null as absent
                try:
                    result[name] = members[name](item)
                except WrongTypeError as error:
                    error.path.append(name)
                    raise
        return result

    return convert


def _unknown_member(shape_name: str, member: str) -> UnsupportedBySimulatorError:
    # The service ignores what it does not know. Here it may be a feature newer than the installed botocore, and an
    # answer that leaves it out would be silently wrong.
    hint = "Correct the name, or update boto3 when the member is new in the service."
    return UnsupportedBySimulatorError(f"member {member!r}, which {shape_name} lacks in the installed botocore", hint)


def _compile_list(shape: Shape, compiled: dict[str, Convert]) -> Convert:
    convert_member = compile_shape(shape.member, compiled)

    def convert(value: Any) -> list[Any]:
        if type(value) is not list:
            raise WrongTypeError(value, "a list")
        result = []
        for index, item in enumerate(value):
            try:
                result.append(convert_member(item))
            except WrongTypeError as error:
                error.path.append(f"[{index}]")
                raise
        return result

    return convert


def _compile_map(shape: Shape, compiled: dict[str, Convert]) -> Convert:
    convert_value = compile_shape(shape.value, compiled)

    def convert(value: Any) -> dict[str, Any]:
        if type(value) is not dict:
            raise WrongTypeError(value, "a map")
        result = {}
        for key, item in value.items():
            try:
                result[key] = convert_value(item)
            except WrongTypeError as error:
                error.path.append(key)
                raise
        return result

    return convert


def _string(value: Any) -> str:
    if type(value) is not str:
        raise WrongTypeError(value, "a String")
    return value


def _boolean(value: Any) -> bool:
    if type(value) is not bool:
        raise WrongTypeError(value, "a Boolean")
    return value


def _integer(value: Any) -> int:
    if type(value) is not int or not -_INTEGER_LIMIT <= value < _INTEGER_LIMIT:
        raise WrongTypeError(value, "an Integer")
    return value


def _long(value: Any) -> int:
    if type(value) is not int or not -_LONG_LIMIT <= value < _LONG_LIMIT:
        raise WrongTypeError(value, "a Long")
    return value


def _number(value: Any) -> float:
    if type(value) is not float and type(value) is not int:
        raise WrongTypeError(value, "a Double")
    try:
        return float(value)
    except OverflowError:
        raise WrongTypeError(value, "a Double") from None


def _timestamp(value: Any) -> datetime:
    """Epoch seconds, whole or fractional, as both protocols carry them."""
    if type(value) is not float and type(value) is not int:
        raise WrongTypeError(value, "a Timestamp (epoch seconds)")
    try:
        return datetime.fromtimestamp(value, UTC)
    except (OverflowError, ValueError, OSError):
        raise WrongTypeError(value, "a Timestamp between the years 1 and 9999") from None


def _scalar(convert: Convert) -> Callable[[Shape, dict[str, Convert]], Convert]:
    return lambda _shape, _compiled: convert


_COMPILERS: dict[str, Callable[[Shape, dict[str, Convert]], Convert]] = {
    "structure": _compile_structure,
    "list": _compile_list,
    "map": _compile_map,
    "string": _scalar(_string),
    "boolean": _scalar(_boolean),
    "long": _scalar(_long),
    "integer": _scalar(_integer),
    "double": _scalar(_number),
    "float": _scalar(_number),
    "timestamp": _scalar(_timestamp),
}
