from __future__ import annotations

from typing import TYPE_CHECKING

from tastemaker.simulator.clock import ManualClock
from tastemaker.simulator.persistence import StateDirectory
from tastemaker.simulator.service import Simulator
from tests.support.domains import (
    ARN,
    RECIPE,
    ask,
    describe,
    events_csv,
    recommender,
    shop,
    stream,
)
from tests.support.simulator import DAY, HOUR, START, CountingRecipe, FolderStore, Lab, refused

if TYPE_CHECKING:
    from pathlib import Path

FOR_YOU = "aws-ecomm-recommended-for-you"
VIEWED = "aws-ecomm-popular-items-by-views"


def test_a_stopped_recommender_does_not_answer_and_goes_on_with_its_model(lab: Lab) -> None:
    recommender(lab, shop(lab))
    before, trainings = ask(lab), len(lab.recipe.seen)
    assert lab.control("StopRecommender", recommenderArn=ARN) == {"recommenderArn": ARN}
    statuses = [describe(lab)["status"]]
    for seconds in (10, 290):
        lab.wait(seconds)
        statuses.append(describe(lab)["status"])
    assert statuses == ["STOP PENDING", "STOP IN_PROGRESS", "INACTIVE"]
    with refused("InvalidInputException", f"Recommender {ARN} must be ACTIVE and is INACTIVE."):
        ask(lab)
    lab.control("StartRecommender", recommenderArn=ARN)
    statuses = [describe(lab)["status"]]
    for seconds in (10, 290):
        lab.wait(seconds)
        statuses.append(describe(lab)["status"])
    assert statuses == ["START PENDING", "START IN_PROGRESS", "ACTIVE"]
    assert (ask(lab), len(lab.recipe.seen)) == (before, trainings)


def test_only_what_runs_can_be_stopped_and_only_what_stands_started(lab: Lab) -> None:
    recommender(lab, shop(lab))
    with refused("ResourceInUseException", f"{ARN} must be INACTIVE and is ACTIVE."):
        lab.control("StartRecommender", recommenderArn=ARN)
    lab.control("StopRecommender", recommenderArn=ARN)
    with refused("ResourceInUseException", f"{ARN} must be ACTIVE and is STOP PENDING."):
        lab.control("StopRecommender", recommenderArn=ARN)
    with refused("ResourceInUseException", f"{ARN} is being updated, started or stopped."):
        lab.control("DeleteRecommender", recommenderArn=ARN)


def test_a_recommender_trains_anew_every_seven_days_and_not_while_it_is_stopped(lab: Lab) -> None:
    group = shop(lab)
    recommender(lab, group)
    stream(lab, lab.tracker(group), "i04", user="fresh")
    assert len(lab.recipe.seen) == 1
    lab.wait(7 * DAY - 2 * HOUR)
    lab.wait(2 * HOUR)
    assert [data.interactions.user.size for data in lab.recipe.seen] == [3_000, 3_001]
    lab.control("StopRecommender", recommenderArn=ARN)
    lab.wait(8 * DAY)
    assert len(lab.recipe.seen) == 2
    lab.control("StartRecommender", recommenderArn=ARN)
    lab.wait(7 * DAY)
    assert len(lab.recipe.seen) == 3


def test_a_weekly_training_brings_new_items(lab: Lab) -> None:
    group = shop(lab)
    recommender(lab, group)
    stream(lab, lab.tracker(group), "new", user="u02")
    assert "new" not in ask(lab, userId="nobody")
    lab.wait(7 * DAY)
    assert "new" in ask(lab, userId="nobody")


def test_an_update_of_the_minimum_needs_no_training(lab: Lab) -> None:
    recommender(lab, shop(lab), recommenderConfig={"enableMetadataWithRecommendations": True})
    config = {"minRecommendationRequestsPerSecond": 3}
    assert lab.control("UpdateRecommender", recommenderArn=ARN, recommenderConfig=config) == {"recommenderArn": ARN}
    described = describe(lab)
    assert described["status"] == "ACTIVE"
    assert described["latestRecommenderUpdate"]["status"] == "CREATE PENDING"
    assert described["recommenderConfig"]["minRecommendationRequestsPerSecond"] == 1
    with refused("ResourceInUseException", f"{ARN} is being updated."):
        lab.control("UpdateRecommender", recommenderArn=ARN, recommenderConfig=config)
    lab.wait(15 * 60)
    described = describe(lab)
    assert described["latestRecommenderUpdate"]["status"] == "ACTIVE"
    assert described["recommenderConfig"] == {
        "minRecommendationRequestsPerSecond": 3,
        "enableMetadataWithRecommendations": True,
    }
    assert len(lab.recipe.seen) == 1


