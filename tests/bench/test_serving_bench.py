"""What a request costs beside the model: gateway, handler, botocore, transport and the simulator's own work."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.served_api import ServedApi, serve_api

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_benchmark.fixture import BenchmarkFixture


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedApi]:
    with serve_api(tmp_path_factory.mktemp("api")) as served:
        yield served


@pytest.mark.parametrize("path", ["/users/u01/recommendations", "/healthz"])
def test_a_request_through_the_gateway(benchmark: BenchmarkFixture, api: ServedApi, path: str) -> None:
    headers = list(api.headers.items())
    response = benchmark(lambda: api.gateway.handle("GET", path, headers=headers))
    assert response.status == 200
