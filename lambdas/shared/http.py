"""Requests and answers of an API Gateway REST API (Lambda proxy integration, payload format 1.0)."""

from __future__ import annotations

import hashlib
import json
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from .log import correlation_id, log_request
from .problem import ProblemError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Event = Mapping[str, Any]

JSON = "application/json"
PROBLEM_JSON = "application/problem+json"
EXPOSED_HEADERS = "ETag,Retry-After,X-Correlation-Id,X-Experiment,X-Experiment-Variant,X-Recommendation-Source"
"""What a browser lets a page of another origin read, besides the few that it always does."""


@dataclass(frozen=True)
class Answer:
    """What a handler answers, before it becomes a proxy response.

    Attributes:
        passing: members before those of the body that change although the content does not; no part of the ETag.
        tag: what the ETag is made of, as a rule the body; None for no ETag.
        counts: metric name to count, for the log line of the request.
        source: who answered a recommendation, for log and metric; empty for other requests.
        labels: further fields of the log line, and dimensions of their own for the number of requests.
    """

    status: int
    body: Mapping[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = JSON
    code: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)
    passing: Mapping[str, Any] = field(default_factory=dict)
    tag: Any = None
    source: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)

    def to_proxy(self, event: Event) -> dict[str, Any]:
        """The dictionary that API Gateway expects; CORS headers are the function's duty there."""
        headers = {
            "Content-Type": self.content_type,
            "Access-Control-Allow-Origin": "*",
            "Access-Control-Expose-Headers": EXPOSED_HEADERS,
            "Cache-Control": "private, no-store",
            "X-Correlation-Id": correlation_id(event),
            **self.headers,
        }
        content = _json_text(self.body)
        if self.tag is not None:
            headers["ETag"] = entity_tag(content if self.tag is self.body else _json_text(self.tag))
            if _is_known(headers["ETag"], event):
                del headers["Content-Type"]
                return {"statusCode": 304, "headers": headers, "body": "", "isBase64Encoded": False}
        body = f"{_json_text(self.passing)[:-1]},{content[1:]}" if self.passing else content
        return {"statusCode": self.status, "headers": headers, "body": body, "isBase64Encoded": False}


def respond(
    event: Event, context: Any, answer: Callable[[Event], Answer], *, clock: Callable[[], float] = time.monotonic
) -> dict[str, Any]:
    """Answer one request; problems become problem+json, anything else is a defect and reaches Lambda as it is.

    Args:
        clock: seconds from any moment on; measures how long the answer takes.
    """
    started = clock()
    try:
        given = answer(event)
    except ProblemError as problem:
        given = _problem_answer(problem, event)
    proxy = given.to_proxy(event)
    log_request(event, context, given, proxy["statusCode"], (clock() - started) * 1000)
    return proxy


def route_key(event: Event) -> str:
    """Method and resource, e.g. `GET /users/{userId}/recommendations`; the key of the route's settings."""
    return f"{event['httpMethod']} {event['resource']}"


def now_seconds(event: Event) -> float:
    """When API Gateway took the request; the only wall clock of handlers, so virtual time reaches them too."""
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


def header(event: Event, name: str) -> str:
    """A request header by its name in lower case, the last one when there are several; empty when absent."""
    for given, value in (event.get("headers") or {}).items():
        if given.lower() == name:
            return str(value)
    return ""


def entity_tag(text: str) -> str:
    """A weak ETag: equal content gives an equal tag, although `recommendationId` differs."""
    return f'W/"{hashlib.sha256(text.encode()).hexdigest()[:20]}"'


def _json_text(value: Any) -> str:
    """ASCII: a caller's half surrogate, echoed, could not be encoded otherwise.

    Raises ValueError for NaN, which is no JSON.
    """
    return json.dumps(value, separators=(",", ":"), allow_nan=False)


def _is_known(tag: str, event: Event) -> bool:
    """Whether the caller has this content; only reading methods are answered so (RFC 9110, 13.1.2)."""
    known = {_opaque(given.strip()) for given in header(event, "if-none-match").split(",")}
    return event["httpMethod"] == "GET" and not known.isdisjoint((_opaque(tag), "*"))


def _opaque(tag: str) -> str:
    """Without the mark of weakness, which the comparison does not look at."""
    return tag.removeprefix("W/")


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
