"""A dataset as CSV, by the rules of dataset export jobs (reference §2.7; developer guide, export-data)."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tastemaker.simulator.datasets import Snapshot
from tastemaker.simulator.snapshots import newest_by_id, streamed_rows, union_query
from tastemaker.simulator.tables import quoted

if TYPE_CHECKING:
    from tastemaker.simulator.datasets import DatasetData
    from tastemaker.simulator.tables import Tables

BULK, PUT, ALL = "BULK", "PUT", "ALL"


def export_csv(tables: Tables, data: DatasetData, mode: str) -> bytes:
    """A header in the schema's order, then imported (BULK), streamed (PUT) or both kinds of rows (ALL).

    Rows that are equal in every field are written once, where the first of them stands. With ALL the newest item or
    user with one id is written, sorted by id. An import reads the file back.
    """
    schema, snapshot = data.schema, data.snapshot()
    part = Snapshot(() if mode == PUT else snapshot.tables, 0 if mode == BULK else snapshot.streamed)
    rows, parameters = union_query(schema, part, streamed_rows(data, part), numbered=True)
    key = schema.facts.id_column
    if mode == ALL and key:
        query = f"{newest_by_id(rows, key)} ORDER BY {key}"
    else:
        names = ", ".join(quoted(name) for name in schema.names)
        query = (
            f"SELECT * EXCLUDE (part, line) FROM (SELECT * FROM ({rows}) "  # noqa: S608 - own and quoted names
            f"QUALIFY row_number() OVER (PARTITION BY {names} ORDER BY part, line) = 1) ORDER BY part, line"
        )
    return _write(tables, query, parameters)


def _write(tables: Tables, query: str, parameters: list[str]) -> bytes:
    cursor = tables.cursor()
    cursor.execute(f"CREATE TEMP TABLE export AS {query}", parameters)
    with tempfile.TemporaryDirectory(prefix="tastemaker-export-") as folder:
        path = Path(folder) / "export.csv"
        cursor.execute(f"COPY export TO '{path}' (FORMAT csv, HEADER, DELIMITER ',', QUOTE '\"', ESCAPE '\\')")
        return path.read_bytes()
