"""AWS as a dry run finds it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError, NoCredentialsError

from tastemaker.changes.overlay import Overlay, settle
from tastemaker.changes.reader import AccountReader, UnreadableAccountError
from tastemaker.errors import AwsError

if TYPE_CHECKING:
    from collections.abc import Mapping

SOLUTION = "arn:aws:personalize:us-east-1:123456789012:solution/popular"
ACTIVE = {"status": "ACTIVE", "solutionArn": SOLUTION}


class Account:
    """A reader of one ACTIVE solution with one campaign."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def read(self, service: str, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
        self.asked.append(f"{service} {operation}")
        if operation == "ListCampaigns":
            return {"campaigns": [{"campaignArn": "campaign", "status": "ACTIVE"}]}
        if params["solutionArn"] != SOLUTION:
            raise AwsError(service, "ResourceNotFoundException", "nothing there")
        return {"solution": ACTIVE}


def overlay() -> Overlay:
    return Overlay(Account(), {("Solution", "new"): "arn:new"})


class Client:
    """Answers calls with these errors one after the other, then with nothing."""

    def __init__(self, *errors: Exception) -> None:
        self._errors, self.calls = list(errors), 0

    def describe_solution(self, **_params: Any) -> dict[str, Any]:
        self.calls += 1
        if self._errors:
            raise self._errors.pop(0)
        return {"solution": {}, "ResponseMetadata": {}}


def refused(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "DescribeSolution")


def test_what_was_created_is_active_has_nothing_and_is_listed_with_its_tags() -> None:
    aws = overlay()
    tags = [{"tagKey": "a", "tagValue": "b"}]
    assert aws.call("personalize", "CreateSolution", {"name": "new", "tags": tags}) == {"solutionArn": "arn:new"}
    described = aws.call("personalize", "DescribeSolution", {"solutionArn": "arn:new"})["solution"]
    assert (described["status"], described["name"]) == ("ACTIVE", "new")
    assert aws.call("personalize", "ListCampaigns", {"solutionArn": "arn:new"}) == {}
    assert aws.call("personalize", "ListTagsForResource", {"resourceArn": "arn:new"}) == {"tags": tags}


def test_what_was_deleted_is_gone_and_in_no_list() -> None:
    aws = overlay()
    aws.call("personalize", "DeleteSolution", {"solutionArn": SOLUTION})
    aws.call("personalize", "DeleteCampaign", {"campaignArn": "campaign"})
    with pytest.raises(AwsError, match="ResourceNotFoundException"):
        aws.call("personalize", "DescribeSolution", {"solutionArn": SOLUTION})
    assert aws.call("personalize", "ListCampaigns", {"solutionArn": SOLUTION}) == {"campaigns": []}


def test_an_update_is_done_at_once_and_only_writes_are_kept_back() -> None:
    account = Account()
    aws = Overlay(account, {})
    aws.call("personalize", "UpdateSolution", {"solutionArn": SOLUTION, "performAutoTraining": False})
    described = aws.call("personalize", "DescribeSolution", {"solutionArn": SOLUTION})["solution"]
    assert described["latestSolutionUpdate"] == {"status": "ACTIVE"}
    assert [call.operation for call in aws.writes] == ["UpdateSolution"]
    assert account.asked == ["personalize DescribeSolution"]


def test_an_update_under_way_counts_with_its_values() -> None:
    update = {"status": "CREATE IN_PROGRESS", "minProvisionedTPS": 5, "creationDateTime": 2}
    settled = settle(
        {"status": "ACTIVE", "minProvisionedTPS": 1, "creationDateTime": 1, "latestCampaignUpdate": update}
    )
    assert (settled["minProvisionedTPS"], settled["creationDateTime"]) == (5, 1)
    assert settled["latestCampaignUpdate"]["status"] == "ACTIVE"


def test_an_update_that_failed_left_everything_as_it_was() -> None:
    description = {"status": "ACTIVE", "minProvisionedTPS": 1, "latestCampaignUpdate": {
        "status": "CREATE FAILED", "minProvisionedTPS": 5,
    }}  # fmt: skip
    assert settle(description) == description


@pytest.mark.parametrize(
    ("status", "settled"),
    [("CREATE PENDING", "ACTIVE"), ("DELETE PENDING", "DELETE PENDING"), ("CREATE FAILED", "CREATE FAILED")],
)
def test_a_creation_under_way_ends_well_and_a_deletion_stays_one(status: str, settled: str) -> None:
    assert settle({"status": status})["status"] == settled


def test_each_question_is_asked_once_also_when_nothing_is_there() -> None:
    client = Client(refused("ResourceNotFoundException"))
    reader = AccountReader({"personalize": client}, sleep=list[float]().append)
    for _ in range(2):
        with pytest.raises(AwsError, match="ResourceNotFoundException"):
            reader.read("personalize", "DescribeSolution", {"solutionArn": SOLUTION})
    assert client.calls == 1


@pytest.mark.parametrize("error", [refused("AccessDeniedException"), NoCredentialsError()])
def test_a_read_that_is_refused_ends_the_comparison(error: Exception) -> None:
    reader = AccountReader({"personalize": Client(error)}, sleep=list[float]().append)
    with pytest.raises(UnreadableAccountError, match="The account could not be read"):
        Overlay(reader, {}).call("personalize", "DescribeSolution", {"solutionArn": SOLUTION})


def test_reads_that_come_too_fast_wait_a_second_each_and_not_for_ever() -> None:
    waits: list[float] = []
    too_fast = refused("ThrottlingException")
    patient = AccountReader({"personalize": Client(too_fast, too_fast)}, sleep=waits.append)
    assert patient.read("personalize", "DescribeSolution", {}) == {"solution": {}}
    assert waits == [1.0, 1.0]
    with pytest.raises(UnreadableAccountError, match="ThrottlingException"):
        AccountReader({"personalize": Client(*[too_fast] * 100)}, waits.append).read(
            "personalize", "DescribeSolution", {}
        )
    assert len(waits) == 2 + 30
