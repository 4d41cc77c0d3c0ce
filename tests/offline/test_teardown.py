"""`teardown`: consent, order, resumption, proof."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tastemaker.simulator.faults import Fault, Kind
from tests.support.workflows import SHOP, Shop, deployed_shop

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.slow


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    with deployed_shop(tmp_path, SHOP + "eventTracker: {name: events}\n") as shop:
        shop.deploy()
        yield shop


def consented(shop: Shop) -> dict[str, Any]:
    return {**shop.local.plan.resources, "Teardown": True}


def left(shop: Shop) -> list[str]:
    kinds = ("Campaigns", "Solutions", "EventTrackers", "Filters", "Datasets", "DatasetGroups", "Schemas")
    return [kind for kind in kinds if any(shop.call(f"List{kind}").values())]


def test_without_consent_nothing_is_deleted(shop: Shop) -> None:
    first = len(shop.executions)
    failure = shop.failure("teardown", shop.local.plan.resources)
    assert failure.startswith("Tastemaker.NoConsent: nothing was deleted: arn:aws:personalize:")
    assert failure.endswith(
        "Set consent.teardown: true in the project file and deploy, or start this machine with Teardown: true"
    )
    assert shop.mutations(first) == []


def test_with_consent_everything_goes_in_the_order_that_the_service_asks_for(shop: Shop) -> None:
    first = len(shop.executions)
    assert shop.run("teardown", consented(shop))["Status"] == "GONE"
    assert left(shop) == []
    assert list(dict.fromkeys(shop.mutations(first))) == [
        "deleteCampaign", "deleteSolution", "deleteEventTracker", "deleteFilter", "deleteDataset", "deleteDatasetGroup",
        "deleteSchema",
    ]  # fmt: skip


def test_a_teardown_that_was_interrupted_is_started_again(shop: Shop) -> None:
    interrupted = shop.local.engine.start("teardown", shop.resolved(consented(shop)))
    shop.wait(400)
    shop.local.engine.stop(interrupted)
    shop.wait(60)
    assert shop.run("teardown", consented(shop))["Status"] == "GONE"
    assert left(shop) == []


def test_a_second_teardown_finds_nothing_to_do(shop: Shop) -> None:
    shop.run("teardown", consented(shop))
    first = len(shop.executions)
    shop.run("teardown", consented(shop))
    assert [call for call in shop.mutations(first) if call not in {"deleteDatasetGroup", "deleteSchema"}] == []


def test_a_training_under_way_is_stopped_first(shop: Shop) -> None:
    arn = shop.call("ListSolutions")["solutions"][0]["solutionArn"]
    shop.call("CreateSolutionVersion", solutionArn=arn)
    shop.run("teardown", consented(shop))
    assert left(shop) == []


def test_a_campaign_that_stays_is_named_since_it_goes_on_billing(tmp_path: Path) -> None:
    stuck = Fault(kind=Kind.STUCK, operation="DeleteCampaign")
    with deployed_shop(tmp_path, SHOP, stuck) as shop:
        shop.deploy()
        failure = shop.failure("teardown", consented(shop))
        assert failure.startswith("Tastemaker.CampaignNotDeleted: campaign arn:aws:personalize:")
        assert "is still DELETE IN_PROGRESS after 7200 s" in failure


def test_a_campaign_of_the_project_outside_the_dataset_group_is_found_and_named(shop: Shop) -> None:
    resources = consented(shop)
    other = {"Arn": resources["DatasetGroups"][0]["Arn"] + "-2", "Create": {"Name": "shop-dev-2"}}
    failure = shop.failure("teardown", {**resources, "DatasetGroups": [other]})
    assert failure.startswith("Tastemaker.BillableLeft: still there, and billed by the hour: arn:aws:personalize:")
    assert "campaign/shop-dev-popular" in failure
