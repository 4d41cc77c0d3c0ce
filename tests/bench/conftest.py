"""Benchmarks run by `make bench` only: timed tests have no place in continuous integration."""

from __future__ import annotations

from pathlib import Path

import pytest

HERE = Path(__file__).parent


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--benchmark-only"):
        return
    skip = pytest.mark.skip(reason="a benchmark; run `make bench`")
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(skip)
