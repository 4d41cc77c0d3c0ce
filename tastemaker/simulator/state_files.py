"""A folder whose content survives a crash at any moment: files named by their content, generations, one pointer.

    CURRENT             number and checksum of the newest generation
    generations/7.json  which blobs make up a state
    blobs/<sha256>      files, and folders with one checksum over their files

A blob is complete before a generation names it, a generation before CURRENT names it. Each step is one atomic rename
of something that was flushed to disk. So whatever kills the process, CURRENT names a whole state, and the generation
before it is kept in case the disk loses the newest.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
from typing import TYPE_CHECKING, Any, Final

from tastemaker.errors import TastemakerError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_KEPT: Final = 2


class StateError(TastemakerError):
    """A state cannot be written or read; the message says where, and what to do."""


class StateFiles:
    """One state folder with one writer.

    Raises:
        StateError: another process has the folder open, or it cannot be written.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        try:
            for part in ("blobs", "generations", "unfinished"):
                (folder / part).mkdir(parents=True, exist_ok=True)
            self._lock = _lock(folder / "LOCK")
        except OSError as error:
            raise StateError(f"{folder} cannot keep a state: {error}. Choose another folder.") from error
        for rest in (folder / "unfinished").iterdir():
            _remove(rest)

    def close(self) -> None:
        """Let another process open the folder."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def put(self, write: Callable[[Path], None], *, folder: bool = False) -> str:
        """Keep what `write` writes to the path it is given; gives its name. Content that is there is not written twice.

        Args:
            folder: `write` fills an empty folder instead of writing a file.
        """
        unfinished = self.folder / "unfinished" / f"{os.getpid()}-{os.urandom(8).hex()}"
        if folder:
            unfinished.mkdir()
        write(unfinished)
        name = checksum(unfinished)
        target = self.path(name)
        if target.exists():
            _remove(unfinished)
            return name
        for file in _files(unfinished):
            _flush(file)
        unfinished.rename(target)
        return name

    def path(self, name: str) -> Path:
        return self.folder / "blobs" / name

    def commit(self, document: dict[str, Any], names: set[str]) -> int:
        """Make a document and the blobs it needs the current state; gives the generation's number."""
        number = max([0, *self._numbers()]) + 1
        body = json.dumps({"document": document, "blobs": sorted(names)}, separators=(",", ":")).encode()
        _flush(self.folder / "blobs")
        self._replace(self._generation(number), body)
        self._replace(self.folder / "CURRENT", f"{number} {hashlib.sha256(body).hexdigest()}\n".encode())
        self._sweep()
        return number

    def _replace(self, target: Path, body: bytes) -> None:
        unfinished = self.folder / "unfinished" / target.name
        unfinished.write_bytes(body)
        _flush(unfinished)
        unfinished.replace(target)
        _flush(target.parent)

    def generations(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """Whole states, newest first: the current one, then older ones that are still there."""
        current, expected = self._current()
        for number in sorted((number for number in self._numbers() if number <= current), reverse=True):
            found = self._read(number, expected if number == current else None)
            if found is not None:
                yield number, found

    @property
    def used(self) -> bool:
        """Whether a state was ever kept here."""
        return (self.folder / "CURRENT").exists() or bool(self._numbers())

    def _current(self) -> tuple[int, str | None]:
        """Number and checksum that CURRENT names; every generation counts when it is unreadable."""
        with contextlib.suppress(OSError, ValueError):
            number, expected = (self.folder / "CURRENT").read_text(encoding="ascii").split()
            return int(number), expected
        return max([0, *self._numbers()]), None

    def _read(self, number: int, expected: str | None) -> dict[str, Any] | None:
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            body = self._generation(number).read_bytes()
            content = json.loads(body)
            whole = expected is None or hashlib.sha256(body).hexdigest() == expected
            if whole and all(checksum(self.path(name)) == name for name in content["blobs"]):
                return dict(content["document"])
        return None

    def _numbers(self) -> list[int]:
        return [int(path.stem) for path in (self.folder / "generations").glob("*.json") if path.stem.isdigit()]

    def _generation(self, number: int) -> Path:
        return self.folder / "generations" / f"{number}.json"

    def _sweep(self) -> None:
        """Remove generations that are too old, and blobs that no kept one needs."""
        numbers = sorted(self._numbers())
        for number in numbers[:-_KEPT]:
            self._generation(number).unlink()
        needed: set[str] = set()
        for number in numbers[-_KEPT:]:
            with contextlib.suppress(ValueError, KeyError, TypeError):
                needed |= set(json.loads(self._generation(number).read_bytes())["blobs"])
        for blob in (self.folder / "blobs").iterdir():
            if blob.name not in needed:
                _remove(blob)


def checksum(path: Path) -> str:
    """SHA-256 of a file, or of names and contents of a folder's files.

    Raises:
        OSError: it is not there.
    """
    if not path.is_dir():
        return _digest(path)
    total = hashlib.sha256()
    for file in _files(path):
        total.update(f"{file.relative_to(path).as_posix()}\0{_digest(file)}\n".encode())
    return total.hexdigest()


def _digest(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _files(path: Path) -> list[Path]:
    return sorted(entry for entry in path.rglob("*") if entry.is_file()) if path.is_dir() else [path]


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()


def _flush(path: Path) -> None:
    """Wait until a file, or a folder's list of names, is on disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _lock(path: Path) -> int | None:
    """An open file that no other process may lock; None where the system has no such locks."""
    try:
        import fcntl
    except ImportError:
        return None
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(handle)
        raise StateError(f"{path.parent} is in use by another process; stop it or choose another folder.") from error
    return handle
