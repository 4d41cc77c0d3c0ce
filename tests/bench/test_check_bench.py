"""The data check of five and of twenty-five million interactions, against DuckDB merely scanning the same file.

Each runs in a process of its own, in turn. Seconds of processor time, so that what else the machine does weighs little.
"""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import duckdb
import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_benchmark.fixture import BenchmarkFixture

ROWS, MANY_ROWS, ROUNDS = 5_000_000, 25_000_000, 5
MOST_MEGABYTES, MOST_OF_SCANNING = 500, 1.5
_FILE = """
COPY (
    SELECT 'u' || lpad(CAST(hash(n) % 200000 AS VARCHAR), 6, '0') AS USER_ID,
        'i' || lpad(CAST(hash(n * 7 + 1) % 20000 AS VARCHAR), 5, '0') AS ITEM_ID, 1600000000 + n AS TIMESTAMP,
        CASE WHEN hash(n * 3) % 4 = 0 THEN 'buy' ELSE 'view' END AS EVENT_TYPE,
        round((hash(n * 5) % 1000) / 100, 2) AS EVENT_VALUE
    FROM range({rows}) numbers (n)
) TO '{path}' (HEADER)
"""
_SCAN = """
import duckdb, sys
counts = ", ".join(f"max({name})" for name in ("USER_ID", "ITEM_ID", "TIMESTAMP", "EVENT_TYPE", "EVENT_VALUE"))
duckdb.execute(f"SELECT count(*), {counts} FROM read_csv('{sys.argv[1]}')").fetchall()
"""
_READ = """
import duckdb, sys
duckdb.execute(f"CREATE TABLE merely_read AS FROM read_csv('{sys.argv[1]}')")
"""
_CHECK = """
import sys
from pathlib import Path
from tastemaker.data.check import check_dataset
from tastemaker.data.selections import Selection
from tastemaker.model.datasets import InteractionsDataset
schema = {"USER_ID": "string", "ITEM_ID": "string", "TIMESTAMP": "long", "EVENT_TYPE": "string", "EVENT_VALUE": "float"}
dataset = InteractionsDataset.model_validate({"schema": schema, "path": "interactions.csv"})
report, findings = check_dataset(dataset, Path(sys.argv[1]), [Selection(("for-you",), (), "")])
assert findings == (), findings
"""
_MEASURE = """
import resource, time
begun, real = time.process_time(), time.perf_counter()
work()
print()
memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(time.process_time() - begun, time.perf_counter() - real, memory)
"""


def _measure(work: str, path: Path) -> tuple[float, float, float]:
    """Processor seconds, real seconds, most megabytes of memory; imports are not counted."""
    lines = work.strip().splitlines()
    imports = [line for line in lines if line.startswith(("import", "from"))]
    body = [f"    {line}" for line in lines if line not in imports]
    program = "\n".join([*imports, "def work():", *body, _MEASURE])
    done = subprocess.run([sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=True)
    cpu, real, megabytes = map(float, done.stdout.splitlines()[-1].split())
    return cpu, real, megabytes


@pytest.mark.parametrize("rows", [ROWS, MANY_ROWS])
def test_the_check_of_many_interactions_needs_little_memory(
    benchmark: BenchmarkFixture, tmp_path: Path, rows: int
) -> None:
    path = tmp_path / "interactions.csv"
    duckdb.connect().execute(_FILE.format(rows=rows, path=path))
    rounds = ROUNDS if rows == ROWS else 2
    measured = {name: [] for name in ("scan", "read", "check")}  # type: dict[str, list[tuple[float, float, float]]]
    for _ in range(rounds):
        for name, work in (("scan", _SCAN), ("read", _READ), ("check", _CHECK)):
            measured[name].append(_measure(work, path))
    benchmark.pedantic(lambda: None, rounds=1)
    best = {name: min(found) for name, found in measured.items()}
    for name, (cpu, real, megabytes) in best.items():
        sys.stderr.write(f"\n{rows:,} rows, {name}: {cpu:.2f} s of processor, {real:.2f} s, {megabytes:.0f} MB")
    scanning, reading = (best["check"][0] / best[name][0] for name in ("scan", "read"))
    sys.stderr.write(f"\ncheck: {scanning:.2f} of scanning, {reading:.2f} of reading into a table\n")
    assert scanning <= MOST_OF_SCANNING
    most = max(megabytes for _, _, megabytes in measured["check"])
    assert most <= MOST_MEGABYTES * rows / ROWS
