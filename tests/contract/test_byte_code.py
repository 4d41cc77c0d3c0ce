"""The deployed asset needs no compilation: Lambda's file system is read-only."""

from __future__ import annotations

import importlib.util
import marshal
import os
import shutil
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING

import pytest

from tastemaker.assets import stage_lambdas

if TYPE_CHECKING:
    from pathlib import Path
    from types import CodeType

MODULES = (
    "recommend",
    "related",
    "rank",
    "act",
    "track",
    "track_actions",
    "put_records",
    "replay",
    "describe",
    "health",
)
UNCHECKED_HASH = b"\x01\x00\x00\x00"


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The asset zipped and unpacked as Lambda does, every file older than its byte code says."""
    folder = tmp_path_factory.mktemp("asset")
    staged = stage_lambdas(folder / "staged", {"openapi": "3.0.1"}, byte_code=True)
    archive = shutil.make_archive(str(folder / "asset"), "zip", staged)
    target = folder / "task"
    with zipfile.ZipFile(archive) as packed:
        packed.extractall(target)
    for file in target.rglob("*"):
        os.utime(file, (0, 0))
    return target


def _codes(root: Path) -> dict[str, bytes]:
    return {str(file.relative_to(root)): file.read_bytes() for file in root.rglob("*.pyc")}


def test_every_module_has_byte_code_of_this_python_that_nobody_checks(unpacked: Path) -> None:
    sources = [file for file in unpacked.rglob("*.py") if file.stat().st_size >= 0]
    for source in sources:
        code = importlib.util.cache_from_source(str(source.name))
        compiled = source.parent / "__pycache__" / os.path.basename(code)  # noqa: PTH119 - a string's name
        head = compiled.read_bytes()[:16]
        assert head[:4] == importlib.util.MAGIC_NUMBER
        assert head[4:8] == UNCHECKED_HASH
        assert head[8:] == importlib.util.source_hash(source.read_bytes()), f"{compiled.name} is stale"


def test_traces_name_the_place_where_lambda_unpacks(unpacked: Path) -> None:
    content = next(content for name, content in _codes(unpacked).items() if "rank" in name)
    code: CodeType = marshal.loads(content[16:])
    assert code.co_filename == "/var/task/lambdas/rank.py"


def test_importing_every_handler_compiles_and_writes_nothing(unpacked: Path) -> None:
    """Python says with -v what it loads each module from."""
    before = _codes(unpacked)
    imports = "; ".join(f"import lambdas.{name}" for name in MODULES)
    code = f"import sys; sys.path.insert(0, {str(unpacked)!r}); {imports}"
    folders = [unpacked, *(path for path in unpacked.rglob("*") if path.is_dir())]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPYCACHEPREFIX"}
    for folder in folders:
        folder.chmod(0o555)
    try:
        command = [sys.executable, "-v", "-E", "-c", code]
        done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    finally:
        for folder in folders:
            folder.chmod(0o755)
    loaded = [line for line in done.stderr.splitlines() if str(unpacked) in line and line.startswith("# code object")]
    assert len(loaded) >= len(MODULES)
    assert [line for line in loaded if not line.endswith(".pyc'")] == []
    assert _codes(unpacked) == before


def test_the_same_code_gives_the_same_bytes_in_another_process(unpacked: Path, tmp_path: Path) -> None:
    """The asset's hash is its content's: a deployment without a change must change nothing."""
    code = (
        "import sys; from pathlib import Path; from tastemaker.assets import stage_lambdas; "
        "stage_lambdas(Path(sys.argv[1]), {'openapi': '3.0.1'}, byte_code=True)"
    )
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        subprocess.run([sys.executable, "-c", code, str(tmp_path / seed)], check=True, env=environment)
    assert _codes(tmp_path / "1") == _codes(tmp_path / "2") == _codes(unpacked)
