"""Where dataset files are read from and results are written to: S3 behind a seam."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pathlib import Path


class ObjectStore(Protocol):
    """What the simulator needs of S3. `local.py` gives one over boto3 (moto), tests one over a folder."""

    def fetch(self, location: str) -> list[Path]:
        """Local files with the objects at `s3://bucket/key` or directly below `s3://bucket/prefix/`, sorted by key.

        Raises:
            AwsError: NoSuchKey, NoSuchBucket or AccessDenied, as S3 words them.
        """
        ...

    def put(self, location: str, body: bytes) -> None:
        """Write one object; raises AwsError as S3 would."""
        ...
