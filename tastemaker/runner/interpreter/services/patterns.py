"""Integration patterns by the end of a Resource: request and response, `.sync`, `.waitForTaskToken`.

Source: developer guide, "Discover service integration patterns in Step Functions".
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

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

    def prepare(self, arguments: Any) -> Any:
        return self.call_once.prepare(arguments)

    def call(self, prepared: Any, caller: Execution) -> Any:
        return self.call_once.call(prepared, caller)

    def job(self, response: Any) -> None:  # noqa: ARG002 - the token ends the task
        return None


class SdkMetadata:
    """Members that the optimised integrations add to what the service answers, as the SDK for Java 1 shows them.

    The headers of the real answer are not known here: there are the three that every answer has, with a request id that
    counts up.
    """

    def __init__(self) -> None:
        self._numbers: Iterator[int] = count(1)

    def add(self, result: dict[str, Any], content_type: str = "application/x-amz-json-1.0") -> dict[str, Any]:
        """The result with `SdkHttpMetadata` and `SdkResponseMetadata`."""
        number = next(self._numbers)
        request_id = f"{number:08x}-0000-4000-8000-{number:012x}"
        headers = {"Content-Type": content_type, "x-amzn-RequestId": request_id}
        http = {
            "AllHttpHeaders": {name: [value] for name, value in headers.items()},
            "HttpHeaders": headers,
            "HttpStatusCode": 200,
        }
        return {**result, "SdkHttpMetadata": http, "SdkResponseMetadata": {"RequestId": request_id}}
