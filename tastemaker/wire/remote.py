"""AWS requests of one process, answered in another.

Handlers in a process of their own keep their real clients: what those would send over the network goes through a pipe
to the process that holds the local AWS.
"""

from __future__ import annotations

import pickle
import threading
import traceback
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import botocore
from botocore import handlers

from tastemaker.wire import transport

if TYPE_CHECKING:
    from collections.abc import Mapping
    from multiprocessing.connection import Connection

    from tastemaker.wire.endpoint import WireResponse

SERVICES = ("personalize-runtime", "personalize-events")
"""What handlers ask with every request of theirs.

Nobody checks a signature, so they have none. Moto reads account and Region from the signatures of other services.
"""


class Aws(Protocol):
    """Every service at its own address."""

    def answer(self, method: str, url: str, headers: Mapping[str, str | bytes], body: bytes) -> WireResponse: ...


class RemoteAwsError(Exception):
    """The other process could not answer; a defect in it, whose trace is the text."""


@dataclass(frozen=True)
class _Defect:
    trace: str


class RemoteAws:
    """Asks the process at the other end of the pipe; safe from several threads, one request at a time."""

    def __init__(self, connection: Connection) -> None:
        self._connection, self._turn = connection, threading.Lock()

    def answer(self, method: str, url: str, headers: Mapping[str, str | bytes], body: bytes) -> WireResponse:
        """See `Aws`.

        Raises:
            RemoteAwsError: the answer could not be computed.
            EOFError, OSError: the other process is gone.
        """
        with self._turn:
            _send(self._connection, (method, url, dict(headers.items()), body))
            answer: WireResponse | _Defect = self._connection.recv()
        if isinstance(answer, _Defect):
            raise RemoteAwsError(answer.trace)
        return answer


def install(connection: Connection) -> transport.Installation:
    """Send the requests of every client created from now on through the pipe, for the rest of the process."""
    for service in SERVICES:
        handlers.BUILTIN_HANDLERS.append((f"choose-signer.{service}", _unsigned))
    return transport.install(RemoteAws(connection), str, early=True)


def _unsigned(**_: Any) -> Any:
    return botocore.UNSIGNED


def answer_request(request: tuple[Any, ...], connection: Connection, aws: Aws) -> None:
    """Answer what was received from the other end; what breaks here is raised there, where the request came from."""
    try:
        answer: WireResponse | _Defect = aws.answer(*request)
    except Exception:  # noqa: BLE001 - it goes to who asked
        answer = _Defect(traceback.format_exc())
    _send(connection, answer)


def _send(connection: Connection, message: object) -> None:
    """As `Connection.send` does, whose pickler knows how to pass sockets and takes twice the time."""
    connection.send_bytes(pickle.dumps(message, pickle.HIGHEST_PROTOCOL))
