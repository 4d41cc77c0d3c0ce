from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.newcomers import ask, build_lab, group_of_two_tastes, put_event
from tests.support.simulator import DAY, HOUR, Lab

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    return build_lab(tmp_path)


def serving(lab: Lab) -> tuple[str, str]:
    """trackingId, and the solution behind the campaign `home`, which follows its latest version."""
    group = group_of_two_tastes(lab)
    solution = lab.solution(group)
    lab.version(solution)
    lab.campaign(f"{solution}/$LATEST", campaignConfig={"syncWithLatestSolutionVersion": True})
    return lab.tracker(group), solution


def retrain(lab: Lab, solution: str) -> None:
    lab.version(solution)
    lab.wait(HOUR)


def kinds(lab: Lab, user_id: str) -> set[int]:
    """Which halves of the catalogue the first five results are from: 0 drama, 1 comedy."""
    return {int(item[1:]) % 2 for item in ask(lab, user_id, wanted=5)}


def test_an_anonymous_visitor_is_known_by_the_session(lab: Lab) -> None:
    tracking_id, _ = serving(lab)
    nobody = ask(lab, "session-1")
    put_event(lab, tracking_id, "i05", None, "session-1")
    assert ask(lab, "session-1") != nobody
    assert kinds(lab, "session-1") == {1}
    assert ask(lab, "session-2") == nobody


def test_the_histories_are_one_after_the_next_full_training(lab: Lab) -> None:
    tracking_id, solution = serving(lab)
    for item in ("i05", "i07", "i09"):
        put_event(lab, tracking_id, item, None, "session-1")
        lab.wait(60)
    put_event(lab, tracking_id, "i04", "known", "session-1")
    assert kinds(lab, "known") == {0}
    retrain(lab, solution)
    assert kinds(lab, "known") == {1}
    assert ask(lab, "session-1") == ask(lab, "nobody")


def test_without_a_linking_event_the_histories_stay_apart(lab: Lab) -> None:
    tracking_id, solution = serving(lab)
    put_event(lab, tracking_id, "i05", None, "session-1")
    put_event(lab, tracking_id, "i04", "known", "session-2")
    retrain(lab, solution)
    assert kinds(lab, "session-1") == {1}
    assert kinds(lab, "known") == {0}


def test_a_filter_hides_what_was_seen_anonymously_after_the_training(lab: Lab) -> None:
    tracking_id, solution = serving(lab)
    group = lab.control("ListDatasetGroups")["datasetGroups"][0]["datasetGroupArn"]
    expression = 'EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("view")'
    unseen = lab.control("CreateFilter", name="unseen", datasetGroupArn=group, filterExpression=expression)["filterArn"]
    put_event(lab, tracking_id, "i05", None, "session-1")
    put_event(lab, tracking_id, "i04", "known", "session-1")
    lab.wait(HOUR)
    assert ("i05" in ask(lab, "known", filterArn=unseen), "i04" in ask(lab, "known", filterArn=unseen)) == (True, False)
    retrain(lab, solution)
    assert not {"i05", "i04"} & set(ask(lab, "known", filterArn=unseen))
    lab.wait(DAY)
    assert not {"i05", "i04"} & set(ask(lab, "known", filterArn=unseen))
