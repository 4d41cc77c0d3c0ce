"""Answers botocore inside the process: unmodified boto3 clients, no socket."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from io import BytesIO
from typing import TYPE_CHECKING, Any, Protocol, Self

import boto3
from botocore import handlers
from botocore.awsrequest import AWSResponse

from tastemaker.wire.early import Unfinished, may_answer, read_success

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from types import TracebackType

    from botocore.awsrequest import AWSPreparedRequest
    from botocore.client import BaseClient
    from botocore.model import OperationModel

    from tastemaker.wire import WireResponse
    from tastemaker.wire.early import EarlyResponse

    Recognise = Callable[[str], str | None]

_EVENT, _EARLY_EVENT = "before-send", "before-call"
# No pattern of moto matches it; RFC 2606 keeps it unresolvable.
ANSWERED_URL = "https://answered-by-tastemaker.invalid/"
_changing = threading.Lock()
_open: list[Responder] = []  # oldest first; one for the process, as botocore's list of handlers is


class _Body(BytesIO):
    """What AWSResponse reads from: urllib3's `stream`, without urllib3."""

    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self.read()


class Answering(Protocol):
    """An `Endpoint`, or what stands for one."""

    def answer(self, method: str, path: str, headers: Mapping[str, str | bytes], body: bytes, /) -> WireResponse: ...


@dataclass(eq=False)
class Responder:
    """A `before-send` handler of botocore; None leaves a request to the next handler or the network.

    Attributes:
        recognise: the path of a URL that is to be answered here; None for all others.
    """

    endpoint: Answering
    recognise: Recognise
    active: bool = True
    _unfinished: Unfinished = field(default_factory=Unfinished)

    def __call__(self, request: AWSPreparedRequest, **_: Any) -> AWSResponse | None:
        url = request.url
        path = self.recognise(url) if self.active else None
        if path is None:
            return None
        # botocore calls every handler and takes the first answer. moto's would still run its own service, with its
        # side effects and its NotImplementedError, so it must not recognise the request. Nothing reads the URL later:
        # a retry builds a new request.
        request.url = ANSWERED_URL
        body = _read(request.body)
        response = self._unfinished.take((url, body))
        if response is None:
            response = self.endpoint.answer(request.method, path, request.headers, body)
        return AWSResponse(url, response.status, response.headers, _Body(response.body))

    def answer_early(
        self, model: OperationModel, params: Mapping[str, Any], context: Mapping[str, Any], **_: Any
    ) -> tuple[EarlyResponse, dict[str, Any]] | None:
        """A `before-call` handler: answers without a request where that makes no difference (`wire/early.py`)."""
        url = params["url"]
        known = ((one, one.recognise(url)) for one in reversed(_open))
        newest, path = next(((one, path) for one, path in known if path is not None), (None, ""))
        if newest is not self or not may_answer(model, context):
            return None
        body = _read(params["body"])
        response = self.endpoint.answer(params["method"], path, params["headers"], body)
        success = read_success(url, response)
        self._unfinished.put((url, body), None if success else response)
        return success


def _read(body: object) -> bytes:
    match body:
        case bytes() | bytearray():
            return bytes(body)
        case str():
            return body.encode()
        case None:
            return b""
    raise TypeError(f"a request to a simulated service never streams its body, got {type(body).__name__}")


def connect(client: BaseClient, endpoint: Answering, recognise: Recognise) -> None:
    """Answer one existing client from `endpoint`, for the client's lifetime, whatever is installed."""
    with _changing:
        for installed in _open:
            client.meta.events.unregister(_EVENT, installed)
            client.meta.events.unregister(_EARLY_EVENT, installed.answer_early)
        client.meta.events.register_first(_EVENT, Responder(endpoint, recognise))


class Installation:
    """Clients created while it is open are answered here; the newest installation wins.

    Covered are sessions created while it is open and boto3's default session, however old. A client of an older
    session of one's own needs `connect`. After closing, covered clients go where they went without it.
    """

    def __init__(self, responder: Responder, *, early: bool) -> None:
        self._responder = responder
        self._entries: list[tuple[str, Callable[..., Any], object]] = [(_EVENT, responder, handlers.REGISTER_FIRST)]
        if early:
            self._entries.append((_EARLY_EVENT, responder.answer_early, handlers.REGISTER_FIRST))
        self._session = boto3.DEFAULT_SESSION
        with _changing:
            # first in the list and registered first: before moto's handler and before those of older installations
            handlers.BUILTIN_HANDLERS[:0] = self._entries
            if self._session is not None:
                _register_newest(self._session, responder)
            _open.append(responder)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Take the handler away; closing twice is harmless."""
        self._responder.active = False
        with _changing:
            if self._responder in _open:
                _open.remove(self._responder)
                for entry in self._entries:
                    handlers.BUILTIN_HANDLERS.remove(entry)
            for session in (self._session, boto3.DEFAULT_SESSION):
                if session is not None:
                    session.events.unregister(_EVENT, self._responder)


def _register_newest(session: boto3.Session, responder: Responder) -> None:
    """Botocore knows "first", not "before the first", so the older ones step back and come again."""
    for older in _open:
        session.events.unregister(_EVENT, older)
    for each in (responder, *reversed(_open)):
        session.events.register_first(_EVENT, each)


def install(endpoint: Answering, recognise: Recognise, *, early: bool = False) -> Installation:
    """Answer every client created from now on, beside `moto.mock_aws()` in either order; close it when done.

    Args:
        early: clients of new sessions that try once and have no handlers of their own are answered in half the time
            (`wire/early.py`).
    """
    return Installation(Responder(endpoint, recognise), early=early)
