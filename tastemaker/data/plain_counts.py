"""The rows of a plain file, counted while it is read. Importing this imports NumPy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tastemaker.data import loops
from tastemaker.data.counts import count_distinct, count_selections, name_picks, name_tables
from tastemaker.data.plain_file import BLOCK_BYTES, READ_AHEAD_BYTES
from tastemaker.data.profile import HOUR_SECONDS, Profile, find_nullable, share_repeats
from tastemaker.facts.fields import MAX_ID_LENGTH

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy.typing as npt
    from duckdb import DuckDBPyConnection

    from tastemaker.data.plain_file import Block, Column, Layout
    from tastemaker.data.rows import Rows
    from tastemaker.data.selections import Part, Selection

_HOURS = 4_102_444_800 // HOUR_SECONDS
"""Up to the year 2100."""
_FORMS = {
    "other": loops.SKIPPED,
    "text": loops.TEXT,
    "whole": loops.WHOLE,
    "decimal": loops.DECIMAL,
}
_MOST_KEYS = 1 << 23
"""More users or items are counted by DuckDB, which goes to disk where memory ends."""
_KEYS_AT_ONCE = 1 << 17
_SHORTEST_ROW_BYTES = 6


def _find_limit(column: Column) -> int:
    return min(column.limit, loops.MOST_EXACT_DIGITS) if column.exact else column.limit


def _build_totals(columns: int) -> loops.Totals:
    counts = np.array([_HOURS * HOUR_SECONDS, -1, 0, *(0 for _ in range(columns))])
    return loops.Totals(np.zeros(loops.MOST_KINDS, np.uint64), np.zeros(_HOURS, np.int64), counts)


def _build_batch() -> loops.Batch:
    rows = BLOCK_BYTES // _SHORTEST_ROW_BYTES + READ_AHEAD_BYTES
    words, longs = np.empty((2, rows), np.uint64), np.empty((2, rows), np.int64)
    return loops.Batch(words, longs, np.empty(rows, np.uint8), np.empty(rows), np.empty(rows, np.uint64))


class KeyCounts:
    """Rows by user, or by item, in slots as `count_keys` takes them, and the ids in the order of their first rows."""

    def __init__(self, columns: Sequence[str]) -> None:
        self.known, self._columns = 0, columns
        self._slots = np.zeros((1 << 16, 1 + len(columns)), np.uint64)
        self._met: list[tuple[npt.NDArray[np.uint64], bytes]] = []

    def count(
        self,
        block: Block,
        keys: npt.NDArray[np.uint64],
        starts: npt.NDArray[np.int64],
        codes: npt.NDArray[np.uint8],
        values: npt.NDArray[np.float64],
        least: npt.NDArray[np.float64],
    ) -> None:
        """Take the rows of a block; arguments as of `count_keys`."""
        self._make_room(keys.size)
        new_keys, new_starts = np.empty(keys.size, np.uint64), np.empty(keys.size, np.int64)
        least = np.ascontiguousarray(least[:, : len(self._columns) - 1])
        new = loops.count_keys(self._slots, keys, starts, codes, values, least, new_keys, new_starts)
        if new:
            texts = np.empty(new * (MAX_ID_LENGTH + 1), np.uint8)
            data = np.frombuffer(block.buffer, np.uint8)
            size = loops.copy_texts(data, block.line_end, new_starts[:new], texts)
            self._met.append((new_keys[:new].copy(), texts[:size].tobytes()))
            self.known += new

    def _make_room(self, rows: int) -> None:
        """A quarter of the slots stays free even when every row has a key of its own."""
        size = self._slots.shape[0]
        while 3 * size < 4 * (self.known + rows):
            size *= 2
        if size > self._slots.shape[0]:
            larger = np.zeros((size, self._slots.shape[1]), np.uint64)
            loops.move_keys(self._slots, larger)
            self._slots = larger

    def write(self, database: DuckDBPyConnection, table: str, key: str) -> None:
        """To a table of counts, with DuckDB's hash of each id, which it can tell of other files, too."""
        types = ", ".join(f"{name} BIGINT" for name in self._columns)
        database.execute(f"CREATE OR REPLACE TEMP TABLE {table} ({key} UBIGINT, {types})")
        for keys, texts in self._gather():
            slots = np.empty(keys.size, np.int64)
            loops.find_slots(self._slots, keys, slots)
            counts = {name: self._slots[slots, 1 + at] for at, name in enumerate(self._columns)}
            ids = np.array(texts.decode().split("\n")[:-1], dtype=object)
            database.register("counted", {"id": ids} | counts)
            database.execute(f"INSERT INTO {table} SELECT hash(id), {', '.join(self._columns)} FROM counted")
            database.unregister("counted")

    def _gather(self) -> Iterator[tuple[npt.NDArray[np.uint64], bytes]]:
        """What was met, in parts of a size that is worth a statement."""
        first, waiting = 0, 0
        for last, (keys, _) in enumerate(self._met, start=1):
            waiting += keys.size
            if waiting >= _KEYS_AT_ONCE or last == len(self._met):
                part = self._met[first:last]
                yield np.concatenate([keys for keys, _ in part]), b"".join(texts for _, texts in part)
                first, waiting = last, 0


