"""How DuckDB reads the CSV of a dataset: every column as text, by the service's rules. Source: reference §2.4."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

BACKSLASH = "\\"
CSV_OPTIONS = "(FORMAT csv, HEADER true, DELIMITER ',', QUOTE '\"', ESCAPE '\\', NULLSTR '')"
"""How a CSV is written, for `COPY`."""


@dataclass(frozen=True)
class CsvFile:
    """One CSV file with a header that has been read.

    Attributes:
        columns: the header, in the file's order; all different.
        escape: the character before a quote inside quotes: the service's backslash, or a second quote.
    """

    path: Path
    columns: tuple[str, ...]
    escape: str = BACKSLASH

    def build_relation(self) -> str:
        """SQL of a table function that streams the rows; rows of a wrong shape go to `reject_errors`."""
        columns = ", ".join(f"{quote_text(name)}: 'VARCHAR'" for name in self.columns)
        return (
            f"read_csv({quote_text(str(self.path))}, columns = {{{columns}}}, auto_detect = false, header = true, "
            f"delim = ',', quote = '\"', escape = {quote_text(self.escape)}, strict_mode = true, "
            f"store_rejects = true, rejects_limit = {50 * MAX_REJECTS}, compression = 'none')"
        )


MAX_REJECTS = 20
"""Most rejected lines that are reported; DuckDB collects more, because it reads the file from several places."""


def quote_text(text: str) -> str:
    """A string literal of SQL."""
    return "'" + text.replace("'", "''") + "'"


def quote_name(name: str) -> str:
    """An identifier of SQL."""
    return '"' + name.replace('"', '""') + '"'
