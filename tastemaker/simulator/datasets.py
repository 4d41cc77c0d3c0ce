"""What the datasets of a group hold: imported tables and streamed records.

Imported tables are immutable and replaced as a tuple; streamed records are appended to lists whose prefixes never
change. So a snapshot is a tuple and a length, and reading needs no lock.
"""

from __future__ import annotations

import bisect
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tastemaker.simulator.avro import DatasetSchema
    from tastemaker.simulator.tables import BulkTable


@dataclass(frozen=True, slots=True)
class Event:
    """One streamed interaction.

    Attributes:
        arrival: when PutEvents was called; `timestamp` is the event's own `sentAt`.
        columns: values of the schema's custom columns.
    """

    user_id: str | None
    session_id: str
    item_id: str
    event_type: str
    event_value: float | None
    timestamp: int
    arrival: float
    columns: dict[str, Any]

    @property
    def key(self) -> str:
        """Under which user the event counts until a training has linked sessions to users (reference §6)."""
        return self.user_id if self.user_id is not None else self.session_id


@dataclass(frozen=True)
class Snapshot:
    """What a training sees: the imported tables and the first `streamed` streamed records."""

    tables: tuple[BulkTable, ...]
    streamed: int

    @property
    def rows(self) -> int:
        return sum(table.rows for table in self.tables) + self.streamed


@dataclass(eq=False)
class DatasetData:
    """One dataset's content.

    Attributes:
        tables: imported tables, oldest first; a FULL import replaces them all.
        generations: (time from which filters see them, tables), oldest first.
        events: streamed interactions in the order of their arrival; only for Interactions.
        by_user: user or session id to positions in `events`.
        session_users: session id to the user id that an event linked to it.
        records: streamed items or users in the order of their arrival.
        arrivals: arrival times of `events` or `records`.
        changed: when data last arrived; None while the dataset is empty.
    """

    schema: DatasetSchema
    tables: tuple[BulkTable, ...] = ()
    generations: list[tuple[float, tuple[BulkTable, ...]]] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    by_user: dict[str, list[int]] = field(default_factory=dict)
    event_ids: set[str] = field(default_factory=set)
    session_users: dict[str, str] = field(default_factory=dict)
    records: list[dict[str, Any]] = field(default_factory=list)
    arrivals: list[float] = field(default_factory=list)
    changed: float | None = None

    def import_table(self, table: BulkTable, *, full: bool, at: float, visible_at: float) -> None:
        """Replace (FULL) or extend (INCREMENTAL) the imported tables; streamed records stay (reference §2.5)."""
        self.tables = (table,) if full else (*self.tables, table)
        shown = bisect.bisect_right([start for start, _ in self.generations], at)
        self.generations = [*self.generations[max(shown - 1, 0) :], (visible_at, self.tables)]
        self.changed = at

    def append_event(self, event: Event) -> None:
        self.events.append(event)
        self.arrivals.append(event.arrival)
        self.by_user.setdefault(event.key, []).append(len(self.events) - 1)
        if event.user_id is not None:
            self.session_users[event.session_id] = event.user_id
        self.changed = event.arrival

    def append_record(self, record: dict[str, Any], arrival: float) -> None:
        self.records.append(record)
        self.arrivals.append(arrival)
        self.changed = arrival

    def snapshot(self) -> Snapshot:
        return Snapshot(self.tables, len(self.arrivals))

    def visible(self, now: float, delay_seconds: float) -> Snapshot:
        """What filters see at `now` when streamed records need `delay_seconds`."""
        shown = [tables for visible_at, tables in self.generations if visible_at <= now]
        return Snapshot(shown[-1] if shown else (), bisect.bisect_right(self.arrivals, now - delay_seconds))
