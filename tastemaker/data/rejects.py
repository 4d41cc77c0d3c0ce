"""Lines that are no rows: too few or too many fields, quotes that do not close, bytes that are not UTF-8."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tastemaker.data.dialect import MAX_REJECTS
from tastemaker.data.locate import count_lines
from tastemaker.errors import Finding
from tastemaker.facts import failure_reasons

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from tastemaker.data.rows import Rows

_QUOTE_HINT = 'Put values with commas in double quotes and write \\" for a quote inside.'
_KINDS = {
    "MISSING COLUMNS": ("csv-row-width", "the line has {found} fields; the header has {columns}", _QUOTE_HINT),
    "TOO MANY COLUMNS": ("csv-row-width", "the line has more fields than the header's {columns}", _QUOTE_HINT),
    "UNQUOTED VALUE": ("csv-quotes", "a quote does not close, or more text follows it", _QUOTE_HINT),
    "INVALID ENCODING": ("csv-encoding", "the line is not UTF-8", "Save the file as UTF-8."),
    "LINE SIZE OVER MAXIMUM": ("csv-line-size", "the line is too long to be read", "Check the quotes before it."),
}
_UNKNOWN = ("csv-row", "the line cannot be read", "Compare it with the lines around it.")


def find_rejects(database: DuckDBPyConnection, rows: Rows) -> tuple[Finding, ...]:
    """The first rejected lines of the scan that ran last, and at most `MAX_REJECTS`; then forgets them."""
    rejects = database.execute(
        "SELECT byte_position, error_type, min(column_idx) FROM reject_errors GROUP BY ALL ORDER BY ALL LIMIT ?",
        [MAX_REJECTS],
    ).fetchall()
    forget_rejects(database)
    return tuple(_build_finding(rows, *reject) for reject in rejects)


def forget_rejects(database: DuckDBPyConnection) -> None:
    """Empty the tables that DuckDB collects rejected lines in."""
    database.execute("DROP TABLE IF EXISTS reject_errors; DROP TABLE IF EXISTS reject_scans")


def _build_finding(rows: Rows, offset: int, kind: str, column: int) -> Finding:
    rule, message, hint = _KINDS.get(kind, _UNKNOWN)
    text = message.format(found=column, columns=len(rows.csv.columns))
    line = count_lines(rows.csv.path, max(offset - 1, 0))
    reason = failure_reasons.NOT_UTF8 if rule == "csv-encoding" else failure_reasons.NOT_CONFORM
    source = "developer guide, preparing-training-data"
    return Finding(str(rows.csv.path), line, 1, rule, text, hint, source, failure_reason=reason)
