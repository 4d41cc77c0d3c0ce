"""What Athena bills: by tables, runs and queries."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tastemaker.cli.estimating import Overrides, estimate_project
from tastemaker.cost.estimate import estimate_cost
from tastemaker.cost.traffic import Traffic
from tastemaker.facts.athena import count_billed_bytes
from tastemaker.facts.prices import PRICES
from tastemaker.model.load import load_project
from tastemaker.plan.athena_sql import list_tables
from tastemaker.plan.build import build_plan
from tests.support.athena_shop import PROJECT, write_athena_shop

if TYPE_CHECKING:
    from pathlib import Path

TRAFFIC = Traffic({}, 0, 0, 0, 0, 0, runs={"full": 4, "incremental": 30}, raw_bytes={"log": 2e12, "articles": 1e6})


def test_queries_are_billed_for_the_whole_of_their_tables_at_every_run(tmp_path: Path) -> None:
    """Only the query with a window runs every day; 1 MB is billed as ten."""
    plan = build_plan(load_project(write_athena_shop(tmp_path)))
    (line,) = [one for one in estimate_cost(plan, TRAFFIC).lines if one.service == "Amazon Athena"]
    assert line.quantity == "38.0 queries, 68,000.04 GB read"
    assert line.usd == line.idle_usd == pytest.approx(34 * 2 * 5 + 4 * 1e-5 * 5)
    cheaper = estimate_cost(plan, TRAFFIC, replace(PRICES, athena_per_terabyte=1.0))
    assert [one.usd for one in cheaper.lines if one.service == "Amazon Athena"] == [pytest.approx(line.usd / 5)]


@pytest.mark.parametrize(("scanned", "billed"), [(0, 10_000_000), (10_000_001, 11_000_000), (25_000_000, 25_000_000)])
def test_a_query_is_billed_by_started_megabytes_and_ten_at_least(scanned: int, billed: int) -> None:
    assert count_billed_bytes(scanned) == billed


def test_a_table_that_is_read_twice_is_counted_twice_and_a_name_of_the_query_is_none() -> None:
    text = "WITH seen AS (SELECT * FROM log WHERE at < <until>) SELECT * FROM seen JOIN LOG ON true, articles"
    assert list_tables(text, ("log", "articles", "other")) == ["log", "log", "articles"]


def test_the_size_of_raw_data_is_declared_or_measured_or_assumed(tmp_path: Path) -> None:
    text = PROJECT.replace("articles: articles.csv", "articles: s3://acme-raw/articles.csv")

    def assumed(more: str = "") -> dict[str, tuple[float, str]]:
        project = load_project(write_athena_shop(tmp_path, text + more))
        traffic = estimate_project(project, build_plan(project), Overrides()).traffic
        return {one.name: (one.value, one.origin) for one in traffic.assumptions if one.name.startswith("raw")}

    size = (write_athena_shop(tmp_path, text).parent / "log.csv").stat().st_size / 1e9
    assert assumed() == {
        "raw gigabytes of log": (size, "local file"), "raw gigabytes of articles": (10.0, "default"),
    }  # fmt: skip
    declared = assumed("traffic: {rawGigabytes: {log: 300}}\n")
    assert declared["raw gigabytes of log"] == (300.0, "project file")
