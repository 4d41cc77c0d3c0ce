"""Where dataset files are read from and results are written to: S3 behind a seam."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from tastemaker.errors import AwsError

if TYPE_CHECKING:
    from pathlib import Path

_MAX_NAME_BYTES = 240
"""Of one part of a key: file systems take 255, and unfinished files have a longer name."""


class ObjectStore(Protocol):
    """What the simulator needs of S3. `local.py` gives one over boto3 (moto), tests one over a folder."""

    def fetch(self, location: str) -> list[Path]:
        """Local files with the objects at `s3://bucket/key` or directly below `s3://bucket/prefix/`, sorted by key.

        Raises:
            AwsError: NoSuchKey, NoSuchBucket or AccessDenied, as S3 words them.
        """
        ...

    def fetch_tree(self, location: str) -> list[Path]:
        """Like `fetch`, with the objects of all sub-folders."""
        ...

    def put(self, location: str, body: bytes) -> None:
        """Write one object; raises AwsError as S3 would."""
        ...


def is_denied(error: AwsError) -> bool:
    """Whether S3 refuses for want of permission; HeadObject has no code but the status."""
    return error.code in {"AccessDenied", "AccessDeniedException", "403"}


class FolderObjects:
    """Buckets as folders: `s3://bucket/key` is the file `<root>/bucket/key`. For a simulator without S3 beside it."""

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()

    def fetch(self, location: str) -> list[Path]:
        """See `ObjectStore`; a location outside the root is denied."""
        path = self._path(location)
        if not location.endswith("/") and path.is_file():
            return [path]
        if path.is_dir():
            return sorted(entry for entry in path.iterdir() if entry.is_file())
        raise AwsError("s3", "NoSuchKey", f"There is no object at {location}.", status=404)

    def fetch_tree(self, location: str) -> list[Path]:
        """See `ObjectStore`."""
        path = self._path(location)
        if path.is_dir():
            return sorted(entry for entry in path.rglob("*") if entry.is_file())
        return self.fetch(location)

    def put(self, location: str, body: bytes) -> None:
        """See `ObjectStore`; written whole or not at all."""
        path = self._path(location)
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_name(path.name + ".unfinished")
        unfinished.write_bytes(body)
        unfinished.replace(path)

    def _path(self, location: str) -> Path:
        if "\x00" in location or any(len(part.encode()) > _MAX_NAME_BYTES for part in location.split("/")):
            raise AwsError("s3", "InvalidArgument", f"No folder can hold the object {location!r}.")
        path = (self._root / location.removeprefix("s3://")).resolve()
        if not path.is_relative_to(self._root):
            raise AwsError("s3", "AccessDenied", f"{location} lies outside the folder that is served.", status=403)
        return path
