"""Raw files as tables for the user's SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb

from tastemaker.data.database import open_database
from tastemaker.data.dialect import quote_name, quote_text
from tastemaker.data.local_copy import CopyFailedError, fetch_file
from tastemaker.errors import Finding

if TYPE_CHECKING:
    from pathlib import Path

    from tastemaker.model.project import Project

_NUMBERS = {"BIGINT", "HUGEINT", "DOUBLE"}


FETCHED_FOLDER = "fetched"
"""Copies of objects of S3, beside the prepared files."""


def open_sources(database: duckdb.DuckDBPyConnection, project: Project, out_dir: Path) -> list[Finding]:
    """Make one view for each source; findings stand at the source in the project file."""
    findings = []
    for name, location in project.sources.items():
        problem = _open_source(database, project, name, location, out_dir / FETCHED_FOLDER)
        if problem is not None:
            findings.append(Finding(str(project.file), *project.locations.find(("sources", name)), *problem))
    return findings


def count_source_rows(project: Project, out_dir: Path) -> dict[str, int]:
    """Source to rows; sources that cannot be read are left out."""
    with open_database() as database:
        open_sources(database, project, out_dir)
        views = [
            str(name)
            for (name,) in database.execute("SELECT view_name FROM duckdb_views() WHERE NOT internal").fetchall()
        ]
        counted = {
            name: database.execute(f"SELECT count(*) FROM {quote_name(name)}").fetchone() or (0,) for name in views
        }
    return {name: int(counted[name][0]) for name in project.sources if name in counted}


def _open_source(
    database: duckdb.DuckDBPyConnection, project: Project, name: str, location: str, fetched: Path
) -> tuple[str, str, str] | None:
    """Rule, message and hint of what is wrong; None when the view is there."""
    try:
        path = fetch_file(location, project.root, fetched)
        if not path.exists():
            return "source-not-found", f"source `{name}`: there is no file {path}", "Correct the path."
        reader = _build_reader(database, path)
        database.execute(f"CREATE VIEW {quote_name(name)} AS FROM {reader}")
    except CopyFailedError as error:
        return "source-not-found", f"source `{name}`: {error}", "Check the address, the credentials and the Region."
    except duckdb.Error as error:
        text = f"source `{name}` cannot be read: {first_line(error)}"
        return "source-unreadable", text, "Check that the file is what its name says."
    return None


def _build_reader(database: duckdb.DuckDBPyConnection, path: Path) -> str:
    """SQL of a table function. CSV columns get the type of all their values, but 007 is an id and stays text.

    A folder holds JSON Lines, also in folders such as `day=2026-11-27/`, whose name then is a column: archived events.
    """
    if path.is_dir():
        files = quote_text(f"{path}/**/*.jsonl")
        return f"read_json({files}, format = 'newline_delimited', hive_partitioning = true, union_by_name = true)"
    file = quote_text(str(path))
    if path.suffix == ".parquet":
        return f"read_parquet({file})"
    described = database.execute(f"DESCRIBE FROM read_csv({file}, sample_size = -1)").fetchall()
    numbers = [str(column[0]) for column in described if column[1] in _NUMBERS]
    conditions = [f"bool_or(regexp_full_match({quote_name(name)}, '0[0-9]+'))" for name in numbers]
    padded: tuple[bool | None, ...] = ()
    if conditions:
        query = f"SELECT {', '.join(conditions)} FROM read_csv({file}, all_varchar = true)"
        padded = database.execute(query).fetchone() or ()
    types = ", ".join(f"{quote_text(name)}: 'VARCHAR'" for name, found in zip(numbers, padded, strict=True) if found)
    return f"read_csv({file}, sample_size = -1{f', types = {{{types}}}' if types else ''})"


def first_line(error: duckdb.Error) -> str:
    """The error without DuckDB's drawing of the place."""
    return str(error).splitlines()[0]
