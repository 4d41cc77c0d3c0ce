"""What API Gateway hands to a function and takes back (REST API, Lambda proxy integration, payload format 1.0).

Source: API Gateway developer guide, Lambda proxy integrations in API Gateway.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tastemaker.plan.specs import RouteSpec
    from tastemaker.runner.callers import Caller

ACCOUNT_ID = "123456789012"
STAGE = "local"


@dataclass(frozen=True)
class GatewayRequest:
    """A request on its way to a function.

    Attributes:
        path: as it was sent, percent-encoded, without the query.
        query: decoded pairs in the order in which they were sent.
        time_seconds: when it arrived.
    """

    method: str
    path: str
    query: Sequence[tuple[str, str]]
    headers: Sequence[tuple[str, str]]
    body: bytes
    request_id: str
    time_seconds: float
    source_ip: str
    caller: Caller


@dataclass(frozen=True)
class GatewayResponse:
    """What the caller gets; header names as the handler wrote them, repeated ones as repeated pairs."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


class MalformedAnswerError(ValueError):
    """API Gateway would answer 502: this is no proxy response."""


def proxy_event(route: RouteSpec, request: GatewayRequest, path_parameters: dict[str, str]) -> dict[str, Any]:
    """The event; empty maps and an empty body are null, as on AWS.

    Path parameters stay percent-encoded: a REST API does not decode them (aws-sam-cli issues 771 and 3524).
    """
    return {
        "resource": route.path,
        "path": request.path,
        "httpMethod": request.method,
        "headers": dict(request.headers) or None,
        "multiValueHeaders": _grouped(request.headers),
        "queryStringParameters": dict(request.query) or None,
        "multiValueQueryStringParameters": _grouped(request.query),
        "pathParameters": path_parameters or None,
        "stageVariables": None,
        "requestContext": _request_context(route, request),
        "body": request.body.decode("utf-8", "replace") or None,
        "isBase64Encoded": False,
    }


def _grouped(pairs: Sequence[tuple[str, str]]) -> dict[str, list[str]] | None:
    groups: dict[str, list[str]] = {}
    for name, value in pairs:
        groups.setdefault(name, []).append(value)
    return groups or None


def _request_context(route: RouteSpec, request: GatewayRequest) -> dict[str, Any]:
    headers = {name.lower(): value for name, value in request.headers}
    moment = datetime.fromtimestamp(request.time_seconds, UTC)
    authorizer = {} if request.caller.claims is None else {"authorizer": {"claims": dict(request.caller.claims)}}
    return {
        **authorizer,
        "accountId": ACCOUNT_ID,
        "apiId": "local",
        "domainName": headers.get("host", "localhost"),
        "domainPrefix": "local",
        "extendedRequestId": request.request_id,
        "httpMethod": request.method,
        "identity": {
            "accessKey": None,
            "accountId": None,
            "apiKey": headers.get("x-api-key"),
            "apiKeyId": request.caller.api_key_id,
            "caller": None,
            "sourceIp": request.source_ip,
            "user": None,
            "userAgent": headers.get("user-agent"),
            "userArn": None,
        },
        "path": f"/{STAGE}{request.path}",
        "protocol": "HTTP/1.1",
        "requestId": request.request_id,
        "requestTime": moment.strftime("%d/%b/%Y:%H:%M:%S +0000"),
        "requestTimeEpoch": int(request.time_seconds * 1000),
        "resourceId": route.operation_id,
        "resourcePath": route.path,
        "stage": STAGE,
    }


def gateway_response(answer: Any) -> GatewayResponse:
    """A handler's answer as HTTP.

    Raises:
        MalformedAnswerError: not an object with an integer statusCode, string-like headers and a string body.
    """
    if not isinstance(answer, dict) or not _is_status(answer.get("statusCode")):
        raise MalformedAnswerError("statusCode is missing or no HTTP status")
    headers = _single_headers(answer.get("headers") or {}) + _multi_headers(answer.get("multiValueHeaders") or {})
    if not any(name.lower() == "content-type" for name, _ in headers):
        headers += (("Content-Type", "application/json"),)
    return GatewayResponse(int(answer["statusCode"]), headers, _body(answer))


def _is_status(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 100 <= value <= 599


def _single_headers(headers: Any) -> tuple[tuple[str, str], ...]:
    if not isinstance(headers, dict) or any(isinstance(value, (dict, list)) for value in headers.values()):
        raise MalformedAnswerError("headers is not an object of single values")
    return tuple((name, str(value)) for name, value in headers.items())


def _multi_headers(headers: Any) -> tuple[tuple[str, str], ...]:
    if not isinstance(headers, dict) or any(not isinstance(values, list) for values in headers.values()):
        raise MalformedAnswerError("multiValueHeaders is not an object of arrays")
    return tuple((name, str(value)) for name, values in headers.items() for value in values)


def _body(answer: dict[str, Any]) -> bytes:
    body = answer.get("body") or ""
    if not isinstance(body, str):
        raise MalformedAnswerError("body is not a string")
    if not answer.get("isBase64Encoded"):
        return body.encode()
    try:
        return base64.b64decode(body, validate=True)
    except binascii.Error as error:
        raise MalformedAnswerError("body is not base64") from error
