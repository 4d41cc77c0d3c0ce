"""`tastemaker serve` on MovieLens, filter on, asked for 500 recommendations a second from the same cores.

One process, as by default, and two workers.

The load is `tastemaker load`, an open model. Where wrk is installed it asks as well: sixteen connections, each waiting
for its answer, as fast as they come. Each prints what it measured; bar: reference, quota of a campaign.
"""

from __future__ import annotations

import json
import re
import shutil
import signal
import statistics
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.served_project import serving_project

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_benchmark.fixture import BenchmarkFixture

EXAMPLE = Path("examples/movielens")
RATE, SECONDS, LOADS = 500, 8, 5
MOST_P99_MS = 100


@pytest.fixture(scope="module", params=["1", "2"], ids=lambda workers: f"{workers}-workers")
def url(request: pytest.FixtureRequest) -> Iterator[str]:
    with serving_project(EXAMPLE, "--workers", request.param) as served:
        yield served.url
        served.stop(signal.SIGINT)


def test_five_hundred_requests_a_second(benchmark: BenchmarkFixture, url: str) -> None:
    found = [_load(url) for _ in range(LOADS)]
    benchmark.pedantic(lambda: None, rounds=1)
    for one in found:
        sys.stderr.write(
            f"\nload: {one['answered_per_second']} a second, p99 {one['p99_ms']} ms, {one['errors']} errors"
        )
    assert all(one["errors"] == 0 and one["sources"] == {"campaign": RATE * SECONDS} for one in found)
    assert statistics.median(one["p99_ms"] for one in found) <= MOST_P99_MS


def _load(url: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "tastemaker", "load", "--project", str(EXAMPLE), "--url", url, "--json"]
    done = subprocess.run([*command, "--rate", str(RATE), "--seconds", str(SECONDS)], capture_output=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.skipif(shutil.which("wrk") is None, reason="wrk is not installed")
def test_as_many_requests_as_sixteen_connections_can_send(benchmark: BenchmarkFixture, url: str) -> None:
    command = ["wrk", "-t1", "-c16", f"-d{SECONDS}s", "--latency", "-s", "tests/support/users.lua", url]
    texts = [subprocess.run(command, check=True, capture_output=True, text=True).stdout for _ in range(LOADS)]
    benchmark.pedantic(lambda: None, rounds=1)
    for text in texts:
        sys.stderr.write("\nwrk: " + ", ".join(re.findall(r"(?:50%|99%|Requests/sec:) +\S+", text)))
        assert "Non-2xx" not in text
