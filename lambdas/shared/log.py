"""One JSON line per request: a structured log entry that CloudWatch also reads as metrics (embedded metric format).

Only route, status, error code, source, counts and durations go in. Ids of users, sessions and items, query values and
texts of the service never do.
Source: CloudWatch user guide, Embedded metric format specification.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .http import Answer

NAMESPACE = "Tastemaker"
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_TRACE = re.compile(r"Root=(1-[0-9a-f]{8}-[0-9a-f]{24})")
_warm: set[str] = set()


def correlation_id(event: Mapping[str, Any]) -> str:
    """The caller's `X-Correlation-Id` where it is a UUID, else the request's id.

    Nothing else is taken over, because it goes into the log: a caller's user id must not get there in disguise.
    """
    given = _header(event, "x-correlation-id").lower()
    return given if _UUID.fullmatch(given) else str(event["requestContext"]["requestId"])


def log_request(event: Mapping[str, Any], context: Any, answer: Answer, status: int, milliseconds: float) -> None:
    """Write the line of one request.

    Args:
        status: what the caller got: 304 where the answer's own is 200.
        milliseconds: from the handler's begin to the answer.
    """
    metrics = {
        "Requests": 1,
        "ClientErrors": int(400 <= status < 500),
        "ServerErrors": int(status >= 500),
        "ColdStarts": _cold_start(),
        **answer.counts,
    }
    latency = {"Latency": round(milliseconds, 3)}
    trace = _TRACE.search(_header(event, "x-amzn-trace-id"))
    line = {
        "level": "ERROR" if status >= 500 else "INFO",
        "requestId": event["requestContext"]["requestId"],
        "correlationId": correlation_id(event),
        **({"traceId": trace.group(1)} if trace is not None else {}),
        "invocationId": context.aws_request_id,
        "status": status,
        **({"errorCode": answer.code} if answer.code else {}),
        "Function": context.function_name,
        "Route": f"{event['httpMethod']} {event['resource']}",
        **({"Source": answer.source} if answer.source else {}),
        **answer.labels,
        **metrics,
        **latency,
        "_aws": _metric_directives(event["requestContext"]["requestTimeEpoch"], metrics, answer),
    }
    write(line)


def write(line: Mapping[str, Any]) -> None:
    """Standard output is a function's log."""
    print(json.dumps(line, separators=(",", ":")))  # noqa: T201


def metric_line(function: str, timestamp_ms: int, counts: Mapping[str, int], **fields: Any) -> dict[str, Any]:
    """A log line with metrics of a function that answers no request."""
    directive = _directive([["Function"]], [_count(name) for name in counts])
    metadata = {"Timestamp": timestamp_ms, "CloudWatchMetrics": [directive]}
    return {"level": "INFO", **fields, "Function": function, **counts, "_aws": metadata}


def _cold_start() -> int:
    first = "request" not in _warm
    _warm.add("request")
    return int(first)


def _header(event: Mapping[str, Any], name: str) -> str:
    return next((str(value) for given, value in (event.get("headers") or {}).items() if given.lower() == name), "")


def _metric_directives(timestamp_ms: int, metrics: Mapping[str, int], answer: Answer) -> dict[str, Any]:
    """Everything by route; the number of answers and their latency also by source and variant, where there is one."""
    latency = {"Name": "Latency", "Unit": "Milliseconds"}
    directives = [_directive([["Function", "Route"]], [*map(_count, metrics), latency])]
    if answer.source:
        directives.append(_directive([["Route", "Source"]], [_count("Requests"), latency]))
    if answer.labels:
        directives.append(_directive([[*answer.labels]], [_count("Requests"), latency]))
    return {"Timestamp": timestamp_ms, "CloudWatchMetrics": directives}


def _directive(dimensions: list[list[str]], definitions: list[dict[str, str]]) -> dict[str, Any]:
    return {"Namespace": NAMESPACE, "Dimensions": dimensions, "Metrics": definitions}


def _count(name: str) -> dict[str, str]:
    return {"Name": name, "Unit": "Count"}
