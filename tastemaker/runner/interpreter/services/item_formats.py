"""The items in the text of one object. Source: developer guide, "ItemReader (Map)", "Examples of datasets"."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

from tastemaker.runner.interpreter.dataset import Item, items_of
from tastemaker.runner.interpreter.failures import ITEM_READER_FAILED, StateError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Reader = Callable[[str, dict[str, Any], str], Sequence[Item]]

_DELIMITERS = {"COMMA": ",", "PIPE": "|", "SEMICOLON": ";", "SPACE": " ", "TAB": "\t"}
_SMALLEST_TABLE, _LOAD = 16, 0.75
"""Java's HashMap: its first capacity and load factor."""


def reader_failed(cause: str) -> StateError:
    return StateError(ITEM_READER_FAILED, cause)


def csv_items(text: str, config: dict[str, Any], source: str = "") -> list[Item]:
    """One object per row; a short row gives empty strings, what a long row has more is dropped.

    A backslash takes the meaning from the character after it and is removed.
    """
    delimiter = _DELIMITERS.get(str(config.get("CSVDelimiter", "COMMA")).upper(), ",")
    rows = [row for row in csv.reader(io.StringIO(text), delimiter=delimiter, escapechar="\\") if row]
    if str(config.get("CSVHeaderLocation", "FIRST_ROW")).upper() == "GIVEN":
        headers = [str(name) for name in config.get("CSVHeaders", ())]
    else:
        headers, rows = (rows[0], rows[1:]) if rows else ([], [])
    if len(set(headers)) < len(headers):
        raise reader_failed("CSV headers cannot contain duplicates.")
    order = java_order(headers)
    return [
        Item({headers[column]: row[column] if column < len(row) else "" for column in order}, source) for row in rows
    ]


def java_order(names: list[str]) -> list[int]:
    """Positions in the order in which Java's HashMap, where the service keeps a row, gives its keys.

    The guide's own example shows it: a file with userId, movieId, rating, timestamp gives rating, movieId, userId,
    timestamp.
    """
    table = _SMALLEST_TABLE
    while len(names) > _LOAD * table:
        table *= 2

    def bucket(position: int) -> int:
        code = 0
        for char in names[position]:
            code = (31 * code + ord(char)) & 0xFFFFFFFF
        return (code ^ (code >> 16)) & (table - 1)

    return sorted(range(len(names)), key=bucket)


def json_items(text: str, config: dict[str, Any], source: str = "") -> list[Item]:
    """The elements of an array or the members of an object, at ItemsPointer where that is given."""
    try:
        value = json.loads(text)
    except ValueError as error:
        raise reader_failed(f"The object is not valid JSON: {error}") from error
    for step in str(config.get("ItemsPointer", "")).split("/")[1:]:
        value = _member(value, step.replace("~1", "/").replace("~0", "~"))
    if not isinstance(value, list | dict):
        raise reader_failed("Attempting to map over non-iterable node.")
    return items_of(value, source)


def _member(value: Any, step: str) -> Any:
    """One step of a JSON pointer (RFC 6901)."""
    if isinstance(value, dict) and step in value:
        return value[step]
    if isinstance(value, list) and step.isdigit() and int(step) < len(value):
        return value[int(step)]
    raise reader_failed("The provided ReaderConfig.ItemsPointer does not match any valid path in the JSON structure.")


def jsonl_items(text: str, config: dict[str, Any], source: str = "") -> list[Item]:  # noqa: ARG001 - same shape as the other readers
    try:
        return [Item(json.loads(line), source) for line in text.splitlines() if line.strip()]
    except ValueError as error:
        raise reader_failed(f"A line is not valid JSON: {error}") from error


READERS: dict[str, Reader] = {"CSV": csv_items, "JSON": json_items, "JSONL": jsonl_items}
"""Value of InputType to what reads an object's text. PARQUET is not built."""
