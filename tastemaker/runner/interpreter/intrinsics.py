"""The intrinsic functions of JSONPath states.

Source: developer guide, "Intrinsics for JSONPath states"; States Language, Appendix B.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import math
import re
import uuid
from typing import TYPE_CHECKING, Any

from tastemaker.runner.interpreter.java_random import first_below
from tastemaker.runner.interpreter.payload import to_text

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

_MAX_ITEMS = 1000
_MAX_CHARACTERS = 10_000
_SMALLEST_INTEGER, _GREATEST_INTEGER = -(2**31), 2**31 - 1
_HASHES = {"MD5": "md5", "SHA-1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}
_PLACE = re.compile(r"\\(.)|(\{\})", re.DOTALL)


class IntrinsicError(Exception):
    """An argument that a function does not take; the message says why."""


def build_functions(rng: Random) -> dict[str, Callable[..., Any]]:
    """The functions by name; `rng` is the source of UUID and of MathRandom without a seed."""

    def random_between(start: Any, end: Any, seed: Any = None) -> int:
        low, high = _whole(start), _whole(end)
        if low >= high:
            raise IntrinsicError(f"the start {low} must be smaller than the end {high}")
        return rng.randrange(low, high) if seed is None else low + first_below(_whole(seed), high - low)

    return {
        "Format": format_text,
        "StringToJson": string_to_json,
        "JsonToString": to_text,
        "Array": lambda *items: list(items),
        "ArrayPartition": array_partition,
        "ArrayContains": lambda array, value: any(_same(item, value) for item in _array(array)),
        "ArrayRange": array_range,
        "ArrayGetItem": array_get_item,
        "ArrayLength": lambda array: len(_array(array)),
        "ArrayUnique": array_unique,
        "Base64Encode": base64_encode,
        "Base64Decode": base64_decode,
        "Hash": hash_value,
        "JsonMerge": json_merge,
        "MathRandom": random_between,
        "MathAdd": math_add,
        "StringSplit": string_split,
        "UUID": lambda: str(uuid.UUID(int=rng.getrandbits(128), version=4)),
    }


def format_text(template: Any, *values: Any) -> str:
    """The template with each `{}` replaced by the value at its position."""
    text = _text(template)
    waiting = list(values)
    places = sum(1 for found in _PLACE.finditer(text) if found[2])
    if places != len(waiting):
        raise IntrinsicError(
            f"number of arguments do not match the occurrences of {{}} in the template: {places} and {len(waiting)}"
        )

    def replaced(found: re.Match[str]) -> str:
        return str(found[1]) if found[2] is None else shown(waiting.pop(0))

    return _PLACE.sub(replaced, text)


def shown(value: Any) -> str:
    """A value inside States.Format: strings bare, objects and arrays as Java prints maps and lists."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return f"[{', '.join(shown(item) for item in value)}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key}={shown(item)}' for key, item in value.items())}}}"
    return to_text(value)


def string_to_json(text: Any) -> Any:
    if text is None:
        return None
    text = _text(text)
    if not text.strip():
        return None
    try:
        return json.loads(text)
    except ValueError as error:
        raise IntrinsicError(f"the argument is not a valid JSON string: {error}") from error


def array_partition(array: Any, size: Any) -> list[list[Any]]:
    items, chunk = _array(array), _whole(size)
    if chunk <= 0:
        raise IntrinsicError(f"the chunk size must be a positive integer, not {chunk}")
    return [items[start : start + chunk] for start in range(0, len(items), chunk)]


def array_range(first: Any, last: Any, step: Any) -> list[int]:
    start, end, pace = _whole(first), _whole(last), _whole(step)
    if pace == 0:
        raise IntrinsicError("the increment must not be zero")
    numbers = range(start, end + (1 if pace > 0 else -1), pace)
    if len(numbers) > _MAX_ITEMS:
        raise IntrinsicError(f"an array has at most {_MAX_ITEMS} items, not {len(numbers)}")
    return list(numbers)


def array_get_item(array: Any, index: Any) -> Any:
    items, position = _array(array), _whole(index)
    if not 0 <= position < len(items):
        raise IntrinsicError(f"the index {position} is outside of an array of {len(items)} items")
    return items[position]


def array_unique(array: Any) -> list[Any]:
    """The first of equal items, in their order."""
    unique: dict[str, Any] = {}
    for item in _array(array):
        unique.setdefault(to_text(item), item)
    return list(unique.values())


def base64_encode(text: Any) -> str:
    return base64.b64encode(_bounded(text).encode()).decode()


def base64_decode(text: Any) -> str:
    try:
        return base64.b64decode(_bounded(text), validate=True).decode()
    except (binascii.Error, ValueError) as error:
        raise IntrinsicError(f"the argument is not valid Base64: {error}") from error


def hash_value(data: Any, algorithm: Any) -> str:
    """Hexadecimal digest of a string, or of the JSON text of another value."""
    if algorithm not in _HASHES:
        raise IntrinsicError(f"the algorithm must be one of {', '.join(_HASHES)}, not {shown(algorithm)}")
    text = data if isinstance(data, str) else to_text(data)
    return hashlib.new(_HASHES[algorithm], _bounded(text).encode(), usedforsecurity=False).hexdigest()


def json_merge(left: Any, right: Any, deep: Any) -> dict[str, Any]:
    """Members of both objects, the right ones winning; the service merges shallowly only."""
    if not isinstance(left, dict) or not isinstance(right, dict):
        raise IntrinsicError("the first two arguments must be JSON objects")
    if deep is not False:
        raise IntrinsicError("only shallow merging is supported: the third argument must be false")
    return {**left, **right}


def math_add(left: Any, right: Any) -> int:
    """Both numbers and their sum are Java integers. Source: developer guide, "Intrinsics for JSONPath states"."""
    numbers = (_whole(left), _whole(right), _whole(left) + _whole(right))
    for number in numbers:
        if not _SMALLEST_INTEGER <= number <= _GREATEST_INTEGER:
            raise IntrinsicError(f"{number} is not between {_SMALLEST_INTEGER} and {_GREATEST_INTEGER}")
    return numbers[2]


def string_split(text: Any, delimiters: Any) -> list[str]:
    """Parts between any of the delimiting characters; empty parts are left out."""
    marks = set(_text(delimiters))
    parts, current = [], ""
    for char in _text(text):
        if char in marks:
            parts.append(current)
            current = ""
        else:
            current += char
    return [part for part in [*parts, current] if part]


def _same(left: Any, right: Any) -> bool:
    return to_text(left) == to_text(right) if isinstance(left, bool) or isinstance(right, bool) else bool(left == right)


def _array(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise IntrinsicError(f"expected an array, not {shown(value)}")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise IntrinsicError(f"expected a string, not {shown(value)}")
    return value


def _bounded(value: Any) -> str:
    text = _text(value)
    if len(text) > _MAX_CHARACTERS:
        raise IntrinsicError(f"a string has at most {_MAX_CHARACTERS} characters here, not {len(text)}")
    return text


def _whole(value: Any) -> int:
    """An integer; others are rounded as Java's Math.round does, halves upwards."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise IntrinsicError(f"expected a number, not {shown(value)}")
    return math.floor(value + 0.5) if isinstance(value, float) else value
