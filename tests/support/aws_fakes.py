"""Clients that answer what a test told them and remember what they were asked."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from typing import TYPE_CHECKING, Any

import boto3
from botocore import handlers as botocore_handlers
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@dataclass
class FakeClient:
    """Any operation of any service.

    Attributes:
        answers: operation to its answers in order; the last one stays. An exception is raised, a function is called
            with the parameters.
        calls: (operation, parameters) in order.
    """

    answers: dict[str, list[Any]] = field(default_factory=dict)
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        if operation.startswith("_"):
            raise AttributeError(operation)
        return lambda **parameters: self._answer(operation, parameters)

    def parameters(self, operation: str) -> list[dict[str, Any]]:
        """Parameters of each call of an operation."""
        return [parameters for name, parameters in self.calls if name == operation]

    def _answer(self, operation: str, parameters: dict[str, Any]) -> Any:
        self.calls.append((operation, parameters))
        prepared = self.answers.get(operation, [{}])
        answer = prepared.pop(0) if len(prepared) > 1 else prepared[0]
        if isinstance(answer, Exception):
            raise answer
        return answer(parameters) if callable(answer) else answer


def client_error(code: str, message: str = "refused", status: int = 400) -> ClientError:
    """What botocore raises for a modelled or generic error."""
    response = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(response, "Operation")


class _Body(BytesIO):
    """What AWSResponse reads from."""

    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self.read()


@dataclass
class AnsweredBotocore:
    """Answers every botocore client of the process, before anything is sent.

    Attributes:
        answers: `service.Operation` to HTTP status and JSON body.
        asked: `service.Operation` in order.
    """

    answers: dict[str, tuple[int, dict[str, Any]]]
    asked: list[str] = field(default_factory=list)

    def __call__(self, request: Any, event_name: str, **_: Any) -> AWSResponse:
        operation = event_name.partition(".")[2]
        self.asked.append(operation)
        status, body = self.answers[operation]
        headers = {"x-amzn-ErrorType": body["__type"]} if "__type" in body else {}
        text = json.dumps(body) if body else ""  # S3 speaks XML, and none is XML enough
        return AWSResponse(request.url, status, headers, _Body(text.encode()))


@contextmanager
def answered_botocore(answers: dict[str, tuple[int, dict[str, Any]]]) -> Iterator[AnsweredBotocore]:
    """Clients made inside this block are answered from `answers`."""
    answered = AnsweredBotocore(answers)
    entry = ("before-send", answered)
    botocore_handlers.BUILTIN_HANDLERS.append(entry)
    try:
        yield answered
    finally:
        botocore_handlers.BUILTIN_HANDLERS.remove(entry)


@contextmanager
def answered_operation(service: str, operation: str, answer: dict[str, Any]) -> Iterator[None]:
    """One operation that moto lacks, for clients made inside this block; all others go where they went."""
    entry = (f"before-call.{service}.{operation}", lambda **_: (AWSResponse("", 200, {}, _Body()), answer))
    botocore_handlers.BUILTIN_HANDLERS.append(entry)
    boto3.setup_default_session()  # one that exists took its handlers before
    try:
        yield
    finally:
        botocore_handlers.BUILTIN_HANDLERS.remove(entry)
        boto3.setup_default_session()
