"""Exposures and outcomes from JSON lines, as `tastemaker experiment export` writes them."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb
import numpy as np

from tastemaker.data.database import open_database
from tastemaker.errors import DataError, Finding
from tastemaker.experiments.comparison import Arm

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

PATTERN = "*.jsonl"
INTERLEAVED = "interleaved"
MAX_LINE_BYTES = 65_536
_HINT = "Write it by `tastemaker experiment export`, one JSON object per line."
_READ = """
CREATE OR REPLACE TABLE lines AS SELECT * FROM read_json(?, format = 'newline_delimited', columns = {
    experiment: 'VARCHAR', kind: 'VARCHAR', unit: 'VARCHAR', variant: 'VARCHAR', eventType: 'VARCHAR', "at": 'DOUBLE'
})
"""
_BEGIN = "CREATE TABLE records AS SELECT * FROM lines WHERE experiment = ?"
_APPEND = "INSERT INTO records SELECT * FROM lines WHERE experiment = ?"
_INCOMPLETE = """
SELECT count(*) FROM lines WHERE unit IS NULL OR variant IS NULL OR experiment IS NULL OR "at" IS NULL
OR kind IS NULL OR kind NOT IN ('exposure', 'outcome')
"""
_EXPOSED = """
CREATE TABLE exposed AS
SELECT unit, min(variant) AS variant, min("at") AS "at", count(DISTINCT variant) AS variants
FROM records WHERE kind = 'exposure' AND "at" >= ? GROUP BY unit
"""
_OUTCOMES = """
CREATE TABLE outcomes AS
SELECT r.unit, e.variant, r.variant AS credited, r."at"
FROM records r JOIN exposed e ON r.unit = e.unit AND r."at" >= e."at"
WHERE r.kind = 'outcome' AND (? IS NULL OR r.eventType = ?) AND e.variants = 1
"""


@dataclass(frozen=True)
class Selection:
    """What a report looks at.

    Attributes:
        outcome: event type that counts as success; None for any.
        since: seconds since 1970; units that met their variant earlier are left out.
    """

    experiment: str
    outcome: str | None = None
    since: float = 0.0


@dataclass(frozen=True)
class Ignored:
    """What takes no part in a report, and why.

    Attributes:
        units_in_several_variants: the weights or the salt were changed while the experiment ran.
        units_in_unknown_variants: of variants that the project file does not name.
        outcomes_without_exposure: of units that are not known, or from before the unit met its variant.
    """

    units_in_several_variants: int
    units_in_unknown_variants: int
    outcomes_without_exposure: int


class Records:
    """The records of one experiment; open them by `read_records`."""

    def __init__(self, database: duckdb.DuckDBPyConnection, selection: Selection) -> None:
        self._database, self._selection = database, selection

    def arms(self, weights: Mapping[str, float]) -> tuple[Arm, ...]:
        """One for each variant, in the given order; a unit converts with its first outcome after its exposure."""
        units = dict(self._rows("SELECT variant, count(*) FROM exposed WHERE variants = 1 GROUP BY variant"))
        firsts = self._columns('SELECT variant, min("at") AS "at" FROM outcomes GROUP BY unit, variant')
        return tuple(
            Arm(name, weight, units.get(name, 0), firsts["at"][firsts["variant"] == name])
            for name, weight in weights.items()
        )

    def credits(self, teams: tuple[str, str]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Outcomes of each unit by team, shape (units, 2), and the time of its last one, shape (units,)."""
        query = """SELECT count(*) FILTER (credited = ?) AS one, count(*) FILTER (credited = ?) AS other,
            max("at") AS last FROM outcomes GROUP BY unit ORDER BY unit"""
        found = self._columns(query, [*teams])
        return np.stack([found["one"], found["other"]], axis=1).astype(np.int64), found["last"].astype(np.float64)

    def exposed_units(self) -> int:
        return int(self._one("SELECT count(*) FROM exposed WHERE variants = 1"))

    def ignored(self, variants: Sequence[str]) -> Ignored:
        """Args:
        variants: the names that the report knows.
        """
        outcome = self._selection.outcome
        wanted = "SELECT count(*) FROM records WHERE kind = 'outcome' AND (? IS NULL OR eventType = ?)"
        joined = "SELECT count(*) FROM outcomes"
        several = "SELECT count(*) FROM exposed WHERE variants > 1"
        unknown = "SELECT count(*) FROM exposed WHERE variants = 1 AND NOT list_contains(?, variant)"
        return Ignored(
            int(self._one(several)),
            int(self._one(unknown, [list(variants)])),
            int(self._one(wanted, [outcome, outcome])) - int(self._one(joined)),
        )

    def _rows(self, query: str) -> list[tuple[str, int]]:
        rows: list[tuple[str, int]] = self._database.execute(query).fetchall()
        return rows

    def _columns(self, query: str, values: Sequence[object] = ()) -> dict[str, NDArray[np.float64]]:
        found: dict[str, NDArray[np.float64]] = self._database.execute(query, list(values)).fetchnumpy()
        return {name: np.asarray(column) for name, column in found.items()}

    def _one(self, query: str, values: Sequence[object] = ()) -> int:
        row = self._database.execute(query, list(values)).fetchone()
        return 0 if row is None else int(row[0])


@contextmanager
def read_records(paths: Sequence[Path], selection: Selection) -> Iterator[Records]:
    """The records in files, and in the `*.jsonl` files of folders.

    Raises:
        DataError: a file is missing or holds something else.
    """
    files = [file for path in paths for file in _files(path)]
    with open_database() as database:
        for number, file in enumerate(files):
            _read(database, file)
            database.execute(_APPEND if number else _BEGIN, [selection.experiment])
        database.execute(_EXPOSED, [selection.since])
        database.execute(_OUTCOMES, [selection.outcome, selection.outcome])
        yield Records(database, selection)


def _files(path: Path) -> list[Path]:
    files = sorted(path.glob(PATTERN)) if path.is_dir() else [path]
    if not files:
        raise DataError([Finding(str(path), 0, 0, "records-missing", f"the folder holds no {PATTERN}", _HINT)])
    return files


def _read(database: duckdb.DuckDBPyConnection, file: Path) -> None:
    """One file into the table `lines`, so that a finding names the file."""
    try:
        row = database.execute(_READ, [str(file)]).execute(_INCOMPLETE).fetchone()
    except (duckdb.InvalidInputException, duckdb.ConversionException, duckdb.IOException) as error:
        message = str(error).partition("\n")[0]
        raise DataError([Finding(str(file), 0, 0, "records-unreadable", message, _HINT)]) from error
    if _ends_early(file):
        raise DataError([Finding(str(file), 0, 0, "records-unreadable", "the last line is cut off", _HINT)])
    if row is not None and row[0]:
        message = f"{row[0]} lines lack one of experiment, kind (exposure or outcome), unit, variant and at"
        raise DataError([Finding(str(file), 0, 0, "records-incomplete", message, _HINT)])


def _ends_early(file: Path) -> bool:
    """Whether the last line is no whole object; DuckDB passes over such a line."""
    with file.open("rb") as content:
        content.seek(max(0, file.stat().st_size - MAX_LINE_BYTES))
        last = content.read().rstrip().rpartition(b"\n")[2]
    return bool(last) and not last.endswith(b"}")
