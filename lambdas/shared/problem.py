"""Refusals that a caller can act on, as RFC 9457 problem details."""

from __future__ import annotations

from typing import Any


class ProblemError(Exception):
    """Ends a request with a status and an `application/problem+json` body.

    Attributes:
        kind: kebab-case; clients switch on `urn:tastemaker:problem:<kind>`, it never changes.
        detail: for the caller's eyes; may name what the caller sent, is never logged.
        code: the error code of the AWS service behind it, for log and metric; empty when there was none.
        members: further members of the body, such as the report on each event.
        counts: metric name to count, for the log line of the request.
    """

    def __init__(self, status: int, kind: str, detail: str, *, code: str = "", retry_after_seconds: int = 0) -> None:
        super().__init__(f"{status} {kind}")
        self.status, self.kind, self.detail, self.code = status, kind, detail, code
        self.retry_after_seconds = retry_after_seconds
        self.members: dict[str, Any] = {}
        self.counts: dict[str, int] = {}


def bad_parameter(detail: str) -> ProblemError:
    """The caller has to change the request."""
    return ProblemError(400, "bad-parameter", detail)
