"""`maintain`: one at a time, solutions isolated, every outcome told."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tastemaker.simulator.faults import Fault, Kind
from tests.support.simulator import interactions_csv
from tests.support.workflows import SHOP, Shop, deployed_shop, ensured_shop

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.slow

DEPLOYED_SECONDS = 3 * 3_600
"""After that much virtual time every deployment of the shop is done."""


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    with ensured_shop(tmp_path) as shop:
        yield shop


def lease(shop: Shop) -> list[dict[str, str]]:
    return [row for row in shop.ledger() if row["recorded"] == "LEASE"]


def take_lease(shop: Shop, seconds: float) -> None:
    """As somebody else, who is gone when it expires."""
    item = {
        "subject": {"S": shop.resolved(shop.maintenance()["DatasetGroupArn"])},
        "recorded": {"S": "LEASE"},
        "holder": {"S": "somebody else"},
        "expires": {"N": str(int(shop.local.engine.now() + seconds))},
        "done": {"BOOL": False},
    }
    shop.local.aws.call("dynamodb", "PutItem", {"TableName": shop.local.values["LedgerTableName"], "Item": item})


def listen(shop: Shop) -> Any:
    """A function that returns the messages told since, oldest first."""
    queue = shop.local.aws.call("sqs", "CreateQueue", {"QueueName": "ears"})["QueueUrl"]
    arn = "arn:aws:sqs:us-east-1:123456789012:ears"
    topic = shop.local.values["TopicArn"]
    shop.local.aws.call("sns", "Subscribe", {"TopicArn": topic, "Protocol": "sqs", "Endpoint": arn})

    def heard() -> list[dict[str, Any]]:
        found = shop.local.aws.call("sqs", "ReceiveMessage", {"QueueUrl": queue, "MaxNumberOfMessages": 10})
        return [json.loads(message["Body"]) for message in found.get("Messages", [])]

    return heard


def test_the_lease_is_given_back_when_all_went_well(shop: Shop) -> None:
    shop.run("maintain", shop.maintenance())
    assert lease(shop) == []


def test_the_lease_is_given_back_when_the_import_failed(shop: Shop) -> None:
    shop.put("full/interactions/interactions.csv", interactions_csv(events=2))
    failure = shop.failure("maintain", shop.maintenance())
    assert failure.startswith("Tastemaker.MaintenanceFailed: INTERACTIONS: ")
    assert lease(shop) == []


def test_a_lease_that_expired_is_taken_over(shop: Shop) -> None:
    take_lease(shop, seconds=-1)
    assert shop.run("maintain", shop.maintenance())["Outcome"] == "SUCCEEDED"


def test_a_full_run_waits_for_the_lease_of_another(shop: Shop) -> None:
    take_lease(shop, seconds=3_600)
    before = shop.local.engine.now()
    shop.run("maintain", shop.maintenance())
    imported = next(found for found in shop.executions if found.machine == "import-data")
    assert imported.started_at - before > 3_600


def test_a_full_run_that_waited_a_day_in_vain_fails_and_names_the_reason(shop: Shop) -> None:
    take_lease(shop, seconds=48 * 3_600)
    failure = shop.failure("maintain", shop.maintenance())
    assert "another maintenance of " in failure
    assert "is still at work after 86400 s" in failure
    assert lease(shop)[0]["holder"] == "somebody else"


def test_an_incremental_run_leaves_its_work_to_the_next_one(shop: Shop) -> None:
    take_lease(shop, seconds=48 * 3_600)
    assert shop.run("maintain", shop.maintenance("INCREMENTAL"))["Outcome"] == "SKIPPED"


def test_the_lease_is_renewed_while_a_training_takes_hours(tmp_path: Path) -> None:
    slow = Fault(kind=Kind.SLOW, operation="CreateSolutionVersion", factor=10)
    with deployed_shop(tmp_path, SHOP, slow) as shop:
        shop.run("ensure", shop.local.plan.resources)
        shop.upload()
        first = shop.local.engine.start("maintain", shop.resolved(shop.maintenance()))
        shop.wait(4 * 3_600)
        assert first.status == "RUNNING"
        assert int(lease(shop)[0]["expires"]) > shop.local.engine.now()
        assert lease(shop)[0]["holder"] == first.arn
        shop.local.engine.stop(first)
        shop.wait(600)


def test_an_execution_that_lost_its_lease_stops(shop: Shop) -> None:
    first = shop.local.engine.start("maintain", shop.resolved(shop.maintenance()))
    shop.wait(600)
    take_lease(shop, seconds=900)
    shop.local.engine.run(first)
    assert first.status == "FAILED"
    assert "another execution took the lease" in str(first.cause)


def test_after_an_execution_was_stopped_the_next_one_begins_when_the_lease_expires(shop: Shop) -> None:
    first = shop.local.engine.start("maintain", shop.resolved(shop.maintenance()))
    shop.wait(300)
    shop.local.engine.stop(first)
    assert shop.run("maintain", shop.maintenance())["Outcome"] == "SUCCEEDED"


def test_one_failing_solution_stops_no_other_and_turns_the_execution_red(tmp_path: Path) -> None:
    params = {"solutionArn": "*popular"}
    fault = Fault(kind=Kind.FAILURE, operation="CreateSolutionVersion", params=params, reason="No luck.")
    with deployed_shop(tmp_path, SHOP, fault) as shop:
        shop.run("ensure", shop.local.plan.resources)
        shop.upload()
        heard = listen(shop)
        failure = shop.failure("maintain", shop.maintenance())
        assert failure == (
            "Tastemaker.MaintenanceFailed: popular: solution version popular ended CREATE FAILED: No luck.. "
            "The rest went through; what served before keeps serving."
        )
        assert [found["name"] for found in shop.call("ListCampaigns")["campaigns"]] == ["shop-dev-similar"]
        message = heard()[0]
        assert message["Subject"] == "Tastemaker Maintenance FAILED"
        assert "- popular: solution version popular ended CREATE FAILED: No luck." in message["Message"]
        assert "- shop-dev-similar: RELEASED" in message["Message"]


def test_success_is_told_too(shop: Shop) -> None:
    heard = listen(shop)
    shop.run("maintain", shop.maintenance())
    assert heard()[0]["Subject"] == "Tastemaker Maintenance SUCCEEDED"


def test_an_outcome_that_cannot_be_told_is_still_the_outcome(shop: Shop) -> None:
    shop.local.aws.call("sns", "DeleteTopic", {"TopicArn": shop.local.values["TopicArn"]})
    shop.local.aws.call("events", "DeleteEventBus", {"Name": shop.local.values["EventBusName"]})
    assert shop.run("maintain", shop.maintenance())["Outcome"] == "SUCCEEDED"


def test_a_second_run_over_the_same_data_trains_and_releases_nothing(shop: Shop) -> None:
    shop.run("maintain", shop.maintenance())
    first = len(shop.executions)
    output = shop.run("maintain", shop.maintenance())
    assert [solution["Status"] for solution in output["Solutions"]] == ["UNCHANGED", "UNCHANGED"]
    assert shop.mutations(first) == []


def test_what_is_throttled_now_and_then_still_succeeds(tmp_path: Path) -> None:
    faults = (
        Fault(kind=Kind.THROTTLING, probability=0.2),
        Fault(kind=Kind.RATE_LIMIT, operation="Create*", probability=0.3),
        Fault(kind=Kind.INTERNAL_FAILURE, probability=0.05),
    )
    with deployed_shop(tmp_path, SHOP, *faults, seed=3) as shop:
        shop.deploy()
        assert {execution.status for execution in shop.executions} == {"SUCCEEDED"}