def test_an_update_of_the_columns_trains_anew_while_the_old_model_serves(lab: Lab) -> None:
    recommender(lab, shop(lab))
    config = {"trainingDataConfig": {"excludedDatasetColumns": {"Items": ["PRICE"]}}}
    lab.control("UpdateRecommender", recommenderArn=ARN, recommenderConfig=config)
    lab.wait(15 * 60)
    assert describe(lab)["latestRecommenderUpdate"]["status"] == "CREATE IN_PROGRESS"
    assert len(ask(lab)) == 5
    lab.wait(HOUR)
    described = describe(lab)
    assert described["latestRecommenderUpdate"]["status"] == "ACTIVE"
    assert described["recommenderConfig"]["trainingDataConfig"] == config["trainingDataConfig"]
    columns = [sorted(data.items.columns) for data in lab.recipe.seen if data.items is not None]
    assert columns == [["CATEGORY_L1", "PRICE"], ["CATEGORY_L1"]]


def test_an_update_whose_training_fails_leaves_the_old_model(lab: Lab) -> None:
    group = shop(lab)
    recommender(lab, group, VIEWED)
    before = ask(lab)
    dataset = lab.control("ListDatasets")["datasets"][0]["datasetArn"]
    lab.load(dataset, events_csv("Purchase", "Look"), "again")
    config = {"trainingDataConfig": {"excludedDatasetColumns": {"Items": ["PRICE"]}}}
    lab.control("UpdateRecommender", recommenderArn=ARN, recommenderConfig=config)
    lab.wait(2 * HOUR)
    update = describe(lab)["latestRecommenderUpdate"]
    reason = "Dataset has fewer than 1000 interactions after filtering by event type: View"
    assert (update["status"], update["failureReason"]) == ("CREATE FAILED", reason)
    assert (describe(lab)["status"], ask(lab)) == ("ACTIVE", before)
    assert "trainingDataConfig" not in describe(lab)["recommenderConfig"]


def test_deletion_takes_the_metrics_first_and_then_everything(lab: Lab) -> None:
    group = shop(lab)
    recommender(lab, group)
    with refused("ResourceInUseException", f"{group} still has "):
        lab.control("DeleteDatasetGroup", datasetGroupArn=group)
    assert lab.control("DeleteRecommender", recommenderArn=ARN) == {}
    assert (describe(lab)["status"], "modelMetrics" in describe(lab)) == ("DELETE PENDING", False)
    lab.wait()
    with refused("ResourceNotFoundException", ARN):
        describe(lab)


def test_a_dataset_is_in_use_while_a_recommender_trains(lab: Lab) -> None:
    group = shop(lab)
    lab.control("CreateRecommender", name="home", datasetGroupArn=group, recipeArn=RECIPE + FOR_YOU)
    dataset = lab.control("ListDatasets")["datasets"][0]["datasetArn"]
    with refused("ResourceInUseException", f"is used by {ARN}, which is CREATE PENDING."):
        lab.control("DeleteDataset", datasetArn=dataset)


def test_a_recommender_that_is_deleted_while_it_trains_is_not_possible(lab: Lab) -> None:
    group = shop(lab)
    lab.control("CreateRecommender", name="home", datasetGroupArn=group, recipeArn=RECIPE + FOR_YOU)
    with refused("ResourceInUseException", "CREATE PENDING"):
        lab.control("DeleteRecommender", recommenderArn=ARN)


def test_hours_are_billed_while_it_is_active_and_requests_above_the_included_ones(lab: Lab) -> None:
    recommender(lab, shop(lab))
    start = describe(lab)["lastUpdatedDateTime"].timestamp()
    meter = lab.simulator.meter
    assert round(meter.report(start + 30 * DAY)["recommenders"], 6) == 270.0
    for _ in range(5_000):
        meter.request(ARN, start + 3 * HOUR)
    assert round(meter.report(start + 10 * HOUR)["recommenders"], 4) == round(3.75 + 1_000 * 0.0833e-3, 4)
    lab.control("StopRecommender", recommenderArn=ARN)
    stopped = meter.report(lab.clock.now())["recommenders"]
    assert meter.report(lab.clock.now() + DAY)["recommenders"] == stopped


def test_a_saved_recommender_answers_the_same_and_goes_on_with_its_training(tmp_path: Path) -> None:
    clock, objects = ManualClock(START), FolderStore(tmp_path)

    def opened(state: StateDirectory) -> Lab:
        simulator = Simulator(clock=clock, objects=objects, state=state)
        return Lab(simulator, clock, objects, CountingRecipe())

    with StateDirectory(tmp_path / "state") as state:
        first = opened(state)
        recommender(first, shop(first))
        config = {"trainingDataConfig": {"excludedDatasetColumns": {"Items": ["PRICE"]}}}
        first.control("UpdateRecommender", recommenderArn=ARN, recommenderConfig=config)
        before = ask(first)
        first.simulator.save()
    with StateDirectory(tmp_path / "state") as state:
        second = opened(state)
        assert ask(second) == before
        second.wait(2 * HOUR)
        assert describe(second)["latestRecommenderUpdate"]["status"] == "ACTIVE"
