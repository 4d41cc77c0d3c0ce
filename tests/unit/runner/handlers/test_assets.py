from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tastemaker import assets

CLONE = Path(assets.__file__).parent.parent / "lambdas"


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The package as a wheel lays it out, with the code inside and a foreign `lambdas` beside it."""
    package = tmp_path / "site-packages" / "tastemaker"
    shutil.copytree(CLONE, package / "_lambdas", ignore=shutil.ignore_patterns("__pycache__"))
    (package.parent / "lambdas").mkdir()
    (package.parent / "lambdas" / "foreign.py").write_text("")
    monkeypatch.setattr(assets, "__file__", str(package / "assets.py"))
    return package / "_lambdas"


def _contents(root: Path) -> dict[str, bytes]:
    return {file.relative_to(root).as_posix(): file.read_bytes() for file in root.rglob("*") if file.is_file()}


def test_the_asset_holds_the_source_files_byte_for_byte(tmp_path: Path) -> None:
    staged = _contents(assets.stage_lambdas(tmp_path / "asset"))
    assert staged["lambdas/recommend.py"] == (CLONE / "recommend.py").read_bytes()
    assert "lambdas/shared/http.py" in staged
    assert all(name.endswith(".py") and "__pycache__" not in name for name in staged)


def test_staging_twice_leaves_nothing_of_the_first(tmp_path: Path) -> None:
    assets.stage_lambdas(tmp_path)
    (tmp_path / "lambdas" / "removed_since.py").write_text("")
    (tmp_path / "notes.txt").write_text("mine")
    staged = _contents(assets.stage_lambdas(tmp_path))
    assert "lambdas/removed_since.py" not in staged
    assert staged["notes.txt"] == b"mine"


def test_wheel_and_clone_give_the_same_asset(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    from_clone, hash_of_clone = _contents(assets.stage_lambdas(tmp_path / "clone")), assets.lambdas_hash()
    request.getfixturevalue("installed")
    assert _contents(assets.stage_lambdas(tmp_path / "wheel")) == from_clone
    assert assets.lambdas_hash() == hash_of_clone


def test_the_hash_ignores_times_and_caches(installed: Path) -> None:
    before = assets.lambdas_hash()
    os.utime(installed / "recommend.py", (0, 0))
    (installed / "notes.txt").write_text("")
    assert assets.lambdas_hash() == before


def test_the_hash_follows_contents_and_names(installed: Path) -> None:
    before = assets.lambdas_hash()
    (installed / "recommend.py").rename(installed / "suggest.py")
    renamed = assets.lambdas_hash()
    (installed / "suggest.py").write_text("x = 1\n")
    assert len({before, renamed, assets.lambdas_hash()}) == 3
