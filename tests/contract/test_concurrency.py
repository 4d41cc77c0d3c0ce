"""Several clients at once: nobody sees half of a resource, and the order of requests changes no recommendation."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from tastemaker.errors import AwsError
from tastemaker.simulator.shapes import service_model
from tastemaker.simulator.validation import check_shape
from tests.support.stage import Stage

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ROUNDS = 30
USERS = [f"u{number:02}" for number in range(40)]
_DESCRIBED = (
    ("DescribeCampaign", "campaignArn", "campaign", "Campaign"),
    ("DescribeSolution", "solutionArn", "solution", "Solution"),
    ("DescribeDatasetGroup", "datasetGroupArn", "datasetGroup", "DatasetGroup"),
)


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    stage = Stage(tmp_path)
    stage.play_all(["CreateCampaign", "CreateFilter", "CreateEventTracker"])
    return stage


def recommend(stage: Stage, user: str) -> list[dict[str, Any]]:
    params = {"campaignArn": stage.known["campaignArn"], "filterArn": stage.known["filterArn"], "userId": user}
    answer = stage.lab.runtime("GetRecommendations", **params)
    items: list[dict[str, Any]] = answer["itemList"]
    return items


def while_changing(change: Callable[[], None], read: Callable[[], None], readers: int = 3) -> None:
    """Read from several threads as long as another one changes; the first failure of any ends the test."""
    done = threading.Event()

    def keep_reading() -> None:
        while not done.is_set():
            read()

    def keep_changing() -> None:
        try:
            change()
        finally:
            done.set()

    with ThreadPoolExecutor(readers + 1) as pool:
        running = [pool.submit(keep_changing), *(pool.submit(keep_reading) for _ in range(readers))]
        for each in running:
            each.result(60)


def test_a_description_is_whole_at_every_moment(stage: Stage) -> None:
    def change() -> None:
        for number in range(ROUNDS):
            stage.lab.control("UpdateCampaign", campaignArn=stage.known["campaignArn"], minProvisionedTPS=1 + number)
            stage.lab.control("UpdateSolution", solutionArn=stage.known["solutionArn"], performAutoTraining=False)
            stage.lab.wait()

    def read() -> None:
        for operation, arn_member, member, shape in _DESCRIBED:
            found = stage.lab.control(operation, **{arn_member: stage.known[arn_member]})[member]
            assert check_shape("personalize", shape, found) == []
            assert found["status"] == "ACTIVE"
        campaign = stage.lab.control("DescribeCampaign", campaignArn=stage.known["campaignArn"])["campaign"]
        update = campaign.get("latestCampaignUpdate")
        if update is not None and update["status"] == "ACTIVE":
            assert update["minProvisionedTPS"] == campaign["minProvisionedTPS"]

    while_changing(change, read)


def test_a_created_resource_is_listed_described_and_tagged_or_does_not_exist(stage: Stage) -> None:
    expression = 'EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("view")'
    params = {"datasetGroupArn": stage.known["datasetGroupArn"], "filterExpression": expression}
    tags = [{"tagKey": "team", "tagValue": "web"}]

    def change() -> None:
        for number in range(ROUNDS):
            name = f"filter-{number % 5}"
            arn = stage.lab.control("CreateFilter", name=name, tags=tags, **params)["filterArn"]
            stage.lab.wait(120)
            stage.lab.control("DeleteFilter", filterArn=arn)
            stage.lab.wait(120)

    def read() -> None:
        for entry in stage.lab.control("ListFilters")["Filters"]:
            arn = entry["filterArn"]
            try:
                found = stage.lab.control("DescribeFilter", filterArn=arn)["filter"]
                tagged = stage.lab.control("ListTagsForResource", resourceArn=arn)["tags"]
            except AwsError as error:
                assert_gone(error)
                continue
            assert found["filterExpression"]
            assert tagged == (tags if found["name"] != "unseen" else [])

    while_changing(change, read)


def assert_gone(error: AwsError) -> None:
    assert error.code == "ResourceNotFoundException"


def test_two_clients_that_create_the_same_get_one_resource(stage: Stage) -> None:
    both = threading.Barrier(2)

    def create(_client: int) -> str:
        both.wait(10)
        try:
            stage.lab.control("CreateDatasetGroup", name="race")
        except AwsError as error:
            return error.code
        return ""

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(create, range(2))) == ["", "ResourceAlreadyExistsException"]


def test_the_order_of_requests_changes_no_recommendation(stage: Stage) -> None:
    forwards = {user: recommend(stage, user) for user in USERS}
    backwards = {user: recommend(stage, user) for user in reversed(USERS)}
    assert backwards == forwards


def test_the_number_of_clients_changes_no_recommendation(stage: Stage) -> None:
    alone = [recommend(stage, user) for user in USERS]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda user: recommend(stage, user), USERS * 5))
    assert together == alone * 5


def test_events_of_different_users_may_come_in_any_order(tmp_path: Path) -> None:
    def answers(users: list[str], name: str) -> list[list[dict[str, Any]]]:
        stage = Stage(tmp_path / name)
        stage.play_all(["CreateCampaign", "CreateFilter", "CreateEventTracker"])
        params = stage.params("PutEvents")
        for user in users:
            stage.send("PutEvents", {**params, "userId": user, "sessionId": user})
        return [recommend(stage, user) for user in USERS]

    assert answers(USERS, "forwards") == answers(USERS[::-1], "backwards")


def test_recommendations_have_the_shape_of_the_model(stage: Stage) -> None:
    shape = service_model("personalize-runtime").shape_for("ItemList")
    assert check_shape("personalize-runtime", shape.name, recommend(stage, "u01")) == []
