"""One JSON line per request: a structured log entry that CloudWatch also reads as metrics (embedded metric format).

Only route, status, error code and counts go in. Ids of users, sessions and items, query values and texts of the
service never do.
Source: CloudWatch user guide, Embedded metric format specification.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

NAMESPACE = "Tastemaker"


def log_request(event: Mapping[str, Any], context: Any, status: int, code: str, counts: Mapping[str, int]) -> None:
    """Write the line of one request.

    Args:
        code: error code of the AWS service; empty when there was none.
        counts: further metrics of the request, name to count.
    """
    metrics = {"Requests": 1, "ClientErrors": int(400 <= status < 500), "ServerErrors": int(status >= 500), **counts}
    line = {
        "level": "ERROR" if status >= 500 else "INFO",
        "requestId": event["requestContext"]["requestId"],
        "invocationId": context.aws_request_id,
        "status": status,
        **({"errorCode": code} if code else {}),
        "Function": context.function_name,
        "Route": f"{event['httpMethod']} {event['resource']}",
        **metrics,
        "_aws": _metric_directive(event["requestContext"]["requestTimeEpoch"], metrics),
    }
    print(json.dumps(line, separators=(",", ":")))  # noqa: T201  standard output is a function's log


def _metric_directive(timestamp_ms: int, metrics: Mapping[str, int]) -> dict[str, Any]:
    definitions = [{"Name": name, "Unit": "Count"} for name in metrics]
    directive = {"Namespace": NAMESPACE, "Dimensions": [["Function", "Route"]], "Metrics": definitions}
    return {"Timestamp": timestamp_ms, "CloudWatchMetrics": [directive]}
