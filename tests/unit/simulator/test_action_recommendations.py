"""GetActionRecommendations and what stands around it: eligibility, filters, events, updates."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tastemaker.simulator.action_recommendations import explore_actions, rank_actions
from tastemaker.simulator.persistence import StateDirectory
from tests.support.action_labs import (
    ACTIONS,
    ACTIONS_CSV,
    CAMPAIGN,
    GROUP,
    build_lab,
    done_csv,
    load_group,
    names,
    put_done,
    recommend,
    serve,
)
from tests.support.simulator import DAY, HOUR, START, Lab, refused

if TYPE_CHECKING:
    from pathlib import Path

GAMER, READER = "u000", "u001"


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    """With a campaign that has just become ACTIVE at a multiple of no two hours."""
    lab = build_lab(tmp_path)
    load_group(lab)
    serve(lab)
    return lab


def put_action(lab: Lab, action_id: str, **properties: Any) -> None:
    entry = {"actionId": action_id, "properties": json.dumps(properties)}
    lab.events("PutActions", datasetArn=ACTIONS, actions=[entry])


def make_filter(lab: Lab, text: str) -> str:
    arn: str = lab.control("CreateFilter", name="f", datasetGroupArn=GROUP, filterExpression=text)["filterArn"]
    lab.wait(2 * 60)
    return arn


def test_who_plays_games_gets_pro_and_who_reads_gets_basic(lab: Lab) -> None:
    assert names(lab, GAMER)[0] == "pro"
    assert names(lab, READER)[0] == "basic"


def test_actions_without_a_propensity_follow_with_0_by_value(lab: Lab) -> None:
    assert recommend(lab, GAMER)[2:] == [("tour", 0.0), ("survey", 0.0)]


def test_scores_are_probabilities(lab: Lab) -> None:
    scores = dict(recommend(lab, GAMER))
    assert 0.6 < scores["pro"] < 1
    assert 0 < scores["basic"] < 0.5


def test_an_unknown_user_is_answered(lab: Lab) -> None:
    assert len(recommend(lab, "nobody")) == 4


def test_before_there_are_action_interactions_value_decides(tmp_path: Path) -> None:
    lab = build_lab(tmp_path)
    load_group(lab, done="")
    serve(lab)
    assert recommend(lab, GAMER) == [("pro", 0.0), ("tour", 0.0), ("survey", 0.0), ("basic", 0.0)]


def test_five_actions_are_the_default_and_a_hundred_the_most(tmp_path: Path) -> None:
    lab = build_lab(tmp_path)
    load_group(lab, ACTIONS_CSV + "".join(f"more{n},1,,,\n" for n in range(200)))
    serve(lab)
    assert len(recommend(lab, GAMER)) == 5
    assert len(recommend(lab, GAMER, numResults=100)) == 100
    with refused("InvalidInputException", "numResults"):
        recommend(lab, GAMER, numResults=101)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"userId": "u"}, "campaignArn is required."),
        ({"campaignArn": CAMPAIGN}, "userId is required for recipe arn:aws:personalize:::recipe/aws-next-best-action."),
        ({"campaignArn": CAMPAIGN, "userId": "u", "filterValues": {"A": "1"}}, "filterValues needs a filterArn."),
    ],
)
def test_a_request_that_lacks_something_is_refused(lab: Lab, params: dict[str, Any], message: str) -> None:
    with refused("InvalidInputException", message):
        lab.runtime("GetActionRecommendations", **params)


def test_a_campaign_for_actions_recommends_no_items(lab: Lab) -> None:
    with refused("InvalidInputException", "aws-next-best-action do not support GetRecommendations."):
        lab.runtime("GetRecommendations", campaignArn=CAMPAIGN, userId=GAMER)


def test_an_expired_action_is_not_recommended(tmp_path: Path) -> None:
    lab = build_lab(tmp_path)
    load_group(lab, ACTIONS_CSV.replace("pro,9,", f"pro,9,{int(START + 20 * HOUR)}"))
    serve(lab)
    assert "pro" in names(lab, GAMER)
    lab.wait(20 * HOUR)
    assert "pro" not in names(lab, GAMER)


def test_an_action_rests_after_an_interaction_for_its_repeat_frequency(tmp_path: Path) -> None:
    lab = build_lab(tmp_path)
    load_group(lab, ACTIONS_CSV.replace("survey,5,,", "survey,5,,3"))
    serve(lab)
    put_done(lab, GAMER, "survey", "Viewed")
    assert "survey" not in names(lab, GAMER)
    assert "survey" in names(lab, READER)
    lab.wait(3 * DAY)
    assert "survey" in names(lab, GAMER)


def test_an_action_interaction_changes_that_users_answer_at_once_and_nobody_elses(lab: Lab) -> None:
    before, other = dict(recommend(lab, GAMER)), recommend(lab, READER)
    put_done(lab, GAMER, "pro", "Not Taken")
    assert dict(recommend(lab, GAMER))["pro"] < before["pro"]
    assert recommend(lab, READER) == other


def test_an_item_event_changes_that_users_answer_at_once_and_nobody_elses(lab: Lab) -> None:
    tracking_id = lab.tracker(GROUP)
    before, other = dict(recommend(lab, "new")), recommend(lab, READER)
    for place in range(4):
        event = {"eventType": "play", "itemId": f"game{place}", "sentAt": lab.clock.now() + place}
        lab.events("PutEvents", trackingId=tracking_id, sessionId="s", userId="new", eventList=[event])
    assert dict(recommend(lab, "new"))["basic"] < before["basic"] - 0.1
    assert recommend(lab, READER) == other


def test_a_filter_on_columns_of_actions(lab: Lab) -> None:
    arn = make_filter(lab, "INCLUDE ActionID WHERE Actions.KIND IN ($KIND)")
    assert names(lab, GAMER, filterArn=arn, filterValues={"KIND": '"plan"'}) == ["pro", "basic"]
    with refused("InvalidInputException", "The filter includes by $KIND; give a value in filterValues."):
        names(lab, GAMER, filterArn=arn)


def test_a_filter_on_what_the_user_did_with_actions(lab: Lab) -> None:
    arn = make_filter(lab, 'EXCLUDE ActionID WHERE Action_Interactions.EVENT_TYPE IN ("NOT_TAKEN")')
    assert "basic" not in names(lab, GAMER, filterArn=arn)
    put_done(lab, GAMER, "tour", "Not Taken")
    lab.wait(15 * 60)
    assert "tour" not in names(lab, GAMER, filterArn=arn)


def test_a_filter_on_items_does_not_fit(lab: Lab) -> None:
    arn = make_filter(lab, 'EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("play")')
    with refused("InvalidInputException", "filters ItemID; recommendations need ActionID."):
        names(lab, GAMER, filterArn=arn)


def test_a_new_action_is_recommended_from_the_next_two_hour_update_on(lab: Lab) -> None:
    lab.wait(2 * HOUR)
    put_action(lab, "extra", value=10)
    assert "extra" not in names(lab, GAMER)
    lab.wait(2 * HOUR)
    assert ("extra", 0.0) in recommend(lab, GAMER)
    assert names(lab, GAMER)[0] == "pro"


def test_an_expiry_that_is_moved_to_the_past_counts_from_the_next_update_on(lab: Lab) -> None:
    put_action(lab, "pro", value=9, expirationTimestamp=1)
    assert "pro" in names(lab, GAMER)
    lab.wait(2 * HOUR)
    assert "pro" not in names(lab, GAMER)


def test_metrics_have_the_names_of_the_recipe(lab: Lab) -> None:
    versions = lab.control("ListSolutionVersions")["solutionVersions"]
    metrics = lab.control("GetSolutionMetrics", solutionVersionArn=versions[0]["solutionVersionArn"])["metrics"]
    assert {"coverage", "precision", "recall", "area_under_curve"} < set(metrics)
    assert "mean_reciprocal_rank_at_25" not in metrics


def test_the_optimization_period_has_a_range(tmp_path: Path) -> None:
    lab = build_lab(tmp_path)
    load_group(lab)

    def configured(days: str) -> dict[str, Any]:
        return {"featureTransformationParameters": {"action_optimization_period": days}}

    with refused("InvalidInputException", "'action_optimization_period' must be a whole number from 7 to 28"):
        lab.solution(GROUP, "aws-next-best-action", solutionConfig=configured("29"))
    assert serve(lab, solutionConfig=configured("7")) == CAMPAIGN


def test_training_needs_actions(tmp_path: Path) -> None:
    lab = build_lab(tmp_path)
    load_group(lab, "ACTION_ID,VALUE,EXPIRATION_TIMESTAMP,REPEAT_FREQUENCY,KIND\n")
    version = lab.version(lab.solution(GROUP, "aws-next-best-action"))
    described = lab.control("DescribeSolutionVersion", solutionVersionArn=version)["solutionVersion"]
    assert (described["status"], described["failureReason"]) == ("CREATE FAILED", "Dataset of type ACTIONS is empty")


def test_batch_inference_is_not_possible(lab: Lab) -> None:
    version = lab.control("ListSolutionVersions")["solutionVersions"][0]["solutionVersionArn"]
    with refused("InvalidInputException", "Batch inference is not supported by recipe"):
        lab.control(
            "CreateBatchInferenceJob",
            jobName="b",
            solutionVersionArn=version,
            roleArn="arn:aws:iam::123456789012:role/personalize",
            jobInput={"s3DataSource": {"path": "s3://bucket/in.json"}},
            jobOutput={"s3DataDestination": {"path": "s3://bucket/out/"}},
        )


def test_a_restored_simulator_answers_the_same(tmp_path: Path) -> None:
    with StateDirectory(tmp_path / "state") as state:
        lab = build_lab(tmp_path, state)
        load_group(lab)
        serve(lab)
        put_done(lab, GAMER, "pro", "Viewed")
        expected = recommend(lab, GAMER), recommend(lab, READER)
        lab.simulator.save()
    with StateDirectory(tmp_path / "state") as state:
        restored = build_lab(tmp_path, state, lab.clock.now())
        assert (recommend(restored, GAMER), recommend(restored, READER)) == expected


def test_streamed_action_interactions_are_trained_on(tmp_path: Path) -> None:
    lab = build_lab(tmp_path)
    load_group(lab, done="")
    for place, line in enumerate(done_csv().splitlines()[1:]):
        user, action, kind, moment = line.split(",")
        put_done(lab, user, action, kind, int(moment))
        lab.clock.advance(place % 2)
    serve(lab)
    assert [score > 0 for _, score in recommend(lab, GAMER)] == [True, True, False, False]


def test_a_deleted_user_is_answered_like_a_new_one(lab: Lab) -> None:
    lab.objects.put("s3://bucket/forget.csv", f"USER_ID\n{GAMER}\n".encode())
    lab.control(
        "CreateDataDeletionJob",
        jobName="forget",
        datasetGroupArn=GROUP,
        dataSource={"dataLocation": "s3://bucket/forget.csv"},
        roleArn="arn:aws:iam::123456789012:role/personalize",
    )
    assert recommend(lab, GAMER) != recommend(lab, "nobody")
    lab.wait(2 * DAY)
    assert recommend(lab, GAMER) == recommend(lab, "nobody")


def test_equal_propensities_are_ordered_by_value_then_by_id() -> None:
    propensity = np.array([0.5, 0.5, 0.9, 0.5], np.float32)
    ranked = rank_actions(propensity, np.array([1.0, 7.0, 0.0, 7.0]), np.array([True, True, True, True]))
    assert ranked.tolist() == [2, 1, 3, 0]


def test_exploration_gives_up_the_last_scored_places_for_unscored_actions() -> None:
    propensity = np.array([0.9, 0.8, 0.7, 0.0, 0.0], np.float32)
    ranked = np.arange(5, dtype=np.int32)
    shares = np.array([0.5, 0.05, 0.5, 0.9, 0.2])
    assert explore_actions(ranked, propensity, shares, 3).tolist() == [0, 1, 4]
    assert explore_actions(ranked, propensity, np.full(5, 0.5), 3).tolist() == [0, 1, 2]
