"""Reads the CSV files of an import job by the service's rules (reference §2.3, §2.4).

The failure texts that AWS documents are used literally; the others are ours.
"""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import duckdb

from tastemaker.errors import AwsError
from tastemaker.facts import failure_reasons, fields, limits
from tastemaker.simulator.tables import quoted

if TYPE_CHECKING:
    from pathlib import Path

    from tastemaker.facts.avro import Column, DatasetSchema
    from tastemaker.simulator.objects import ObjectStore
    from tastemaker.simulator.tables import BulkTable, Tables

_TYPES = {
    "string": "VARCHAR",
    "boolean": "VARCHAR",
    "int": "INTEGER",
    "long": "BIGINT",
    "float": "DOUBLE",  # so that 5.1 stays 5.1 in filters and answers
    "double": "DOUBLE",
}
_WHOLE = frozenset({"INTEGER", "BIGINT"})


class ImportFailedError(Exception):
    """The import job ends in CREATE FAILED; `args[0]` is its failureReason."""


def duckdb_types(schema: DatasetSchema) -> dict[str, str]:
    """Column name to DuckDB type, in the schema's order."""
    return {column.name: _TYPES[column.type] for column in schema.columns}


def read_csv(objects: ObjectStore, tables: Tables, location: str, schema: DatasetSchema, *, full: bool) -> BulkTable:
    """Read all files at a location into one table with the schema's columns.

    Raises:
        ImportFailedError: with the job's failureReason.
    """
    files = _fetch(objects, location)
    size_bytes = sum(path.stat().st_size for path in files)
    most = limits.MAX_FULL_IMPORT_BYTES if full else limits.MAX_INCREMENTAL_IMPORT_BYTES
    if size_bytes > most:
        raise ImportFailedError(f"Input data has {size_bytes} bytes; the most for this import mode is {most}.")
    header = _header(files, schema)
    table = _load(tables, files, header, schema, size_bytes)
    _check_values(tables, table, schema)
    _check_booleans(tables, table, schema)
    _check_ranges(tables, table, schema)
    return table


def _fetch(objects: ObjectStore, location: str) -> list[Path]:
    try:
        files = objects.fetch(location)
    except AwsError as error:
        denied = error.code in {"AccessDenied", "AccessDeniedException", "403"}
        reason = "Insufficient privileges for accessing data in Amazon S3" if denied else "Invalid Data location."
        raise ImportFailedError(reason) from error
    if not files:
        raise ImportFailedError("Invalid Data location.")
    return files


def _header(files: list[Path], schema: DatasetSchema) -> list[str]:
    """The columns of the files, which must all be the same and hold every column of the schema."""
    headers = [_first_line(path) for path in files]
    missing = [name for name in schema.names if name not in headers[0]]
    if missing:
        raise ImportFailedError(failure_reasons.missing_columns(missing))
    if any(header != headers[0] for header in headers):
        raise ImportFailedError("All files of an import must have the same header.")
    if len({name.lower() for name in headers[0]}) < len(headers[0]):
        raise ImportFailedError(failure_reasons.COLUMN_TWICE)
    return headers[0]


def _first_line(path: Path) -> list[str]:
    try:
        with path.open(encoding="utf-8", newline="") as file:  # a byte order mark is part of the first name
            return next(csv.reader(file), [])
    except UnicodeDecodeError as error:
        raise ImportFailedError(failure_reasons.NOT_UTF8) from error


