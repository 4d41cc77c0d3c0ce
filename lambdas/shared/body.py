"""Reading the body of a request."""

from __future__ import annotations

import base64
import binascii
import json
import math
from typing import TYPE_CHECKING, Any, NoReturn

from .http import header
from .problem import ProblemError, bad_parameter

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .http import Event

MAX_BODY_BYTES = 262_144
"""Far more than any valid request needs, far less than API Gateway lets through (10 MB)."""
BODY_TYPES = ("", "application/json", "text/plain")
"""text/plain is what `navigator.sendBeacon` can send to another origin without a preflight."""


def json_body(event: Event) -> dict[str, Any]:
    """The request body as an object.

    Raises:
        ProblemError: 400, the body is no JSON object, or holds a number that a double cannot; 413, it is too large;
            415, it says that it is something else than JSON.
    """
    kind = header(event, "content-type").partition(";")[0].strip().lower()
    if kind not in BODY_TYPES:
        raise ProblemError(415, "unsupported-media-type", "Send the body as application/json.")
    raw = _raw_body(event)
    if len(raw) > MAX_BODY_BYTES:
        raise ProblemError(413, "too-large", f"The body must have at most {MAX_BODY_BYTES} bytes.")
    try:
        body = json.loads(raw, parse_constant=_refuse_constant, parse_float=_finite_float)
    except (ValueError, RecursionError) as error:
        raise bad_parameter("The body must be JSON.") from error
    if not isinstance(body, dict):
        raise bad_parameter("The body must be a JSON object.")
    return body


def refuse_unknown(body: dict[str, Any], known: Iterable[str]) -> None:
    """Refuse fields that nobody would read: a misspelt one must not be lost silently.

    Raises:
        ProblemError: 400.
    """
    known = tuple(known)
    for name in body:
        if name not in known:
            raise bad_parameter(f"Unknown field {name[:40]!r}; known are {', '.join(known)}.")


def _raw_body(event: Event) -> bytes:
    body: str = event.get("body") or ""
    if not event.get("isBase64Encoded"):
        return body.encode("utf-8", "surrogatepass")
    try:
        return base64.b64decode(body, validate=True)
    except binascii.Error as error:
        raise bad_parameter("The body is not valid base64.") from error


def _finite_float(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError(f"{text[:40]} is out of range")
    return number


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
