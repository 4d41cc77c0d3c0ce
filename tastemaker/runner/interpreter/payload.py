"""JSON values that pass between states, with their text and the service's size limit."""

from __future__ import annotations

import json
from typing import Any

from tastemaker.runner.interpreter.failures import DATA_LIMIT_EXCEEDED, StateError

LIMIT_BYTES = 262_144
"""Input or output of a state, task or execution as UTF-8. Source: developer guide, "Service quotas"."""

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode


def to_text(value: Any) -> str:
    """Compact JSON as the service writes it into histories."""
    return _encode(value)


def fits(text: str) -> bool:
    """Whether a text keeps the limit; a character has at most four bytes, so most texts need no encoding."""
    return len(text) * 4 <= LIMIT_BYTES or len(text.encode()) <= LIMIT_BYTES


class Payload:
    """A JSON value and its text, made once: a state that passes its input on costs nothing. Never changed in place."""

    __slots__ = ("text", "value")

    def __init__(self, value: Any, text: str | None = None) -> None:
        self.value = value
        self.text = to_text(value) if text is None else text


def checked_payload(value: Any, subject: str) -> Payload:
    """A payload within the limit.

    Args:
        subject: how the service names the holder, e.g. `state/task 'Import'`.

    Raises:
        StateError: States.DataLimitExceeded, or States.Runtime for what JSON cannot hold.
    """
    try:
        payload = Payload(value)
    except (TypeError, ValueError) as error:
        raise StateError(
            "States.Runtime", f"The {subject} returned what is not JSON: {error}", of_state=True
        ) from error
    if fits(payload.text):
        return payload
    cause = f"The {subject} returned a result with a size exceeding the maximum number of bytes service limit."
    raise StateError(DATA_LIMIT_EXCEEDED, cause)
