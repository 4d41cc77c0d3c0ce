"""The OpenAPI document of the API, as it was deployed.

Reads: nothing
Calls: nothing
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .shared.http import Answer, respond

if TYPE_CHECKING:
    from collections.abc import Mapping

DOCUMENT = "openapi.json"
"""Beside this module; written when the code is staged."""


@cache
def _document() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(Path(__file__).with_name(DOCUMENT).read_text())
    return document


def handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Answer GET /openapi.json."""
    document = _document()
    headers = {"Cache-Control": "public, max-age=300"}
    return respond(event, context, lambda _: Answer(200, document, headers, tag=document))
