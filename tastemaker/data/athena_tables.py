"""The sources on this machine with the columns and types of Athena's tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tastemaker.data.dialect import quote_name, quote_text
from tastemaker.data.local_copy import fetch_file

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from duckdb import DuckDBPyConnection

    from tastemaker.plan.specs import TableSpec

_TYPES = {"string": "VARCHAR"}


def open_tables(
    database: DuckDBPyConnection,
    tables: Mapping[str, TableSpec],
    samples: Mapping[str, str],
    root: Path,
    folder: Path,
) -> None:
    """Make one view for each table.

    Args:
        database: connection.
        tables: source to its table.
        samples: source to the file that stands for it, as `fetch_file` takes it.
        root: of relative paths.
        folder: for copies of samples that lie in S3.

    Raises:
        CopyFailedError: a sample cannot be fetched.
        duckdb.Error: it is no such file, or lacks a column.
    """
    for name, table in tables.items():
        path = fetch_file(samples[name], root, folder)
        database.execute(f"CREATE VIEW {quote_name(name)} AS {_build_table(path, table)}")


def _build_table(path: Path, table: TableSpec) -> str:
    """Texts that are no value of the declared type fail when they are read."""
    file = quote_text(str(path))
    source = f"read_parquet({file})" if path.suffix == ".parquet" else f"read_csv({file}, all_varchar = true)"
    columns = [
        f"CAST(source.{quote_name(name)} AS {_TYPES.get(kind, kind.upper())}) AS {quote_name(name)}"
        for name, kind in table.columns.items()
    ]
    return f"SELECT {', '.join(columns)} FROM {source} AS source"
