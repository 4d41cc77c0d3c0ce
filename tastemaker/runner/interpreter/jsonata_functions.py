"""Functions that Step Functions adds to JSONata, and the clock functions on virtual time.

Source: developer guide, "Transforming data with JSONata in Step Functions".
"""

from __future__ import annotations

import hashlib
import json
import uuid
from typing import TYPE_CHECKING, Any

from jsonata import Jsonata, functions

from tastemaker.runner.interpreter.java_random import first_double
from tastemaker.runner.interpreter.payload import to_text

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

_RANGE_LIMIT = 1000
_HASHES = {"MD5": "md5", "SHA-1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}


def partition(array: Any, size: Any) -> list[Any] | None:
    """Chunks of at most `size` elements."""
    if array is None:
        return None
    if not isinstance(size, int) or size <= 0:
        raise ValueError("Argument 2 of function $partition must be a positive integer")
    items = array if isinstance(array, list) else [array]
    return [[items[i] for i in range(start, min(start + size, len(items)))] for start in range(0, len(items), size)]


def number_range(start: Any, end: Any, step: Any) -> list[int | float] | None:
    """Numbers from start to end, both included where the step meets the end."""
    if start is None or end is None or step is None:
        return None
    if step == 0:
        raise ValueError("Argument 3 of function $range must not be zero")
    count = max(0, int((end - start) / step) + 1) if (end - start) * step >= 0 else 0
    if count > _RANGE_LIMIT:
        raise ValueError(f"$range gives at most {_RANGE_LIMIT} numbers, not {count}")
    return [start + position * step for position in range(count)]


def hash_text(data: Any, algorithm: Any) -> str | None:
    """Hexadecimal digest of a string, or of the JSON text of another value."""
    if data is None:
        return None
    if algorithm not in _HASHES:
        raise ValueError(f"Argument 2 of function $hash must be one of {', '.join(_HASHES)}")
    text = data if isinstance(data, str) else to_text(data)
    return hashlib.new(_HASHES[algorithm], text.encode(), usedforsecurity=False).hexdigest()


def parse_json(text: Any) -> Any:
    """The value of a JSON text; undefined stays undefined."""
    return None if text is None else json.loads(text)


def refused_eval(*_: Any) -> Any:
    raise ValueError("the function $eval is not supported by Step Functions; use $parse for JSON texts")


def build_frame(now: Callable[[], float], rng: Random) -> Any:
    """A frame of the standard functions with these over it.

    Args:
        now: virtual time in epoch seconds, for $now and $millis.
        rng: source of $random, $shuffle and $uuid; a seeded $random(seed) does not touch it.
    """

    def millis() -> int:
        return round(now() * 1000)

    def now_text(picture: str | None = None, timezone: str | None = None) -> Any:
        return functions.Functions.datetime_from_millis(millis(), picture, timezone)

    def random(seed: Any = None) -> float:
        return rng.random() if seed is None else first_double(int(seed))

    def shuffle(array: Any) -> list[Any] | None:
        shuffled = None if array is None else list(array) if isinstance(array, list) else [array]
        if shuffled is not None:
            rng.shuffle(shuffled)
        return shuffled

    def new_uuid() -> str:
        return str(uuid.UUID(int=rng.getrandbits(128), version=4))

    frame = Jsonata.Frame(None)
    frame.bindings = dict(Jsonata.static_frame.bindings)  # one frame instead of two: names are looked up all the time
    extra: dict[str, tuple[Callable[..., Any], str]] = {
        "partition": (partition, "<an:a>"), "range": (number_range, "<nnn:a>"), "hash": (hash_text, "<xs:s>"),
        "parse": (parse_json, "<s-:x>"), "eval": (refused_eval, "<sx?:x>"), "shuffle": (shuffle, "<a:a>"),
        "millis": (millis, "<:n>"), "now": (now_text, "<s?s?:s>"), "random": (random, "<n?:n>"),
        "uuid": (new_uuid, "<:s>"),
    }  # fmt: skip
    for name, (function, signature) in extra.items():
        bound = Jsonata.JFunction(Jsonata.JLambda(function), signature)
        bound.signature.function_name = name
        frame.bind(name, bound)
    return frame
