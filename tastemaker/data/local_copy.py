"""A local CSV of what lies elsewhere or is packed: objects of S3, gzip, Parquet.

DuckDB and the service both read CSVs; what is none becomes one beside the prepared files, under its own name.
"""

from __future__ import annotations

import gzip
import hashlib
import shutil
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tastemaker.data.database import open_database
from tastemaker.data.dialect import CSV_OPTIONS, quote_name, quote_text

if TYPE_CHECKING:
    from collections.abc import Iterable

S3 = "s3://"


class CopyFailedError(Exception):
    """The file cannot be fetched or unpacked; `args[0]` says why."""


def is_remote(location: str) -> bool:
    """An object of S3, which has no place in the file system."""
    return location.startswith(S3)


def fetch_file(location: str, root: Path, folder: Path) -> Path:
    """The file itself, or the copy of an object of S3; an object that did not change is not fetched again.

    Args:
        location: path relative to `root`, or `s3://bucket/key`.
        root: folder of the project file.
        folder: for copies.

    Raises:
        CopyFailedError: there is no such object, or it may not be read.
    """
    if not is_remote(location):
        return root / location
    import boto3  # a sixth of a second, for those few who read from S3
    from botocore.exceptions import BotoCoreError, ClientError

    bucket, key = urlsplit(location).netloc, urlsplit(location).path.removeprefix("/")
    try:
        client = boto3.client("s3")
        tag = client.head_object(Bucket=bucket, Key=key)["ETag"]
        name = hashlib.sha256(f"{location} {tag}".encode()).hexdigest()[:16]
        target = folder / f"{name}-{Path(key).name}"
        if not target.exists():
            folder.mkdir(parents=True, exist_ok=True)
            partial = target.with_name(f".partial-{target.name}")
            client.download_file(bucket, key, str(partial))
            partial.replace(target)
    except (BotoCoreError, ClientError) as error:
        raise CopyFailedError(str(error)) from error
    return target


def is_packed(path: Path) -> bool:
    """Whether the service could not read this file as it is."""
    return path.suffix in {".gz", ".parquet"}


def unpack_file(path: Path, columns: Iterable[str], target: Path) -> None:
    """Write the CSV that a gzip or Parquet file holds; of a gzip, byte by byte, so that lines keep their numbers.

    Args:
        columns: of the schema; the first ones of a Parquet file's CSV, in this order.

    Raises:
        CopyFailedError: the file is not what its name says.
        duckdb.Error: a Parquet file cannot be read.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".parquet":
        _unpack_parquet(path, columns, target)
        return
    try:
        with gzip.open(path) as packed, target.open("wb") as file:
            shutil.copyfileobj(packed, file, 1 << 20)
    except (gzip.BadGzipFile, EOFError) as error:
        raise CopyFailedError(f"no whole gzip file: {error}") from error


def _unpack_parquet(path: Path, columns: Iterable[str], target: Path) -> None:
    with open_database() as database:
        source = f"read_parquet({quote_text(str(path))})"
        present = [str(column[0]) for column in database.execute(f"DESCRIBE FROM {source}").fetchall()]
        first = [name for name in columns if name in present]
        names = ", ".join(quote_name(name) for name in [*first, *(name for name in present if name not in first)])
        database.execute(f"COPY (SELECT {names} FROM {source}) TO {quote_text(str(target))} {CSV_OPTIONS}")
