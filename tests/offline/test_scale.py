"""`scale`: from schedule and traffic, up and down, within caps, explained."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.workflows import SHOP, Shop, deployed_shop

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.slow

HOUR = 3_600
WEEK = 168 * HOUR
SCALED = SHOP.replace(
    "popular: {solution: popular}",
    'popular: {solution: popular, scaling: {maximum: 20, traffic: {}, schedule: [{at: "at(2026-01-02T00:00:00)", '
    "minProvisionedTPS: 9, forHours: 2}]}}",
)


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """Deployed; `popular` has capacity 1."""
    with deployed_shop(tmp_path, SCALED) as shop:
        shop.deploy()
        yield shop


def job(shop: Shop, name: str = "scale-traffic", **changes: Any) -> dict[str, Any]:
    schedule = next(found for found in shop.local.plan.schedules if found.name == name)
    return {"Targets": [{**target, **changes} for target in schedule.input["Targets"]]}


def scale(shop: Shop, name: str = "scale-traffic", **changes: Any) -> dict[str, Any]:
    target: dict[str, Any] = shop.run("scale", job(shop, name, **changes))["Targets"][0]
    return target


def traffic(shop: Shop, age_seconds: float, requests_per_second: float) -> None:
    """An hour of requests that began that long ago."""
    start = shop.local.engine.now() - age_seconds
    data = [
        {
            "MetricName": "GetRecommendations",
            "Dimensions": [{"Name": "CampaignArn", "Value": shop.resolved(job(shop)["Targets"][0]["Arn"])}],
            "Timestamp": datetime.fromtimestamp(start + period * 300, UTC),
            "Value": requests_per_second * 300,
        }
        for period in range(12)
    ]
    shop.local.aws.call("cloudwatch", "PutMetricData", {"Namespace": "AWS/Personalize", "MetricData": data})


def capacity(shop: Shop) -> int:
    arn = shop.resolved(job(shop)["Targets"][0]["Arn"])
    return int(shop.call("DescribeCampaign", campaignArn=arn)["campaign"]["minProvisionedTPS"])


def test_the_traffic_of_the_same_hour_of_last_week_raises_capacity(shop: Shop) -> None:
    traffic(shop, WEEK, 10)
    assert (scale(shop)["Action"], capacity(shop)) == ("RAISE", 12)


def test_the_traffic_of_another_hour_of_last_week_does_not(shop: Shop) -> None:
    traffic(shop, WEEK + 2 * HOUR, 10)
    assert scale(shop)["Action"] == "KEEP"


def test_the_traffic_of_the_last_hour_raises_capacity_too(shop: Shop) -> None:
    traffic(shop, HOUR, 10)
    assert scale(shop)["Wanted"] == 12


def test_capacity_is_lowered_when_the_traffic_is_gone(shop: Shop) -> None:
    scale(shop, "scale-popular-1", ForHours=0)
    assert (scale(shop)["Action"], capacity(shop)) == ("LOWER", 1)


def test_a_small_fall_is_within_the_hysteresis(shop: Shop) -> None:
    scale(shop, "scale-popular-1", ForHours=0)
    traffic(shop, WEEK, 6.5)  # asks for 8 of 9
    assert (scale(shop)["Action"], capacity(shop)) == ("KEEP", 9)


def test_capacity_never_leaves_its_caps(shop: Shop) -> None:
    traffic(shop, WEEK, 400)
    assert scale(shop)["Wanted"] == 20


def test_a_schedule_raises_and_traffic_may_not_go_below_it_for_its_hours(shop: Shop) -> None:
    assert scale(shop, "scale-popular-1")["Action"] == "RAISE"
    assert scale(shop)["Action"] == "KEEP"
    shop.wait(2 * HOUR)
    assert (scale(shop)["Action"], capacity(shop)) == ("LOWER", 1)


def test_a_dry_run_explains_itself_and_changes_nothing(shop: Shop) -> None:
    traffic(shop, WEEK, 10)
    scale(shop, DryRun=True)
    assert capacity(shop) == 1
    assert shop.ledger("DRY RUN RAISE")[0]["reason"] == (
        "percentile 95 of the requests a second is 10 at this hour of the last two weeks and 0 in the last hour; with "
        "20 % headroom that asks for 12; allowed are 1 to 20; it has 1, wanted is 12"
    )


def test_each_change_is_in_the_ledger(shop: Shop) -> None:
    traffic(shop, WEEK, 10)
    scale(shop)
    row = shop.ledger("RAISE")[0]
    assert (row["before"], row["wanted"]) == ("1", "12")


def test_a_campaign_that_is_being_updated_is_left_to_the_next_run(shop: Shop) -> None:
    shop.call("UpdateCampaign", campaignArn=shop.resolved(job(shop)["Targets"][0]["Arn"]), minProvisionedTPS=2)
    assert scale(shop)["Action"] == "SKIPPED"


def test_a_campaign_that_was_not_released_yet_is_passed_over(tmp_path: Path) -> None:
    with deployed_shop(tmp_path, SCALED) as shop:
        assert scale(shop)["Why"] == "it does not exist yet"


def test_a_release_keeps_the_capacity_that_scaling_set(shop: Shop) -> None:
    scale(shop, "scale-popular-1")
    shop.upload(events=31)
    shop.run("maintain", shop.maintenance())
    assert capacity(shop) == 9


def test_ensure_keeps_the_capacity_that_scaling_set(shop: Shop) -> None:
    scale(shop, "scale-popular-1")
    first = len(shop.executions)
    shop.run("ensure", shop.local.plan.resources)
    assert shop.mutations(first) == []
