"""What Lambda and API Gateway hand to a handler, for tests that call handlers directly."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

NOW_SECONDS = 1_700_000_000
"""2023-11-14 22:13:20 UTC; the time of every request."""


@dataclass(frozen=True)
class FakeContext:
    aws_request_id: str = "invocation-1"
    function_name: str = "function"
    memory_limit_in_mb: str = "512"

    def get_remaining_time_in_millis(self) -> int:
        return 10_000


def proxy_event(
    route: str,
    *,
    path: Mapping[str, str] | None = None,
    query: Mapping[str, str] | None = None,
    body: Any = None,
    headers: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """An API Gateway event for `METHOD /resource`; path parameters percent-encoded, as a REST API gives them."""
    method, _, resource = route.partition(" ")
    return {
        "resource": resource,
        "path": resource,
        "httpMethod": method,
        "headers": headers,
        "pathParameters": path,
        "queryStringParameters": query,
        "requestContext": {"requestId": "request-1", "requestTimeEpoch": NOW_SECONDS * 1000},
        "body": body if isinstance(body, str) or body is None else json.dumps(body),
        "isBase64Encoded": False,
    }
