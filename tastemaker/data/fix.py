"""Writes the file that Amazon Personalize would take, from one that it refuses. The given file stays as it is.

What can be read in one way only is rewritten: units and forms of times, decimal commas, quotes, encodings, spellings of
column names. A value that cannot be read is emptied where the column may be empty, else its row is left out. What no
file can say, such as interactions that are missing, stays a finding.
"""

from __future__ import annotations

import csv
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tastemaker.data.database import open_database
from tastemaker.data.dialect import BACKSLASH, CSV_OPTIONS, quote_name, quote_text
from tastemaker.facts.fields import MAX_EPOCH_SECONDS, MAX_ID_LENGTH, MAX_STRING_LENGTH, MAX_TEXT_LENGTH

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from tastemaker.model.datasets import Dataset, SchemaField

_CHUNK_CHARACTERS = 1 << 22
_IDS = {"interactions": (), "items": ("ITEM_ID",), "users": ("USER_ID",)}
"""Columns that tell the rows of a dataset apart; of interactions the whole row does."""


@dataclass(frozen=True)
class Fixed:
    """One file that was written.

    Attributes:
        rows_read: rows of the given file that have as many fields as its header.
        rows_written: of those, what is left without repetitions and without rows that cannot be saved.
        changed: column to the number of values that were rewritten or emptied.
    """

    path: Path
    rows_read: int
    rows_written: int
    changed: dict[str, int]


