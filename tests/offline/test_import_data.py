"""`import-data`: the preflight, what is skipped, what waits in the queue."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from tastemaker.simulator.faults import Fault, Kind
from tests.support.simulator import interactions_csv, items_csv
from tests.support.workflows import SHOP, Shop, deployed_shop

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.slow

INTERACTIONS = "full/interactions/interactions.csv"


@contextmanager
def imported_shop(folder: Path) -> Iterator[Shop]:
    """Ensured and imported once; 1,200 interactions."""
    with deployed_shop(folder) as shop:
        shop.run("ensure", shop.local.plan.resources)
        shop.upload()
        shop.run("import-data", job(shop))
        yield shop


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    with imported_shop(tmp_path) as shop:
        yield shop


def job(shop: Shop, mode: str = "FULL", **changes: Any) -> dict[str, Any]:
    """Input of `import-data`; `changes` go into each import."""
    wanted = shop.local.plan.maintenance[mode]["Import"]
    return {**wanted, "Imports": [{**one, **changes} for one in wanted["Imports"]]}


def statuses(shop: Shop, machine_input: dict[str, Any]) -> list[str]:
    return [one["Status"] for one in shop.run("import-data", machine_input)["Imports"]]


def test_objects_that_did_not_change_are_not_imported_again(shop: Shop) -> None:
    assert statuses(shop, job(shop)) == ["UNCHANGED", "UNCHANGED"]


def test_only_the_dataset_whose_object_changed_is_imported(shop: Shop) -> None:
    shop.put(INTERACTIONS, interactions_csv(events=31))
    assert statuses(shop, job(shop)) == ["IMPORTED", "UNCHANGED"]


def test_a_dataset_that_was_made_anew_is_imported_whatever_the_ledger_says(shop: Shop) -> None:
    shop.run("teardown", {**shop.local.plan.resources, "Teardown": True})
    shop.run("ensure", shop.local.plan.resources)
    assert statuses(shop, job(shop)) == ["IMPORTED", "IMPORTED"]


def test_a_full_import_that_lost_more_than_a_fifth_of_the_rows_is_refused(shop: Shop) -> None:
    shop.put(INTERACTIONS, interactions_csv(events=26))
    assert statuses(shop, job(shop)) == ["IMPORTED", "UNCHANGED"]  # 1,040 of 1,200 rows
    shop.put("full/items/items.csv", items_csv(7))
    assert shop.failure("import-data", job(shop)) == (
        "Tastemaker.ImportFailed: ITEMS: s3://shop-dev-data/full/items/ is not imported: it has 7 rows and the "
        "last import had 10; a full import replaces everything. Set allowShrink: true on the dataset if that is meant"
    )


def test_a_full_import_may_shrink_when_the_project_says_so(shop: Shop) -> None:
    shop.put("full/items/items.csv", items_csv(7))
    assert statuses(shop, job(shop, AllowShrink=True)) == ["UNCHANGED", "IMPORTED"]


def test_bytes_are_compared_where_the_upload_left_no_number_of_rows(shop: Shop) -> None:
    body = items_csv(7).encode()
    shop.local.aws.call("s3", "PutObject", {"Bucket": "shop-dev-data", "Key": "full/items/items.csv", "Body": body})
    assert "it has 125 bytes and the last import had 175" in shop.failure("import-data", job(shop))


def test_a_column_that_the_schema_has_and_the_file_lacks_is_named(shop: Shop) -> None:
    shop.put("full/items/items.csv", items_csv().replace("GENRE", "KIND"))
    assert "full/items/items.csv lacks the column GENRE" in shop.failure("import-data", job(shop))


def test_fewer_interactions_than_the_service_takes_are_refused_before_a_job_is_made(shop: Shop) -> None:
    first = len(shop.executions)
    shop.put(INTERACTIONS, interactions_csv(events=20))
    failure = shop.failure("import-data", job(shop, AllowShrink=True))
    assert "it has 800 rows and Amazon Personalize wants at least 1000" in failure
    assert shop.mutations(first) == []


def test_one_bad_dataset_keeps_no_other_from_being_imported(shop: Shop) -> None:
    shop.put("full/items/items.csv", items_csv(3))
    shop.put(INTERACTIONS, interactions_csv(events=31))
    failure = shop.failure("import-data", job(shop))
    assert failure.startswith("Tastemaker.ImportFailed: ITEMS: ")
    assert len(shop.call("ListDatasetImportJobs")["datasetImportJobs"]) == 3


def test_an_incremental_import_without_objects_is_skipped(shop: Shop) -> None:
    assert statuses(shop, job(shop, "INCREMENTAL")) == ["SKIPPED", "SKIPPED"]


def test_an_incremental_import_adds_and_is_remembered_by_itself(shop: Shop) -> None:
    shop.put("incremental/items/new.csv", items_csv(2))
    assert statuses(shop, job(shop, "INCREMENTAL")) == ["SKIPPED", "IMPORTED"]
    assert statuses(shop, job(shop, "INCREMENTAL")) == ["SKIPPED", "UNCHANGED"]
    assert statuses(shop, job(shop)) == ["UNCHANGED", "UNCHANGED"]


def test_a_full_import_without_objects_fails_with_advice(tmp_path: Path) -> None:
    with deployed_shop(tmp_path) as shop:
        shop.run("ensure", shop.local.plan.resources)
        assert "no object below s3://shop-dev-data/full/items/; upload the ITEMS dataset" in shop.failure(
            "import-data", job(shop)
        )


def test_the_reason_of_a_failed_job_is_in_the_cause(tmp_path: Path) -> None:
    fault = Fault(kind=Kind.FAILURE, operation="CreateDatasetImportJob", reason="Invalid Data location.", count=1)
    with deployed_shop(tmp_path, SHOP, fault) as shop:
        shop.run("ensure", shop.local.plan.resources)
        shop.upload()
        failure = shop.failure("import-data", job(shop))
        assert "ended CREATE FAILED: Invalid Data location." in failure


def test_a_job_waits_in_the_queue_while_five_others_are_under_way(tmp_path: Path) -> None:
    fault = Fault(kind=Kind.PENDING_LIMIT, operation="CreateDatasetImportJob", until_seconds=3_600)
    with deployed_shop(tmp_path, SHOP, fault) as shop:
        shop.run("ensure", shop.local.plan.resources)
        shop.upload()
        assert statuses(shop, job(shop)) == ["IMPORTED", "IMPORTED"]
        assert shop.local.engine.now() - shop.executions[0].started_at > 3_600


def test_a_rate_that_was_exceeded_is_asked_again_at_once(tmp_path: Path) -> None:
    fault = Fault(kind=Kind.RATE_LIMIT, operation="CreateDatasetImportJob", count=3)
    with deployed_shop(tmp_path, SHOP, fault) as shop:
        shop.run("ensure", shop.local.plan.resources)
        shop.upload()
        assert statuses(shop, job(shop)) == ["IMPORTED", "IMPORTED"]


def test_a_quota_of_active_resources_fails_with_the_service_s_text_and_advice(tmp_path: Path) -> None:
    fault = Fault(kind=Kind.ACTIVE_LIMIT, operation="CreateSolution")
    with deployed_shop(tmp_path, SHOP, fault) as shop:
        failure = shop.failure("ensure", shop.local.plan.resources)
        assert failure.startswith("Tastemaker.SolutionQuota: solution shop-dev-")
        assert "More than 5 resources in ACTIVE state." in failure
        assert failure.endswith("delete what is no longer needed, or ask Service Quotas for more")


def test_a_run_that_was_interrupted_takes_up_the_job_it_had_made(shop: Shop) -> None:
    shop.put(INTERACTIONS, interactions_csv(events=31))
    stamped = {**job(shop), "Stamp": "20260101T000000"}
    first = shop.local.engine.start("import-data", shop.resolved(stamped))
    shop.wait(120)
    shop.local.engine.stop(first)
    assert statuses(shop, stamped) == ["IMPORTED", "UNCHANGED"]
    assert len(shop.call("ListDatasetImportJobs")["datasetImportJobs"]) == 3
