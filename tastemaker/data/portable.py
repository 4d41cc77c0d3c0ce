"""Would Athena make of the datasets' SQL what DuckDB makes of it?

The SQL, and its translation to Athena's dialect and back, run over the sources as Athena's tables declare them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb

from tastemaker.data.athena_tables import open_tables
from tastemaker.data.database import open_database
from tastemaker.data.local_copy import CopyFailedError
from tastemaker.data.prepare import Window, read_sql
from tastemaker.data.sources import FETCHED_FOLDER, first_line
from tastemaker.errors import Finding
from tastemaker.plan.athena_sql import NotPortableError, build_export, translate_back, translate_sql
from tastemaker.plan.preparing import build_finding, build_tables, list_columns

if TYPE_CHECKING:
    from pathlib import Path

    from tastemaker.model.datasets import Dataset
    from tastemaker.model.preparation import Athena
    from tastemaker.model.project import Project


def check_portability(project: Project, out_dir: Path) -> list[Finding]:
    """Findings of SQL that Athena lacks words for, or that does not survive the way to Athena's dialect and back.

    Two engines that understand the same words may still differ; what only Athena can show is not found here. Without
    Athena in the project there is nothing to find.

    Args:
        project: without findings of its own.
        out_dir: of the prepared files, for copies of sources that lie in S3.
    """
    athena = project.prepare.athena
    if athena is None:
        return []
    with open_database() as database:
        database.execute("SET threads = 1")  # sums of decimals depend on the order
        try:
            open_tables(database, build_tables(athena), project.sources, project.root, out_dir / FETCHED_FOLDER)
        except (duckdb.Error, CopyFailedError) as error:
            return [_build_table_finding(project, str(error).splitlines()[0])]
        found = [
            _check(database, project, dataset, athena)
            for dataset in project.datasets.declared()
            if dataset.sql is not None
        ]
    return [finding for finding in found if finding is not None]


def _build_table_finding(project: Project, problem: str) -> Finding:
    spot = project.locations.find_key(("prepare", "athena", "tables"))
    message = f"a source is not what its table for Athena declares: {problem}"
    return Finding(str(project.file), *spot, "athena-table", message, "Compare its columns with those of the source.")


def _check(database: duckdb.DuckDBPyConnection, project: Project, dataset: Dataset, athena: Athena) -> Finding | None:
    file = str(project.root / str(dataset.sql))
    sql, _ = read_sql(project, dataset)
    if sql is None:
        return None
    ours = build_export(dataset, sql)
    try:
        theirs = translate_sql(ours, list_columns(athena))
    except NotPortableError as error:
        return build_finding(file, error)
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
