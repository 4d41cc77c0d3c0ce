"""`release`: the gate, the canary, the way back, roll back by hand; the serving campaign keeps serving."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tastemaker.model.load import load_project
from tastemaker.plan.build import build_names
from tastemaker.plan.rollback import build_rollback
from tastemaker.simulator.faults import Fault, Kind
from tests.support.workflows import SHOP, Shop, deployed_shop

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.slow

GOOD, BAD = {"precision_at_5": 0.5}, {"precision_at_5": 0.1}


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """Campaign `popular` serves its first version; a second one is trained."""
    with deployed_shop(tmp_path) as shop:
        shop.deploy()
        yield shop


def trained(shop: Shop) -> str:
    """A further version of `popular`."""
    train = shop.maintenance()["Solutions"][0]["Train"]
    return str(shop.run("train", {**train, "Streams": True})["SolutionVersionArn"])


def job(shop: Shop, version: str, **changes: Any) -> dict[str, Any]:
    campaign = shop.maintenance()["Solutions"][0]["Campaigns"][0]
    return {**campaign, "SolutionVersionArn": version, "Metrics": GOOD, **changes}


def serving(shop: Shop, name: str = "popular") -> str:
    arn = f"arn:aws:personalize:us-east-1:123456789012:campaign/shop-dev-{name}"
    return str(shop.call("DescribeCampaign", campaignArn=arn)["campaign"]["solutionVersionArn"])


def rollback_job(shop: Shop, version: str | None = None) -> dict[str, Any]:
    project = load_project(shop.folder / "tastemaker.yaml")
    return build_rollback(project, build_names(project, "dev"), "popular", version, "rolled back by hand")


def test_a_version_that_passes_serves_and_the_ledger_says_why(shop: Shop) -> None:
    version = trained(shop)
    assert shop.run("release", job(shop, version))["Decision"] == "RELEASED"
    assert serving(shop) == version
    assert shop.ledger("RELEASED")[-1]["reason"] == "the gate and the canary passed"


def test_a_floor_holds_a_version(shop: Shop) -> None:
    before = serving(shop)
    gate = {"Minimum": {"precision_at_5": 0.4}, "Metric": "precision_at_5"}
    output = shop.run("release", job(shop, trained(shop), Metrics=BAD, Gate=gate))
    assert (output["Decision"], output["Reasons"]) == ("HELD", ["precision_at_5 0.1 is below the floor 0.4"])
    assert serving(shop) == before


def test_a_missing_metric_holds_a_version(shop: Shop) -> None:
    gate = {"Minimum": {"coverage": 0.4}, "Metric": "coverage"}
    output = shop.run("release", job(shop, trained(shop), Gate=gate))
    assert (output["Decision"], output["Reasons"]) == ("HELD", ["coverage is missing"])


def test_a_metric_that_neither_side_has_holds_the_relative_comparison(shop: Shop) -> None:
    gate = {"Minimum": {}, "Metric": "average_rewards_at_k", "MaximumDrop": 0.1}
    output = shop.run("release", job(shop, trained(shop), Gate=gate))
    assert output["Reasons"] == ["average_rewards_at_k is missing for the candidate or the serving version"]


def test_policy_promote_writes_the_doubts_down_and_releases(shop: Shop) -> None:
    gate = {"Minimum": {"precision_at_5": 0.4}, "Metric": "precision_at_5"}
    version = trained(shop)
    shop.run("release", job(shop, version, Metrics=BAD, Gate=gate, Policy="promote"))
    assert serving(shop) == version
    assert shop.ledger("RELEASED")[-1]["reason"] == "promoted although precision_at_5 0.1 is below the floor 0.4"


def test_policy_force_asks_no_canary(shop: Shop) -> None:
    first = len(shop.executions)
    version = trained(shop)
    shop.run("release", job(shop, version, Policy="force"))
    history = [event["type"] + str(event) for event in shop.executions[-1].history]
    assert not [event for event in history if "getRecommendations" in event]
    assert (serving(shop), len(shop.executions) - first) == (version, 2)


def test_a_canary_that_is_refused_brings_the_previous_version_back(shop: Shop) -> None:
    before = serving(shop)
    asked = {
        "Operation": "GetRecommendations",
        "Requests": [{"CampaignArn": "arn:aws:personalize:us-east-1:1:campaign/no"}],
    }
    canary = {**asked, "MaximumMilliseconds": 2_000, "MinimumOverlap": 0}
    failure = shop.failure("release", job(shop, trained(shop), Canary=canary))
    assert failure.startswith("Tastemaker.CanaryFailed: campaign shop-dev-popular did not serve ")
    assert failure.endswith(f"; back to {before}")
    assert serving(shop) == before
    assert shop.ledger("ROLLED_BACK")[-1]["serving"] == before


def test_a_canary_with_too_little_in_common_brings_the_previous_version_back(shop: Shop) -> None:
    before, version = serving(shop), trained(shop)
    canary = {**job(shop, version)["Canary"], "MinimumOverlap": 1.01}
    failure = shop.failure("release", job(shop, version, Canary=canary))
    assert "only 100 % of the items are those of the version before" in failure
    assert serving(shop) == before


def test_a_slow_canary_brings_the_previous_version_back(tmp_path: Path) -> None:
    fault = Fault(kind=Kind.LATENCY, operation="GetRecommendations", seconds=3, after_seconds=3 * 3_600)
    with deployed_shop(tmp_path, SHOP, fault) as shop:
        shop.deploy()
        before, version = serving(shop), trained(shop)
        shop.wait(3 * 3_600)
        canary = {**job(shop, version)["Canary"], "MaximumMilliseconds": -1}
        failure = shop.failure("release", job(shop, version, Canary=canary))
        assert "ms, more than -1" in failure
        assert serving(shop) == before


def test_a_campaign_that_cannot_take_the_version_keeps_what_it_has_and_names_the_reason(tmp_path: Path) -> None:
    fault = Fault(kind=Kind.FAILURE, operation="UpdateCampaign", reason="Out of capacity.")
    with deployed_shop(tmp_path, SHOP, fault) as shop:
        shop.deploy()
        before, version = serving(shop), trained(shop)
        failure = shop.failure("release", job(shop, version))
        assert failure == (
            f"Tastemaker.ReleaseFailed: campaign shop-dev-popular could not take {version}: Out of capacity.; "
            f"{before} keeps serving"
        )
        assert shop.ledger("FAILED")[-1]["reason"] == "Out of capacity."


def test_an_update_of_somebody_else_is_waited_for(shop: Shop) -> None:
    version = trained(shop)
    shop.call("UpdateCampaign", campaignArn=shop.resolved(job(shop, version)["CampaignArn"]), minProvisionedTPS=2)
    assert shop.run("release", job(shop, version))["Decision"] == "RELEASED"


def test_a_roll_back_puts_back_what_served_before_and_says_who_wanted_it(shop: Shop) -> None:
    first = serving(shop)
    shop.run("release", job(shop, trained(shop)))
    shop.run("release", rollback_job(shop))
    assert serving(shop) == first
    assert shop.ledger("RELEASED")[-1]["reason"].startswith("rolled back by hand: ")


def test_two_roll_backs_go_back_two_versions(shop: Shop) -> None:
    first = serving(shop)
    for _ in range(2):
        shop.run("release", job(shop, trained(shop)))
    for _ in range(2):
        shop.run("release", rollback_job(shop))
    assert serving(shop) == first


def test_a_roll_back_without_an_earlier_version_fails_and_changes_nothing(shop: Shop) -> None:
    before = serving(shop)
    failure = shop.failure("release", rollback_job(shop))
    assert failure.startswith("Tastemaker.NoEarlierVersion: the ledger knows no version that campaign shop-dev-popular")
    assert serving(shop) == before


def test_a_roll_back_goes_to_a_version_by_name(shop: Shop) -> None:
    first = serving(shop)
    shop.run("release", job(shop, trained(shop)))
    shop.run("release", rollback_job(shop, first))
    assert serving(shop) == first


def test_the_version_that_was_taken_away_does_not_come_back_by_itself(shop: Shop) -> None:
    first, version = serving(shop), trained(shop)
    shop.run("release", job(shop, version))
    shop.run("release", rollback_job(shop))
    assert shop.run("release", job(shop, version))["Decision"] == "UNCHANGED"
    assert serving(shop) == first


def test_capacity_that_scaling_set_survives_a_release(shop: Shop) -> None:
    version = trained(shop)
    arn = shop.resolved(job(shop, version)["CampaignArn"])
    shop.call("UpdateCampaign", campaignArn=arn, minProvisionedTPS=7)
    shop.run("release", job(shop, version, KeepTps=True))
    assert shop.call("DescribeCampaign", campaignArn=arn)["campaign"]["minProvisionedTPS"] == 7


def test_the_same_version_again_changes_nothing(shop: Shop) -> None:
    first = len(shop.executions)
    assert shop.run("release", job(shop, serving(shop)))["Decision"] == "UNCHANGED"
    assert shop.mutations(first) == []


def test_a_campaign_that_follows_the_latest_version_belongs_to_the_gate_from_its_first_release_on(shop: Shop) -> None:
    arn = "arn:aws:personalize:us-east-1:123456789012:campaign/shop-dev-popular"
    following = {"syncWithLatestSolutionVersion": True, "enableMetadataWithRecommendations": True}
    solution = serving(shop).rpartition("/")[0]
    shop.call("UpdateCampaign", campaignArn=arn, solutionVersionArn=f"{solution}/$LATEST", campaignConfig=following)
    version = trained(shop)
    shop.wait(7_200)
    assert serving(shop) == version  # nobody asked the gate
    assert shop.run("release", job(shop, version))["Decision"] == "RELEASED"
    assert shop.call("DescribeCampaign", campaignArn=arn)["campaign"]["campaignConfig"] == {
        "syncWithLatestSolutionVersion": False, "enableMetadataWithRecommendations": True,
    }  # fmt: skip
    trained(shop)
    shop.wait(7_200)
    assert serving(shop) == version