def _load(tables: Tables, files: list[Path], header: list[str], schema: DatasetSchema, size_bytes: int) -> BulkTable:
    types = duckdb_types(schema)
    read_as = {name: "VARCHAR" if kind in _WHOLE else kind for name, kind in types.items()}
    declared = ", ".join(f"{_literal(name)}: '{read_as.get(name, 'VARCHAR')}'" for name in header)
    wanted = ", ".join(_whole(name, kind) if kind in _WHOLE else quoted(name) for name, kind in types.items())
    source = (
        f"SELECT {wanted} FROM read_csv(?, auto_detect=false, header=true, delim=',', quote='\"', escape='\\', "  # noqa: S608 - quoted names
        f"nullstr='', columns={{{declared}}})"
    )
    try:
        return tables.create(types, source, [[str(path) for path in files]], size_bytes)
    except duckdb.ConversionException as error:
        raise ImportFailedError(failure_reasons.NOT_CONFORM) from error
    except duckdb.InvalidInputException as error:
        reason = failure_reasons.NOT_UTF8 if "utf-8" in str(error).lower() else failure_reasons.NOT_CONFORM
        raise ImportFailedError(reason) from error


def _check_values(tables: Tables, table: BulkTable, schema: DatasetSchema) -> None:
    """One pass over the table: missing values, then lengths, then the number of records."""
    checks = [(column, _most_characters(column, schema)) for column in schema.columns]
    parts = [
        part
        for column, most in checks
        for part in (
            f"count({quoted(column.name)})",
            f"coalesce(max(length({quoted(column.name)})), 0)" if most else "0",
        )
    ]
    row = tables.cursor().execute(f"SELECT {', '.join(parts)} FROM {table.name}").fetchall()[0]  # noqa: S608 - quoted names
    for (column, most), filled, longest in zip(checks, row[::2], row[1::2], strict=True):
        if filled < table.rows and not column.nullable:
            raise ImportFailedError(failure_reasons.NOT_CONFORM)
        if longest > most:
            raise ImportFailedError(failure_reasons.too_long(column.name, most))
    if schema.facts.type == "INTERACTIONS" and table.rows < limits.MIN_IMPORTED_INTERACTIONS:
        raise ImportFailedError(failure_reasons.too_few_rows(table.rows))


def _check_booleans(tables: Tables, table: BulkTable, schema: DatasetSchema) -> None:
    for column in schema.columns:
        if column.type == "boolean":
            query = f"SELECT count(*) FROM {table.name} WHERE lower({quoted(column.name)}) NOT IN ('true', 'false')"  # noqa: S608 - quoted names
            if tables.cursor().execute(query).fetchall()[0][0]:
                raise ImportFailedError(failure_reasons.NOT_CONFORM)


def _check_ranges(tables: Tables, table: BulkTable, schema: DatasetSchema) -> None:
    for (dataset_type, name), (least, most) in fields.VALUE_RANGES.items():
        if dataset_type != schema.facts.type or name not in table.columns:
            continue
        query = f"SELECT count(*) FROM {table.name} WHERE {quoted(name)} NOT BETWEEN ? AND ?"  # noqa: S608 - own names
        if tables.cursor().execute(query, [least, most]).fetchall()[0][0]:
            raise ImportFailedError(failure_reasons.out_of_range(name, least, most))


def _most_characters(column: Column, schema: DatasetSchema) -> int:
    """The most characters of a string column; 0 where nothing is measured."""
    if column.type != "string" or column.textual:
        return 0
    if column.name in {"USER_ID", "ITEM_ID", "ACTION_ID"} and column.name in schema.facts.required:
        return fields.MAX_ID_LENGTH
    return fields.MAX_IMPRESSION_LENGTH if column.name == "IMPRESSION" else fields.MAX_STRING_LENGTH


def _whole(name: str, kind: str) -> str:
    """Reads a whole number; DuckDB alone would round 7.5 and take 1e3.

    What looks the same when written again needs no closer look, which costs an import a quarter more time.
    """
    column = quoted(name)
    number = f"{column}::{kind}"
    looked_at = f"{column} IS NULL OR regexp_full_match({column}, '[+-]?[0-9]+')"
    return (
        f"CASE WHEN {number}::VARCHAR = {column} THEN {number} WHEN {looked_at} THEN {number} "
        f"ELSE error('not a whole number') END AS {column}"
    )


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
