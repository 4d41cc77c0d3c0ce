from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tastemaker.simulator.clock import ManualClock
from tastemaker.simulator.persistence import StateDirectory
from tastemaker.simulator.recipes.registry import RECIPES
from tastemaker.simulator.service import Simulator
from tests.support.batches import job_params, results
from tests.support.newcomers import (
    COMEDY,
    COMEDY_FAN,
    DRAMA,
    DRAMA_FAN,
    HOME,
    V1,
    V2,
    ask,
    build_lab,
    group_of_two_tastes,
    put_event,
    put_item,
)
from tests.support.simulator import DAY, HOUR, FolderStore, Lab
from tests.support.simulator import build_lab as build_counting_lab

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    return build_lab(tmp_path)


def serving(lab: Lab, recipe: str = V2) -> str:
    """Group whose campaign `home` is ACTIVE; it became so 48 minutes ago."""
    group = group_of_two_tastes(lab)
    lab.campaign(lab.version(lab.solution(group, recipe)))
    return group


@pytest.mark.parametrize("recipe", [V1, V2])
def test_a_new_item_is_recommended_from_the_next_two_hour_tick_on(lab: Lab, recipe: str) -> None:
    group = serving(lab, recipe)
    put_item(lab, group, "new", DRAMA)
    lab.wait(2 * HOUR - 48 * 60 - 1)
    assert "new" not in ask(lab, DRAMA_FAN)
    lab.wait(1)
    assert "new" in ask(lab, DRAMA_FAN)
    assert len(ask(lab, DRAMA_FAN)) == 21


def test_nothing_is_scheduled_as_long_as_nothing_new_arrives(lab: Lab) -> None:
    serving(lab)
    lab.wait(2 * HOUR)
    assert lab.simulator.next_due() is None


def test_an_item_that_is_known_schedules_nothing(lab: Lab) -> None:
    group = serving(lab)
    lab.wait(2 * HOUR)
    put_item(lab, group, "i04", COMEDY)
    assert lab.simulator.next_due() is None


def test_ticks_are_multiples_of_two_hours_after_the_campaign_became_active(lab: Lab) -> None:
    group = serving(lab)
    lab.wait(3 * HOUR)
    active_at = lab.control("DescribeCampaign", campaignArn=HOME)["campaign"]["lastUpdatedDateTime"].timestamp()
    put_item(lab, group, "new", DRAMA)
    assert lab.simulator.next_due() == active_at + 4 * HOUR


def test_new_items_of_an_incremental_import_join(lab: Lab) -> None:
    group = serving(lab)
    rows = "ITEM_ID,GENRE,PRICE\nnew,drama,1\n"
    lab.load(group.replace("dataset-group", "dataset") + "/ITEMS", rows, "more", "INCREMENTAL")
    lab.wait(2 * HOUR)
    assert "new" in ask(lab, DRAMA_FAN)


def test_new_items_of_streamed_interactions_join(lab: Lab) -> None:
    group = serving(lab)
    put_event(lab, lab.tracker(group), "new", "u30")
    lab.wait(2 * HOUR)
    assert "new" in ask(lab, DRAMA_FAN)


def test_a_new_item_goes_to_those_who_like_its_kind(lab: Lab) -> None:
    group = serving(lab)
    put_item(lab, group, "new", DRAMA)
    lab.wait(2 * HOUR)
    assert ask(lab, DRAMA_FAN).index("new") < ask(lab, COMEDY_FAN).index("new")


def test_an_event_on_a_new_item_counts_once_it_joined(lab: Lab) -> None:
    group = serving(lab)
    tracking_id = lab.tracker(group)
    put_item(lab, group, "new", COMEDY)
    lab.wait(2 * HOUR)
    before = ask(lab, "stranger", wanted=5)
    put_event(lab, tracking_id, "new", "stranger")
    assert ask(lab, "stranger", wanted=5) != before
    assert {int(item[1:]) % 2 for item in ask(lab, "stranger", wanted=5) if item != "new"} == {1}


def test_version_metrics_and_bill_stay(lab: Lab) -> None:
    group = serving(lab)
    version = lab.control("DescribeCampaign", campaignArn=HOME)["campaign"]["solutionVersionArn"]
    metrics = lab.control("GetSolutionMetrics", solutionVersionArn=version)["metrics"]
    trained = lab.simulator.meter.v2_training_interactions
    put_item(lab, group, "new", DRAMA)
    lab.wait(2 * HOUR)
    assert "new" in ask(lab, DRAMA_FAN)
    assert lab.control("GetSolutionMetrics", solutionVersionArn=version)["metrics"] == metrics
    assert len(lab.control("ListSolutionVersions")["solutionVersions"]) == 1
    assert lab.simulator.meter.v2_training_interactions == trained


