"""GetRecommendations of the local Personalize: 10,000 items, 10,000 users, a filter on events and genres.

Over HTTP the server is a process of its own, asked by wrk where it is installed, otherwise by 16 connections of
asyncio in this process, which then share its time. Each test prints what it measured.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.served_catalogue import USERS, build_simulator, deploy, write_files

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytest_benchmark.fixture import BenchmarkFixture

RECIPES = ("aws-popularity-count", "aws-similar-items", "aws-user-personalization-v2")
CONNECTIONS, SECONDS, CALLS = 16, 10, 500
_SCRIPT = "tests/support/recommendations.lua"
_MILLISECONDS = {"us": 1e-3, "ms": 1.0, "s": 1e3}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("catalogue")
    write_files(folder)
    return folder


@contextmanager
def served(root: Path, recipe: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """URL and request of a server in its own process."""
    command = [sys.executable, "-m", "tests.support.served_catalogue", str(root), recipe]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            ready = json.loads(process.stdout.readline())
            yield ready["url"], ready["request"]
        finally:
            process.terminate()


def body(request: dict[str, Any], number: int) -> dict[str, Any]:
    return {**request, "userId": f"u{number % USERS:05}", "itemId": f"i{number * 7 % USERS:05}"}


@pytest.mark.parametrize("recipe", RECIPES)
def test_recommendations_over_http(benchmark: BenchmarkFixture, root: Path, recipe: str) -> None:
    with served(root, recipe) as (url, request):
        measure = run_wrk if shutil.which("wrk") else run_asyncio
        measure(url, request, 2)
        found = benchmark.pedantic(lambda: measure(url, request, SECONDS), rounds=1)
    report(benchmark, f"{recipe} over HTTP, {CONNECTIONS} connections", found)


@pytest.mark.parametrize("recipe", RECIPES)
def test_recommendations_in_process(benchmark: BenchmarkFixture, root: Path, recipe: str) -> None:
    simulator = build_simulator(root)
    request = deploy(simulator, recipe)

    def ask() -> list[float]:
        taken = []
        for number in range(CALLS):
            begun = time.perf_counter()
            simulator.call("personalize-runtime", "GetRecommendations", body(request, number))
            taken.append(time.perf_counter() - begun)
        return taken

    taken = benchmark.pedantic(ask, rounds=5, warmup_rounds=1)
    report(benchmark, f"{recipe} in process", summary(taken, sum(taken)))


def report(benchmark: BenchmarkFixture, what: str, found: dict[str, float]) -> None:
    benchmark.extra_info.update(found)
    sys.stderr.write(f"\n{what}: " + ", ".join(f"{name} {value:,.1f}" for name, value in found.items()) + "\n")


def summary(taken: list[float], seconds: float) -> dict[str, float]:
    ordered = sorted(taken)
    places = {"p50_ms": len(ordered) // 2, "p99_ms": len(ordered) * 99 // 100}
    return {"requests_per_second": len(taken) / seconds, **{k: ordered[v] * 1000 for k, v in places.items()}}


def run_wrk(url: str, request: dict[str, Any], seconds: int) -> dict[str, float]:
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--latency", "-s", _SCRIPT, url]
    environment = {**os.environ, "BENCH_REQUEST": json.dumps(request)[1:-1]}
    text = subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout
    assert "Non-2xx" not in text, text
    per_second = re.search(r"Requests/sec:\s+([\d.]+)", text)
    assert per_second is not None
    places = dict(re.findall(r"(50|99)%\s+([\d.]+(?:us|ms|s))", text))
    return {
        "requests_per_second": float(per_second[1]),
        "p50_ms": _milliseconds(places["50"]),
        "p99_ms": _milliseconds(places["99"]),
    }


def _milliseconds(text: str) -> float:
    number, unit = re.fullmatch(r"([\d.]+)(\D+)", text).groups()  # type: ignore[union-attr]  # wrk's own format
    return float(number) * _MILLISECONDS[unit]


def run_asyncio(url: str, request: dict[str, Any], seconds: int) -> dict[str, float]:
    taken: list[float] = []
    begun = time.perf_counter()
    asyncio.run(_ask_together(url, request, seconds, taken))
    return summary(taken, time.perf_counter() - begun)


async def _ask_together(url: str, request: dict[str, Any], seconds: int, taken: list[float]) -> None:
    host, _, port = url.removeprefix("http://").partition(":")
    end = time.perf_counter() + seconds
    await asyncio.gather(*(_ask(host, int(port), request, n * 601, end, taken) for n in range(CONNECTIONS)))


async def _ask(host: str, port: int, request: dict[str, Any], number: int, end: float, taken: list[float]) -> None:
    reader, writer = await asyncio.open_connection(host, port)
    while time.perf_counter() < end:
        number += 1
        content = json.dumps(body(request, number)).encode()
        begun = time.perf_counter()
        writer.write(
            b"POST /recommendations HTTP/1.1\r\nhost: bench\r\ncontent-length: %d\r\n\r\n" % len(content) + content
        )
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200"), head
        length = re.search(rb"content-length: (\d+)", head)
        assert length is not None
        await reader.readexactly(int(length[1]))
        taken.append(time.perf_counter() - begun)
    writer.close()
    await writer.wait_closed()
