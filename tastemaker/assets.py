"""The Lambda code as a directory, from a clone of the repository or from the installed wheel."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

PACKAGE_NAME = "lambdas"
DOCUMENT = "openapi.json"
LAMBDA_ROOT = "/var/task"
"""Where Lambda unpacks an asset; traces name it."""
_COMPILER = """
import sys
from pathlib import Path
from py_compile import PycInvalidationMode, compile

package, root = Path(sys.argv[1]), sys.argv[2]
for file in sorted(package.rglob("*.py")):
    compile(
        str(file),
        cfile=str(file.parent / "__pycache__" / f"{file.stem}.{sys.implementation.cache_tag}.pyc"),
        dfile=f"{root}/{file.relative_to(package.parent).as_posix()}",
        doraise=True,
        invalidation_mode=PycInvalidationMode.UNCHECKED_HASH,
    )
"""


def stage_lambdas(destination: Path, document: dict[str, Any] | None = None, *, byte_code: bool = False) -> Path:
    """Lay the code out as Lambda wants it: `destination/lambdas/*.py`, byte for byte what was written.

    An earlier staging in the same place is replaced; nothing else in the directory is touched.

    Args:
        document: the OpenAPI document that GET /openapi.json answers with.
        byte_code: compile as well. Lambda's file system is read-only, so what is not compiled here is compiled at
            every cold start. The files hold no times, only hashes that nobody checks, so that unpacking cannot make
            them stale; they are of use to the Python version that runs this.

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
    if document is not None:
        (target / DOCUMENT).write_text(json.dumps(document, separators=(",", ":")))
    if byte_code:
        _compile(target)
    return destination


def _compile(package: Path) -> None:
    """In a process of its own with a fixed hash seed: byte code depends on what else the process has done, and an asset
    whose bytes change without its source would be deployed again and again.
    """
    command = [sys.executable, "-S", "-P", "-c", _COMPILER, str(package), LAMBDA_ROOT]
    subprocess.run(command, check=True, env={"PYTHONHASHSEED": "0"})


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
