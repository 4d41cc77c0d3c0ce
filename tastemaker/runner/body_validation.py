"""What API Gateway's request validation does with a body.

Only a body whose content type has a model is checked, and models are for application/json, which is also what a body
without a type counts as. Source: API Gateway developer guide, Request validation for REST APIs.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NoReturn

from tastemaker.plan.bodies import build_gateway_model

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

VALIDATED = ("", "application/json")
_TYPES = {"array": list, "string": str}


def is_refused(schema: dict[str, Any], headers: Sequence[tuple[str, str]], body: bytes) -> bool:
    """Whether the gateway refuses a body itself.

    Args:
        schema: of the route's body, as callers read it.
    """
    types = [value for name, value in headers if name.lower() == "content-type"]
    if "".join(types[-1:]).partition(";")[0].strip().lower() not in VALIDATED:
        return False
    try:
        value = json.loads(body.decode("utf-8", "replace"), parse_constant=_refuse)
    except (ValueError, RecursionError):
        return True
    return not isinstance(value, dict) or not _fits(build_gateway_model(schema), value)


def _fits(model: Mapping[str, Any], value: Mapping[str, Any]) -> bool:
    members: Mapping[str, Any] = model["properties"]
    known = all(name in members and isinstance(part, _TYPES[members[name]["type"]]) for name, part in value.items())
    return known and all(name in value for name in model["required"])


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
