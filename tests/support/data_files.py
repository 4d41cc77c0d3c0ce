"""Dataset files by the rules of imports and trainings: forty that Amazon Personalize refuses, twenty that it takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

HEADER = "USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE,EVENT_VALUE"
ITEMS_HEADER = "ITEM_ID,GENRE,PRICE,YEAR,TEXT,CREATION_TIMESTAMP"
USERS_HEADER = "USER_ID,COUNTRY,AGE"
COLUMNS: dict[str, dict[str, Any]] = {
    "interactions": {
        "USER_ID": "string",
        "ITEM_ID": "string",
        "TIMESTAMP": "long",
        "EVENT_TYPE": "string",
        "EVENT_VALUE": {"type": "float", "nullable": True},
    },
    "items": {
        "ITEM_ID": "string",
        "GENRE": {"type": "string", "categorical": True, "nullable": True},
        "PRICE": {"type": "float", "nullable": True},
        "YEAR": {"type": "int", "nullable": True},
        "TEXT": {"type": "string", "textual": True, "nullable": True},
        "CREATION_TIMESTAMP": {"type": "long", "nullable": True},
    },
    "users": {
        "USER_ID": "string",
        "COUNTRY": {"type": "string", "categorical": True},
        "AGE": {"type": "int", "nullable": True},
    },
}
"""Dataset to the schema of the project file."""


@dataclass(frozen=True)
class DataFile:
    """One file and what becomes of it.

    Attributes:
        rules: of the findings that refuse it, separated by blanks; empty for a good file.
        event_type: that the solution filters by.
        warnings: rules of what is worth a look all the same.
    """

    name: str
    body: bytes
    rules: str = ""
    dataset: str = "interactions"
    event_type: str = ""
    warnings: frozenset[str] = frozenset()


def build_rows(count: int = 1_200, users: int = 100) -> list[str]:
    """Rows that all differ; users in turn, one event in four a buy."""
    return [
        f"u{at % users},i{at % 50},{1_700_000_000 + at},{'buy' if at % 4 == 0 else 'view'},2.5" for at in range(count)
    ]


def join(header: str, rows: Iterable[str], end: str = "\n") -> bytes:
    return end.join([header, *rows, ""]).encode()


def _with(row: str, at: int = 700) -> bytes:
    rows = build_rows()
    rows[at] = row
    return join(HEADER, rows)


def _drop(column: int) -> bytes:
    lines = [HEADER, *build_rows()]
    kept = [",".join(cell for at, cell in enumerate(line.split(",")) if at != column) for line in lines]
    return join(kept[0], kept[1:])


def _items(row: str) -> bytes:
    return join(ITEMS_HEADER, ["i1,drama|crime,2.5,1999,A film,1600000000", row])


def _users(row: str) -> bytes:
    return join(USERS_HEADER, ["u1,DE,33", row])


UMLAUT = "\u00fc"
_SPREAD = [f"w{at},i1,1700000000,view,1" for at in range(3_000)]

BAD_FILES = (
    DataFile("no USER_ID", _drop(0), "csv-missing-column"),
    DataFile("no TIMESTAMP", _drop(2), "csv-missing-column"),
    DataFile("no EVENT_VALUE", _drop(4), "csv-missing-column"),
    DataFile("misspelt", join(HEADER.replace("ITEM_ID", "ITEMID"), build_rows()), "csv-missing-column"),
    DataFile("small letters", join(HEADER.lower(), build_rows()), "csv-missing-column"),
    DataFile("semicolons", join(HEADER, build_rows()).replace(b",", b";"), "csv-missing-column"),
    DataFile("tabs", join(HEADER, build_rows()).replace(b",", b"\t"), "csv-missing-column"),
    DataFile("byte order mark", b"\xef\xbb\xbf" + join(HEADER, build_rows()), "csv-bom"),
    DataFile("column twice", join(f"{HEADER},USER_ID", [f"{row},x" for row in build_rows()]), "csv-duplicate-column"),
    DataFile("twice by case", join(f"{HEADER},user_id", [f"{row},x" for row in build_rows()]), "csv-duplicate-column"),
    DataFile("empty", b"", "csv-empty"),
    DataFile("header only", join(HEADER, []), "too-few-active-users too-few-interactions"),
    DataFile("Latin-1 header", join(f"{HEADER},GR\u00d6SSE", [f"{row},1" for row in build_rows()]).decode().encode(
        "latin-1"), "csv-encoding"),
    DataFile("Latin-1 value", _with("M\u00fcller,i1,1700000000,view,1").decode().encode("latin-1"), "csv-encoding"),
    DataFile("short row", _with("u1,i1,1700000000"), "csv-row-width"),
    DataFile("long row", _with("u1,i1,1700000000,view,1,2"), "csv-row-width"),
    DataFile("doubled quote", _with('u1,"i ""one""",1700000000,view,1'), "csv-doubled-quote"),
    DataFile("no USER_ID in a row", _with(",i1,1700000000,view,1"), "null-value"),
    DataFile("no ITEM_ID in a row", _with("u1,,1700000000,view,1"), "null-value"),
    DataFile("no TIMESTAMP in a row", _with("u1,i1,,view,1"), "null-value"),
    DataFile("ISO 8601", _with("u1,i1,2024-01-31T10:00:00,view,1"), "timestamp-not-a-number"),
    DataFile("point", _with("u1,i1,1700000000.0,view,1"), "timestamp-not-a-number"),
    DataFile("exponent", _with("u1,i1,1.700000e9,view,1"), "timestamp-not-a-number"),
    DataFile("blank before", _with("u1,i1, 1700000000,view,1"), "timestamp-not-a-number"),
    DataFile("twenty digits", _with("u1,i1,99999999999999999999,view,1"), "timestamp-not-a-number"),
    DataFile("milliseconds", _with("u1,i1,1700000000000,view,1"), "timestamp-milliseconds"),
    DataFile("microseconds", _with("u1,i1,1700000000000000,view,1"), "timestamp-microseconds"),
    DataFile("before 1970", _with("u1,i1,-5,view,1"), "timestamp-negative"),
    DataFile("a word as a value", _with("u1,i1,1700000000,view,much"), "not-a-number"),
    DataFile("decimal comma", _with('u1,i1,1700000000,view,"1,5"'), "not-a-number"),
    DataFile("long id", _with(f"{'u' * 257},i1,1700000000,view,1"), "value-too-long"),
    DataFile("long event type", _with(f"u1,i1,1700000000,{'v' * 1_001},1"), "value-too-long"),
    DataFile("999 rows", join(HEADER, build_rows(999)), "too-few-interactions"),
    DataFile("999 that differ", join(HEADER, build_rows(999) + build_rows(500)), "too-few-interactions"),
    DataFile("300 buys", join(HEADER, build_rows()), "too-few-interactions", event_type="buy"),
    DataFile("24 users", join(HEADER, build_rows(users=24)), "too-few-active-users"),
    DataFile("1 % of users", join(HEADER, build_rows(100, users=30) + _SPREAD), "too-small-share-of-active-users"),
    DataFile("nine event types", join(HEADER, [
        row.replace("view", f"kind{at % 9}") for at, row in enumerate(build_rows())
    ]), "too-many-event-types"),
    DataFile("an int with a point", _items("i2,drama,1,1999.5,x,1600000000"), "not-a-number", "items"),
    DataFile("a user without country", _users("u2,,40"), "null-value", "users"),
)  # fmt: skip

