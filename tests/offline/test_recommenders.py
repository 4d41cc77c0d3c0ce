"""A domain dataset group: its recommenders are ensured, scaled, replaced and torn down like all else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tastemaker.model.load import load_project
from tastemaker.plan.build import build_plan
from tests.support.workflows import Shop, deployed_shop

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.slow

STORE = """\
project: shop
datasetGroup: {domain: ECOMMERCE, customerManagedKey: true}
datasets:
  interactions:
    schema: {USER_ID: string, ITEM_ID: string, TIMESTAMP: long, EVENT_TYPE: string}
    path: interactions.csv
recommenders:
  best: {recipe: aws-ecomm-popular-items-by-views, scaling: {maximum: 9, traffic: {}}}
schedules: {full: "cron(0 3 ? * SUN *)"}
tags: {team: shop}
"""


def views() -> str:
    rows = [f"u{at % 40:02},i{at % 10:02},{1_700_000_000 + at},View" for at in range(2_000)]
    return "\n".join(["USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE", *rows]) + "\n"


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """Deployed: the recommender comes with the first import, since the service fails one without data."""
    with deployed_shop(tmp_path, STORE) as shop:
        shop.put("full/interactions/interactions.csv", views())
        shop.local.deploy()
        yield shop


def ensured_again(shop: Shop, text: str) -> list[str]:
    file = shop.folder / "edited.yaml"
    file.write_text(text, encoding="utf-8")
    first = len(shop.executions)
    shop.run("ensure", build_plan(load_project(file)).resources)
    return shop.mutations(first)


def recommender(shop: Shop) -> dict[str, Any]:
    arn = shop.call("ListRecommenders")["recommenders"][0]["recommenderArn"]
    found: dict[str, Any] = shop.call("DescribeRecommender", recommenderArn=arn)["recommender"]
    return found


def test_the_recommender_is_active_and_a_second_run_changes_nothing(shop: Shop) -> None:
    assert recommender(shop)["status"] == "ACTIVE"
    assert ensured_again(shop, STORE) == []


def test_its_configuration_is_updated_in_place(shop: Shop) -> None:
    text = STORE.replace("scaling: {maximum: 9, traffic: {}}", "minRecommendationRequestsPerSecond: 3")
    assert ensured_again(shop, text) == ["updateRecommender"]
    assert recommender(shop)["recommenderConfig"]["minRecommendationRequestsPerSecond"] == 3


def test_another_use_case_needs_consent(shop: Shop) -> None:
    other = STORE.replace("popular-items-by-views", "recommended-for-you")
    file = shop.folder / "edited.yaml"
    file.write_text(other, encoding="utf-8")
    failure = shop.failure("ensure", build_plan(load_project(file)).resources)
    assert failure.startswith("Tastemaker.RecommenderForbidden: recommender shop-dev-best was created for ")
    with_consent = other.replace("scaling:", "replace: true, scaling:")
    assert ensured_again(shop, with_consent) == ["deleteRecommender", "createRecommender"]


def test_its_capacity_follows_the_traffic_of_its_own_metric(shop: Shop) -> None:
    target = shop.local.plan.schedules[-1].input["Targets"][0]
    assert (target["MetricName"], target["DimensionName"]) == ("GetRecommendations", "RecommenderArn")
    wanted = {**target, "Wanted": 5}
    assert shop.run("scale", {"Targets": [wanted]})["Targets"][0]["Action"] == "RAISE"
    assert recommender(shop)["recommenderConfig"]["minRecommendationRequestsPerSecond"] == 5
    assert ensured_again(shop, STORE) == []


def test_one_that_somebody_stopped_stays_stopped(shop: Shop) -> None:
    shop.call("StopRecommender", recommenderArn=recommender(shop)["recommenderArn"])
    shop.wait(3_600)
    assert ensured_again(shop, STORE) == []
    assert recommender(shop)["status"] == "INACTIVE"


def test_teardown_takes_it_away(shop: Shop) -> None:
    gone = shop.run("teardown", {**shop.local.plan.resources, "Teardown": True})
    assert len(gone["Recommenders"]) == 1
    assert shop.call("ListRecommenders")["recommenders"] == []
