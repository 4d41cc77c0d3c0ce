"""The first line of a dataset's CSV: encoding, names, missing and duplicate columns."""

from __future__ import annotations

import codecs
import csv
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tastemaker.data.dialect import CsvFile
from tastemaker.errors import Finding
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
        return Header(None, (Finding(file, 1, 1, "csv-empty", "the file has no header line", hint),))
    return _check_line(path, dataset, line)


def _check_line(path: Path, dataset: Dataset, line: bytes) -> Header:
    findings: list[Finding] = []
    if line.startswith(codecs.BOM_UTF8):
        message = "the file starts with a byte order mark, which becomes part of the first column's name"
        findings.append(Finding(str(path), 1, 1, "csv-bom", message, "Save it as UTF-8 without BOM.", _SOURCE))
        line = line.removeprefix(codecs.BOM_UTF8)
    try:
        text = line.decode("utf-8").rstrip("\r\n")
    except UnicodeDecodeError as error:
        message = "the header is not UTF-8"
        finding = Finding(str(path), 1, error.start + 1, "csv-encoding", message, "Save it as UTF-8.", _SOURCE)
        return Header(None, (*findings, finding))
    names = _split(text)
    findings.extend(_check_names(path, dataset, text, names))
    usable = len(set(names)) == len(names) and "" not in names
    return Header(CsvFile(path, tuple(names)) if usable else None, tuple(findings))


def _split(text: str) -> list[str]:
    try:
        return next(csv.reader([text]), [])
    except csv.Error:  # a name longer than the reader takes: no column of the schema, which is reported as missing
        return [text]


def _check_names(path: Path, dataset: Dataset, text: str, names: list[str]) -> Iterator[Finding]:
    file = str(path)
    missing = [name for name in dataset.schema_fields if name not in names]
    if missing:
        message = f"Input CSV is missing the following columns: [{', '.join(missing)}]"
        yield Finding(
            file, 1, 1, "csv-missing-column", message, _hint_missing(missing, names), "developer guide, error-messages"
        )
    for at, name in enumerate(names):
        if name in names[:at]:
            message = f"column `{name}` appears twice"
            yield Finding(
                file, 1, find_column(text, at), "csv-duplicate-column", message, "Remove or rename one.", _SOURCE
            )
        elif name == "":
            yield Finding(
                file, 1, find_column(text, at), "csv-unnamed-column", "a column has no name", "Name or remove it."
            )
    present = [name for name in names if name in dataset.schema_fields]
    wanted = [name for name in dataset.schema_fields if name in names]
    if present != wanted and len(present) == len(wanted):
        hint = f"Order the columns as in the schema: {','.join(dataset.schema_fields)}."
        yield Finding(
            file, 1, 1, "csv-column-order", "the columns are in another order than the schema's", hint, _SOURCE
        )


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
