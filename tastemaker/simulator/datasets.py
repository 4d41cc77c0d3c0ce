"""What the datasets of a group hold: imported tables and streamed records.

Imported tables are immutable and replaced as a tuple; streamed records are appended to lists whose prefixes change only
where a data deletion job empties a place. So a snapshot is a tuple and a length, and reading needs no lock.
"""

from __future__ import annotations

import bisect
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tastemaker.facts.avro import DatasetSchema
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


ERASED: Final = Event(None, "", "", "", None, 0, 0.0, {})
"""Stands where a deleted user's event was, so that the positions of the others stay."""


@dataclass(frozen=True)
class Snapshot:
    """What a training sees: the imported tables and the first `streamed` streamed records.

    Attributes:
        erased: how many of the streamed records were of users that are deleted.
    """

    tables: tuple[BulkTable, ...]
    streamed: int
    erased: int = 0

    @property
    def rows(self) -> int:
        return sum(table.rows for table in self.tables) + self.streamed - self.erased


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
        erased: positions in `events` or `records` that a data deletion job emptied, ascending.
        changed: when data last arrived; None while the dataset is empty.
        imported: table to when its import ended.
        streamed_types: streamed event type in lower case to its newest position in `events`.
        added: column that joined by a schema replacement to the time when it did.
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
    erased: list[int] = field(default_factory=list)
    changed: float | None = None
    added: dict[str, float] = field(default_factory=dict)
    imported: dict[BulkTable, float] = field(default_factory=dict)
    streamed_types: dict[str, int] = field(default_factory=dict)

    def import_table(self, table: BulkTable, *, full: bool, at: float, visible_at: float) -> None:
        """Replace (FULL) or extend (INCREMENTAL) the imported tables; streamed records stay (reference §2.5)."""
        self.tables = (table,) if full else (*self.tables, table)
        shown = bisect.bisect_right([start for start, _ in self.generations], at)
        self.generations = [*self.generations[max(shown - 1, 0) :], (visible_at, self.tables)]
        kept = {one for _, tables in self.generations for one in tables}
        self.imported = {one: time for one, time in self.imported.items() if one in kept} | {table: at}
        self.changed = at

    def replace_schema(self, schema: DatasetSchema, at: float) -> None:
        """Take a schema with more columns; rows that are there already hold null in them."""
        self.added |= {name: at for name in schema.names if self.schema.find(name) is None}
        self.schema = schema

    def append_event(self, event: Event) -> None:
        self.events.append(event)
        self.arrivals.append(event.arrival)
        self.by_user.setdefault(event.key, []).append(len(self.events) - 1)
        self.streamed_types[event.event_type.lower()] = len(self.events) - 1
        if event.user_id is not None:
            self.session_users[event.session_id] = event.user_id
        self.changed = event.arrival

    def append_record(self, record: dict[str, Any], arrival: float) -> None:
        self.records.append(record)
        self.arrivals.append(arrival)
        self.changed = arrival

    def user_of(self, event: Event) -> str:
        """The user of an event; without a user id the one whom an event of the same session named, else the session."""
        return event.user_id or self.session_users.get(event.session_id, event.session_id)

    def erase_users(self, users: frozenset[str], tables: Mapping[BulkTable, BulkTable]) -> int:
        """Remove users; gives the number of records that were theirs.

        Args:
            tables: imported table to what is left of it; a table that is not named stays as it is.
        """
        removed = sum(table.rows - tables[table].rows for table in self.tables if table in tables)
        self.tables = tuple(tables.get(table, table) for table in self.tables)
        self.generations = [
            (start, tuple(tables.get(table, table) for table in kept)) for start, kept in self.generations
        ]
        self.imported = {tables.get(table, table): time for table, time in self.imported.items()}
        positions = self._erase_events(users) + self._erase_records(users)
        self.erased = sorted([*self.erased, *positions])
        return removed + len(positions)

    def _erase_events(self, users: frozenset[str]) -> list[int]:
        positions = [
            position
            for position, event in enumerate(self.events)
            if event is not ERASED and self.user_of(event) in users
        ]
        for position in positions:
            self.by_user.pop(self.events[position].key, None)
            self.events[position] = ERASED
        self.session_users = {session: user for session, user in self.session_users.items() if user not in users}
        return positions

    def _erase_records(self, users: frozenset[str]) -> list[int]:
        positions = [position for position, record in enumerate(self.records) if record.get("USER_ID") in users]
        for position in positions:
            self.records[position] = {}
        return positions

    def snapshot(self) -> Snapshot:
        return Snapshot(self.tables, len(self.arrivals), len(self.erased))

    def visible(self, now: float, delay_seconds: float) -> Snapshot:
        """What filters see at `now` when streamed records need `delay_seconds`."""
        shown = [tables for visible_at, tables in self.generations if visible_at <= now]
        streamed = bisect.bisect_right(self.arrivals, now - delay_seconds)
        return Snapshot(shown[-1] if shown else (), streamed, bisect.bisect_left(self.erased, streamed))
