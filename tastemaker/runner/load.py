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

SOURCE_HEADER = b"x-recommendation-source"
TIMEOUT_SECONDS = 30


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
    target = _Target(url, headers)
    due = [number / rate for number in range(int(rate * seconds))]
    return asyncio.run(
        _send_all(target, [(moment, paths[place % len(paths)]) for place, moment in enumerate(due)], clock)
    )


async def _send_all(target: _Target, timetable: list[tuple[float, str]], clock: Callable[[], float]) -> LoadReport:
    report, started = LoadReport(), clock()
    async with asyncio.TaskGroup() as requests:
        for due, path in timetable:
            wait = started + due - clock()
            if wait > 0:
                await asyncio.sleep(wait)
            requests.create_task(_send(target, path, started + due, clock, report))
    report.duration_seconds = clock() - started
    target.close()
    return report


async def _send(target: _Target, path: str, due: float, clock: Callable[[], float], report: LoadReport) -> None:
    try:
        async with asyncio.timeout(TIMEOUT_SECONDS):
            status, source = await target.get(path)
    except (OSError, EOFError, TimeoutError, ValueError) as error:
        report.statuses[type(error).__name__] += 1
        return
    report.seconds.append(clock() - due)
    report.statuses[status] += 1
    if source:
        report.sources[source] += 1


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

    async def get(self, path: str) -> tuple[str, str]:
        """Status and source.

        Raises:
            OSError, EOFError, ValueError: no connection, or no HTTP on it.
        """
        connection = self._idle_one() or await self._connect()
        try:
            answer = await connection.ask(f"GET {self._prefix}{path} HTTP/1.1\r\n{self._rest}\r\n".encode())
        except BaseException:
            connection.close()
            raise
        self._idle.append(connection)
        return answer

    def _idle_one(self) -> _Connection | None:
        """The one that was used last; those that the server has closed meanwhile are given up."""
        while self._idle:
            connection = self._idle.pop()
            if connection.open:
                return connection
        return None

    async def _connect(self) -> _Connection:
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
        self._answer: asyncio.Future[tuple[str, str]] | None = None

    def ask(self, request: bytes) -> asyncio.Future[tuple[str, str]]:
        """Status and source, when the answer is complete."""
        self._answer = asyncio.get_running_loop().create_future()
        self._source, self._parser = b"", HttpResponseParser(self)
        self._transport.write(request)
        return self._answer

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
        if self._answer is not None and not self._answer.done():
            self._answer.set_result((str(self._parser.get_status_code()), self._source.decode("latin-1")))

    def _end(self, why: Exception) -> None:
        self.open = False
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(why)