GOOD_FILES = (
    DataFile("plain", join(HEADER, build_rows())),
    DataFile("CRLF", join(HEADER, build_rows(), "\r\n")),
    DataFile("no end of line at the end", join(HEADER, build_rows()).rstrip(b"\n")),
    DataFile("exactly 1,000 rows", join(HEADER, build_rows(1_000))),
    DataFile("exactly 25 users", join(HEADER, build_rows(users=25))),
    DataFile("1 % of the users", join(HEADER, build_rows(1_000, users=40) + _SPREAD)),
    DataFile("more columns", join(f"EXTRA,{HEADER}", [f"x,{row}" for row in build_rows()])),
    DataFile("another order", join("ITEM_ID,USER_ID,TIMESTAMP,EVENT_TYPE,EVENT_VALUE", build_rows()),
        warnings=frozenset({"csv-column-order"})),
    DataFile("a header in quotes", join(HEADER.replace("USER_ID", '"USER_ID"'), build_rows()),
        warnings=frozenset({"csv-quoted-header"})),
    DataFile("repeated rows", join(HEADER, build_rows() + build_rows(300)), warnings=frozenset({"duplicate-rows"})),
    DataFile("a comma in quotes", _with('"u,1",i1,1700000000,view,1')),
    DataFile("an escaped quote", _with('u1,"i \\"one\\"",1700000000,view,1')),
    DataFile("a line break in quotes", _with('u1,"i\n1",1700000000,view,1')),
    DataFile("no value", _with("u1,i1,1700000000,view,")),
    DataFile("sign and zeros", _with("u1,i1,+01700000000,view,1e2")),
    DataFile("other alphabets", _with("\u6771\u4eac,\u0451\u043b\u043a\u0430,1700000000,view,1")),
    DataFile("long ids", _with(f"{'u' * 256},{UMLAUT * 256},1700000000,view,1")),
    DataFile("900 buys", join(HEADER, build_rows(4_000)), event_type="buy"),
    DataFile("an item of nulls", _items(f"i2,,,,{'t' * 20_000},"), dataset="items",
        warnings=frozenset({"sparse-column"})),
    DataFile("a user", _users("u2,FR,"), dataset="users", warnings=frozenset({"sparse-column"})),
)  # fmt: skip
