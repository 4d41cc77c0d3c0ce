"""A run of imports that is killed in the middle, and the next run: the same objects are imported once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tastemaker.simulator.faults import Fault, Kind
from tests.offline.test_import_data import imported_shop, job, statuses
from tests.support.simulator import interactions_csv
from tests.support.workflows import SHOP, deployed_shop

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.workflows import Shop

pytestmark = pytest.mark.slow

NEW = "incremental/interactions/new.csv"


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    with imported_shop(tmp_path) as shop:
        yield shop


def killed_while_importing(shop: Shop, mode: str) -> None:
    """The run ends when it waits for the job that it has made; the job goes on."""
    engine = shop.local.engine
    execution = engine.start("import-data", shop.resolved(job(shop, mode)))
    before = imports_of(shop)
    while imports_of(shop) == before and execution.status == "RUNNING":
        engine.advance(1)
    engine.stop(execution, "Killed")
    assert (execution.status, execution.cause) == ("ABORTED", None)


def imports_of(shop: Shop) -> list[str]:
    """Names of the import jobs of interactions, newest first."""
    jobs = shop.call("ListDatasetImportJobs")["datasetImportJobs"]
    return [one["jobName"] for one in jobs if "interactions" in one["jobName"].lower()]


def rows_of(shop: Shop) -> int:
    """Interactions that the dataset holds; what has ended in the meantime is told to the simulator by a call."""
    imports_of(shop)
    data = shop.local.simulator._world.data
    (found,) = [one for arn, one in data.items() if arn.endswith("/INTERACTIONS")]
    return sum(table.rows for table in found.tables)


@pytest.mark.parametrize("wait_seconds", [0, 7_200], ids=["while the job runs", "when it has ended"])
def test_what_an_interrupted_run_imports_is_not_imported_again(shop: Shop, wait_seconds: int) -> None:
    shop.put(NEW, interactions_csv(events=25))
    jobs = len(imports_of(shop))
    killed_while_importing(shop, "INCREMENTAL")
    shop.local.engine.advance(wait_seconds)
    assert statuses(shop, job(shop, "INCREMENTAL")) == ["IMPORTED", "SKIPPED"]
    assert (len(imports_of(shop)), rows_of(shop)) == (jobs + 1, 2_200)
    assert statuses(shop, job(shop, "INCREMENTAL")) == ["UNCHANGED", "SKIPPED"]


def test_a_full_import_that_an_interrupted_run_began_is_waited_for(shop: Shop) -> None:
    shop.put("full/interactions/interactions.csv", interactions_csv(events=31))
    jobs = len(imports_of(shop))
    killed_while_importing(shop, "FULL")
    assert statuses(shop, job(shop)) == ["IMPORTED", "UNCHANGED"]
    assert (len(imports_of(shop)), rows_of(shop)) == (jobs + 1, 1_240)


def test_other_objects_than_those_that_were_begun_are_imported(shop: Shop) -> None:
    shop.put(NEW, interactions_csv(events=25))
    killed_while_importing(shop, "INCREMENTAL")
    shop.local.engine.advance(7_200)
    assert rows_of(shop) == 2_200
    shop.put(NEW, interactions_csv(events=26))
    assert statuses(shop, job(shop, "INCREMENTAL")) == ["IMPORTED", "SKIPPED"]
    assert rows_of(shop) == 1_200 + 1_000 + 1_040


def test_a_job_that_failed_after_its_run_was_interrupted_is_made_again(tmp_path: Path) -> None:
    begin = Fault(kind=Kind.FAILURE, operation="CreateDatasetImportJob", reason="Bad luck.", count=1)
    with deployed_shop(tmp_path, SHOP, begin) as shop:
        shop.run("ensure", shop.local.plan.resources)
        shop.upload()
        killed_while_importing(shop, "FULL")
        shop.local.engine.advance(7_200)
        assert statuses(shop, job(shop)) == ["IMPORTED", "IMPORTED"]
        assert (len(imports_of(shop)), rows_of(shop)) == (2, 1_200)
