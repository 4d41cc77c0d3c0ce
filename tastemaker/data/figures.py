"""What the HTML report draws: interactions by day, the long tails, event types, cold items."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tastemaker.data.counts import count_unknown
from tastemaker.data.profile import HOUR_SECONDS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from duckdb import DuckDBPyConnection

    from tastemaker.data.profile import Scanned
    from tastemaker.data.rows import Rows

DAY_SECONDS = 86_400
_MOST_BARS = 120
_POINTS = 60
_MOST_EVENT_TYPES = 12


@dataclass(frozen=True)
class Figures:
    """Counts of the interactions, ready to be drawn.

    Attributes:
        days_per_bar: length of one bar of `by_time`; 1 for data of a season.
        by_time: (start of the bar in epoch seconds, interactions), oldest first, empty bars included.
        user_tail, item_tail: (rank from 1, interactions), the most active first, at some sixty ranks that grow like a
            logarithm; the last one is the last rank.
        event_types: (event type, interactions), the most frequent first; empty without EVENT_TYPE.
        items, cold_items: of the Items dataset; cold ones have no interaction. 0 without such a dataset.
    """

    days_per_bar: int
    by_time: tuple[tuple[int, int], ...]
    user_tail: tuple[tuple[int, int], ...]
    item_tail: tuple[tuple[int, int], ...]
    event_types: tuple[tuple[str, int], ...]
    items: int
    cold_items: int


def build_figures(database: DuckDBPyConnection, scans: Mapping[str, Scanned]) -> Figures | None:
    """Counts over the tables of the scans; None when there are no interactions to count."""
    scan = scans.get("INTERACTIONS")
    if scan is None or scan.profile.first_timestamp is None or scan.profile.last_timestamp is None:
        return None
    tables = scan.profile.tables
    days = (scan.profile.last_timestamp - scan.profile.first_timestamp) // DAY_SECONDS + 1
    days_per_bar = -(-days // _MOST_BARS)
    items = scans.get("ITEMS")
    return Figures(
        days_per_bar=days_per_bar,
        by_time=_count_by_time(database, tables.hours, days_per_bar * DAY_SECONDS),
        user_tail=_rank(database, tables.users),
        item_tail=_rank(database, tables.items),
        event_types=_count_event_types(database, scan.rows),
        items=0 if items is None else items.profile.items,
        cold_items=0
        if items is None
        else count_unknown(database, "item_hash", items.profile.tables.items, tables.items)[1],
    )


def _count_by_time(database: DuckDBPyConnection, table: str, bar_seconds: int) -> tuple[tuple[int, int], ...]:
    hours = bar_seconds // HOUR_SECONDS
    query = f"SELECT hour // {hours} AS bar, sum(n)::BIGINT FROM {table} GROUP BY bar"
    counts = dict(database.execute(query).fetchall())
    return tuple((bar * bar_seconds, counts.get(bar, 0)) for bar in range(min(counts), max(counts) + 1))


def _rank(database: DuckDBPyConnection, table: str) -> tuple[tuple[int, int], ...]:
    """The rows of each key, sorted in the database; only the drawn ranks leave it."""
    ranked = f"SELECT n, row_number() OVER (ORDER BY n DESC) AS rank FROM {table}"
    database.execute(f"CREATE OR REPLACE TEMP TABLE ranked AS {ranked}")
    (last,) = database.execute("SELECT count(*) FROM ranked").fetchone() or (0,)
    ranks = sorted({round(last ** (point / _POINTS)) for point in range(_POINTS + 1)}) if last else [0]
    query = f"SELECT rank, n FROM ranked WHERE rank IN ({', '.join(map(str, ranks))}) ORDER BY rank"
    return tuple((int(rank), int(n)) for rank, n in database.execute(query).fetchall())


def _count_event_types(database: DuckDBPyConnection, rows: Rows) -> tuple[tuple[str, int], ...]:
    """Reads the file once more: the narrow table has no names."""
    if not rows.has("EVENT_TYPE"):
        return ()
    counts = f"SELECT EVENT_TYPE, count(*) AS n FROM ({rows.relation}) WHERE EVENT_TYPE IS NOT NULL GROUP BY ALL"
    found = database.execute(f"{counts} ORDER BY n DESC, 1 LIMIT {_MOST_EVENT_TYPES}").fetchall()
    return tuple((str(kind), int(count)) for kind, count in found)
