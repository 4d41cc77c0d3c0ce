"""Answers to calls of botocore before they become requests.

A call of a local service spends most of its time on what only a network needs: a signed request, one event after the
other, a response that is read member by member. botocore's event `before-call` may answer instead. Only a success ends
there; whatever else is found goes on as a response, so that botocore itself makes an error of it.
"""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from botocore.model import OperationModel, Shape

    from tastemaker.wire.endpoint import WireResponse

SUCCESS = 200
_OPERATIONS = 512
_PLAIN_KINDS = frozenset({"string", "boolean", "integer", "long", "float", "double"})
"""What a member is in JSON it is in Python. Timestamps and blobs are not among them."""


@dataclass(frozen=True)
class EarlyResponse:
    """What botocore asks of a response that has been read."""

    url: str
    headers: Mapping[str, str]
    status_code: int = SUCCESS


@dataclass(eq=False)
class Unfinished(threading.local):
    """A response that botocore has yet to read: the next request of this thread takes it instead of a second one.

    Attributes:
        asked: address and body.
    """

    asked: tuple[str, bytes] = ("", b"")
    response: WireResponse | None = None

    def put(self, asked: tuple[str, bytes], response: WireResponse | None) -> None:
        self.asked, self.response = asked, response

    def take(self, asked: tuple[str, bytes]) -> WireResponse | None:
        """The response, once; None when something else was asked."""
        response, self.response = self.response, None
        return response if asked == self.asked else None


def may_answer(model: OperationModel, context: Mapping[str, Any]) -> bool:
    """Whether nothing is lost by an early answer: the client tries once, and the answer is its JSON as it stands."""
    retries = context["client_config"].retries or {}
    once = retries.get("total_max_attempts") == 1 and retries.get("mode") == "standard"
    return once and _is_plain(model)


@lru_cache(maxsize=_OPERATIONS)
def _is_plain(model: OperationModel) -> bool:
    """Of one client's operation: models have no equality, and botocore keeps one for each client."""
    output = model.output_shape
    return output is not None and not model.has_streaming_output and _is_plain_shape(output)


def _is_plain_shape(shape: Shape) -> bool:
    if shape.type_name == "structure":
        usual = not shape.is_document_type and not shape.is_tagged_union
        return usual and all(not one.serialization and _is_plain_shape(one) for one in shape.members.values())
    if shape.type_name == "list":
        return _is_plain_shape(shape.member)
    return _is_plain_shape(shape.value) if shape.type_name == "map" else shape.type_name in _PLAIN_KINDS


def read_success(url: str, response: WireResponse) -> tuple[EarlyResponse, dict[str, Any]] | None:
    """What `before-call` gives for a success, as botocore would read it; None for every other response."""
    if response.status != SUCCESS:
        return None
    content = response.content
    parsed: dict[str, Any] = json.loads(content) if isinstance(content, bytes) else {**content}
    headers = {name.lower(): value for name, value in response.headers.items()}
    parsed["ResponseMetadata"] = {
        "RequestId": headers.get("x-amzn-requestid", ""),
        "HTTPStatusCode": SUCCESS,
        "HTTPHeaders": headers,
        "MaxAttemptsReached": True,  # what botocore says whenever there is but one
        "RetryAttempts": 0,
    }
    return EarlyResponse(url, headers), parsed