class PlainCounts:
    """Everything that a profile needs of the blocks that were added."""

    def __init__(
        self, database: DuckDBPyConnection, layout: Layout, selections: Sequence[Selection], one_user_in: int
    ) -> None:
        self._database, self._layout, self._one_user_in = database, layout, one_user_in
        self._selections = selections
        self._tables, self._rows = name_tables("interactions"), 0
        picks = [name for name in name_picks(selections) if name != "n"]
        self._users, self._items = KeyCounts(["n", *picks]), KeyCounts(["n"])
        self._known_kinds = set[int]()
        self._least = np.full((loops.MOST_KINDS, len(picks)), np.nan)
        if layout.places[3] < 0:
            self._least[0] = self._find_least(None)
        columns = [(_FORMS[column.form], _find_limit(column), column.nullable) for column in layout.columns]
        self._columns, self._places = np.array(columns, np.int64), np.array(layout.places, np.int64)
        self._totals, self._batch, self._line = _build_totals(len(columns)), _build_batch(), loops.Line.of(len(columns))
        self._sampled: list[npt.NDArray[np.uint64]] = []

    def add(self, block: Block) -> bool:
        """False when something is not plain, or too much; then nothing that was counted may be used."""
        lines = loops.Lines(block.line_end, self._columns, self._places, self._one_user_in)
        batch, counts = self._batch, self._totals.counts
        data = np.frombuffer(block.buffer, np.uint8)
        rows = loops.read_rows(data, block.size, lines, self._totals, batch, self._line)
        if rows < 0:
            return False
        self._rows += rows
        self._sampled.append(batch.sample[: counts[2]].copy())
        counts[2] = 0
        self._learn_kinds(block, rows)
        for at, keys in enumerate((self._users, self._items)):
            ids = batch.hashes[at, :rows], batch.starts[at, :rows]
            keys.count(block, *ids, batch.codes[:rows], batch.values[:rows], self._least)
        return max(self._users.known, self._items.known) <= _MOST_KEYS

    def _learn_kinds(self, block: Block, rows: int) -> None:
        """What the selections want of the event types that were met for the first time."""
        place = self._layout.places[3]
        for code in set(np.flatnonzero(self._totals.kinds).tolist()) - self._known_kinds:
            first = int(np.argmax(self._batch.codes[:rows] == code))
            self._least[code] = self._find_least(block.read_value(int(self._batch.starts[0, first]), place) or None)
            self._known_kinds.add(code)

    def _find_least(self, kind: str | None) -> list[float]:
        """The value from which each selection takes an event type; NaN, which nothing reaches, when it does not."""
        return [
            min(
                (
                    -np.inf if part.least_value is None else part.least_value
                    for part in selection.parts
                    if self._fits(part, kind)
                ),
                default=np.nan,
            )
            for selection in self._selections
            if selection.parts
        ]

    def _fits(self, part: Part, kind: str | None) -> bool:
        query = f"SELECT ({part.kind}) IS TRUE FROM (SELECT CAST(? AS VARCHAR) AS EVENT_TYPE)"
        return self._database.execute(query, [kind]).fetchone() == (True,)

    def build_profile(self, rows: Rows) -> Profile:
        """The tables of counts, and what is taken from them."""
        database, tables = self._database, self._tables
        self._users.write(database, tables.users, "user_hash")
        self._items.write(database, tables.items, "item_hash")
        self._build_hours()
        voids = dict(zip(rows.csv.columns, self._totals.counts[3:].tolist(), strict=True))
        return Profile(
            tables=tables,
            rows=self._rows,
            users=count_distinct(database, tables.users),
            items=count_distinct(database, tables.items),
            event_types=len(self._known_kinds) - (voids.get("EVENT_TYPE", 0) > 0),
            first_timestamp=int(self._totals.counts[0]) if self._rows else None,
            last_timestamp=int(self._totals.counts[1]) if self._rows else None,
            suspicious=False,
            repeated_share=self._share_repeats(),
            repeated_exactly=self._one_user_in == 1,
            empty_shares={name: voids[name] / max(self._rows, 1) for name in find_nullable(rows)},
            selections=tuple(count_selections(database, tables, self._selections)),
        )

    def _build_hours(self) -> None:
        used = np.flatnonzero(self._totals.hours)
        self._database.register("counted", {"hour": used, "n": self._totals.hours[used]})
        self._database.execute(f"CREATE OR REPLACE TEMP TABLE {self._tables.hours} AS SELECT hour, n FROM counted")
        self._database.unregister("counted")

    def _share_repeats(self) -> float:
        sample = np.concatenate([np.empty(0, np.uint64), *self._sampled])
        return share_repeats(sample.size, np.unique(sample).size)