def test_an_older_version_deployed_elsewhere_is_not_updated(lab: Lab) -> None:
    group = serving(lab)
    old = lab.control("DescribeCampaign", campaignArn=HOME)["campaign"]["solutionVersionArn"]
    lab.campaign(lab.version(old.rpartition("/")[0]), "latest")
    put_item(lab, group, "new", DRAMA)
    lab.wait(2 * HOUR)
    assert "new" not in ask(lab, DRAMA_FAN)
    assert "new" in ask(lab, DRAMA_FAN, HOME.replace("home", "latest"))


def test_what_arrived_before_the_deployment_joins_after_it(lab: Lab) -> None:
    group = group_of_two_tastes(lab)
    version = lab.version(lab.solution(group))
    put_item(lab, group, "new", DRAMA)
    lab.campaign(version)
    assert "new" not in ask(lab, DRAMA_FAN)
    lab.wait(2 * HOUR)
    assert "new" in ask(lab, DRAMA_FAN)


def test_a_ranking_waits_for_the_next_training(lab: Lab) -> None:
    group = serving(lab, "aws-personalized-ranking-v2")
    put_item(lab, group, "new", DRAMA)
    lab.wait(4 * HOUR)
    answer = lab.runtime("GetPersonalizedRanking", campaignArn=HOME, userId=DRAMA_FAN, inputList=["new", "i02"])
    assert answer["personalizedRanking"][-1] == {"itemId": "new"}


def test_a_model_that_cannot_grow_stays_as_it_is(tmp_path: Path) -> None:
    lab = build_counting_lab(tmp_path)
    group, _ = lab.serving()
    lab.wait(2 * HOUR)
    put_item(lab, group, "new", DRAMA)
    assert lab.simulator.next_due() is None


def test_a_batch_job_on_the_latest_version_updates_it_first(lab: Lab) -> None:
    group = group_of_two_tastes(lab)
    version = lab.version(lab.solution(group))
    put_item(lab, group, "new", DRAMA)
    lab.objects.put("s3://bucket/in/lines.json", b'{"userId":"u00"}')
    lab.control("CreateBatchInferenceJob", **job_params(version, numResults=100))
    lab.wait(HOUR)
    assert "new" in results(lab)[0]["output"]["recommendedItems"]


def test_a_filter_knows_the_larger_catalogue(lab: Lab) -> None:
    group = serving(lab)
    arn = lab.control(
        "CreateFilter",
        name="seen",
        datasetGroupArn=group,
        filterExpression='EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("view")',
    )["filterArn"]
    lab.wait(HOUR)
    seen = set(ask(lab, DRAMA_FAN)) - set(ask(lab, DRAMA_FAN, filterArn=arn))
    put_item(lab, group, "a-new-item-before-all-others", DRAMA)
    lab.wait(3 * HOUR)
    after = set(ask(lab, DRAMA_FAN)) - set(ask(lab, DRAMA_FAN, filterArn=arn))
    assert after == seen == {f"i{item:02}" for item in range(0, 20, 2)}


def test_updates_go_on_after_loading(tmp_path: Path) -> None:
    clock = ManualClock(build_lab(tmp_path).clock.now())
    with StateDirectory(tmp_path / "state") as state:
        simulator = Simulator(clock=clock, objects=FolderStore(tmp_path), recipes=RECIPES, state=state)
        lab = Lab(simulator, clock, FolderStore(tmp_path), build_counting_lab(tmp_path).recipe)
        group = serving(lab)
        put_item(lab, group, "first", DRAMA)
        lab.wait(2 * HOUR)
        put_item(lab, group, "second", DRAMA)
        expected = lab.runtime("GetRecommendations", campaignArn=HOME, userId=DRAMA_FAN)["itemList"]
        simulator.save()
    with StateDirectory(tmp_path / "state") as state:
        again = Simulator(clock=clock, objects=FolderStore(tmp_path), recipes=RECIPES, state=state)
        lab = Lab(again, clock, FolderStore(tmp_path), lab.recipe)
        assert lab.runtime("GetRecommendations", campaignArn=HOME, userId=DRAMA_FAN)["itemList"] == expected
        lab.wait(2 * HOUR)
        assert {"first", "second"} <= set(ask(lab, DRAMA_FAN))


def test_a_saved_and_loaded_larger_model_scores_alike(tmp_path: Path) -> None:
    from tastemaker.simulator.recipes.personalization import PersonalizationRecipe
    from tests.support.recipes import ask as score
    from tests.support.recipes import checkerboard

    model = PersonalizationRecipe().train(checkerboard())
    larger: Any = model.extended(np.sort(np.append(model.item_ids, ["a", "z"])), None)
    larger.save(tmp_path)
    history = ["i02", "i04"]
    np.testing.assert_array_equal(score(PersonalizationRecipe().load(tmp_path), history), score(larger, history))
    known = np.searchsorted(larger.item_ids, model.item_ids)
    before, after = score(model, history), score(larger, history)[known]
    assert np.abs(before - after).max() < 0.3 * before.std()
    assert larger.metrics == model.metrics


def test_a_month_without_new_items_costs_no_tick(lab: Lab) -> None:
    serving(lab)
    lab.wait(30 * DAY)
    assert lab.simulator.next_due() is None
