"""One scan over a dataset into a narrow table of hashes and numbers, which then is counted by user, item and hour."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tastemaker.data.counts import count_distinct, count_selections, fetch_row, name_picks, name_tables
from tastemaker.data.dialect import quote_name
from tastemaker.data.selections import EVERYTHING
from tastemaker.data.value_checks import build_screen, build_value_name

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from duckdb import DuckDBPyConnection

    from tastemaker.data.counts import CountTables, SelectionCounts
    from tastemaker.data.rows import Rows
    from tastemaker.data.selections import Selection

_KEYS = {"user_hash": "USER_ID", "item_hash": "ITEM_ID"}
_COMPARED_BYTES = 64 << 20
"""Up to this size every row is compared with every other one; of larger files only the rows of one user in so many."""
_ONE_USER_IN = 64
HOUR_SECONDS = 3_600
LEAST_REPEATED_SHARE = 0.01
"""Fewer equal rows are nothing to worry about."""


@dataclass(frozen=True)
class Profile:
    """Figures of one dataset; counts are 0 and times None where the column is missing or the file has no rows.

    Attributes:
        tables: what is counted of the rows.
        users, items, event_types: distinct values, told apart by a hash.
        first_timestamp, last_timestamp: TIMESTAMP or CREATION_TIMESTAMP as written; epoch seconds when it is right.
        suspicious: some row may break a value check; `locate.py` tells whether, which and where.
        repeated_share: share of the interactions that are equal to an earlier one in all columns; 0 when it is below
            LEAST_REPEATED_SHARE.
        repeated_exactly: whether all rows were compared, or those of a sample of the users.
        empty_shares: nullable column to the share of its empty cells.
        selections: in the order of the selections asked for.
    """

    tables: CountTables
    rows: int
    users: int
    items: int
    event_types: int
    first_timestamp: int | None
    last_timestamp: int | None
    suspicious: bool
    repeated_share: float
    repeated_exactly: bool
    empty_shares: dict[str, float]
    selections: tuple[SelectionCounts, ...]


@dataclass(frozen=True)
class Scanned:
    """One dataset's rows in the database, and what is known of them."""

    rows: Rows
    profile: Profile


def choose_sample(path: Path) -> int:
    """The rows of one user in so many are compared with each other."""
    return 1 if path.stat().st_size <= _COMPARED_BYTES else _ONE_USER_IN


def profile_rows(database: DuckDBPyConnection, rows: Rows, selections: Sequence[Selection]) -> Profile:
    """Scan the file once; the narrow table spills to disk where memory ends, and goes when it has been counted."""
    table, tables = f"compact_{rows.dataset.key}", name_tables(rows.dataset.key)
    one_user_in = choose_sample(rows.csv.path)
    database.execute("SET preserve_insertion_order = false")
    database.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS {_build_compact(rows, selections)}")
    nullable = find_nullable(rows)
    voids = "".join(f", count(*) FILTER (void{at})" for at in range(len(nullable)))
    total, event_types, first, last, suspicious, *empty = fetch_row(
        database,
        f"SELECT count(*), count(DISTINCT event_type), min(time), max(time), bool_or(suspicious){voids} FROM {table}",
    )
    _count_rows(database, table, tables, selections)
    profile = Profile(
        tables=tables,
        rows=total,
        users=count_distinct(database, tables.users),
        items=count_distinct(database, tables.items),
        event_types=event_types,
        first_timestamp=first,
        last_timestamp=last,
        suspicious=bool(suspicious),
        repeated_share=_measure_repeats(database, rows, table, one_user_in),
        repeated_exactly=one_user_in == 1,
        empty_shares={name: count / max(total, 1) for name, count in zip(nullable, empty, strict=True)},
        selections=tuple(count_selections(database, tables, selections)),
    )
    database.execute(f"DROP TABLE {table}")
    return profile


