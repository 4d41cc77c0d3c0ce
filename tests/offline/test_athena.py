"""Preparing by Athena inside `import-data`: what it writes, what an incremental run takes, what fails."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tastemaker.cli.estimating import Overrides, build_traffic
from tastemaker.cost.estimate import estimate_cost
from tastemaker.data.check import check_datasets
from tastemaker.data.prepare import prepare_datasets
from tastemaker.model.load import load_project
from tastemaker.plan.build import build_plan
from tests.support.athena_shop import NEWEST, PROJECT, ensured_athena_shop, write_athena_shop

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.workflows import Shop

pytestmark = pytest.mark.slow


def read(shop: Shop, key: str) -> bytes:
    bucket = shop.local.values["DataBucketName"]
    body: bytes = shop.local.aws.call("s3", "GetObject", {"Bucket": bucket, "Key": key})["Body"].read()
    return body


def job(shop: Shop, mode: str) -> dict[str, Any]:
    found: dict[str, Any] = shop.local.plan.maintenance[mode]["Import"]
    return found


def test_athena_prepares_what_the_laptop_would_and_it_is_imported(tmp_path: Path) -> None:
    with ensured_athena_shop(tmp_path) as shop:
        outcome = shop.run("import-data", job(shop, "FULL"))
        prepared = {name: read(shop, f"full/{name}/{name}.csv") for name in ("interactions", "items")}
    assert {one["DatasetType"]: one["Status"] for one in outcome["Imports"]} == {
        "INTERACTIONS": "IMPORTED", "ITEMS": "IMPORTED",
    }  # fmt: skip
    assert prepared["items"].splitlines()[0] == b'"ITEM_ID","TITLE"'
    assert b'"i3","a \'fine\' one, no. 3"' in prepared["items"].splitlines()
    project = load_project(tmp_path / "tastemaker.yaml")
    files = prepare_datasets(project, tmp_path / "laptop")
    ours = sorted(files["INTERACTIONS"].read_text().splitlines())
    assert sorted(prepared["interactions"].decode().replace('"', "").splitlines()) == ours
    written = {name.upper(): tmp_path / f"athena-{name}.csv" for name in prepared}
    for name, body in prepared.items():
        written[name.upper()].write_bytes(body)
    assert check_datasets(project, written).errors == ()


def test_an_incremental_run_prepares_its_window_and_only_what_has_one(tmp_path: Path) -> None:
    one_hour = PROJECT.replace("windowHours: 48", "windowHours: 1")
    with ensured_athena_shop(tmp_path, one_hour) as shop:
        shop.run("import-data", job(shop, "FULL"))
        begun = int(shop.local.engine.now())
        outcome = shop.failure("import-data", job(shop, "INCREMENTAL"))
        lines = read(shop, "incremental/interactions/interactions.csv").splitlines()
    times = [int(line.split(b",")[2].strip(b'"')) for line in lines[1:]]
    assert (min(times) >= begun - 3_600, max(times) <= NEWEST, len(times) < 60) == (True, True, True)
    assert "INTERACTIONS" in outcome


def test_a_window_without_rows_prepares_nothing_and_is_no_failure(tmp_path: Path) -> None:
    with ensured_athena_shop(tmp_path) as shop:
        shop.run("import-data", job(shop, "FULL"))
        shop.wait(100 * 3_600)
        outcome = shop.run("import-data", job(shop, "INCREMENTAL"))
    assert {one["DatasetType"]: one["Status"] for one in outcome["Imports"]} == {
        "INTERACTIONS": "SKIPPED", "ITEMS": "SKIPPED",
    }  # fmt: skip


def test_the_local_athena_counts_what_the_estimate_says(tmp_path: Path) -> None:
    with ensured_athena_shop(tmp_path) as shop:
        shop.run("import-data", job(shop, "FULL"))
        shop.wait(100 * 3_600)
        shop.run("import-data", job(shop, "INCREMENTAL"))
        assert shop.local.athena is not None
        metered = shop.local.athena.report_usd()
    project = load_project(tmp_path / "tastemaker.yaml")
    plan = build_plan(project)
    once = replace(build_traffic(project, plan, Overrides(), {}), runs={"full": 1, "incremental": 1})
    (line,) = [one for one in estimate_cost(plan, once).lines if one.service == "Amazon Athena"]
    assert metered == line.usd == pytest.approx(3 * 1e-5 * 5)  # three queries of ten megabytes


def test_a_query_that_fails_stops_the_import_in_athenas_words(tmp_path: Path) -> None:
    with ensured_athena_shop(tmp_path) as shop:
        broken = job(shop, "FULL")
        broken["Queries"][0]["QueryString"] = "SELECT nobody FROM log"
        outcome = shop.failure("import-data", broken)
        called = shop.calls(since=1)
    assert "nobody" in outcome
    assert "createDatasetImportJob" not in called


def test_only_the_environment_that_says_so_has_athena(tmp_path: Path) -> None:
    prepare, rest = PROJECT[PROJECT.index("prepare:") :], PROJECT[: PROJECT.index("prepare:")]
    athena, others = prepare[: prepare.index("solutions:")], prepare[prepare.index("solutions:") :]
    inside = "".join(f"    {line}\n" for line in athena.splitlines())
    project = load_project(write_athena_shop(tmp_path, f"{rest}{others}environments:\n  prod:\n{inside}"))
    has = {name: build_plan(project, name).preparation is not None for name in ("dev", "prod")}
    assert has == {"dev": False, "prod": True}


def test_a_project_without_athena_has_nothing_of_it(tmp_path: Path) -> None:
    plain = PROJECT[: PROJECT.index("prepare:")] + PROJECT[PROJECT.index("solutions:") :]
    plan = build_plan(load_project(write_athena_shop(tmp_path, plain)))
    assert plan.preparation is None
    assert "athena" not in str([plan.maintenance, [machine.definition for machine in plan.machines]]).lower()
