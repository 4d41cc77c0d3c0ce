"""ItemReader: the items of a distributed Map from S3. Source: developer guide, "ItemReader (Map)"."""

from __future__ import annotations

import csv
import gzip
import io
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tastemaker.errors import AwsError, UnsupportedBySimulatorError
from tastemaker.runner.interpreter.dataset import Item
from tastemaker.runner.interpreter.services.item_formats import READERS, reader_failed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tastemaker.runner.seams import AwsCaller

LIST_OBJECTS = "arn:aws:states:::s3:listObjectsV2"
MAX_ITEMS = 100_000_000


def read_items(reader: dict[str, Any], aws: AwsCaller) -> list[Item]:
    """The items.

    Args:
        reader: Resource, ReaderConfig and Arguments, evaluated.

    Raises:
        StateError: States.ItemReaderFailed.
        UnsupportedBySimulatorError: a compression or type that is not built.
    """
    config = reader.get("ReaderConfig") or {}
    most = _max_items(config)
    arguments = reader.get("Arguments") or {}
    try:
        if reader.get("Resource") == LIST_OBJECTS:
            return _of_listing(config, arguments, aws, most)
        return _of_object(config, arguments, aws)[:most]
    except AwsError as error:
        where = f"Service: Amazon S3; Status Code: {error.status}; Error Code: {error.code}"
        raise reader_failed(f"{error.message} ({where}; Request ID: {error.request_id}; Proxy: null)") from error


def _max_items(config: dict[str, Any]) -> int:
    most = config.get("MaxItems", 0)
    if isinstance(most, str) and most.removeprefix("-").isdigit():
        most = int(most)
    if isinstance(most, bool) or not isinstance(most, int):
        raise reader_failed(f"The MaxItemsPath field refers to value '{most}' which is not a valid integer")
    if most < 0:
        raise reader_failed("field MaxItems must be positive")
    return min(most or MAX_ITEMS, MAX_ITEMS)


def _of_listing(config: dict[str, Any], arguments: dict[str, Any], aws: AwsCaller, most: int) -> list[Item]:
    """The metadata of the objects under a prefix, or with LOAD_AND_FLATTEN the items in all of them."""
    bucket, found = arguments.get("Bucket", ""), list[Item]()
    loads = str(config.get("Transformation", "NONE")).upper() == "LOAD_AND_FLATTEN"
    for entry in _listed(arguments, aws):
        if loads:
            found += _parsed(config, {"Bucket": bucket, "Key": entry["Key"]}, aws)
        else:
            found.append(Item(_metadata(entry), f"S3://{bucket}"))
        if len(found) >= most:
            break
    return found[:most]


def _listed(arguments: dict[str, Any], aws: AwsCaller) -> Iterator[dict[str, Any]]:
    page = dict(arguments)
    while True:
        listing = aws.call("s3", "ListObjectsV2", page)
        yield from listing.get("Contents", ())
        if not listing.get("NextContinuationToken"):
            return
        page = {**arguments, "ContinuationToken": listing["NextContinuationToken"]}


def _metadata(entry: dict[str, Any]) -> dict[str, Any]:
    return {
        "Etag": entry["ETag"],
        "Key": entry["Key"],
        "LastModified": int(entry["LastModified"].timestamp()),
        "Size": entry["Size"],
        "StorageClass": entry.get("StorageClass", "STANDARD"),
    }


def _of_object(config: dict[str, Any], arguments: dict[str, Any], aws: AwsCaller) -> list[Item]:
    """The items of one object, or of those that the manifest in it names."""
    manifest, kind = str(config.get("ManifestType", "")).upper(), str(config.get("InputType", "")).upper()
    if manifest == "ATHENA_DATA":
        return _of_athena(config, arguments, aws)
    if manifest == "S3_INVENTORY" or kind == "MANIFEST":
        return _of_inventory(config, arguments, aws)
    return _parsed(config, arguments, aws)


def _parsed(config: dict[str, Any], arguments: dict[str, Any], aws: AwsCaller) -> list[Item]:
    kind = str(config.get("InputType", "")).upper()
    if kind not in READERS:
        raise reader_failed(f"InputType must be one of {', '.join(READERS)} and MANIFEST, not {kind!r}")
    source = f"S3://{arguments.get('Bucket', '')}/{arguments.get('Key', '')}"
    return list(READERS[kind](_text(arguments, aws), config, source))


def _text(arguments: dict[str, Any], aws: AwsCaller) -> str:
    key = str(arguments.get("Key", ""))
    if key.endswith((".zst", ".zstd")):
        raise UnsupportedBySimulatorError("an ItemReader of ZSTD objects", "Compress them with GZIP.")
    body = aws.call("s3", "GetObject", arguments)["Body"]
    data = body.read() if hasattr(body, "read") else body
    return bytes(gzip.decompress(data) if key.endswith(".gz") else data).decode("utf-8-sig")


def _of_inventory(config: dict[str, Any], arguments: dict[str, Any], aws: AwsCaller) -> list[Item]:
    """The rows of the files that an S3 inventory manifest names."""
    manifest = json.loads(_text(arguments, aws))
    headers = [name.strip() for name in str(manifest["fileSchema"]).split(",")]
    rows = {**config, "InputType": "CSV", "CSVHeaderLocation": "GIVEN", "CSVHeaders": headers}
    bucket = str(manifest["destinationBucket"]).removeprefix("arn:aws:s3:::")
    files = [{"Bucket": bucket, "Key": file["key"]} for file in manifest["files"]]
    return [item for file in files for item in _parsed(rows, file, aws)]


def _of_athena(config: dict[str, Any], arguments: dict[str, Any], aws: AwsCaller) -> list[Item]:
    """The items of the objects that the manifest of an UNLOAD query names, one URI a line."""
    uris = [urlsplit(row[0]) for row in csv.reader(io.StringIO(_text(arguments, aws))) if row]
    files = [{"Bucket": uri.netloc, "Key": uri.path.removeprefix("/")} for uri in uris]
    return [item for file in files for item in _parsed(config, file, aws)]
