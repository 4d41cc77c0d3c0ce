"""One scan over a dataset: counts, times, and whether any row breaks a value check."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tastemaker.data.dialect import quote_name
from tastemaker.data.value_checks import build_value_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from duckdb import DuckDBPyConnection

    from tastemaker.data.rows import Rows
    from tastemaker.data.selections import Selection

_KEYS = {"user_hash": "USER_ID", "item_hash": "ITEM_ID", "event_type": "EVENT_TYPE"}


@dataclass(frozen=True)
class SelectionCounts:
    """What one selection leaves; `active_users` have at least two selected interactions."""

    interactions: int
    active_users: int


@dataclass(frozen=True)
class Profile:
    """Figures of one dataset; counts are 0 and times None where the column is missing or the file has no rows.

    Attributes:
        users, items, event_types: distinct values, told apart by a 64-bit hash.
        first_timestamp, last_timestamp: TIMESTAMP or CREATION_TIMESTAMP as written; epoch seconds when it is right.
        broken: at least one row breaks a value check; `locate.py` tells which and where.
        selections: in the order of the selections asked for.
    """

    rows: int
    users: int
    items: int
    event_types: int
    first_timestamp: int | None
    last_timestamp: int | None
    broken: bool
    selections: tuple[SelectionCounts, ...]


def profile_rows(database: DuckDBPyConnection, rows: Rows, selections: Sequence[Selection]) -> Profile:
    """Scan the file once into a narrow table of hashes and numbers, which spills to disk, and count there."""
    database.execute("SET preserve_insertion_order = false")
    database.execute(f"CREATE OR REPLACE TEMP TABLE compact AS {_build_compact(rows, selections)}")
    total, event_types, first, last, broken = _fetch_row(
        database, "SELECT count(*), count(DISTINCT event_type), min(time), max(time), bool_or(bad) FROM compact"
    )
    users, *picked = _fetch_row(database, _build_user_query(selections))
    (items,) = _fetch_row(database, "SELECT count(DISTINCT item_hash) FROM compact")
    return Profile(
        rows=total,
        users=users,
        items=items,
        event_types=event_types,
        first_timestamp=first,
        last_timestamp=last,
        broken=bool(broken),
        selections=tuple(SelectionCounts(*pair) for pair in zip(picked[::2], picked[1::2], strict=True)),
    )


def _fetch_row(database: DuckDBPyConnection, query: str) -> list[int]:
    return list(database.execute(query).fetchone() or ())


def _build_compact(rows: Rows, selections: Sequence[Selection]) -> str:
    """One narrow row per row of the file."""
    times = (build_value_name(name) for name in ("TIMESTAMP", "CREATION_TIMESTAMP") if rows.has(name))
    columns = [
        *(f"{_build_hash(rows, column)} AS {key}" for key, column in _KEYS.items()),
        f"CAST({next(times, 'NULL')} AS BIGINT) AS time",
        f"({' OR '.join(f'({check.condition})' for check in rows.checks) or 'false'}) AS bad",
        *(f"({selection.condition}) AS pick{at}" for at, selection in enumerate(selections)),
    ]
    return f"SELECT {', '.join(columns)} FROM ({rows.relation})"


def _build_hash(rows: Rows, column: str) -> str:
    name = quote_name(column)
    return f"CASE WHEN {name} IS NOT NULL THEN hash({name}) END" if rows.has(column) else "CAST(NULL AS UBIGINT)"


def _build_user_query(selections: Sequence[Selection]) -> str:
    """Number of users; then, for each selection, its interactions and its users with two or more."""
    picks = range(len(selections))
    counts = "".join(f", count(*) FILTER (pick{at}) AS pick{at}" for at in picks)
    pairs = "".join(
        f", coalesce(sum(pick{at}), 0)::BIGINT, count(*) FILTER (user_hash IS NOT NULL AND pick{at} >= 2)"
        for at in picks
    )
    return f"SELECT count(user_hash){pairs} FROM (SELECT user_hash{counts} FROM compact GROUP BY user_hash)"
