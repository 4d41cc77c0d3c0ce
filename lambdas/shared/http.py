"""Requests and answers of an API Gateway REST API (Lambda proxy integration, payload format 1.0)."""

from __future__ import annotations

import base64
import binascii
import json
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import unquote

from .log import log_request
from .problem import ProblemError, bad_parameter

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Event = Mapping[str, Any]

JSON = "application/json"
PROBLEM_JSON = "application/problem+json"


@dataclass(frozen=True)
class Answer:
    """What a handler answers, before it becomes a proxy response.

    Attributes:
        counts: metric name to count, for the log line of the request.
    """

    status: int
    body: Mapping[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = JSON
    code: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)

    def to_proxy(self) -> dict[str, Any]:
        """The dictionary that API Gateway expects; CORS headers are the function's duty there."""
        headers = {
            "Content-Type": self.content_type,
            "Access-Control-Allow-Origin": "*",
            "Cache-Control": "private, no-store",
            **self.headers,
        }
        # ASCII: a caller's half surrogate, echoed, could not be encoded otherwise.
        body = json.dumps(self.body, separators=(",", ":"))
        return {"statusCode": self.status, "headers": headers, "body": body, "isBase64Encoded": False}


def respond(event: Event, context: Any, answer: Callable[[Event], Answer]) -> dict[str, Any]:
    """Answer one request; problems become problem+json, anything else is a defect and reaches Lambda as it is."""
    try:
        given = answer(event)
    except ProblemError as problem:
        given = _problem_answer(problem, event)
    log_request(event, context, given.status, given.code, given.counts)
    return given.to_proxy()


def route_key(event: Event) -> str:
    """Method and resource, e.g. `GET /users/{userId}/recommendations`; the key of the route's settings."""
    return f"{event['httpMethod']} {event['resource']}"


def now_seconds(event: Event) -> float:
    """When API Gateway took the request; handlers read no clock of their own, so virtual time reaches them too."""
    return float(event["requestContext"]["requestTimeEpoch"]) / 1000


def path_parameter(event: Event, name: str) -> str:
    """A decoded path parameter; empty when absent.

    A REST API hands path parameters over percent-encoded, unlike query parameters (seen in aws-sam-cli issues 771 and
    3524).
    """
    return unquote((event.get("pathParameters") or {}).get(name) or "")


def query_parameter(event: Event, name: str) -> str | None:
    """A query parameter, the last one when it is given several times; None when absent."""
    value: str | None = (event.get("queryStringParameters") or {}).get(name)
    return value


def json_body(event: Event) -> dict[str, Any]:
    """The request body as an object.

    Raises:
        ProblemError: 400, the body is no JSON object, or holds a number that a double cannot.
    """
    try:
        body = json.loads(_raw_body(event), parse_constant=_refuse_constant, parse_float=_finite_float)
    except (ValueError, RecursionError) as error:
        raise bad_parameter("The body must be JSON.") from error
    if not isinstance(body, dict):
        raise bad_parameter("The body must be a JSON object.")
    return body


def _raw_body(event: Event) -> str | bytes:
    body: str = event.get("body") or ""
    if not event.get("isBase64Encoded"):
        return body
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


def _problem_answer(problem: ProblemError, event: Event) -> Answer:
    body = {
        "type": f"urn:tastemaker:problem:{problem.kind}",
        "title": problem.kind.replace("-", " ").capitalize(),
        "status": problem.status,
        "detail": problem.detail,
        "requestId": event["requestContext"]["requestId"],
        **problem.members,
    }
    retry = {"Retry-After": str(problem.retry_after_seconds)} if problem.retry_after_seconds else {}
    return Answer(problem.status, body, retry, PROBLEM_JSON, problem.code, problem.counts)
