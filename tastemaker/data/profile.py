"""One scan over a dataset into a narrow table of hashes and numbers; counts are taken from there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tastemaker.data.dialect import quote_name
from tastemaker.data.selections import EVERYTHING
from tastemaker.data.value_checks import build_screen, build_value_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from duckdb import DuckDBPyConnection

    from tastemaker.data.rows import Rows
    from tastemaker.data.selections import Selection

_KEYS = {"user_hash": "USER_ID", "item_hash": "ITEM_ID"}
_COMPARED_BYTES = 64 << 20
"""Up to this size every row is compared with every other one; of larger files only the rows of one user in so many."""
_ONE_USER_IN = 64
LEAST_REPEATED_SHARE = 0.01
"""Fewer equal rows are nothing to worry about."""


@dataclass(frozen=True)
class SelectionCounts:
    """What one selection leaves: users with at least one, and with at least two selected interactions."""

    interactions: int
    users: int
    active_users: int


@dataclass(frozen=True)
class Profile:
    """Figures of one dataset; counts are 0 and times None where the column is missing or the file has no rows.

    Attributes:
        table: of the narrow rows: user_hash, item_hash, event_type (32 bits of a hash), time (seconds).
        users, items, event_types: distinct values, told apart by a hash.
        first_timestamp, last_timestamp: TIMESTAMP or CREATION_TIMESTAMP as written; epoch seconds when it is right.
        suspicious: some row may break a value check; `locate.py` tells whether, which and where.
        repeated_share: share of the interactions that are equal to an earlier one in all columns; 0 when it is below
            LEAST_REPEATED_SHARE.
        repeated_exactly: whether all rows were compared, or those of a sample of the users.
        empty_shares: nullable column to the share of its empty cells.
        selections: in the order of the selections asked for.
    """

    table: str
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


def profile_rows(database: DuckDBPyConnection, rows: Rows, selections: Sequence[Selection]) -> Profile:
    """Scan the file once; the narrow table spills to disk where memory ends, and stays in the database."""
    table = f"compact_{rows.dataset.key}"
    exactly = rows.csv.path.stat().st_size <= _COMPARED_BYTES
    database.execute("SET preserve_insertion_order = false")
    database.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS {_build_compact(rows, selections)}")
    nullable = _find_nullable(rows)
    voids = "".join(f", count(*) FILTER (void{at})" for at in range(len(nullable)))
    total, event_types, first, last, suspicious, *empty = _fetch_row(
        database,
        f"SELECT count(*), count(DISTINCT event_type), min(time), max(time), bool_or(suspicious){voids} FROM {table}",
    )
    users, *picked = _fetch_row(database, _build_user_query(table, selections))
    (items,) = _fetch_row(database, f"SELECT count(DISTINCT item_hash) FROM {table}")
    return Profile(
        table=table,
        rows=total,
        users=users,
        items=items,
        event_types=event_types,
        first_timestamp=first,
        last_timestamp=last,
        suspicious=bool(suspicious),
        repeated_share=_measure_repeats(database, rows, table, exactly=exactly),
        repeated_exactly=exactly,
        empty_shares={name: count / max(total, 1) for name, count in zip(nullable, empty, strict=True)},
        selections=tuple(SelectionCounts(*pair) for pair in zip(picked[::3], picked[1::3], picked[2::3], strict=True)),
    )


def _fetch_row(database: DuckDBPyConnection, query: str) -> list[int]:
    return list(database.execute(query).fetchone() or ())


def _build_compact(rows: Rows, selections: Sequence[Selection]) -> str:
    """One narrow row per row of the file."""
    times = (build_value_name(name) for name in ("TIMESTAMP", "CREATION_TIMESTAMP") if rows.has(name))
    screens = [build_screen(name, field) for name, field in rows.dataset.schema_fields.items() if rows.has(name)]
    columns = [
        *(f"{_build_hash(rows, column)} AS {key}" for key, column in _KEYS.items()),
        f"CAST({next(times, 'NULL')} AS BIGINT) AS time",
        f"({' AND '.join(screens) or 'true'}) IS NOT TRUE AS suspicious",
        f"{_build_event_type(rows)} AS event_type",
        *(f"{quote_name(name)} IS NULL AS void{at}" for at, name in enumerate(_find_nullable(rows))),
        *(
            f"({selection.condition}) AS pick{at}"
            for at, selection in enumerate(selections)
            if selection.condition != EVERYTHING
        ),
    ]
    return f"SELECT {', '.join(columns)} FROM ({rows.relation})"


def _find_nullable(rows: Rows) -> list[str]:
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


def _measure_repeats(database: DuckDBPyConnection, rows: Rows, table: str, *, exactly: bool) -> float:
    """Rows equal in all columns are equal in the narrow ones, so the file is read again only when many of those are.

    Equal rows have one user: a sample of the users loses none of theirs.
    """
    if rows.dataset.key != "interactions":
        return 0.0
    sample = "true" if exactly else f"user_hash % {_ONE_USER_IN} = 0"
    alike = f"SELECT count(*) AS n FROM {table} WHERE {sample} GROUP BY user_hash, item_hash, time, event_type"
    if _share(_fetch_row(database, f"SELECT coalesce(sum(n), 0), count(*) FROM ({alike})")) < LEAST_REPEATED_SHARE:
        return 0.0
    whole = f"hash({', '.join(quote_name(name) for name in rows.dataset.schema_fields)})"
    user = f"SELECT *, {_build_hash(rows, 'USER_ID')} AS user_hash FROM ({rows.relation})"
    return _share(_fetch_row(database, f"SELECT count(*), count(DISTINCT {whole}) FROM ({user}) WHERE {sample}"))


def _share(counts: list[int]) -> float:
    """Of (rows, different rows): how many of the rows repeat one."""
    rows, different = counts
    return (rows - different) / rows if rows else 0.0


def _build_user_query(table: str, selections: Sequence[Selection]) -> str:
    """Number of users; then, for each selection, its interactions, its users, and those with two or more."""
    picks = [f"n{at}" for at in range(len(selections))]
    counts = "".join(
        f", count(*){'' if selection.condition == EVERYTHING else f' FILTER (pick{at})'} AS n{at}"
        for at, selection in enumerate(selections)
    )
    triples = "".join(
        f", coalesce(sum({n}), 0)::BIGINT, count(user_hash) FILTER ({n} >= 1), count(user_hash) FILTER ({n} >= 2)"
        for n in picks
    )
    return f"SELECT count(user_hash){triples} FROM (SELECT user_hash{counts} FROM {table} GROUP BY user_hash)"


def count_unknown(database: DuckDBPyConnection, key: str, table: str, known: str) -> tuple[int, int]:
    """Rows of one narrow table whose key the other one lacks, and their different keys."""
    rows, keys = _fetch_row(
        database,
        f"SELECT count(*), count(DISTINCT {key}) FROM {table} WHERE {key} NOT IN (SELECT {key} FROM {known})",
    )
    return rows, keys
