"""`watch` tells CloudWatch what alarms and dashboard need and the service does not say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.workflows import Shop, deployed_shop

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.slow

DAY = 86_400


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    with deployed_shop(tmp_path) as shop:
        yield shop


def watch(shop: Shop) -> dict[tuple[str, str], float]:
    """Metric and what it is about, to the value that was put."""
    put: list[dict[str, float]] = []
    schedule = shop.local.plan.watch
    assert schedule is not None
    shop.local.caller.listeners.append(
        lambda call: put.extend(call.params["MetricData"]) if call.operation == "PutMetricData" else None
    )
    shop.run("watch", schedule.input)
    return {(one["MetricName"], one["Dimensions"][1]["Value"]): float(one["Value"]) for one in put}  # type: ignore[index,misc]


def test_ages_capacity_and_offline_quality_of_what_serves_are_told(shop: Shop) -> None:
    shop.deploy()
    shop.wait(3 * DAY)
    told = watch(shop)
    assert 3 < told["ModelAgeDays", "popular"] < 3.5
    assert 3 < told["ImportAgeDays", "interactions"] < 3.5
    assert told["ProvisionedTPS", "popular"] == 1
    assert 0 <= told["precision_at_5", "popular"] <= 1


def test_before_the_first_import_there_is_nothing_to_tell(shop: Shop) -> None:
    shop.run("ensure", shop.local.plan.resources)
    assert watch(shop) == {}
