"""Load for an API: requests at the moments of a timetable, however slow the answers are.

An open model: what is late does not hold up what comes next, and a request's time counts from the moment at which it
was due, not from the moment at which it could be sent. So a server that stalls cannot make its figures look better
("coordinated omission": Tene, How NOT to Measure Latency).
"""

from __future__ import annotations

import asyncio
import math
import ssl
import time
from collections import Counter, deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

from httptools import HttpParserError, HttpResponseParser

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    _Answer = tuple[str, str] | Exception
    """Status and source, or why there are none."""

SOURCE_HEADER = b"x-recommendation-source"
TIMEOUT_SECONDS = 30
"""For the connection and for the answer."""


@dataclass
class LoadReport:
    """What came of a load.

    Attributes:
        seconds: of each answered request, from the moment it was due.
        statuses: status or name of the connection's error to count.
        sources: value of `X-Recommendation-Source` to count.
        duration_seconds: from the first request that was due to the last answer.
    """

    seconds: list[float] = field(default_factory=list)
    statuses: Counter[str] = field(default_factory=Counter)
    sources: Counter[str] = field(default_factory=Counter)
    duration_seconds: float = 0.0

    def percentile(self, share: float) -> float:
        """Nearest rank, in seconds; 0 without any answer."""
        if not self.seconds:
            return 0.0
        return sorted(self.seconds)[max(0, math.ceil(share * len(self.seconds)) - 1)]

    @property
    def errors(self) -> int:
        """Requests that got no answer, or one of 500 and above."""
        return sum(count for status, count in self.statuses.items() if not status.isdigit() or int(status) >= 500)


def run_load(
    url: str,
    paths: Sequence[str],
    *,
    rate: float,
    seconds: float,
    headers: Sequence[tuple[str, str]] = (),
    clock: Callable[[], float] = time.perf_counter,
) -> LoadReport:
    """Send GET requests at a steady rate and wait for the last answer.

    Args:
        url: of the API, with a path in front of the routes' where it has one (a stage).
        paths: percent-encoded; asked in turn.
        rate: requests per second.
    """
    due = [number / rate for number in range(int(rate * seconds))]
    timetable = [(moment, paths[place % len(paths)]) for place, moment in enumerate(due)]
    return asyncio.run(_Sender(_Target(url, headers), clock).send_all(timetable))


class _Sender:
    """Notes every answer where it is read, without a task for each: who asks shares the processor with who answers."""

    def __init__(self, target: _Target, clock: Callable[[], float]) -> None:
        self._target, self._clock, self._report = target, clock, LoadReport()
        self._open, self._none_open = 0, asyncio.Event()
        self._connecting: set[asyncio.Task[None]] = set()

    async def send_all(self, timetable: Sequence[tuple[float, str]]) -> LoadReport:
        """Send each path at its moment, in seconds from now."""
        started = self._clock()
        for due, path in timetable:
            wait = started + due - self._clock()
            if wait > 0:
                await asyncio.sleep(wait)
            self._send(path, started + due)
        if self._open:
            self._none_open.clear()
            await self._none_open.wait()
        self._report.duration_seconds = self._clock() - started
        self._target.close()
        return self._report

    def _send(self, path: str, due: float) -> None:
        self._open += 1
        connection = self._target.idle_one()
        if connection is not None:
            self._ask(connection, path, due)
            return
        task = asyncio.get_running_loop().create_task(self._connect(path, due))
        self._connecting.add(task)
        task.add_done_callback(self._connecting.discard)

    async def _connect(self, path: str, due: float) -> None:
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                connection = await self._target.connect()
        except OSError as error:
            self._note(due, error)
        else:
            self._ask(connection, path, due)

    def _ask(self, connection: _Connection, path: str, due: float) -> None:
        def answered(answer: _Answer) -> None:
            if isinstance(answer, Exception):
                connection.close()
            else:
                self._target.keep(connection)
            self._note(due, answer)

        connection.ask(self._target.request(path), answered)

    def _note(self, due: float, answer: _Answer) -> None:
        if isinstance(answer, Exception):
            self._report.statuses[type(answer).__name__] += 1
        else:
            status, source = answer
            self._report.seconds.append(self._clock() - due)
            self._report.statuses[status] += 1
            if source:
                self._report.sources[source] += 1
        self._open -= 1
        if not self._open:
            self._none_open.set()


class _Target:
    """An HTTP/1.1 server with as many connections as are needed at the same time, kept open."""

    def __init__(self, url: str, headers: Sequence[tuple[str, str]]) -> None:
        parts = urlsplit(url)
        self._host, self._prefix = parts.hostname or "localhost", parts.path.rstrip("/")
        secure = parts.scheme == "https"
        self._port = parts.port or (443 if secure else 80)
        self._tls = ssl.create_default_context() if secure else None
        lines = [f"Host: {parts.netloc}", "Accept: application/json", *(f"{name}: {value}" for name, value in headers)]
        self._rest = "".join(f"{line}\r\n" for line in lines)
        self._idle: deque[_Connection] = deque()

    def request(self, path: str) -> bytes:
        return f"GET {self._prefix}{path} HTTP/1.1\r\n{self._rest}\r\n".encode()

    def idle_one(self) -> _Connection | None:
        """The one that was used last; those that the server has closed meanwhile are given up."""
        while self._idle:
            connection = self._idle.pop()
            if connection.open:
                return connection
        return None

    def keep(self, connection: _Connection) -> None:
        """For the next request."""
        self._idle.append(connection)

    async def connect(self) -> _Connection:
        """Raises OSError."""
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(_Connection, self._host, self._port, ssl=self._tls)
        return connection

    def close(self) -> None:
        for connection in self._idle:
            connection.close()


class _Connection(asyncio.Protocol):
    """One request after the other. A protocol, because streams take twice the time and share it with the server."""

    def __init__(self) -> None:
        self.open = True
        self._answered: Callable[[_Answer], None] | None = None

    def ask(self, request: bytes, answered: Callable[[_Answer], None]) -> None:
        """Send a request; `answered` is called once, when the answer is complete or will not come."""
        self._answered = answered
        self._timer = asyncio.get_running_loop().call_later(TIMEOUT_SECONDS, self._end, TimeoutError())
        self._source, self._parser = b"", HttpResponseParser(self)
        self._transport.write(request)

    def close(self) -> None:
        self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except HttpParserError as error:
            self._end(ValueError(str(error)))

    def connection_lost(self, exc: Exception | None) -> None:
        self._end(exc or EOFError("the connection was closed"))

    def on_header(self, name: bytes, value: bytes) -> None:
        """Called by the parser, like the next one."""
        if name.lower() == SOURCE_HEADER:
            self._source = value

    def on_message_complete(self) -> None:
        self._tell((str(self._parser.get_status_code()), self._source.decode("latin-1")))

    def _end(self, why: Exception) -> None:
        self.open = False
        self._tell(why)

    def _tell(self, answer: _Answer) -> None:
        answered, self._answered = self._answered, None
        if answered is not None:
            self._timer.cancel()
            answered(answer)
