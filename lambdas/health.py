"""Tells a load balancer or a monitor that API and function are there.

Reads: nothing
Calls: nothing
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .shared.http import Answer, respond

if TYPE_CHECKING:
    from collections.abc import Mapping


def handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Answer GET /healthz; says nothing about campaigns, so that a training cannot take the API out of service."""
    return respond(event, context, lambda _: Answer(200, {"status": "ok"}))
