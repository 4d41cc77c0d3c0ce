"""Who calls the local API: what API Gateway finds out before it asks a function."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tastemaker.plan.specs import Plan, RouteSpec

    Headers = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Caller:
    """A caller who was let in.

    Attributes:
        api_key_id: id, not value, of the key; None without one.
        claims: of the token; None without one.
    """

    api_key_id: str | None = None
    claims: Mapping[str, Any] | None = None


class Door(Protocol):
    """Lets callers in."""

    def admit(self, route: RouteSpec, headers: Headers, now_seconds: float) -> Caller | str:
        """The caller, or the response type of the refusal (`plan/gateway_refusals.py`)."""
        ...


@dataclass(frozen=True)
class OpenDoor:
    """Asks for nothing; what a route needs of its caller is absent."""

    def admit(self, route: RouteSpec, headers: Headers, now_seconds: float) -> Caller | str:  # noqa: ARG002
        """See `Door`."""
        return Caller()


@dataclass(frozen=True)
class KeyDoor:
    """Asks for a key.

    Attributes:
        key_ids: value of each key to its id.
    """

    key_ids: Mapping[str, str]

    def admit(self, route: RouteSpec, headers: Headers, now_seconds: float) -> Caller | str:  # noqa: ARG002
        """See `Door`."""
        if not route.security:
            return Caller()
        key_id = self.key_ids.get(_header(headers, "x-api-key"))
        return "INVALID_API_KEY" if key_id is None else Caller(api_key_id=key_id)


@dataclass(frozen=True)
class TokenDoor:
    """Asks for a token of a user pool and believes it: its signature is not checked here."""

    def admit(self, route: RouteSpec, headers: Headers, now_seconds: float) -> Caller | str:
        """See `Door`."""
        if not route.security:
            return Caller()
        claims = _claims(_header(headers, "authorization").removeprefix("Bearer "))
        expires = None if claims is None else claims.get("exp", now_seconds + 1)
        if claims is None or not isinstance(expires, (int, float)) or expires <= now_seconds:
            return "UNAUTHORIZED"
        return Caller(claims=claims)


def build_door(plan: Plan, values: Mapping[str, str]) -> Door:
    """What the plan asks of callers. A key is asked for where the project names its clients; its value is their name.

    Args:
        values: token values; they hold the keys' ids.
    """
    if plan.user_pool_arn is not None:
        return TokenDoor()
    named = {client.name: values[client.id_token] for client in plan.clients if client.id_token in values}
    return KeyDoor(named) if any("apiKeyIds" in route.settings for route in plan.routes) else OpenDoor()


def _header(headers: Headers, name: str) -> str:
    return next((value for given, value in headers if given.lower() == name), "")


def _claims(token: str) -> Mapping[str, Any] | None:
    """The payload of a JSON Web Token; None when it is none."""
    parts = token.split(".")
    if len(parts) != 3:
        return None
    try:
        payload = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (binascii.Error, ValueError):
        return None
    return payload if isinstance(payload, dict) else None
