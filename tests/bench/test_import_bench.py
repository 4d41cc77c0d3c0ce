"""An import of five million interactions against DuckDB merely reading the same file into a table.

Both in turn, so that what else the machine does weighs on both alike. Prints each and their ratio.
"""

from __future__ import annotations

import json
import sys
import time
from typing import TYPE_CHECKING

import duckdb
import pytest

from tastemaker.simulator.avro import parse_schema
from tastemaker.simulator.importer import read_csv
from tastemaker.simulator.objects import FolderObjects
from tastemaker.simulator.tables import Tables
from tests.support.simulator import INTERACTIONS_SCHEMA

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pytest_benchmark.fixture import BenchmarkFixture

ROWS, ROUNDS = 5_000_000, 7
MOST = 1.5
_FILE = """
COPY (
    SELECT 'u' || (hash(n) % 200000) AS USER_ID, 'i' || (hash(n * 7 + 1) % 50000) AS ITEM_ID,
        1700000000 + n % 30000000 AS TIMESTAMP, CASE WHEN n % 3 = 0 THEN 'buy' ELSE 'view' END AS EVENT_TYPE,
        CASE WHEN n % 3 = 0 THEN (n % 100) / 4.0 END AS EVENT_VALUE
    FROM range({rows}) numbers (n)
) TO '{path}' (HEADER)
"""


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("s3")
    (folder / "bucket").mkdir()
    duckdb.connect().execute(_FILE.format(rows=ROWS, path=folder / "bucket/interactions.csv"))
    return folder


def test_an_import_takes_at_most_half_as_long_again_as_reading(benchmark: BenchmarkFixture, root: Path) -> None:
    tables, schema = Tables(), parse_schema(json.dumps(INTERACTIONS_SCHEMA))
    columns = (
        "{USER_ID: 'VARCHAR', ITEM_ID: 'VARCHAR', TIMESTAMP: 'BIGINT', EVENT_TYPE: 'VARCHAR', EVENT_VALUE: 'DOUBLE'}"
    )
    source = f"read_csv('{root}/bucket/interactions.csv', header = true, auto_detect = false, columns = {columns})"

    def scan() -> None:
        counts = "count(USER_ID), count(ITEM_ID), max(TIMESTAMP), count(EVENT_TYPE), max(EVENT_VALUE)"
        tables.cursor().execute(f"SELECT {counts} FROM {source}").fetchall()

    def read() -> None:
        tables.cursor().execute(f"CREATE OR REPLACE TABLE merely_read AS SELECT * FROM {source}")

    def load() -> None:
        assert read_csv(FolderObjects(root), tables, "s3://bucket/interactions.csv", schema, full=True).rows == ROWS

    taken: dict[str, list[float]] = {"scan": [], "read": [], "import": []}
    for _ in range(ROUNDS):
        for name, work in (("scan", scan), ("read", read), ("import", load)):
            taken[name].append(_seconds(work))
    benchmark.pedantic(load, rounds=1)
    scanned, merely_read, imported = (min(taken[name]) for name in ("scan", "read", "import"))
    sys.stderr.write(
        f"\n{ROWS:,} interactions: scanned in {scanned:.2f} s, read into a table in {merely_read:.2f} s, imported in "
        f"{imported:.2f} s: {imported / merely_read:.2f} of reading, {imported / scanned:.2f} of scanning\n"
    )
    assert imported <= MOST * merely_read


def _seconds(work: Callable[[], None]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun
