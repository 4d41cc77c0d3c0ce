"""One scan over a dataset into a narrow table of hashes and numbers; counts are taken from there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tastemaker.data.dialect import quote_name
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
        table: of the narrow rows: user_hash, item_hash, event_type (32 bits of a hash), time (seconds), twin.
        users, items, event_types: distinct values, told apart by a hash.
        first_timestamp, last_timestamp: TIMESTAMP or CREATION_TIMESTAMP as written; epoch seconds when it is right.
        suspicious: some row may break a value check; `locate.py` tells whether, which and where.
        repeated_share: share of the rows that are equal to an earlier one in all columns.
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
    database.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS {_build_compact(rows, selections, exactly)}")
    total, event_types, first, last, suspicious = _fetch_row(
        database, f"SELECT count(*), count(DISTINCT event_type), min(time), max(time), bool_or(suspicious) FROM {table}"
    )
    users, *picked = _fetch_row(database, _build_user_query(table, selections))
    (items,) = _fetch_row(database, f"SELECT count(DISTINCT item_hash) FROM {table}")
    nullable = _find_nullable(rows)
    empty = _fetch_row(
        database,
        f"SELECT {', '.join(['0', *(f'count(*) FILTER (void{at})' for at in range(len(nullable)))])} FROM {table}",
    )
    compared, different = _fetch_row(database, f"SELECT count(twin), count(DISTINCT twin) FROM {table}")
    return Profile(
        table=table,
        rows=total,
        users=users,
        items=items,
        event_types=event_types,
        first_timestamp=first,
        last_timestamp=last,
        suspicious=bool(suspicious),
        repeated_share=(compared - different) / compared if compared else 0.0,
        repeated_exactly=exactly,
        empty_shares={name: count / max(total, 1) for name, count in zip(nullable, empty[1:], strict=True)},
        selections=tuple(SelectionCounts(*pair) for pair in zip(picked[::3], picked[1::3], picked[2::3], strict=True)),
    )


def _fetch_row(database: DuckDBPyConnection, query: str) -> list[int]:
    return list(database.execute(query).fetchone() or ())


def _build_compact(rows: Rows, selections: Sequence[Selection], exactly: bool) -> str:
    """One narrow row per row of the file."""
    times = (build_value_name(name) for name in ("TIMESTAMP", "CREATION_TIMESTAMP") if rows.has(name))
    screens = [build_screen(name, field) for name, field in rows.dataset.schema_fields.items() if rows.has(name)]
    columns = [
        *(f"{_build_hash(rows, column)} AS {key}" for key, column in _KEYS.items()),
        f"CAST({next(times, 'NULL')} AS BIGINT) AS time",
        f"({' AND '.join(screens) or 'true'}) IS NOT TRUE AS suspicious",
        f"{_build_twin(rows, exactly)} AS twin",
        f"{_build_event_type(rows)} AS event_type",
        *(f"{quote_name(name)} IS NULL AS void{at}" for at, name in enumerate(_find_nullable(rows))),
        *(f"({selection.condition}) AS pick{at}" for at, selection in enumerate(selections)),
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


def _build_twin(rows: Rows, exactly: bool) -> str:
    """A hash of the whole row, where it is compared: equal rows have one user, so a sample of users loses none."""
    whole = f"hash({', '.join(quote_name(name) for name in rows.dataset.schema_fields)})"
    if exactly:
        return whole
    key = quote_name("USER_ID" if rows.has("USER_ID") else "ITEM_ID")
    return f"CASE WHEN hash({key}) % {_ONE_USER_IN} = 0 THEN {whole} END"


def _build_user_query(table: str, selections: Sequence[Selection]) -> str:
    """Number of users; then, for each selection, its interactions, its users, and those with two or more."""
    picks = range(len(selections))
    counts = "".join(f", count(*) FILTER (pick{at}) AS pick{at}" for at in picks)
    pairs = "".join(
        f", coalesce(sum(pick{at}), 0)::BIGINT, count(user_hash) FILTER (pick{at} >= 1)"
        f", count(user_hash) FILTER (pick{at} >= 2)"
        for at in picks
    )
    return f"SELECT count(user_hash){pairs} FROM (SELECT user_hash{counts} FROM {table} GROUP BY user_hash)"


def count_unknown(database: DuckDBPyConnection, key: str, table: str, known: str) -> tuple[int, int]:
    """Rows of one narrow table whose key the other one lacks, and their different keys."""
    rows, keys = _fetch_row(
        database,
        f"SELECT count(*), count(DISTINCT {key}) FROM {table} WHERE {key} NOT IN (SELECT {key} FROM {known})",
    )
    return rows, keys
