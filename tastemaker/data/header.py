"""The first line of a dataset's CSV: encoding, names, missing and duplicate columns."""

from __future__ import annotations

import codecs
import csv
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tastemaker.data.dialect import CsvFile
from tastemaker.errors import Finding
from tastemaker.facts import failure_reasons
from tastemaker.model.suggest import find_close_match

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tastemaker.model.datasets import Dataset

_LONGEST_HEADER_BYTES = 1 << 20
_SOURCE = "developer guide, preparing-training-data"


@dataclass(frozen=True)
class Header:
    """What the first line says; `csv` is None when the rows cannot be read by it."""

    csv: CsvFile | None
    findings: tuple[Finding, ...]


def read_header(path: Path, dataset: Dataset) -> Header:
    """Read and check the first line."""
    file = str(path)
    if not path.is_file():
        hint = f"Change `path` of datasets.{dataset.key}, or create the file."
        return Header(None, (Finding(file, 0, 0, "data-file-not-found", "there is no such data file", hint),))
    try:
        with path.open("rb") as stream:
            line = stream.readline(_LONGEST_HEADER_BYTES)
    except OSError as error:
        message = f"the data file cannot be read: {error.strerror}"
        return Header(None, (Finding(file, 0, 0, "data-file-unreadable", message),))
    if not line.strip():
        hint = "Write a header line and the rows; an empty dataset is left out of the project file."
        reason = failure_reasons.missing_columns(dataset.schema_fields)
        finding = Finding(file, 1, 1, "csv-empty", "the file has no header line", hint, failure_reason=reason)
        return Header(None, (finding,))
    return _check_line(path, dataset, line)


def _check_line(path: Path, dataset: Dataset, line: bytes) -> Header:
    findings: list[Finding] = []
    if line.startswith(codecs.BOM_UTF8):
        line = line.removeprefix(codecs.BOM_UTF8)
        findings.append(_find_mark(path, dataset, line))
    try:
        text = line.decode("utf-8").rstrip("\r\n")
    except UnicodeDecodeError as error:
        message = "the header is not UTF-8"
        hint, reason = "Save it as UTF-8.", failure_reasons.NOT_UTF8
        finding = Finding(str(path), 1, error.start + 1, "csv-encoding", message, hint, _SOURCE, failure_reason=reason)
        return Header(None, (*findings, finding))
    names = _split(text)
    findings.extend(_check_names(path, dataset, text, names))
    usable = len({name.lower() for name in names}) == len(names) and "" not in names
    return Header(CsvFile(path, tuple(names)) if usable else None, tuple(findings))


def _find_mark(path: Path, dataset: Dataset, line: bytes) -> Finding:
    first = line.split(b",")[0].decode("utf-8", "replace").strip()
    message = "the file starts with a byte order mark, which becomes part of the first column's name"
    hint = "Save it as UTF-8 without BOM, or run tastemaker check --fix."
    if first not in dataset.schema_fields:
        return Finding(str(path), 1, 1, "csv-bom", message, hint, _SOURCE, "warning")
    return Finding(
        str(path), 1, 1, "csv-bom", message, hint, _SOURCE, failure_reason=failure_reasons.missing_columns([first])
    )


def _split(text: str) -> list[str]:
    try:
        return next(csv.reader([text]), [])
    except csv.Error:  # a name longer than the reader takes: no column of the schema, which is reported as missing
        return [text]


def _check_names(path: Path, dataset: Dataset, text: str, names: list[str]) -> Iterator[Finding]:
    file = str(path)
    missing = [name for name in dataset.schema_fields if name not in names]
    if missing:
        reason = failure_reasons.missing_columns(missing)
        hint, page = _hint_missing(missing, names), "developer guide, error-messages"
        yield Finding(file, 1, 1, "csv-missing-column", reason, hint, page, failure_reason=reason)
    yield from _check_each_name(file, text, names)
    if '"' in text:
        message, hint = "the header is in quotes, which the guide does not allow", "Write the names without quotes."
        yield Finding(file, 1, 1, "csv-quoted-header", message, hint, _SOURCE, "warning")
    present = [name for name in names if name in dataset.schema_fields]
    wanted = [name for name in dataset.schema_fields if name in names]
    if present != wanted and len(present) == len(wanted):
        message = "the columns are in another order than the schema's, against the guide; they are found by name"
        hint = f"Order the columns as in the schema: {','.join(dataset.schema_fields)}."
        yield Finding(file, 1, 1, "csv-column-order", message, hint, _SOURCE, "warning")


def _check_each_name(file: str, text: str, names: list[str]) -> Iterator[Finding]:
    before: set[str] = set()
    for at, name in enumerate(names):
        spot = (file, 1, find_column(text, at))
        if name.lower() in before:
            message, reason = f"column `{name}` appears twice", failure_reasons.COLUMN_TWICE
            yield Finding(
                *spot, "csv-duplicate-column", message, "Remove or rename one.", _SOURCE, failure_reason=reason
            )
        elif name == "":
            yield Finding(*spot, "csv-unnamed-column", "a column has no name", "Name or remove it.")
        before.add(name.lower())


def _hint_missing(missing: list[str], names: list[str]) -> str:
    for name in missing:
        close = find_close_match(name, names)
        if close is not None:
            return f"Rename column `{close}` to {name}."
    return f"The header has: {', '.join(names)}."


def find_column(line: str, field: int) -> int:
    """Where one field starts; 1 when quotes hide it."""
    starts = find_columns(line)
    return starts[field] if field < len(starts) else 1


def find_columns(line: str) -> list[int]:
    """Where each field of a CSV line starts, 1-based; commas inside quotes do not count."""
    starts, quoted, skip = [1], False, False
    for at, character in enumerate(line, start=1):
        if skip:
            skip = False
        elif character == "\\" and quoted:
            skip = True
        elif character == '"':
            quoted = not quoted
        elif character == "," and not quoted:
            starts.append(at + 1)
    return starts
