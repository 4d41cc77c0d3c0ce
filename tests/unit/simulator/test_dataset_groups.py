from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from tastemaker.simulator.durations import Durations
from tests.support.simulator import Lab, build_lab, refused

if TYPE_CHECKING:
    from pathlib import Path

SHOP = "arn:aws:personalize:us-east-1:123456789012:dataset-group/shop"
KEY = "arn:aws:kms:us-east-1:123456789012:key/1"
ROLE = "arn:aws:iam::123456789012:role/personalize"


def status(lab: Lab) -> str:
    answer: str = lab.control("DescribeDatasetGroup", datasetGroupArn=SHOP)["datasetGroup"]["status"]
    return answer


def test_a_group_goes_from_pending_over_in_progress_to_active(lab: Lab) -> None:
    assert lab.control("CreateDatasetGroup", name="shop") == {"datasetGroupArn": SHOP}
    assert status(lab) == "CREATE PENDING"
    lab.clock.advance(10)
    assert status(lab) == "CREATE IN_PROGRESS"
    lab.clock.advance(20)
    assert status(lab) == "ACTIVE"


def test_times_are_those_of_the_transitions_not_of_the_question(lab: Lab) -> None:
    lab.control("CreateDatasetGroup", name="shop")
    lab.clock.advance(1_000)
    assert lab.control("DescribeDatasetGroup", datasetGroupArn=SHOP)["datasetGroup"] == {
        "name": "shop",
        "datasetGroupArn": SHOP,
        "status": "ACTIVE",
        "creationDateTime": datetime(2027, 1, 15, 8, 0, 0, tzinfo=UTC),
        "lastUpdatedDateTime": datetime(2027, 1, 15, 8, 0, 30, tzinfo=UTC),
    }


def test_without_durations_everything_is_ready_at_the_next_call(tmp_path: Path) -> None:
    lab = build_lab(tmp_path, durations=Durations.instant())
    lab.control("CreateDatasetGroup", name="shop")
    assert status(lab) == "ACTIVE"
    lab.control("DeleteDatasetGroup", datasetGroupArn=SHOP)
    with refused("ResourceNotFoundException", SHOP):
        status(lab)


def test_next_due_tells_when_something_will_happen(lab: Lab) -> None:
    assert lab.simulator.next_due() is None
    lab.control("CreateDatasetGroup", name="shop")
    assert lab.simulator.next_due() == 1_800_000_010.0
    lab.wait(30)
    assert lab.simulator.next_due() is None


def test_a_name_is_taken_once(lab: Lab) -> None:
    lab.group()
    with refused(
        "ResourceAlreadyExistsException",
        f"Another resource with Amazon Resource Name (ARN) {SHOP} already exists.",
    ):
        lab.control("CreateDatasetGroup", name="shop")


def test_the_domain_is_returned(lab: Lab) -> None:
    answer = lab.control("CreateDatasetGroup", name="shop", domain="ECOMMERCE")
    assert answer == {"datasetGroupArn": SHOP, "domain": "ECOMMERCE"}


@pytest.mark.parametrize("params", [{"roleArn": ROLE}, {"kmsKeyArn": KEY}])
def test_key_and_role_belong_together(lab: Lab, params: dict[str, str]) -> None:
    with refused("InvalidInputException", "roleArn and kmsKeyArn must be given together."):
        lab.control("CreateDatasetGroup", name="shop", **params)


def test_a_sixth_group_is_over_the_quota(lab: Lab) -> None:
    for number in range(5):
        lab.group(f"g{number}")
    with refused("LimitExceededException", "More than 5 resources in ACTIVE state. Please delete some and try again."):
        lab.control("CreateDatasetGroup", name="shop")


def test_an_absent_group_is_not_found_and_what_is_no_arn_is_invalid(lab: Lab) -> None:
    with refused("ResourceNotFoundException", SHOP):
        lab.control("DescribeDatasetGroup", datasetGroupArn=SHOP)
    with refused("InvalidInputException", "datasetGroupArn"):
        lab.control("DescribeDatasetGroup", datasetGroupArn="shop")


def test_deletion_takes_its_time_and_frees_the_name(lab: Lab) -> None:
    lab.group()
    assert lab.control("DeleteDatasetGroup", datasetGroupArn=SHOP) == {}
    assert status(lab) == "DELETE PENDING"
    lab.clock.advance(15)
    assert status(lab) == "DELETE IN_PROGRESS"
    lab.clock.advance(15)
    with refused("ResourceNotFoundException", SHOP):
        lab.control("DescribeDatasetGroup", datasetGroupArn=SHOP)
    assert lab.control("CreateDatasetGroup", name="shop") == {"datasetGroupArn": SHOP}


def test_a_group_being_created_or_deleted_cannot_be_deleted(lab: Lab) -> None:
    lab.control("CreateDatasetGroup", name="shop")
    with refused("ResourceInUseException", "CREATE PENDING"):
        lab.control("DeleteDatasetGroup", datasetGroupArn=SHOP)
    lab.wait()
    lab.control("DeleteDatasetGroup", datasetGroupArn=SHOP)
    with refused("ResourceInUseException", "DELETE PENDING"):
        lab.control("DeleteDatasetGroup", datasetGroupArn=SHOP)


def test_a_group_with_a_dataset_cannot_be_deleted(lab: Lab) -> None:
    dataset = lab.dataset(lab.group())
    with refused("ResourceInUseException", f"{SHOP} still has {dataset}; delete it first."):
        lab.control("DeleteDatasetGroup", datasetGroupArn=SHOP)


def test_a_group_with_a_tracker_a_solution_or_a_filter_cannot_be_deleted(lab: Lab) -> None:
    lab.tracker(lab.group())
    with refused("ResourceInUseException", "event-tracker/"):
        lab.control("DeleteDatasetGroup", datasetGroupArn=SHOP)
    tracker = lab.control("ListEventTrackers")["eventTrackers"][0]["eventTrackerArn"]
    lab.control("DeleteEventTracker", eventTrackerArn=tracker)
    lab.wait()
    solution = lab.solution(SHOP)
    with refused("ResourceInUseException", "solution/feed"):
        lab.control("DeleteDatasetGroup", datasetGroupArn=SHOP)
    lab.control("DeleteSolution", solutionArn=solution)
    lab.wait()
    lab.control("DeleteDatasetGroup", datasetGroupArn=SHOP)


def test_the_same_seed_and_calls_give_the_same_answers(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> None:
    twin = build_lab(tmp_path_factory.mktemp("twin"))
    ids = [(one.tracker(one.group()), one.version(_ready(one))) for one in (lab, twin)]
    assert ids[0] == ids[1]


def _ready(lab: Lab) -> str:
    lab.load(lab.dataset(SHOP), "USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE,EVENT_VALUE\n" + "u,i,1,view,\n" * 1_000)
    return lab.solution(SHOP)
