"""A project's own interactions, told again day by day.

What a rehearsal knows at its beginning is what had happened by then. Afterwards half of the users send live events at
the very moments of their interactions; what the other half does lies in the files of the next full import, as when it
came from another system. No interaction is told twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from tastemaker.data.dialect import CSV_OPTIONS, quote_name, quote_text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from duckdb import DuckDBPyConnection

INTERACTIONS = "INTERACTIONS"


class Quality(StrEnum):
    """What may be wrong with a delivery of files."""

    GOOD = "good"
    SHRUNK = "shrunk"
    """Two thirds of the rows are missing."""
    SCRAMBLED = "scrambled"
    """Item ids are any item's: the rows are fine, but nothing can be learnt from them."""
    MISNAMED = "misnamed"
    """The header lacks ITEM_ID."""


_SELECTS = {
    Quality.GOOD: "FROM rows",
    Quality.SHRUNK: "FROM (FROM rows WHERE hash(USER_ID, ITEM_ID, TIMESTAMP) % 3 = 0)",
    Quality.SCRAMBLED: (
        "SELECT * EXCLUDE catalogue REPLACE "
        "(catalogue[CAST(1 + hash(USER_ID, ITEM_ID, TIMESTAMP) % len(catalogue) AS BIGINT)] AS ITEM_ID) FROM rows, "
        "(SELECT list(DISTINCT ITEM_ID ORDER BY ITEM_ID) AS catalogue FROM rows)"
    ),
    Quality.MISNAMED: "SELECT * RENAME (ITEM_ID AS PRODUCT) FROM rows",
}


@dataclass(frozen=True)
class Interaction:
    """One row of the Interactions dataset that is told live.

    Attributes:
        event_type, event_value: None where the schema has no such column or the row no value.
    """

    at: float
    user_id: str
    item_id: str
    event_type: str | None
    event_value: float | None


class Replay:
    """Files and live events of a stretch of time.

    Args:
        database: for the rows; lives longer than this object.
        files: dataset type to prepared CSV; only the Interactions change with time.
        folder: for the files of each day; they are small beside what they are cut from.
        start: epoch seconds; everything before it is known at the beginning.
        streams: whether the project can take live events; if not, every row comes by file.
    """

    def __init__(
        self, database: DuckDBPyConnection, files: Mapping[str, Path], folder: Path, start: float, *, streams: bool
    ) -> None:
        self._database, self._files, self._folder = database, dict(files), folder
        source = quote_text(str(files[INTERACTIONS]))
        self._database.execute(f"CREATE TABLE rows AS FROM read_csv({source}, all_varchar = true, escape = '\\')")
        self._columns = [str(row[0]) for row in self._database.execute("DESCRIBE rows").fetchall()]
        live = f"hash({quote_name('USER_ID')}) % 2 = 0 AND CAST({quote_name('TIMESTAMP')} AS BIGINT) >= {int(start)}"
        self._live = live if streams else "false"

    def files_at(self, moment: float, quality: Quality = Quality.GOOD) -> dict[str, Path]:
        """What a full import reads at this moment: every row that came by file before it; written once."""
        target = self._folder / f"interactions-{int(moment)}-{quality}.csv"
        files = {**self._files, INTERACTIONS: target}
        if target.exists():
            return files
        known = f"NOT ({self._live}) AND CAST({quote_name('TIMESTAMP')} AS BIGINT) < {int(moment)}"
        query = f"{_SELECTS[quality]} WHERE {known}"
        self._database.execute(f"COPY ({query}) TO {quote_text(str(target))} {CSV_OPTIONS}")
        return files

    def live(self, until: float) -> list[Interaction]:
        """Live interactions before `until`, oldest first; those of one moment by user and item."""
        optional = [name if name in self._columns else f"NULL AS {name}" for name in ("EVENT_TYPE", "EVENT_VALUE")]
        query = (
            f"SELECT CAST(TIMESTAMP AS BIGINT) AS moment, USER_ID, ITEM_ID, {', '.join(optional)} FROM rows "
            f"WHERE {self._live} AND moment < {int(until)} ORDER BY ALL"
        )
        return [
            Interaction(float(at), user, item, kind, None if value is None else float(value))
            for at, user, item, kind, value in self._database.execute(query).fetchall()
        ]
