"""Integration patterns by the end of a Resource: request and response, `.sync`, `.waitForTaskToken`.

Source: developer guide, "Discover service integration patterns in Step Functions".
"""

from __future__ import annotations

from dataclasses import dataclass
from email.utils import formatdate
from itertools import count
from typing import TYPE_CHECKING, Any
from zlib import crc32

from tastemaker.runner.interpreter.payload import to_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tastemaker.runner.interpreter.execution import Execution
    from tastemaker.runner.interpreter.integrations import Integration

TOKEN_SUFFIX = ".waitForTaskToken"  # noqa: S105 - an integration pattern, not a password


@dataclass(frozen=True, slots=True)
class WithToken:
    """An integration whose task goes on until somebody answers its token."""

    call_once: Integration
    waits_for_token: bool = True

    @property
    def resource(self) -> str:
        return self.call_once.resource + TOKEN_SUFFIX

    @property
    def resource_type(self) -> str:
        return self.call_once.resource_type

    def check(self, arguments: Any) -> list[str]:
        return self.call_once.check(arguments)

    def check_result(self, result: Any, *, strict: bool) -> list[str]:  # noqa: ARG002 - who answers the token decides
        return []

    def prepare(self, arguments: Any) -> Any:
        return self.call_once.prepare(arguments)

    def call(self, prepared: Any, caller: Execution) -> Any:
        return self.call_once.call(prepared, caller)

    def job(self, prepared: Any, response: Any) -> None:  # noqa: ARG002 - the token ends the task
        return None


class SdkMetadata:
    """Members that the optimised integrations add to what the service answers, as the SDK for Java 1 shows them.

    The real answer is not known here: its length is that of the result, and the request id counts up.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self._now, self._numbers = now, count(1)

    def add(self, result: dict[str, Any], protocol: Mapping[str, Any]) -> dict[str, Any]:
        """The result with `SdkHttpMetadata` and `SdkResponseMetadata`, members in the order of their names.

        Args:
            protocol: metadata of the service's model in botocore, which say how it writes its answers.
        """
        body = to_text(result).encode()
        headers = {
            "x-amzn-RequestId": self._request_id(),
            "connection": "keep-alive",
            "Content-Length": str(len(body)),
            "Date": self._date(),
            "Content-Type": _content_type(protocol),
        }
        if protocol.get("endpointPrefix") == "dynamodb":
            headers = {"Server": "Server", **headers, "x-amz-crc32": str(crc32(body))}
        return _with_headers(result, headers)

    def add_invocation(self, result: dict[str, Any]) -> dict[str, Any]:
        """The same for the answer of Lambda, whose body is the payload."""
        request_id = self._request_id()
        headers = {
            "X-Amz-Executed-Version": str(result.get("ExecutedVersion", "$LATEST")),
            "x-amzn-Remapped-Content-Length": "0",
            "Connection": "keep-alive",
            "x-amzn-RequestId": request_id,
            "Content-Length": str(len(to_text(result["Payload"]).encode()) if "Payload" in result else 0),
            "Date": self._date(),
            "X-Amzn-Trace-Id": f"root=1-{request_id[:8]}-{request_id.replace('-', '')[8:]};sampled=0",
            "Content-Type": "application/json",
        }
        return _with_headers(result, headers)

    def _request_id(self) -> str:
        number = next(self._numbers)
        return f"{number:08x}-0000-4000-8000-{number:012x}"

    def _date(self) -> str:
        return formatdate(self._now(), usegmt=True)


def _content_type(protocol: Mapping[str, Any]) -> str:
    if protocol.get("protocol") == "json":
        return f"application/x-amz-json-{protocol['jsonVersion']}"
    return "text/xml" if protocol.get("protocol") == "query" else "application/json"


def _with_headers(result: dict[str, Any], headers: dict[str, str]) -> dict[str, Any]:
    http = {
        "AllHttpHeaders": {name: [value] for name, value in headers.items()},
        "HttpHeaders": headers,
        "HttpStatusCode": 200,
    }
    added = {**result, "SdkHttpMetadata": http, "SdkResponseMetadata": {"RequestId": headers["x-amzn-RequestId"]}}
    return dict(sorted(added.items()))
