"""Where the first bad value of a column stands in the file. Runs only when something is wrong."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tastemaker.data.dialect import quote_name
from tastemaker.data.header import find_column

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from duckdb import DuckDBPyConnection

    from tastemaker.data.rows import Rows
    from tastemaker.data.value_checks import ValueCheck

_CHUNK_BYTES = 1 << 24
_LONGEST_LINE_BYTES = 1 << 20


@dataclass(frozen=True)
class BadValue:
    """The first value that breaks a check.

    Attributes:
        line, column: 1-based; line 1 when the line could not be told for certain.
        value: as written; empty for null.
        rows: how many rows break the check.
    """

    line: int
    column: int
    value: str
    rows: int


def locate_bad_values(
    database: DuckDBPyConnection, rows: Rows, rejected_lines: Sequence[int]
) -> list[tuple[ValueCheck, BadValue]]:
    """Each check of the dataset that some row breaks, in the checks' order.

    Args:
        database: connection.
        rows: the dataset.
        rejected_lines: lines that are no rows at all; they are not numbered and shift what follows.
    """
    database.execute("SET preserve_insertion_order = true")
    numbered = f"SELECT row_number() OVER () AS row, * FROM ({rows.relation})"
    parts = [
        f"min(row) FILTER ({check.condition}), count(*) FILTER ({check.condition}), "
        f"arg_min({quote_name(check.column)}, row) FILTER ({check.condition})"
        for check in rows.checks
    ]
    found = database.execute(f"SELECT {', '.join(parts)} FROM ({numbered})").fetchone() or ()
    triples = zip(rows.checks, found[::3], found[1::3], found[2::3], strict=True)
    broken = [(check, int(first), count, value or "") for check, first, count, value in triples if count]
    if not broken:
        return []
    shifts = _count_line_breaks(database, rows, numbered, [first for _, first, _, _ in broken])
    return [
        (check, _place(rows, check, _skip(first + 1 + shift, rejected_lines), value, count))
        for (check, first, count, value), shift in zip(broken, shifts, strict=True)
    ]


def _count_line_breaks(database: DuckDBPyConnection, rows: Rows, numbered: str, firsts: Sequence[int]) -> list[int]:
    """For each row number, the line breaks inside quotes of all rows before it."""
    names = [quote_name(name) for name in rows.dataset.schema_fields]
    breaks = " + ".join(f"coalesce(length({name}) - length(replace({name}, chr(10), '')), 0)" for name in names)
    sums = ", ".join(f"coalesce(sum({breaks}) FILTER (row < {first}), 0)" for first in firsts)
    return [int(shift) for shift in database.execute(f"SELECT {sums} FROM ({numbered})").fetchone() or ()]


def _skip(line: int, rejected_lines: Sequence[int]) -> int:
    for rejected in sorted(rejected_lines):
        line += rejected <= line
    return line


def _place(rows: Rows, check: ValueCheck, line: int, value: str, count: int) -> BadValue:
    text = read_line(rows.csv.path, line)
    field = rows.csv.columns.index(check.column)
    try:
        fields = next(csv.reader([text], escapechar=rows.csv.escape if rows.csv.escape != '"' else None), [])
    except csv.Error:
        fields = []
    if fields[field : field + 1] == [value]:
        return BadValue(line, find_column(text, field), value, count)
    return BadValue(1, find_column(read_line(rows.csv.path, 1), field), value, count)


def read_line(path: Path, line: int) -> str:
    """The text of one line, 1-based, without its end; empty behind the end of the file. Streams in C, not by line."""
    with path.open("rb") as stream:
        before = 1
        while chunk := stream.read(_CHUNK_BYTES):
            ends = chunk.count(b"\n")
            if before + ends >= line:
                start = _find_line(chunk, line - before)
                stream.seek(start - len(chunk), 1)
                return stream.readline(_LONGEST_LINE_BYTES).decode("utf-8", "replace").rstrip("\r\n")
            before += ends
    return ""


def _find_line(chunk: bytes, skip: int) -> int:
    """Offset behind the n-th line end."""
    start = 0
    for _ in range(skip):
        start = chunk.index(b"\n", start) + 1
    return start


def count_lines(path: Path, offset: int) -> int:
    """The line, 1-based, that the byte at this offset belongs to."""
    line = 1
    with path.open("rb") as stream:
        while offset > 0 and (chunk := stream.read(min(offset, _CHUNK_BYTES))):
            line += chunk.count(b"\n")
            offset -= len(chunk)
    return line
