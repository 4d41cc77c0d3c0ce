"""What is kept of a dataset's rows: how many each user, each item and each hour has, in tables of the database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tastemaker.data.selections import EVERYTHING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from duckdb import DuckDBPyConnection

    from tastemaker.data.selections import Selection


@dataclass(frozen=True)
class CountTables:
    """Names of the tables of one dataset; ids stand there as DuckDB's hash of them.

    Attributes:
        users: user_hash, n (its rows), and n0, n1 … (those of each selection that leaves something out).
        items: item_hash, n.
        hours: hour (since 1970), n.
    """

    users: str
    items: str
    hours: str


@dataclass(frozen=True)
class SelectionCounts:
    """What one selection leaves: users with at least one, and with at least two selected interactions."""

    interactions: int
    users: int
    active_users: int


def name_tables(dataset: str) -> CountTables:
    """The tables of a dataset, by its key."""
    return CountTables(f"{dataset}_users", f"{dataset}_items", f"{dataset}_hours")


def name_picks(selections: Sequence[Selection]) -> tuple[str, ...]:
    """The column of the users' table that counts each selection."""
    return tuple("n" if selection.condition == EVERYTHING else f"n{at}" for at, selection in enumerate(selections))


def fetch_row(database: DuckDBPyConnection, query: str) -> list[int]:
    """The only row of a query's answer."""
    return list(database.execute(query).fetchone() or ())


def count_distinct(database: DuckDBPyConnection, table: str) -> int:
    """The users or items of a table of counts."""
    (distinct,) = fetch_row(database, f"SELECT count(*) FROM {table}")
    return distinct


def count_selections(
    database: DuckDBPyConnection, tables: CountTables, selections: Sequence[Selection]
) -> Iterator[SelectionCounts]:
    """In the selections' order."""
    for n in name_picks(selections):
        counts = f"coalesce(sum({n}), 0)::BIGINT, count(*) FILTER ({n} >= 1), count(*) FILTER ({n} >= 2)"
        yield SelectionCounts(*fetch_row(database, f"SELECT {counts} FROM {tables.users}"))


def count_unknown(database: DuckDBPyConnection, key: str, table: str, known: str) -> tuple[int, int]:
    """Rows of the keys of one table that the other one lacks, and how many keys that are."""
    rows, keys = fetch_row(
        database,
        f"SELECT coalesce(sum(n), 0)::BIGINT, count(*) FROM {table} WHERE {key} NOT IN (SELECT {key} FROM {known})",
    )
    return rows, keys
