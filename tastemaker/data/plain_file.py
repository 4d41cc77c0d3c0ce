"""Plain CSV files of interactions: no quotes, no line breaks in values, every value in the form that is most common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from tastemaker.data.value_checks import find_longest

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from pathlib import Path

    from tastemaker.data.rows import Rows
    from tastemaker.data.selections import Selection
    from tastemaker.model.datasets import SchemaField

Form = Literal["other", "text", "whole", "decimal"]
"""What a column holds; others are not read."""
READ_AHEAD_BYTES = 16
"""A buffer is that much longer than what is read from the file."""
BLOCK_BYTES = 1 << 20
"""Little enough for the caches of a processor; also the most of a line, of which DuckDB takes twice as much."""
_MOST_DIGITS = {"int": 9, "long": 18, "float": 300, "double": 300}
"""More of them may not fit the type."""
_FORMS: dict[str, Form] = {"string": "text", "int": "whole", "long": "whole", "float": "decimal", "double": "decimal"}
_USUAL: dict[str, Form] = {
    "USER_ID": "text",
    "ITEM_ID": "text",
    "TIMESTAMP": "whole",
    "EVENT_TYPE": "text",
    "EVENT_VALUE": "decimal",
}


@dataclass(frozen=True)
class Column:
    """One column of the file.

    Attributes:
        limit: of bytes of a text, or of digits of a number.
        nullable: a value may be empty.
        exact: a number is compared with others.
    """

    form: Form
    limit: int = 0
    nullable: bool = True
    exact: bool = False


@dataclass(frozen=True)
class Layout:
    """Where everything stands in a line.

    Attributes:
        places: of USER_ID, ITEM_ID, TIMESTAMP, EVENT_TYPE and EVENT_VALUE among the columns; -1 for what is missing.
    """

    columns: tuple[Column, ...]
    places: tuple[int, ...]


@dataclass(frozen=True)
class Block:
    """Whole lines of the file; the buffer is used again for the next block.

    Attributes:
        size: of the lines in bytes; what stands behind them means nothing.
        line_end: the first byte of what ends every line.
    """

    buffer: bytearray
    size: int
    line_end: int

    def read_value(self, offset: int, place: int) -> str:
        """The value at a place of the line that the offset belongs to."""
        start = self.buffer.rfind(b"\n", 0, offset) + 1
        line = self.buffer[start : self.buffer.index(self.line_end, offset)]
        return line.decode().split(",")[place]


def build_layout(rows: Rows, selections: Sequence[Selection]) -> Layout | None:
    """None for what is never read as a plain file."""
    fields, names = rows.dataset.schema_fields, rows.csv.columns
    if rows.dataset.key != "interactions" or not rows.has(*fields) or not _has_usual_columns(fields):
        return None
    compared = any(part.least_value is not None for selection in selections for part in selection.parts)
    columns = [
        _build_column(name, fields[name], exact=compared and name == "EVENT_VALUE")
        if name in fields
        else Column("other")
        for name in names
    ]
    places = tuple(names.index(name) if name in fields else -1 for name in _USUAL)
    return Layout(tuple(columns), places)


def _has_usual_columns(fields: dict[str, SchemaField]) -> bool:
    forms = {name: _FORMS.get(field.type) for name, field in fields.items()}
    required = [fields.get(name) for name in list(_USUAL)[:3]]
    return (
        None not in forms.values()
        and all(form == _USUAL.get(name, form) for name, form in forms.items())
        and all(field is not None and not field.nullable for field in required)
        and "CREATION_TIMESTAMP" not in fields
    )


def _build_column(name: str, field: SchemaField, *, exact: bool) -> Column:
    form = _FORMS[field.type]
    limit = find_longest(name, field) if form == "text" else _MOST_DIGITS[field.type]
    return Column(form, limit, bool(field.nullable), exact)


def read_blocks(path: Path, names: Sequence[str], block_bytes: int = BLOCK_BYTES) -> Generator[Block | None]:
    """The lines behind the header, a megabyte at a time; None as the last one where they are not plain.

    Args:
        path: of the file.
        names: what the header must be, in this order.
        block_bytes: most of a block, and of a line; at most BLOCK_BYTES.
    """
    buffer = bytearray(block_bytes + READ_AHEAD_BYTES)
    view, held = memoryview(buffer)[:block_bytes], 0
    with path.open("rb") as stream:
        header = stream.readline(block_bytes)
        end = b"\r\n" if header.endswith(b"\r\n") else b"\n"
        plain = header == ",".join(names).encode() + end
        while plain and ((read := stream.readinto(view[held:])) or held):
            held += read
            if not read:  # the last line may lack its end
                buffer[held : held + len(end)] = end
                held += len(end)
            size = buffer.rfind(end, 0, held) + len(end)
            plain = size >= len(end) and _is_plain(buffer, size, end)
            if plain:
                yield Block(buffer, size, end[0])
                buffer[: held - size] = buffer[size:held]
                held -= size
    if not plain:
        yield None


def _is_plain(buffer: bytearray, size: int, end: bytes) -> bool:
    """Without quotes and escapes, all lines with the same end, UTF-8."""
    if any(buffer.find(mark, 0, size) >= 0 for mark in (b'"', b"\\", b"\0")):
        return False
    if end == b"\n" and buffer.find(b"\r", 0, size) >= 0:
        return False
    if end == b"\r\n" and len({buffer.count(mark, 0, size) for mark in (b"\r", b"\n", end)}) > 1:
        return False
    return buffer.isascii() or _is_utf8(buffer[:size])


def _is_utf8(text: bytearray) -> bool:
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True
