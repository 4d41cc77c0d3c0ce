from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from tastemaker.cli.load import build_figures
from tastemaker.runner.load import LoadReport, run_load
from tastemaker.simulator.server import ServerSpec, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.slow


class App:
    """Answers 200 from `campaign`, 503 to /down, and stalls at the first request where it is told to."""

    def __init__(self) -> None:
        self.stall_seconds, self.paths = 0.0, list[str]()

    async def __call__(self, scope: Any, _receive: Any, send: Any) -> None:
        self.paths.append(scope["path"])
        stall, self.stall_seconds = self.stall_seconds, 0.0
        await asyncio.sleep(stall)
        status = 503 if scope["path"].endswith("/down") else 200
        headers = [(b"content-length", b"2"), (b"x-recommendation-source", b"campaign")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b"{}"})


@pytest.fixture
def app() -> App:
    return App()


@pytest.fixture
def url(app: App) -> Iterator[str]:
    with serving([ServerSpec(app)]) as urls:
        yield urls[0]


def test_every_request_of_the_timetable_is_sent_and_counted(app: App, url: str) -> None:
    report = run_load(f"{url}/dev", ["/a", "/down"], rate=50, seconds=1)
    assert (report.statuses, report.sources, report.errors) == ({"200": 25, "503": 25}, {"campaign": 50}, 25)
    assert sorted(set(app.paths)) == ["/dev/a", "/dev/down"]
    assert report.duration_seconds >= 0.98


def test_one_stalled_answer_holds_up_no_other_request(app: App, url: str) -> None:
    app.stall_seconds = 0.8
    report = run_load(url, ["/a"], rate=50, seconds=1)
    assert report.percentile(1.0) >= 0.8
    assert report.percentile(0.5) < 0.4


def test_a_connection_that_the_server_closed_while_it_was_idle_is_no_error() -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}")
        writer.close()

    async def load() -> LoadReport:
        server = await asyncio.start_server(hang_up, "127.0.0.1")
        async with server:
            url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
            return await asyncio.to_thread(run_load, url, ["/a"], rate=10, seconds=0.5)

    assert asyncio.run(load()).statuses == {"200": 5}


def test_a_server_that_is_not_there_is_an_error_and_no_failure() -> None:
    report = run_load("http://127.0.0.1:9", ["/a"], rate=10, seconds=0.3)
    assert (report.statuses, report.errors, report.percentile(0.5)) == ({"ConnectionRefusedError": 3}, 3, 0.0)


def test_percentiles_are_of_the_nearest_rank() -> None:
    report = LoadReport(seconds=[0.004, 0.001, 0.003, 0.002])
    assert [report.percentile(share) for share in (0.5, 0.9, 0.99, 1.0)] == [0.002, 0.004, 0.004, 0.004]


def test_figures_are_in_milliseconds() -> None:
    report = LoadReport(seconds=[0.001, 0.002], duration_seconds=2.0)
    report.statuses.update({"200": 2, "TimeoutError": 1})
    assert build_figures(report, 1.5) == {
        "requests": 3, "wanted_per_second": 1.5, "answered_per_second": 1.0, "p50_ms": 1.0, "p90_ms": 2.0,
        "p99_ms": 2.0, "p100_ms": 2.0, "errors": 1, "statuses": {"200": 2, "TimeoutError": 1}, "sources": {},
    }  # fmt: skip
