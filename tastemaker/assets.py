"""The Lambda code as a directory, from a clone of the repository or from the installed wheel."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

PACKAGE_NAME = "lambdas"


def stage_lambdas(destination: Path) -> Path:
    """Lay the code out as Lambda wants it: `destination/lambdas/*.py`, byte for byte what was written.

    An earlier staging in the same place is replaced; nothing else in the directory is touched.

    Returns:
        The destination, the root of the asset: handlers are named `lambdas.<module>.handler`.
    """
    target = destination / PACKAGE_NAME
    if target.exists():
        shutil.rmtree(target)
    for relative, content in _files().items():
        file = target / relative
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    return destination


def lambdas_hash() -> str:
    """SHA-256 over names and contents; the same in a clone and in a wheel, whenever and wherever."""
    digest = hashlib.sha256()
    for relative, content in _files().items():
        digest.update(f"{relative}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def _files() -> dict[str, bytes]:
    """Relative POSIX path to content, sorted by path; source code only."""
    source = _source()
    found = {file.relative_to(source).as_posix(): file for file in source.rglob("*.py")}
    return {relative: found[relative].read_bytes() for relative in sorted(found)}


def _source() -> Path:
    """The wheel's copy first: beside an installed package `lambdas` could be anybody's."""
    package = Path(__file__).parent
    packed = package / "_lambdas"
    return packed if packed.is_dir() else package.parent / PACKAGE_NAME
