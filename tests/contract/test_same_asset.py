"""The clone and the wheel give Lambda and CloudFormation the same bytes."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

STAGE = """
import sys
from pathlib import Path
from tastemaker import __file__ as package
from tastemaker.assets import lambdas_hash, stage_lambdas
print(Path(package).parent, lambdas_hash())
stage_lambdas(Path(sys.argv[1]))
"""
SYNTHESISE = """
import runpy
import sys
from pathlib import Path
from aws_cdk import App
from tastemaker import __file__ as package
origin, example, target = map(Path, sys.argv[1:])
assert Path(package).parent == origin / "tastemaker"
parts = runpy.run_path(str(example))
app = App(outdir=str(target), builtin_cloud_formation_validation=False)  # other tests validate, which takes longer
deployment = parts["load_deployment"](parts["PROJECT"], "dev", target)
parts["Recommendations"](app, "our-recommendations", deployment=deployment)
app.synth()
"""

pytestmark = pytest.mark.slow


def _stage(origin: Path, target: Path) -> str:
    """Stage the asset from the package at `origin`; returns its content hash."""
    script = f"import sys; sys.path.insert(0, {str(origin)!r})\n{STAGE}"
    done = subprocess.run([sys.executable, "-P", "-c", script, str(target)], capture_output=True, text=True, check=True)
    package, content_hash = done.stdout.split()
    assert Path(package) == origin / "tastemaker"
    return content_hash


def _files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), "."]
    subprocess.run(command, check=True, capture_output=True)
    unpacked = folder / "unpacked"
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as archive:
        archive.extractall(unpacked)
    return unpacked


def test_the_asset_staged_from_the_wheel_equals_the_one_from_the_clone(wheel: Path, tmp_path: Path) -> None:
    from_clone = _stage(Path.cwd(), tmp_path / "clone")
    from_wheel = _stage(wheel, tmp_path / "wheel")
    assert from_clone == from_wheel
    assert _files(tmp_path / "clone") == _files(tmp_path / "wheel")
    assert "lambdas/recommend.py" in _files(tmp_path / "clone")


def test_the_wheel_carries_nothing_but_the_package_and_its_metadata(wheel: Path) -> None:
    assert sorted(path.name.partition("-")[0] for path in wheel.iterdir()) == ["tastemaker", "tastemaker"]


def test_an_app_of_the_wheels_constructs_has_the_templates_of_the_clones(wheel: Path, tmp_path: Path) -> None:
    origins = {"clone": Path.cwd(), "wheel": wheel}
    started = {name: _synthesise(origin, tmp_path / name) for name, origin in origins.items()}
    for process in started.values():
        output, _ = process.communicate(timeout=240)
        assert process.returncode == 0, output
    templates = {name: _templates(tmp_path / name) for name in origins}
    assert list(templates["clone"]) == ["our-recommendations.template.json"]
    assert templates["wheel"] == templates["clone"]


def _synthesise(origin: Path, target: Path) -> subprocess.Popen[str]:
    """The example that composes constructs, with the package at `origin`."""
    script = f"import sys; sys.path.insert(0, {str(origin)!r})\n{SYNTHESISE}"
    command = [sys.executable, "-P", "-c", script, str(origin), "examples/as-a-library/app.py", str(target)]
    return subprocess.Popen(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def _templates(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.glob("*.template.json")}
