"""A DuckDB that lives as long as one piece of work: bounded memory, spills to a temporary folder, no network."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from typing import TYPE_CHECKING

import duckdb

if TYPE_CHECKING:
    from collections.abc import Iterator

MEMORY_LIMIT = "2GB"


@contextmanager
def open_database() -> Iterator[duckdb.DuckDBPyConnection]:
    """An empty database in memory."""
    with tempfile.TemporaryDirectory(prefix="tastemaker-") as spill:
        config: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": MEMORY_LIMIT,
            "temp_directory": spill,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }
        connection = duckdb.connect(config=config)
        try:
            connection.execute("SET enable_progress_bar = false")  # it goes to stdout, among what `--json` prints
            yield connection
        finally:
            connection.close()
