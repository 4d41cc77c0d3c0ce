"""`train`: never two trainings of one solution, none without new data, none without end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tastemaker.simulator.faults import Fault, Kind
from tests.support.workflows import SHOP, START, Shop, deployed_shop

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.slow


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """Deployed: each solution has one version."""
    with deployed_shop(tmp_path) as shop:
        shop.deploy()
        yield shop


def job(shop: Shop, **changes: Any) -> dict[str, Any]:
    return {**shop.maintenance()["Solutions"][0]["Train"], **changes}


def versions(shop: Shop) -> int:
    arn = shop.resolved(job(shop)["SolutionArn"])
    return len(shop.call("ListSolutionVersions", solutionArn=arn)["solutionVersions"])


def test_a_training_is_recorded_with_its_metrics(shop: Shop) -> None:
    row = next(row for row in shop.ledger("TRAINED") if row["subject"].endswith("shop-dev-popular"))
    assert row["reason"] == "training mode FULL"
    assert '"precision_at_5"' in row["metrics"]


def test_without_a_newer_import_nothing_is_trained(shop: Shop) -> None:
    output = shop.run("train", job(shop, NewestImport="2026-01-01T00:00:00.000Z"))
    assert (output["Outcome"], versions(shop)) == ("UNCHANGED", 1)


def test_a_newer_import_is_trained_on(shop: Shop) -> None:
    output = shop.run("train", job(shop, NewestImport="2026-01-02T00:00:00.000Z"))
    assert (output["Outcome"], versions(shop)) == ("TRAINED", 2)


def test_streamed_events_are_new_data_that_no_import_shows(shop: Shop) -> None:
    output = shop.run("train", job(shop, NewestImport="2026-01-01T00:00:00.000Z", Streams=True))
    assert output["Outcome"] == "TRAINED"


def test_a_training_under_way_is_taken_over(shop: Shop) -> None:
    arn = shop.resolved(job(shop)["SolutionArn"])
    under_way = shop.call("CreateSolutionVersion", solutionArn=arn)["solutionVersionArn"]
    output = shop.run("train", job(shop))
    assert (output["Outcome"], output["SolutionVersionArn"], versions(shop)) == ("ADOPTED", under_way, 2)


def test_a_training_that_is_stuck_is_stopped_and_the_cause_says_so(tmp_path: Path) -> None:
    fault = Fault(kind=Kind.STUCK, operation="CreateSolutionVersion")
    with deployed_shop(tmp_path, SHOP, fault) as shop:
        shop.run("ensure", shop.local.plan.resources)
        shop.upload()
        shop.run("import-data", shop.maintenance()["Import"])
        failure = shop.failure("train", job(shop))
        assert failure.startswith("Tastemaker.TrainingLate: training of popular was stopped after 86400 s")
        assert shop.mutations()[-1] == "stopSolutionVersionCreation"


def test_the_service_s_reason_ends_in_the_cause(tmp_path: Path) -> None:
    fault = Fault(kind=Kind.FAILURE, operation="CreateSolutionVersion", reason="Dataset has fewer than 25 users")
    with deployed_shop(tmp_path, SHOP, fault) as shop:
        shop.run("ensure", shop.local.plan.resources)
        shop.upload()
        shop.run("import-data", shop.maintenance()["Import"])
        assert shop.failure("train", job(shop)) == (
            "Tastemaker.SolutionVersionFailed: solution version popular ended CREATE FAILED: "
            "Dataset has fewer than 25 users"
        )


def test_a_solution_without_a_version_learns_everything_even_in_an_incremental_run(tmp_path: Path) -> None:
    with deployed_shop(tmp_path) as shop:
        shop.run("ensure", shop.local.plan.resources)
        shop.upload()
        shop.run("import-data", shop.maintenance()["Import"])
        shop.run("train", job(shop, TrainingMode="UPDATE"))
        arn = shop.resolved(job(shop)["SolutionArn"])
        found = shop.call("ListSolutionVersions", solutionArn=arn)["solutionVersions"]
        assert [version["trainingMode"] for version in found] == ["FULL"]


def test_the_end_of_a_training_is_noticed_within_two_minutes(shop: Shop) -> None:
    shop.run("train", job(shop))
    arn = shop.resolved(job(shop)["SolutionArn"])
    newest = shop.call("ListSolutionVersions", solutionArn=arn)["solutionVersions"][-1]
    assert 0 <= shop.local.engine.now() - newest["lastUpdatedDateTime"].timestamp() <= 120


def test_a_training_is_awaited_while_nothing_can_be_asked_about_it(tmp_path: Path) -> None:
    seconds = 12 * 3600.0
    fault = Fault(kind=Kind.THROTTLING, operation="DescribeSolutionVersion", until_seconds=seconds)
    with deployed_shop(tmp_path, SHOP, fault) as shop:
        shop.deploy()
        assert shop.local.engine.now() > START + seconds
        assert versions(shop) == 1