def fix_dataset(dataset: Dataset, path: Path, target: Path) -> Fixed | None:
    """Write `target`; None when a required column is missing under any spelling.

    Raises:
        duckdb.Error: the file is no table at all.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    with open_database() as database, tempfile.TemporaryDirectory(prefix="tastemaker-") as folder:
        plain = Path(folder) / "plain.csv"
        _write_utf8(path, plain)
        if not _open_rows(database, plain, dataset):
            return None
        columns = ", ".join(
            f"{_clean(name, field)} AS {quote_name(name)}" for name, field in dataset.schema_fields.items()
        )
        database.execute(f"CREATE VIEW clean AS SELECT row, {columns} FROM given")
        kept = _select_kept(dataset)
        database.execute(f"COPY ({kept}) TO {quote_text(str(target))} {CSV_OPTIONS}")
        (written,) = database.execute(f"SELECT count(*) FROM ({kept})").fetchone() or (0,)
        read, *changes = database.execute(_count_changes(dataset)).fetchone() or (0,)
    changed = {name: int(count) for name, count in zip(dataset.schema_fields, changes, strict=True) if count}
    return Fixed(target, int(read), int(written), changed)


def _select_kept(dataset: Dataset) -> str:
    """Rows with all that they need; of those that describe the same, the last one."""
    names = ", ".join(map(quote_name, dataset.schema_fields))
    needed = [quote_name(name) for name, field in dataset.schema_fields.items() if not field.nullable]
    complete = " AND ".join(f"{name} IS NOT NULL" for name in needed) or "true"
    keys = ", ".join(map(quote_name, _IDS[dataset.key])) or names
    last = f"row_number() OVER (PARTITION BY {keys} ORDER BY row DESC) = 1"
    return f"SELECT {names} FROM clean WHERE {complete} QUALIFY {last} ORDER BY row"


def _write_utf8(path: Path, target: Path) -> None:
    """The same text without byte order mark; bytes that are no UTF-8 are read as Windows-1252, as old exports are."""
    try:
        _transcode(path, target, "utf-8-sig")
    except UnicodeDecodeError:
        _transcode(path, target, "cp1252")


def _transcode(path: Path, target: Path, encoding: str) -> None:
    errors = "strict" if encoding == "utf-8-sig" else "replace"
    with (
        path.open(encoding=encoding, errors=errors, newline="") as given,
        target.open("w", encoding="utf-8", newline="") as out,
    ):
        while text := given.read(_CHUNK_CHARACTERS):
            out.write(text)


def _open_rows(database: DuckDBPyConnection, path: Path, dataset: Dataset) -> bool:
    """A table `given` with the schema's columns as text and the row's number; false when it would lack a needed one."""
    with path.open(encoding="utf-8", newline="") as file:
        line = file.readline()
    delimiter = max(",;\t", key=line.count)
    spellings = [_spell(name) for name in _split(line.rstrip("\r\n"), delimiter)]
    places = {name: spellings.index(_spell(name)) for name in dataset.schema_fields if _spell(name) in spellings}
    if any(name not in places and not field.nullable for name, field in dataset.schema_fields.items()):
        return False
    types = ", ".join(f"'{at}': 'VARCHAR'" for at in range(len(spellings)))
    selected = ", ".join(
        f"{quote_name(str(places[name])) if name in places else 'CAST(NULL AS VARCHAR)'} AS {quote_name(name)}"
        for name in dataset.schema_fields
    )
    reader = _build_reader(path, types, delimiter, _choose_escape(database, path, types, delimiter))
    database.execute("SET preserve_insertion_order = true")
    database.execute(f"CREATE TEMP TABLE given AS SELECT row_number() OVER () AS row, {selected} FROM {reader}")
    return True


def _split(line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:  # a name longer than the reader takes, which is none of the schema's
        return [line]


def _spell(name: str) -> str:
    """`User ID`, `userId` and `USER_ID` are one name."""
    return "".join(character for character in name.lower() if character.isalnum())


def _choose_escape(database: DuckDBPyConnection, path: Path, types: str, delimiter: str) -> str:
    """Backslash or doubled quote: whichever reads more rows."""
    counts = {}
    for escape in (BACKSLASH, '"'):
        reader = _build_reader(path, types, delimiter, escape)
        (counts[escape],) = database.execute(f"SELECT count(*) FROM {reader}").fetchone() or (0,)
    return max(counts, key=lambda escape: counts[escape])


def _build_reader(path: Path, types: str, delimiter: str, escape: str) -> str:
    return (
        f"read_csv({quote_text(str(path))}, columns = {{{types}}}, auto_detect = false, header = true, "
        f"delim = {quote_text(delimiter)}, quote = '\"', escape = {quote_text(escape)}, ignore_errors = true)"
    )


def _clean(name: str, field: SchemaField) -> str:
    """SQL of the value as the service takes it, as text; NULL for what cannot be saved."""
    text = quote_name(name)
    if name in {"TIMESTAMP", "CREATION_TIMESTAMP"}:
        return _clean_time(text)
    comma = f"regexp_full_match(trim({text}), '[+-]?[0-9]+,[0-9]+')"
    point = f"CASE WHEN {comma} THEN replace({text}, ',', '.') ELSE {text} END"
    number = f"TRY_CAST(trim({point}) AS DOUBLE)"
    if field.type in {"int", "long"}:
        kind = "INTEGER" if field.type == "int" else "BIGINT"
        return f"CASE WHEN {number} = floor({number}) THEN CAST(TRY_CAST({number} AS {kind}) AS VARCHAR) END"
    if field.type in {"float", "double"}:
        return f"CASE WHEN isfinite({number}) THEN trim({point}) END"
    if field.type == "boolean":
        return f"CASE WHEN lower(trim({text})) IN ('true', 'false') THEN lower(trim({text})) END"
    if name in {"USER_ID", "ITEM_ID"}:
        return f"CASE WHEN length({text}) <= {MAX_ID_LENGTH} THEN {text} END"
    return f"left({text}, {MAX_TEXT_LENGTH if field.textual else MAX_STRING_LENGTH})"


def _clean_time(text: str) -> str:
    """Seconds, milliseconds, micro- and nanoseconds by their size; ISO 8601, without a zone as UTC."""
    number = f"TRY_CAST(trim({text}) AS DOUBLE)"
    units = "".join(
        f" WHEN {number} <= {MAX_EPOCH_SECONDS * factor}::DOUBLE THEN CAST(floor({number} / {factor}) AS BIGINT)"
        for factor in (1, 1_000, 1_000_000, 1_000_000_000)
    )
    zoned = f"CASE WHEN regexp_matches({text}, '(Z|[+-][0-9]{{2}}:?[0-9]{{2}})$') THEN {text} ELSE {text} || '+00' END"
    moment = f"CAST(floor(epoch(TRY_CAST({zoned} AS TIMESTAMPTZ))) AS BIGINT)"
    seconds = f"CASE WHEN {number} IS NULL THEN {moment} WHEN {number} < 0 THEN NULL{units} END"
    return f"CAST({seconds} AS VARCHAR)"


def _count_changes(dataset: Dataset) -> str:
    counts = ", ".join(
        f"count(*) FILTER (clean.{name} IS DISTINCT FROM given.{name})"
        for name in map(quote_name, dataset.schema_fields)
    )
    return f"SELECT count(*), {counts} FROM given JOIN clean USING (row)"
