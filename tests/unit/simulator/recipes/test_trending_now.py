from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tastemaker.simulator.clock import ManualClock
from tastemaker.simulator.persistence import StateDirectory
from tastemaker.simulator.recipes.trending_now import TrendingNowModel, TrendingNowRecipe
from tastemaker.simulator.service import Simulator
from tests.support.domains import domain_dataset, domain_group, events_csv, recommender, stream
from tests.support.recipe_data import build_input
from tests.support.recipes import METRICS, RecipeContract, ask, best
from tests.support.simulator import START as LAB_START
from tests.support.simulator import CountingRecipe, FolderStore, Lab, refused

if TYPE_CHECKING:
    from pathlib import Path

    from tastemaker.simulator.recipes.base import Model

HOUR = 3_600
NOON = 1_600_041_600  # a multiple of two hours


def burst(item: str, events: int, start: int, seconds: int = 2 * HOUR) -> list[tuple[str, str, int]]:
    """Events of different users, spread evenly over an interval."""
    return [(f"u{number:03}", item, start + number * seconds // events) for number in range(events)]


def rows() -> list[tuple[str, str, int]]:
    """Long before: `old` by 90 users. Then two intervals until noon: `up` 5 to 30, `flat` 40 to 40, `down` 30 to 5."""
    before, after = NOON - 4 * HOUR, NOON - 2 * HOUR
    return [
        *burst("old", 90, NOON - 400 * HOUR, 300 * HOUR),
        *burst("up", 5, before), *burst("up", 30, after),
        *burst("flat", 40, before), *burst("flat", 40, after),
        *burst("down", 30, before), *burst("down", 5, after),
        *burst("one", 1, after),
    ]  # fmt: skip


def train(frequency: str | None = None, more: list[tuple[str, str, int]] | None = None) -> TrendingNowModel:
    data = build_input([*rows(), *(more or [])])
    given = {"trend_discovery_frequency": frequency} if frequency is not None else {}
    return TrendingNowRecipe().train(replace(data, hyperparameters=given))


def trend(model: Model, now: int, k: int = 5) -> list[str]:
    return best(model, ask(model, [], now=now), k)


class TestTrendingNow(RecipeContract):
    recipe = TrendingNowRecipe()

    def test_metrics_have_the_names_of_the_service(self, model: Model) -> None:
        assert set(model.metrics) == METRICS | {"trend_prediction_accuracy"}


def test_what_grew_most_comes_first_and_one_event_is_no_trend() -> None:
    assert trend(train(), NOON) == ["up", "one", "old", "flat", "down"]


def test_the_answer_is_the_same_for_everybody() -> None:
    model = train()
    assert np.array_equal(ask(model, ["up"], now=NOON), ask(model, [], now=NOON))


def test_no_scores_are_given() -> None:
    assert train().gives_scores is False


def test_between_two_refreshes_the_answer_stays() -> None:
    model = train(more=burst("late", 40, NOON, 60))
    assert trend(model, NOON + 2 * HOUR - 1, 1) == ["up"]
    assert trend(model, NOON + 2 * HOUR, 1) == ["late"]


def test_without_events_in_two_intervals_popular_items_come_first() -> None:
    assert trend(train(), NOON + 4 * HOUR, 2) == ["old", "flat"]


@pytest.mark.parametrize(
    ("frequency", "seconds", "refresh"),
    [
        ("30 minutes", 1_800, 1_800),
        ("1 hour", 3_600, 3_600),
        ("2 hours", 7_200, 7_200),
        ("3 hours", 10_800, 7_200),
        ("1 day", 86_400, 7_200),
        (None, 7_200, 7_200),
    ],
)
def test_intervals_are_those_of_the_solution_and_refreshes_at_most_two_hours_apart(
    frequency: str | None, seconds: int, refresh: int
) -> None:
    model = train(frequency)
    assert (model.interval_seconds, model.refresh_seconds) == (seconds, refresh)


def test_a_longer_interval_sees_another_trend() -> None:
    # two days: `slow` had 10 events on the first one and 60 on the second, long before the last hours
    slow = [*burst("slow", 10, NOON - 48 * HOUR, HOUR), *burst("slow", 60, NOON - 20 * HOUR, HOUR)]
    # within two hours it does not move at all, within days `up`, `flat` and `down` are all new
    assert trend(train("2 hours", slow), NOON, 1) == ["up"]
    assert trend(train("1 day", slow), NOON) == ["flat", "down", "up", "slow", "one"]


def test_events_that_come_later_change_the_trend() -> None:
    model = train()
    code = int(np.searchsorted(model.item_ids, "one"))
    fresh = model.refreshed(np.full(50, code, np.int32), NOON + np.arange(50, dtype=np.int64))
    assert trend(fresh, NOON + 2 * HOUR, 1) == ["one"]
    assert trend(model, NOON + 2 * HOUR, 1) == ["old"]


def test_a_model_keeps_only_the_events_that_a_refresh_may_look_at() -> None:
    model = train()
    assert model.times[0] >= NOON - 6 * HOUR - HOUR
    assert model.items.size == len(rows()) - 90


def test_trends_that_last_are_predicted() -> None:
    # every item's events grow by 4 an interval, `i0` most: what grew in one interval grows in the next
    lasting = [
        event
        for interval in range(8)
        for item in range(40)
        for event in burst(f"i{item:02}", 1 + interval * (40 - item) // 8, NOON + interval * 2 * HOUR)
    ]
    model = TrendingNowRecipe().train(build_input(lasting))
    assert model.metrics["trend_prediction_accuracy"] >= 0.7


def test_trends_that_turn_have_an_accuracy_of_zero() -> None:
    turning = [
        event
        for interval in range(8)
        for item in range(60)
        for event in burst(f"i{item:02}", 20 if (interval + item) % 2 else 1, NOON + interval * 2 * HOUR)
    ]
    model = TrendingNowRecipe().train(build_input(turning))
    assert model.metrics["trend_prediction_accuracy"] == 0.0


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    """With all recipes of the simulator."""
    clock, objects = ManualClock(LAB_START), FolderStore(tmp_path)
    return Lab(Simulator(clock=clock, objects=objects), clock, objects, CountingRecipe())


def campaign(lab: Lab) -> tuple[str, str]:
    """A trained campaign, and its tracker; `i00` is the most popular item, the data is years old."""
    group = lab.trained_group()
    config = {"featureTransformationParameters": {"trend_discovery_frequency": "30 minutes"}}
    version = lab.version(lab.solution(group, "aws-trending-now", solutionConfig=config))
    return lab.campaign(version), lab.tracker(group)


def first(lab: Lab, **endpoint: str) -> str:
    answer = lab.runtime("GetRecommendations", **endpoint)
    assert "score" not in answer["itemList"][0]
    item: str = answer["itemList"][0]["itemId"]
    return item


def wait_for_refresh(lab: Lab, seconds: int = 1_800) -> None:
    """To the second before the next refresh."""
    lab.wait(seconds - lab.clock.now() % seconds - 1)


def test_streamed_events_count_from_the_next_refresh_on(lab: Lab) -> None:
    campaign_arn, tracking_id = campaign(lab)
    popular = first(lab, campaignArn=campaign_arn)
    for user in range(6):
        stream(lab, tracking_id, "i07", user=f"new{user}")
    wait_for_refresh(lab)
    assert first(lab, campaignArn=campaign_arn) == popular != "i07"
    lab.wait(1)
    assert first(lab, campaignArn=campaign_arn) == "i07"


def test_a_trend_is_over_after_two_intervals_without_events(lab: Lab) -> None:
    campaign_arn, tracking_id = campaign(lab)
    popular = first(lab, campaignArn=campaign_arn)
    stream(lab, tracking_id, "i07")
    lab.wait(1_800)
    assert first(lab, campaignArn=campaign_arn) == "i07"
    lab.wait(2 * 1_800)
    assert first(lab, campaignArn=campaign_arn) == popular


def test_events_of_unknown_items_change_no_trend(lab: Lab) -> None:
    campaign_arn, tracking_id = campaign(lab)
    popular = first(lab, campaignArn=campaign_arn)
    stream(lab, tracking_id, "brand new")
    lab.wait(1_800)
    assert first(lab, campaignArn=campaign_arn) == popular


def test_the_use_case_trending_now_makes_recommenders(lab: Lab) -> None:
    group = domain_group(lab, "VIDEO_ON_DEMAND", "films")
    lab.load(domain_dataset(lab, group, domain="VIDEO_ON_DEMAND"), events_csv("Watch", "Click"), "interactions")
    tracking_id = lab.tracker(group)
    arn = recommender(lab, group, "aws-vod-trending-now")
    described = lab.control("DescribeRecommender", recommenderArn=arn)["recommender"]
    assert (described["status"], set(described["modelMetrics"])) == (
        "ACTIVE",
        METRICS | {"trend_prediction_accuracy"},
    )
    assert first(lab, recommenderArn=arn) != "i07"
    stream(lab, tracking_id, "i07", "Click")
    lab.wait(2 * HOUR)
    assert first(lab, recommenderArn=arn) == "i07"


def test_a_promotion_is_not_for_the_use_case_trending_now(lab: Lab) -> None:
    group = domain_group(lab, "VIDEO_ON_DEMAND", "films")
    lab.load(domain_dataset(lab, group, domain="VIDEO_ON_DEMAND"), events_csv("Watch", "Click"), "interactions")
    arn = recommender(lab, group, "aws-vod-trending-now")
    with refused("InvalidInputException", "aws-vod-trending-now"):
        lab.runtime("GetRecommendations", recommenderArn=arn, promotions=[{"name": "p", "percentPromotedItems": 10}])


def test_a_saved_simulator_goes_on_with_its_trends(tmp_path: Path) -> None:
    def open_lab(state: StateDirectory, at: float) -> Lab:
        clock, objects = ManualClock(at), FolderStore(tmp_path / "s3")
        return Lab(Simulator(clock=clock, objects=objects, state=state), clock, objects, CountingRecipe())

    with StateDirectory(tmp_path / "state") as state:
        lab = open_lab(state, LAB_START)
        campaign_arn, tracking_id = campaign(lab)
        stream(lab, tracking_id, "i07")
        lab.wait(1_800)
        assert first(lab, campaignArn=campaign_arn) == "i07"
        now = lab.clock.now()
        lab.simulator.save()
    with StateDirectory(tmp_path / "state") as state:
        assert first(open_lab(state, now), campaignArn=campaign_arn) == "i07"