def _count_rows(database: DuckDBPyConnection, table: str, tables: CountTables, selections: Sequence[Selection]) -> None:
    picks = "".join(f", count(*) FILTER (pick{at}) AS {n}" for at, n in enumerate(name_picks(selections)) if n != "n")
    for name, key, counts in (
        (tables.users, "user_hash", picks),
        (tables.items, "item_hash", ""),
        (tables.hours, "hour", ""),
    ):
        narrow = f"SELECT *, time // {HOUR_SECONDS} AS hour FROM {table}" if key == "hour" else table
        counted = f"SELECT {key}, count(*) AS n{counts} FROM ({narrow}) WHERE {key} IS NOT NULL GROUP BY {key}"
        database.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {counted}")


def _build_compact(rows: Rows, selections: Sequence[Selection]) -> str:
    """One narrow row per row of the file."""
    times = (build_value_name(name) for name in ("TIMESTAMP", "CREATION_TIMESTAMP") if rows.has(name))
    screens = [build_screen(name, field) for name, field in rows.dataset.schema_fields.items() if rows.has(name)]
    columns = [
        *(f"{_build_hash(rows, column)} AS {key}" for key, column in _KEYS.items()),
        f"CAST({next(times, 'NULL')} AS BIGINT) AS time",
        f"({' AND '.join(screens) or 'true'}) IS NOT TRUE AS suspicious",
        f"{_build_event_type(rows)} AS event_type",
        *(f"{quote_name(name)} IS NULL AS void{at}" for at, name in enumerate(find_nullable(rows))),
        *(
            f"({selection.condition}) AS pick{at}"
            for at, selection in enumerate(selections)
            if selection.condition != EVERYTHING
        ),
    ]
    return f"SELECT {', '.join(columns)} FROM ({rows.relation})"


def find_nullable(rows: Rows) -> list[str]:
    """Columns of the file that may be empty, in the schema's order."""
    return [name for name, field in rows.dataset.schema_fields.items() if field.nullable and rows.has(name)]


def _build_hash(rows: Rows, column: str) -> str:
    """Ids are never null in good data; where one is, which is an error, it counts as one more user or item."""
    return f"hash({quote_name(column)})" if rows.has(column) else "CAST(NULL AS UBIGINT)"


def _build_event_type(rows: Rows) -> str:
    """Narrow, because there are few; null where the cell is empty."""
    name = quote_name("EVENT_TYPE")
    field = rows.dataset.schema_fields.get("EVENT_TYPE")
    if field is None or not rows.has("EVENT_TYPE"):
        return "CAST(NULL AS UINTEGER)"
    hashed = f"CAST(hash({name}) & 4294967295 AS UINTEGER)"
    return f"CASE WHEN {name} IS NOT NULL THEN {hashed} END" if field.nullable else hashed


def _measure_repeats(database: DuckDBPyConnection, rows: Rows, table: str, one_user_in: int) -> float:
    """Rows equal in all columns are equal in the narrow ones, so the file is read again only when many of those are.

    Equal rows have one user: a sample of the users loses none of theirs.
    """
    if rows.dataset.key != "interactions":
        return 0.0
    sample = f"user_hash % {one_user_in} = 0"
    alike = f"SELECT count(*) AS n FROM {table} WHERE {sample} GROUP BY user_hash, item_hash, time, event_type"
    if share_repeats(*fetch_row(database, f"SELECT coalesce(sum(n), 0), count(*) FROM ({alike})")) == 0:
        return 0.0
    whole = f"hash({', '.join(quote_name(name) for name in rows.dataset.schema_fields)})"
    user = f"SELECT *, {_build_hash(rows, 'USER_ID')} AS user_hash FROM ({rows.relation})"
    return share_repeats(*fetch_row(database, f"SELECT count(*), count(DISTINCT {whole}) FROM ({user}) WHERE {sample}"))


def share_repeats(rows: int, different: int) -> float:
    """How many of the rows repeat one; 0 when that is nothing to worry about."""
    share = (rows - different) / rows if rows else 0.0
    return share if share >= LEAST_REPEATED_SHARE else 0.0
