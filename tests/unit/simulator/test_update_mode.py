from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.newcomers import DRAMA, DRAMA_FAN, HOME, V1, ask, build_lab, group_of_two_tastes, put_event, put_item
from tests.support.simulator import DAY, HOUR, Lab, refused

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    return build_lab(tmp_path)


def update(lab: Lab, solution: str) -> str:
    """ARN of a version with trainingMode UPDATE, ACTIVE."""
    answer = lab.control("CreateSolutionVersion", solutionArn=solution, trainingMode="UPDATE")
    lab.wait(HOUR)
    arn: str = answer["solutionVersionArn"]
    return arn


def deploy(lab: Lab, version: str) -> None:
    lab.control("UpdateCampaign", campaignArn=HOME, solutionVersionArn=version)
    lab.wait(HOUR)


def test_an_update_is_a_new_version_with_the_new_items_and_the_old_metrics(lab: Lab) -> None:
    group = group_of_two_tastes(lab)
    solution = lab.solution(group, V1)
    full = lab.version(solution)
    put_item(lab, group, "new", DRAMA)
    version = update(lab, solution)
    described = lab.control("DescribeSolutionVersion", solutionVersionArn=version)["solutionVersion"]
    assert (described["status"], described["trainingMode"], described["trainingType"]) == ("ACTIVE", "UPDATE", "MANUAL")
    metrics = [lab.control("GetSolutionMetrics", solutionVersionArn=arn)["metrics"] for arn in (full, version)]
    assert metrics[0] == metrics[1]
    lab.campaign(version)
    lab.campaign(full, "full")
    assert "new" in ask(lab, DRAMA_FAN)
    assert "new" not in ask(lab, DRAMA_FAN, HOME.replace("home", "full"))


def test_it_is_charged_as_training_hours(lab: Lab) -> None:
    solution = lab.solution(group_of_two_tastes(lab), V1)
    version = lab.version(solution)
    before = lab.simulator.meter.v1_training_hours
    lab.wait(DAY)
    version = update(lab, solution)
    hours = lab.control("DescribeSolutionVersion", solutionVersionArn=version)["solutionVersion"]["trainingHours"]
    assert hours == pytest.approx(40 / 60, abs=0.001)
    assert lab.simulator.meter.v1_training_hours - before == pytest.approx(hours, abs=0.001)


def test_it_needs_an_active_full_version(lab: Lab) -> None:
    solution = lab.solution(group_of_two_tastes(lab), V1)
    with refused("InvalidInputException", "needs an ACTIVE solution version with trainingMode FULL."):
        update(lab, solution)
    lab.control("CreateSolutionVersion", solutionArn=solution)
    with refused("InvalidInputException", "needs an ACTIVE solution version with trainingMode FULL."):
        update(lab, solution)


def test_v2_recipes_have_none(lab: Lab) -> None:
    solution = lab.solution(group_of_two_tastes(lab))
    lab.version(solution)
    with refused("InvalidInputException", "trainingMode UPDATE is not supported by recipe"):
        update(lab, solution)


def test_nothing_is_learnt_anew(lab: Lab) -> None:
    group = group_of_two_tastes(lab)
    solution = lab.solution(group, V1)
    full = lab.version(solution)
    lab.campaign(full)
    before = ask(lab, DRAMA_FAN)
    deploy(lab, update(lab, solution))
    assert ask(lab, DRAMA_FAN) == before


def test_events_since_the_full_training_still_count(lab: Lab) -> None:
    group = group_of_two_tastes(lab)
    tracking_id = lab.tracker(group)
    solution = lab.solution(group, V1)
    lab.campaign(lab.version(solution))
    put_event(lab, tracking_id, "i03", "stranger")
    expected = ask(lab, "stranger")
    deploy(lab, update(lab, solution))
    assert ask(lab, "stranger") == expected != ask(lab, "nobody")


def test_the_free_updates_end_with_an_update_version_and_begin_again_with_the_next_full_one(lab: Lab) -> None:
    group = group_of_two_tastes(lab)
    solution = lab.solution(group, V1)
    lab.campaign(lab.version(solution))
    deploy(lab, update(lab, solution))
    put_item(lab, group, "new", DRAMA)
    lab.wait(DAY)
    assert "new" not in ask(lab, DRAMA_FAN)
    deploy(lab, lab.version(solution))
    put_item(lab, group, "newer", DRAMA)
    lab.wait(2 * HOUR)
    assert {"new", "newer"} <= set(ask(lab, DRAMA_FAN))


def test_a_second_update_builds_on_the_full_version(lab: Lab) -> None:
    group = group_of_two_tastes(lab)
    solution = lab.solution(group, V1)
    lab.campaign(lab.version(solution))
    put_item(lab, group, "first", DRAMA)
    update(lab, solution)
    put_item(lab, group, "second", DRAMA)
    deploy(lab, update(lab, solution))
    assert {"first", "second"} <= set(ask(lab, DRAMA_FAN))
    with refused("InvalidInputException", "trainingMode UPDATE is not supported by recipe"):
        update(lab, lab.solution(group, "aws-personalized-ranking", "ranking"))


def test_an_update_does_not_count_as_the_last_training_of_a_schedule(lab: Lab) -> None:
    group = group_of_two_tastes(lab)
    tracking_id = lab.tracker(group)
    solution = lab.solution(group, V1, performAutoTraining=True)
    lab.wait(3 * HOUR)
    put_event(lab, tracking_id, "i03", "stranger")
    update(lab, solution)
    lab.wait(7 * DAY)
    versions = lab.control("ListSolutionVersions")["solutionVersions"]
    assert [version["trainingMode"] for version in versions] == ["FULL", "UPDATE", "FULL"]
