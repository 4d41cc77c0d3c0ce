"""What a file of raw data looks like: which of its columns are user, item and time, and what the others hold."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from tastemaker.data.database import open_database
from tastemaker.data.dialect import quote_name, quote_text

if TYPE_CHECKING:
    from pathlib import Path

    from duckdb import DuckDBPyConnection

Role = Literal["USER_ID", "ITEM_ID", "TIMESTAMP", "EVENT_TYPE", "EVENT_VALUE"]
_WORDS: dict[Role, tuple[str, ...]] = {
    "USER_ID": ("userid", "customerid", "visitorid", "memberid", "user", "customer", "visitor", "accountid"),
    "ITEM_ID": (
        "itemid", "productid", "movieid", "articleid", "sku", "stockcode", "videoid", "contentid", "showid", "newsid",
        "item", "product", "asin", "movie", "article", "id",
    ),
    "TIMESTAMP": (
        "timestamp", "eventtime", "eventtimestamp", "time", "datetime", "invoicedate", "orderdate", "createdat", "date",
        "ts", "viewedat", "watchedat",
    ),
    "EVENT_TYPE": ("eventtype", "event", "action", "behavior", "behaviour", "type"),
    "EVENT_VALUE": ("eventvalue", "rating", "score", "price", "amount", "quantity", "value"),
}  # fmt: skip
"""Role to spellings without signs and capitals, the likeliest first."""
_NUMBERS = {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "DOUBLE", "FLOAT"}
_TEXT_CHARACTERS = 40
_MOST_CATEGORIES = 1_000
_MOST_MOMENTS = 0.95
"""Share of a column's values that must read as times, for it to hold times."""


@dataclass(frozen=True)
class Column:
    """One column of a raw file.

    Attributes:
        name: as in the file.
        type: DuckDB's, e.g. `VARCHAR`, `BIGINT`, `TIMESTAMP`.
        empty: cells without a value.
        different: values, about.
        longest, mean_length: characters of its values as text.
        greatest: the greatest number; None where it holds none.
        moments: values that read as a date or a time.
    """

    name: str
    type: str
    empty: int
    different: int
    longest: int
    mean_length: float
    greatest: float | None
    moments: int

    @property
    def is_number(self) -> bool:
        return self.type in _NUMBERS or self.type.startswith("DECIMAL")

    @property
    def is_whole(self) -> bool:
        return self.is_number and self.type not in {"DOUBLE", "FLOAT"} and not self.type.startswith("DECIMAL")


@dataclass(frozen=True)
class RawFile:
    """One file.

    Attributes:
        kind: what it is by its roles: who did what when, or what items or users are.
        roles: role to column name.
    """

    path: Path
    kind: Literal["interactions", "items", "users"] | None
    rows: int
    columns: tuple[Column, ...]
    roles: dict[Role, str]

    def column(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)


def infer_file(path: Path) -> RawFile:
    """Read a CSV, gzipped CSV or Parquet file once.

    Raises:
        duckdb.Error: it cannot be read.
    """
    with open_database() as database:
        source = f"read_parquet({quote_text(str(path))})" if path.suffix == ".parquet" else _build_csv(path)
        columns = _describe(database, source)
        (rows,) = database.execute(f"SELECT count(*) FROM {source}").fetchone() or (0,)
    roles = _find_roles(columns, int(rows))
    return RawFile(path, _find_kind(roles), int(rows), columns, roles)


def _build_csv(path: Path) -> str:
    return f"read_csv({quote_text(str(path))}, sample_size = -1)"


def _describe(database: DuckDBPyConnection, source: str) -> tuple[Column, ...]:
    described = database.execute(f"DESCRIBE FROM {source}").fetchall()
    columns = []
    for name, kind, *_ in described:
        quoted = quote_name(str(name))
        number = f"max(TRY_CAST({quoted} AS DOUBLE))"
        query = (
            f"SELECT count(*) - count({quoted}), approx_count_distinct({quoted}), "
            f"coalesce(max(length({quoted}::VARCHAR)), 0), coalesce(avg(length({quoted}::VARCHAR)), 0), {number}, "
            f"count(TRY_CAST({quoted}::VARCHAR AS TIMESTAMP)) FROM {source}"
        )
        columns.append(Column(str(name), str(kind), *(database.execute(query).fetchone() or ())))
    return tuple(columns)


def _find_roles(columns: tuple[Column, ...], rows: int) -> dict[Role, str]:
    """The likeliest column of each role; no column has two."""
    spellings = {re.sub(r"[^a-z0-9]", "", column.name.lower()): column for column in columns}
    roles: dict[Role, str] = {}
    for role, words in _WORDS.items():
        for word in words:
            column = spellings.get(word)
            if column is not None and column.name not in roles.values() and _fits(role, column, rows):
                roles[role] = column.name
                break
    return roles


def _fits(role: Role, column: Column, rows: int) -> bool:
    if role == "TIMESTAMP":
        return column.is_number or column.moments >= _MOST_MOMENTS * max(rows - column.empty, 1)
    if role == "EVENT_TYPE":
        return column.type == "VARCHAR" and column.different <= 10
    return column.is_number if role == "EVENT_VALUE" else True


def _find_kind(roles: dict[Role, str]) -> Literal["interactions", "items", "users"] | None:
    if {"USER_ID", "ITEM_ID", "TIMESTAMP"} <= set(roles):
        return "interactions"
    if "USER_ID" in roles:
        return "users"
    return "items" if "ITEM_ID" in roles else None


def is_text(column: Column) -> bool:
    """Written for people, not for counting."""
    return column.type == "VARCHAR" and column.mean_length >= _TEXT_CHARACTERS


def is_category(column: Column, rows: int) -> bool:
    """Values that several rows share."""
    return column.type in {"VARCHAR", "BOOLEAN"} and column.different <= min(_MOST_CATEGORIES, max(rows / 2, 1))
