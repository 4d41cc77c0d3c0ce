"""Would Athena make of the datasets' SQL what DuckDB makes of it?

The SQL, and its translation to Athena's dialect and back, run over the sources as Athena's tables declare them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb

from tastemaker.data.database import open_database
from tastemaker.data.dialect import quote_name, quote_text
from tastemaker.data.local_copy import CopyFailedError, fetch_file
from tastemaker.data.prepare import Window, read_sql
from tastemaker.data.sources import FETCHED_FOLDER, first_line
from tastemaker.errors import Finding
from tastemaker.plan.athena_sql import NotPortableError, build_export, translate_back, translate_sql
from tastemaker.plan.preparing import build_finding, list_columns

if TYPE_CHECKING:
    from pathlib import Path

    from tastemaker.model.datasets import Dataset
    from tastemaker.model.preparation import Athena, RawTable
    from tastemaker.model.project import Project

_TYPES = {"string": "VARCHAR"}


def check_portability(project: Project, out_dir: Path) -> list[Finding]:
    """Findings of SQL that Athena lacks words for, or that does not survive the way to Athena's dialect and back.

    Two engines that understand the same words may still differ; what only Athena can show is not found here. Without
    Athena in the project there is nothing to find, and sources that cannot be read are `prepare`'s business.
    """
    athena = project.prepare.athena
    if athena is None:
        return []
    with open_database() as database:
        database.execute("SET threads = 1")  # sums of decimals depend on the order
        readable = _open_tables(database, project, athena, out_dir / FETCHED_FOLDER)
        found = [
            _check(database if readable else None, project, dataset, athena)
            for dataset in project.datasets.declared()
            if dataset.sql is not None
        ]
    return [finding for finding in found if finding is not None]


def build_table(path: Path, table: RawTable) -> str:
    """SELECT of a file with the columns and types that Athena's table declares."""
    file = quote_text(str(path))
    source = f"read_parquet({file})" if path.suffix == ".parquet" else f"read_csv({file}, all_varchar = true)"
    columns = [
        f"CAST({quote_name(name)} AS {_TYPES.get(kind, kind.upper())}) AS {quote_name(name)}"
        for name, kind in table.columns.items()
    ]
    return f"SELECT {', '.join(columns)} FROM {source}"


def _open_tables(database: duckdb.DuckDBPyConnection, project: Project, athena: Athena, folder: Path) -> bool:
    try:
        for name, table in athena.tables.items():
            path = fetch_file(project.sources[name], project.root, folder)
            database.execute(f"CREATE VIEW {quote_name(name)} AS {build_table(path, table)}")
    except (duckdb.Error, CopyFailedError):
        return False
    return True


def _check(
    database: duckdb.DuckDBPyConnection | None, project: Project, dataset: Dataset, athena: Athena
) -> Finding | None:
    file = str(project.root / str(dataset.sql))
    sql, _ = read_sql(project, dataset)
    if sql is None:
        return None
    ours = build_export(dataset, sql)
    try:
        theirs = translate_sql(ours, list_columns(athena))
    except NotPortableError as error:
        return build_finding(file, error)
    if database is None:
        return None
    try:
        lost = _count_differences(database, ours, translate_back(theirs, Window().since, Window().until))
    except duckdb.Error as error:
        message = f"over the tables that Athena has, the SQL fails: {first_line(error)}"
        return Finding(file, 1, 1, "sql-not-portable", message, "Compare the columns and types of `prepare.athena`.")
    if lost == 0:
        return None
    message = f"{lost} rows are others after translation to Athena's dialect and back"
    return Finding(file, 1, 1, "sql-not-portable", message, "Write it more plainly.")


def _count_differences(database: duckdb.DuckDBPyConnection, ours: str, theirs: str) -> int:
    bound = Window().bind(database, ours)
    parts = [
        f"(SELECT count(*) FROM (({one}\n) EXCEPT ALL ({other}\n)))" for one, other in ((ours, theirs), (theirs, ours))
    ]
    return int((database.execute(f"SELECT {' + '.join(parts)}", bound).fetchone() or (0,))[0])
