"""Columnar storage: DuckDB tables in memory that disappear with the last reference to them."""

from __future__ import annotations

import functools
import itertools
import threading
import weakref
from typing import TYPE_CHECKING, Any

import duckdb

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import numpy.typing as npt


_NUMBERS = itertools.count()
_CURSORS = threading.RLock()
"""Re-entrant, because a table may be collected, and dropped, while its thread holds it."""


@functools.cache
def _database() -> duckdb.DuckDBPyConnection:
    """The process's DuckDB. Opening one takes 16 ms, and what simulators keep in it has names of its own."""
    return duckdb.connect()


class BulkTable:
    """An immutable table of imported rows, in file order.

    Attributes:
        columns: name to DuckDB type; exactly the schema's columns.
        bytes: size of the files it was read from.
    """

    def __init__(self, name: str, columns: dict[str, str], rows: int, size_bytes: int) -> None:
        self.name, self.columns, self.rows, self.size_bytes = name, columns, rows, size_bytes


class Tables:
    """DuckDB in memory; each call uses a cursor of its own, so threads do not wait for each other."""

    def cursor(self) -> duckdb.DuckDBPyConnection:
        with _CURSORS:
            return _database().cursor()

    def create(self, columns: dict[str, str], source: str, parameters: Sequence[Any], size_bytes: int) -> BulkTable:
        """Keep the rows of a query.

        Raises:
            duckdb.Error: the query fails; nothing is kept.
        """
        name = f"bulk_{next(_NUMBERS)}"
        cursor = self.cursor()
        cursor.execute(f"CREATE TABLE {name} AS {source}", parameters)
        count = cursor.execute(f"SELECT count(*) FROM {name}").fetchall()[0][0]  # noqa: S608 - our own name
        table = BulkTable(name, columns, count, size_bytes)
        weakref.finalize(table, _drop, name)
        return table

    def fetch(self, query: str, parameters: Sequence[Any] = ()) -> dict[str, npt.NDArray[Any]]:
        """Columns of a query's result; null is NaN in floats, None in objects."""
        columns: dict[str, np.ma.MaskedArray[Any, Any] | npt.NDArray[Any]] = (
            self.cursor().execute(query, parameters).fetchnumpy()
        )
        return columns


def _drop(name: str) -> None:
    with _CURSORS:
        cursor = _database().cursor()
    cursor.execute(f"DROP TABLE IF EXISTS {name}")


def quoted(name: str) -> str:
    """An SQL identifier."""
    return '"' + name.replace('"', '""') + '"'
