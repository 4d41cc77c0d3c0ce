"""One HTTP exchange with simulated services: bytes in, a call of the simulator, bytes out."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import TYPE_CHECKING, Any, Protocol

from tastemaker.errors import AwsError, UnsupportedBySimulatorError
from tastemaker.wire.operations import (
    AWS_JSON,
    REST_JSON,
    Operation,
    OperationTable,
)
from tastemaker.wire.operations import Protocol as WireProtocol
from tastemaker.wire.shapes import WrongTypeError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class Service(Protocol):
    """The simulator as its faces see it."""

    def call(self, service: str, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """Execute one operation.

        Args:
            service: botocore service name, e.g. `personalize-runtime`.
            params: botocore's member names; timestamps as aware datetimes.

        Raises:
            AwsError: the service refuses.
            UnsupportedBySimulatorError: not built; the wire answers HTTP 501.
        """
        ...


@dataclass(frozen=True)
class WireResponse:
    """A response, written down when somebody wants its bytes: in the same process nobody may.

    Attributes:
        content: the body, or the members that it consists of.
    """

    status: int
    headers: Mapping[str, str]
    content: bytes | dict[str, Any]

    @property
    def body(self) -> bytes:
        """Raises TypeError or ValueError for members that JSON cannot hold: a defect of the simulator."""
        return self.content if isinstance(self.content, bytes) else _ENCODER.encode(self.content).encode()


@dataclass(frozen=True)
class Endpoint:
    """Answers requests to any of the services of its table; their addresses do not clash. Safe from several threads.

    Request ids count up from 1, so that the same requests give the same bytes.
    """

    service: Service
    table: OperationTable
    request_numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def answer(self, method: str, path: str, headers: Mapping[str, str | bytes], body: bytes) -> WireResponse:
        """Parse and call; everything that the service or the parser refuses becomes an error response.

        Args:
            path: without query string.
            headers: looked up as `X-Amz-Target`, so give a mapping that ignores case.

        Raises:
            Exception: whatever else the simulator raises: a defect of ours, never part of the protocol.
        """
        number = next(self.request_numbers)
        request_id = f"{number:08x}-0000-4000-8000-{number:012x}"
        operation: Operation | None = None
        try:
            operation = self._find(method, path, headers)
            result = self.service.call(operation.service, operation.name, _parse(operation, body))
        except AwsError as error:
            known = operation.error_statuses if operation is not None else {}
            status = known.get(error.code, error.status)
            protocol = operation.protocol if operation is not None else _protocol_of(path)
            return _error(protocol, error.code, error.message, status, error.request_id or request_id)
        except UnsupportedBySimulatorError as error:
            protocol = operation.protocol if operation is not None else _protocol_of(path)
            return _error(protocol, "UnsupportedBySimulator", str(error), 501, request_id)
        return _success(operation, result, request_id)

    def _find(self, method: str, path: str, headers: Mapping[str, str | bytes]) -> Operation:
        operation = self.table.by_path.get((method, path))
        if operation is not None:
            return operation
        if path not in {"/", ""}:
            raise AwsError("wire", "UnknownOperationException", f"No operation at {method} {path}.", 404)
        target = headers.get("X-Amz-Target") or ""
        target = target.decode("latin-1") if isinstance(target, bytes) else target
        operation = self.table.by_target.get(target) if method == "POST" else None
        if operation is None:
            found = f"X-Amz-Target {target!r}" if target else "a request without X-Amz-Target"
            raise AwsError("wire", "UnknownOperationException", f"No operation for {method} / with {found}.")
        return operation


def internal_failure(path: str, what: str) -> WireResponse:
    """What a client sees when the simulator itself breaks; `what` names it, e.g. `Personalize`."""
    message = f"The local {what} failed; this is a defect in it. The server's log has the trace."
    return _error(_protocol_of(path), "InternalFailure", message, 500, "00000000-0000-4000-8000-000000000000")


def _protocol_of(path: str) -> WireProtocol:
    return AWS_JSON if path in {"/", ""} else REST_JSON


def _parse(operation: Operation, body: bytes) -> dict[str, Any]:
    try:
        return operation.convert(json.loads(body, parse_constant=_refuse_constant) if body else {})
    except WrongTypeError as error:
        raise _unreadable(operation, str(error)) from None
    except (ValueError, RecursionError) as error:
        raise _unreadable(operation, f"The body is not valid JSON: {error}") from None


def _unreadable(operation: Operation, message: str) -> AwsError:
    return AwsError(operation.service, "SerializationException", message, 400)


def _refuse_constant(text: str) -> float:
    raise ValueError(f"{text} is not a JSON number")


def _epoch(value: object) -> float:
    """Timestamps leave as epoch seconds in both protocols."""
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.timestamp()
    raise TypeError(f"a response holds {value!r}; allowed are JSON values and aware datetimes")


_ENCODER = json.JSONEncoder(separators=(",", ":"), default=_epoch, allow_nan=False)


def _success(operation: Operation, result: dict[str, Any], request_id: str) -> WireResponse:
    headers = {"x-amzn-RequestId": request_id, "Content-Type": operation.protocol.content_type}
    return WireResponse(200, headers, result if operation.has_output else b"")


def _error(protocol: WireProtocol, code: str, message: str, status: int, request_id: str) -> WireResponse:
    headers = {"x-amzn-RequestId": request_id, "Content-Type": protocol.content_type}
    content = {"message": message}
    if protocol.names_error_in_body:
        content = {"__type": code, **content}
    else:
        headers["x-amzn-ErrorType"] = code
    return WireResponse(status, headers, content)
