"""Translation of values between Step Functions' names and botocore's, compiled once per shape.

Structure members are renamed at every depth; map keys, enumerations and strings stay as they are.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from tastemaker.runner.interpreter.visit import iso_timestamp

Translation = Callable[[Any], Any]
Naming = Callable[[str], str]

_NAMES = {"string": "STRING", "boolean": "BOOLEAN", "list": "ARRAY", "structure": "OBJECT", "map": "OBJECT"}
_PYTHON: dict[str, tuple[type, ...]] = {
    "string": (str,), "boolean": (bool,), "list": (list,), "structure": (dict,), "map": (dict,),
    "integer": (int, float), "long": (int, float), "float": (int, float), "double": (int, float),
}  # fmt: skip


class ArgumentError(ValueError):
    """A value that cannot be sent; the message is the service's."""


def field_problem(name: str, shape: Any) -> str:
    """The service's words for a value of the wrong type."""
    return f"The value for the field '{name}' must be a {type_name(shape)}"


def type_name(shape: Any) -> str:
    """What values of this shape are called in messages."""
    return _NAMES.get(shape.type_name, "NUMBER")


def has_right_type(value: Any, shape: Any) -> bool:
    """Whether a JSON value can be sent as this shape; timestamps and blobs are not looked at."""
    wanted = _PYTHON.get(shape.type_name)
    if wanted is None or getattr(shape, "is_document_type", False):
        return True
    return isinstance(value, wanted) and (bool in wanted or not isinstance(value, bool))


def _translation(done: dict[str, Translation], shape: Any, build: Callable[[Any], Translation]) -> Translation:
    """The translation of a shape, built once; shapes may contain themselves."""
    found = done.get(shape.name)
    if found is not None:
        return found
    done[shape.name] = lambda value: done[shape.name](value)  # noqa: PLW0108 - looks it up when called
    done[shape.name] = built = build(shape)
    return built


class Encoders:
    """Arguments -> botocore parameters, for the shapes of one service; `name` gives a member's name in Arguments."""

    def __init__(self, name: Naming) -> None:
        self._name = name
        self._done: dict[str, Translation] = {}

    def get(self, shape: Any) -> Translation:
        return _translation(self._done, shape, self._build)

    def _build(self, shape: Any) -> Translation:
        kind = shape.type_name
        if getattr(shape, "is_document_type", False):
            return _same
        if kind == "structure":
            return self._structure(shape)
        if kind == "list":
            member, name = self.get(shape.member), shape.member
            return lambda values: [member(_typed(value, name, "member")) for value in values]
        if kind == "map":
            inner, name = self.get(shape.value), shape.value
            return lambda values: {key: inner(_typed(value, name, key)) for key, value in values.items()}
        if kind in {"integer", "long"}:
            return _whole
        return _to_bytes if kind == "blob" else _same

    def _structure(self, shape: Any) -> Translation:
        table = {self._name(name): (name, self.get(part), part) for name, part in shape.members.items()}
        required = [self._name(name) for name in shape.required_members]

        def encode(value: dict[str, Any]) -> dict[str, Any]:
            for name in required:
                if value.get(name) is None:
                    raise ArgumentError(f"The field '{name}' is required but was missing")
            encoded = {}
            for name, part in value.items():
                if name not in table:
                    raise ArgumentError(f'The field "{name}" is not supported by Step Functions')
                if part is not None:
                    member, translate, inner = table[name]
                    encoded[member] = translate(_typed(part, inner, name))
            return encoded

        return encode


class Decoders:
    """botocore results -> JSON, for the shapes of one service; `name` gives a member's name in results."""

    def __init__(self, name: Naming) -> None:
        self._name = name
        self._done: dict[str, Translation] = {}

    def get(self, shape: Any) -> Translation:
        return _translation(self._done, shape, self._build)

    def _build(self, shape: Any) -> Translation:
        kind = shape.type_name
        if kind == "structure" and not getattr(shape, "is_document_type", False):
            return self._structure(shape)
        if kind == "list":
            member = self.get(shape.member)
            return lambda values: [member(value) for value in values]
        if kind == "map":
            inner = self.get(shape.value)
            return lambda values: {key: inner(value) for key, value in values.items()}
        return {"timestamp": _to_iso, "blob": _to_text}.get(kind, _same)

    def _structure(self, shape: Any) -> Translation:
        table = {name: (self._name(name), self.get(part)) for name, part in shape.members.items()}

        def decode(value: dict[str, Any]) -> dict[str, Any]:
            decoded = {}
            for member, part in value.items():
                if part is not None:
                    name, translate = table.get(member) or (self._name(member), _same)
                    decoded[name] = translate(part)
            return decoded

        return decode


def _typed(value: Any, shape: Any, name: str) -> Any:
    if not has_right_type(value, shape):
        raise ArgumentError(field_problem(name, shape))
    return value


def _same(value: Any) -> Any:
    return value


def _whole(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _to_bytes(value: Any) -> Any:
    return value.encode() if isinstance(value, str) else value


def _to_iso(value: Any) -> Any:
    if isinstance(value, datetime):
        return iso_timestamp(value.timestamp())
    return iso_timestamp(value) if isinstance(value, int | float) else value


def _to_text(value: Any) -> Any:
    data = value.read() if hasattr(value, "read") else value
    return bytes(data).decode("utf-8", "replace") if isinstance(data, bytes | bytearray) else data
