"""ItemReader: the items of a distributed Map from S3. Source: developer guide, "ItemReader (Map)"."""

from __future__ import annotations

import csv
import gzip
import io
import json
from typing import TYPE_CHECKING, Any

from tastemaker.errors import AwsError
from tastemaker.runner.interpreter.failures import ITEM_READER_FAILED, StateError

if TYPE_CHECKING:
    from collections.abc import Callable

    from tastemaker.runner.seams import AwsCaller

GET_OBJECT = "arn:aws:states:::s3:getObject"
LIST_OBJECTS = "arn:aws:states:::s3:listObjectsV2"
MAX_ITEMS = 100_000_000
_DELIMITERS = {"COMMA": ",", "PIPE": "|", "SEMICOLON": ";", "SPACE": " ", "TAB": "\t"}
_SMALLEST_TABLE, _LOAD = 16, 0.75
"""Java's HashMap: its first capacity and load factor."""


def _failed(cause: str) -> StateError:
    return StateError(ITEM_READER_FAILED, cause)


def read_items(reader: dict[str, Any], aws: AwsCaller) -> list[Any]:
    """The items.

    Args:
        reader: Resource, ReaderConfig and Arguments, evaluated.

    Raises:
        StateError: States.ItemReaderFailed.
    """
    config = reader.get("ReaderConfig") or {}
    most = _max_items(config)
    arguments = reader.get("Arguments") or {}
    try:
        if reader.get("Resource") == LIST_OBJECTS:
            return _listed(arguments, aws, most)
        return _parsed(config, arguments, aws)[:most]
    except AwsError as error:
        where = f"Service: Amazon S3; Status Code: {error.status}; Error Code: {error.code}"
        raise _failed(f"{error.message} ({where}; Request ID: {error.request_id}; Proxy: null)") from error


def _max_items(config: dict[str, Any]) -> int:
    most = config.get("MaxItems", 0)
    if isinstance(most, str) and most.removeprefix("-").isdigit():
        most = int(most)
    if isinstance(most, bool) or not isinstance(most, int):
        raise _failed(f"The MaxItemsPath field refers to value '{most}' which is not a valid integer")
    if most < 0:
        raise _failed("field MaxItems must be positive")
    return min(most or MAX_ITEMS, MAX_ITEMS)


def _listed(arguments: dict[str, Any], aws: AwsCaller, most: int) -> list[Any]:
    """The metadata of the objects under a prefix, page by page."""
    found: list[Any] = []
    page = dict(arguments)
    while len(found) < most:
        listing = aws.call("s3", "ListObjectsV2", page)
        found += [_metadata(entry) for entry in listing.get("Contents", ())]
        if not listing.get("NextContinuationToken"):
            break
        page = {**arguments, "ContinuationToken": listing["NextContinuationToken"]}
    return found[:most]


def _metadata(entry: dict[str, Any]) -> dict[str, Any]:
    return {
        "Etag": entry["ETag"],
        "Key": entry["Key"],
        "LastModified": int(entry["LastModified"].timestamp()),
        "Size": entry["Size"],
        "StorageClass": entry.get("StorageClass", "STANDARD"),
    }


def _parsed(config: dict[str, Any], arguments: dict[str, Any], aws: AwsCaller) -> list[Any]:
    kind = str(config.get("InputType", "")).upper()
    readers: dict[str, Callable[[str, dict[str, Any]], list[Any]]] = {
        "CSV": csv_items,
        "JSON": json_items,
        "JSONL": jsonl_items,
    }
    text = _text(arguments, aws)
    if kind == "MANIFEST":
        return _inventory(text, config, aws)
    if kind not in readers:
        raise _failed(f"InputType must be CSV, JSON, JSONL or MANIFEST, not {kind!r}")
    return readers[kind](text, config)


def _text(arguments: dict[str, Any], aws: AwsCaller) -> str:
    body = aws.call("s3", "GetObject", arguments)["Body"]
    data = body.read() if hasattr(body, "read") else body
    data = gzip.decompress(data) if str(arguments.get("Key", "")).endswith(".gz") else data
    return bytes(data).decode("utf-8-sig")


def csv_items(text: str, config: dict[str, Any]) -> list[Any]:
    """One object per row; a short row gives empty strings, what a long row has more is dropped."""
    delimiter = _DELIMITERS.get(str(config.get("CSVDelimiter", "COMMA")).upper(), ",")
    rows = [row for row in csv.reader(io.StringIO(text), delimiter=delimiter) if row]
    if str(config.get("CSVHeaderLocation", "FIRST_ROW")).upper() == "GIVEN":
        headers = [str(name) for name in config.get("CSVHeaders", ())]
    else:
        headers, rows = (rows[0], rows[1:]) if rows else ([], [])
    if len(set(headers)) < len(headers):
        raise _failed("CSV headers cannot contain duplicates.")
    order = java_order(headers)
    return [{headers[column]: row[column] if column < len(row) else "" for column in order} for row in rows]


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


def json_items(text: str, config: dict[str, Any]) -> list[Any]:
    """The elements of an array; an object gives one item per member."""
    try:
        value = json.loads(text)
    except ValueError as error:
        raise _failed(f"The object is not valid JSON: {error}") from error
    for step in str(config.get("ItemsPointer", "")).split("/")[1:]:
        step = step.replace("~1", "/").replace("~0", "~")
        if not isinstance(value, dict) or step not in value:
            raise _failed("The provided ReaderConfig.ItemsPointer does not match any valid path in the JSON structure.")
        value = value[step]
    if not isinstance(value, list):
        raise _failed("Attempting to map over non-iterable node.")
    return value


def jsonl_items(text: str, config: dict[str, Any]) -> list[Any]:  # noqa: ARG001 - same shape as the other readers
    try:
        return [json.loads(line) for line in text.splitlines() if line.strip()]
    except ValueError as error:
        raise _failed(f"A line is not valid JSON: {error}") from error


def _inventory(text: str, config: dict[str, Any], aws: AwsCaller) -> list[Any]:
    """The rows of the files that an S3 inventory manifest names."""
    manifest = json.loads(text)
    headers = [name.strip() for name in str(manifest["fileSchema"]).split(",")]
    bucket = str(manifest["destinationBucket"]).removeprefix("arn:aws:s3:::")
    rows: list[Any] = []
    for file in manifest["files"]:
        body = _text({"Bucket": bucket, "Key": file["key"]}, aws)
        rows += csv_items(body, {**config, "CSVHeaderLocation": "GIVEN", "CSVHeaders": headers})
    return rows
