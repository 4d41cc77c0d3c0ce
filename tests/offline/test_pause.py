"""Pause and resume: the bill stops, versions stay, nothing comes back by itself, and then what served serves again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tastemaker.plan.pausing import build_pausing_job
from tastemaker.plan.specs import PAUSED_TAG
from tastemaker.simulator.faults import Fault, Kind
from tests.support.workflows import SHOP, Shop, deployed_shop

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.slow

STORE = """\
project: shop
datasetGroup: {domain: ECOMMERCE}
datasets:
  interactions:
    schema: {USER_ID: string, ITEM_ID: string, TIMESTAMP: long, EVENT_TYPE: string}
    path: interactions.csv
recommenders:
  best: {recipe: aws-ecomm-popular-items-by-views}
  bought: {recipe: aws-ecomm-popular-items-by-purchases}
schedules: {full: "cron(0 3 ? * SUN *)"}
"""


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    with deployed_shop(tmp_path) as shop:
        shop.deploy()
        yield shop


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Shop]:
    rows = [
        f"u{at % 40:02},i{at % 10:02},{1_700_000_000 + at},{'Purchase' if at % 3 else 'View'}" for at in range(3_000)
    ]
    with deployed_shop(tmp_path, STORE) as shop:
        text = "\n".join(["USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE", *rows]) + "\n"
        shop.put("full/interactions/interactions.csv", text)
        shop.local.deploy()
        yield shop


def job(shop: Shop) -> dict[str, Any]:
    return build_pausing_job(shop.local.plan, "over the weekend")


def serving(shop: Shop) -> dict[str, str]:
    """Name of each campaign to the version that answers."""
    arns = [one["campaignArn"] for one in shop.call("ListCampaigns")["campaigns"]]
    found = [shop.call("DescribeCampaign", campaignArn=arn)["campaign"] for arn in arns]
    return {one["name"]: one["solutionVersionArn"] for one in found if one["status"] == "ACTIVE"}


def recommenders(shop: Shop) -> dict[str, str]:
    return {one["name"]: one["status"] for one in shop.call("ListRecommenders")["recommenders"]}


def marks(shop: Shop) -> list[str]:
    arn = shop.call("ListDatasetGroups")["datasetGroups"][0]["datasetGroupArn"]
    tags = shop.call("ListTagsForResource", resourceArn=arn)["tags"]
    return [tag["tagKey"] for tag in tags]


def billed(shop: Shop) -> float:
    return float(shop.local.simulator.meter.report(shop.local.engine.now())["total"])


def versions(shop: Shop) -> int:
    return len(shop.call("ListSolutionVersions")["solutionVersions"])


def test_campaigns_go_and_come_back_with_the_versions_that_served_and_the_ledger_tells_why(shop: Shop) -> None:
    before, trained = serving(shop), versions(shop)
    assert sorted(before) == ["shop-dev-popular", "shop-dev-similar"]
    report = shop.run("pause", job(shop))
    assert {one["Name"]: one["Action"] for one in report["Serving"]} == dict.fromkeys(before, "PAUSED")
    assert (serving(shop), versions(shop), marks(shop)) == ({}, trained, [PAUSED_TAG])
    rows = shop.ledger("PAUSED")
    assert {row["subject"].rpartition(":")[2]: row.get("serving", "") for row in rows} == {
        "dataset-group/shop-dev": "",
        **{f"campaign/{name}": version for name, version in before.items()},
    }
    assert {row["reason"] for row in rows} == {"over the weekend"}
    assert shop.run("resume", job(shop))["Status"] == "RESUMED"
    assert (serving(shop), marks(shop)) == (before, [])


def test_a_second_run_of_either_changes_nothing(shop: Shop) -> None:
    for machine in ("pause", "resume"):
        shop.run(machine, job(shop))
        first, rows = len(shop.executions), len(shop.ledger())
        shop.run(machine, job(shop))
        assert (shop.mutations(first), len(shop.ledger())) == ([], rows)


def test_nothing_is_billed_while_serving_is_paused(shop: Shop) -> None:
    shop.run("pause", job(shop))
    before = billed(shop)
    shop.wait(30 * 86_400)
    assert billed(shop) == pytest.approx(before)


def test_no_other_machine_brings_a_campaign_back_or_runs_a_batch_job(shop: Shop) -> None:
    shop.run("pause", job(shop))
    first = len(shop.executions)
    shop.upload(events=40)
    skipped = shop.run("maintain", shop.maintenance())
    assert (skipped["Outcome"], skipped["Causes"][0][:25]) == ("SKIPPED", "serving is paused since 2")
    shop.run("ensure", shop.local.plan.resources)
    release = shop.maintenance()["Solutions"][0]["Campaigns"][0]
    held = shop.run("release", {**release, "SolutionVersionArn": "PREVIOUS", "Policy": "promote"})
    assert held["Decision"] == "PAUSED"
    assert held["Reasons"][0].endswith("Z; tastemaker resume brings it back")
    batch = shop.run("batch", {"DatasetGroupArn": job(shop)["DatasetGroupArn"], "Jobs": [{"Name": "mail"}]})
    assert batch["Jobs"] == []
    assert (shop.mutations(first), serving(shop)) == ([], {})


def test_maintenance_goes_on_after_the_return(shop: Shop) -> None:
    shop.run("pause", job(shop))
    shop.run("resume", job(shop))
    before = serving(shop)
    shop.upload(events=40)
    assert shop.run("maintain", shop.maintenance())["Outcome"] == "SUCCEEDED"
    assert serving(shop).keys() == before.keys()
    assert not set(serving(shop).values()) & set(before.values())


def test_a_version_that_is_gone_is_told_and_its_campaign_comes_with_the_next_release(shop: Shop) -> None:
    shop.run("pause", job(shop))
    lost = next(one for one in shop.call("ListSolutions")["solutions"] if one["name"] == "shop-dev-popular")
    shop.call("DeleteSolution", solutionArn=lost["solutionArn"])
    shop.wait(3_600)
    report = shop.run("resume", job(shop))
    assert {one["Name"]: one["Action"] for one in report["Serving"]} == {
        "shop-dev-popular": "LOST",
        "shop-dev-similar": "RESUMED",
    }
    assert (list(serving(shop)), marks(shop)) == (["shop-dev-similar"], [])


@pytest.mark.parametrize(
    ("machine", "operation", "kind"),
    [("pause", "DeleteCampaign", Kind.ACCESS_DENIED), ("resume", "CreateCampaign", Kind.FAILURE)],
)
def test_one_that_failed_keeps_no_other_back_and_the_second_run_converges(
    tmp_path: Path, machine: str, operation: str, kind: Kind
) -> None:
    member = "campaignArn" if machine == "pause" else "name"
    days = 9 * 86_400
    refused = Fault(
        kind=kind,
        operation=operation,
        params={member: "*popular"},
        after_seconds=days,
        until_seconds=days + 86_400,
    )
    with deployed_shop(tmp_path, SHOP, refused) as shop:
        shop.deploy()
        shop.wait(days)
        before = serving(shop)
        if machine == "resume":
            shop.run("pause", job(shop))
        failure = shop.failure(machine, job(shop))
        assert failure.startswith(f"Tastemaker.{machine.capitalize()}Failed: shop-dev-popular: ")
        assert len(serving(shop)) == 1
        assert marks(shop) == [PAUSED_TAG]
        shop.wait(86_400)
        shop.run(machine, job(shop))
        assert serving(shop) == ({} if machine == "pause" else before)


def test_recommenders_stop_and_start(store: Shop) -> None:
    store.run("pause", job(store))
    assert set(recommenders(store).values()) == {"INACTIVE"}
    before = billed(store)
    store.wait(86_400)
    assert billed(store) == pytest.approx(before)
    store.run("resume", job(store))
    assert set(recommenders(store).values()) == {"ACTIVE"}


def test_a_recommender_that_somebody_stopped_before_stays_stopped(store: Shop) -> None:
    arn = store.call("ListRecommenders")["recommenders"][0]["recommenderArn"]
    store.call("StopRecommender", recommenderArn=arn)
    store.wait(7_200)
    store.run("pause", job(store))
    store.run("resume", job(store))
    assert sorted(recommenders(store).values()) == ["ACTIVE", "INACTIVE"]


def test_no_recommender_is_made_while_serving_is_paused(store: Shop) -> None:
    store.run("pause", job(store))
    arn = store.call("ListRecommenders")["recommenders"][0]["recommenderArn"]
    store.call("DeleteRecommender", recommenderArn=arn)
    store.wait(7_200)
    store.run("ensure", store.local.plan.resources)
    assert len(recommenders(store)) == 1
