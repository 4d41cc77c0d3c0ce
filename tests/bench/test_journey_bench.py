"""The whole job and a request over HTTP, as a user meets them."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tastemaker.cli.inspecting import check_project
from tastemaker.cli.journey import Run, deployed
from tastemaker.runner.http import build_gateway_app
from tastemaker.simulator.server import ServerSpec, build_personalize_app, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_benchmark.fixture import BenchmarkFixture

EXAMPLE = Path("examples/movielens")
REQUESTS = 500


@pytest.fixture(scope="module")
def live() -> Iterator[tuple[Run, list[str]]]:
    with deployed(check_project(EXAMPLE / "tastemaker.yaml", "dev"), seed=0, start=None) as run:
        run.deploy()
        run.local.go_live()
        apps = (build_gateway_app(run.local.gateway), build_personalize_app(run.local.simulator))
        with serving([ServerSpec(app) for app in apps]) as urls:
            yield run, [url.removeprefix("http://") for url in urls]


def test_run_of_the_movielens_example(benchmark: BenchmarkFixture) -> None:
    command = [sys.executable, "-m", "tastemaker", "run", "--project", str(EXAMPLE), "--json"]
    benchmark.pedantic(lambda: subprocess.run(command, check=True, capture_output=True), rounds=3, warmup_rounds=1)


def test_recommendations_over_http_on_one_connection(benchmark: BenchmarkFixture, live: tuple[Run, list[str]]) -> None:
    """Sequential requests of one client, filter on; `requests_per_second` in the extra columns of the JSON."""
    connection = http.client.HTTPConnection(live[1][0])

    def ask() -> None:
        for user in range(1, REQUESTS + 1):
            connection.request("GET", f"/users/{user}/recommendations")
            assert connection.getresponse().read()

    with closing(connection):
        benchmark.pedantic(ask, rounds=5, warmup_rounds=1)
    benchmark.extra_info["requests_per_second"] = round(REQUESTS / benchmark.stats.stats.median)


def test_get_recommendations_over_the_wire_api_on_one_connection(
    benchmark: BenchmarkFixture, live: tuple[Run, list[str]]
) -> None:
    run, addresses = live
    connection = http.client.HTTPConnection(addresses[1])
    campaign = next(entry["arn"] for entry in run.campaigns() if entry["name"].endswith("for-you"))

    def ask() -> None:
        for user in range(1, REQUESTS + 1):
            body = json.dumps({"campaignArn": campaign, "userId": str(user)})
            connection.request("POST", "/recommendations", body, {"content-type": "application/json"})
            assert connection.getresponse().read()

    with closing(connection):
        benchmark.pedantic(ask, rounds=5, warmup_rounds=1)
    benchmark.extra_info["requests_per_second"] = round(REQUESTS / benchmark.stats.stats.median)
