"""`python app.py`, as a user runs it: no credentials, no network, CloudFormation validation on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.linting import errors_of, machine_template, resolved_definitions

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("app.py")]  # synthesised once

NO_PYTHON_NETWORK = """
import socket

def refuse(*arguments):
    raise OSError("this process must not use the network")

socket.socket.connect = refuse
socket.getaddrinfo = refuse
"""
NO_NODE_NETWORK = """
const refuse = () => { throw new Error("this process must not use the network"); };
require("net").Socket.prototype.connect = refuse;
require("dns").lookup = refuse;
"""


def synthesise(folder: Path, hash_seed: str, **more: str) -> subprocess.Popen[str]:
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(NO_PYTHON_NETWORK)
    (folder / "no-network.cjs").write_text(NO_NODE_NETWORK)
    environment = {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(Path.home()),  # where jsii keeps its unpacked packages
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "PYTHONPATH": str(folder),
        "PYTHONHASHSEED": hash_seed,
        "NODE_OPTIONS": f"--require {folder / 'no-network.cjs'}",
        "JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION": "1",
        "CDK_OUTDIR": str(folder / "cdk.out"),
        **more,
    }
    return subprocess.Popen(
        [sys.executable, "app.py"],
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


@pytest.fixture(scope="module")
def assemblies(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, bytes]]:
    """Two cloud assemblies, relative path to content, made with different hash seeds."""
    root = tmp_path_factory.mktemp("synth")
    processes = {seed: synthesise(root / seed, seed) for seed in ("1", "2")}
    for process in processes.values():
        output, _ = process.communicate(timeout=120)
        assert process.returncode == 0, output
    return [files_of(root / seed / "cdk.out") for seed in processes]


def files_of(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def test_the_example_project_becomes_four_stacks(assemblies: list[dict[str, bytes]]) -> None:
    assert sorted(name for name in assemblies[0] if name.endswith(".template.json")) == [
        "movielens-dev-data.template.json",
        "movielens-dev-observability.template.json",
        "movielens-dev-serving.template.json",
        "movielens-dev-workflow.template.json",
    ]


def test_two_synths_are_byte_identical(assemblies: list[dict[str, bytes]]) -> None:
    first, second = assemblies
    assert sorted(first) == sorted(second)
    assert [name for name in sorted(first) if first[name] != second[name]] == []


def test_the_asset_holds_source_its_byte_code_and_the_document_only(assemblies: list[dict[str, bytes]]) -> None:
    shipped = [name for name in assemblies[0] if name.startswith("asset.") and "/lambdas/" in name]
    assert shipped != []
    others = [name.partition("/")[2] for name in shipped if not name.endswith((".py", ".pyc"))]
    assert set(others) == {"lambdas/openapi.json"}
    assert len([name for name in shipped if name.endswith(".pyc")]) * 2 == len(shipped) - len(others)


def test_the_validation_of_the_cdk_finds_nothing(assemblies: list[dict[str, bytes]]) -> None:
    assert json.loads(assemblies[0]["validation-report.json"])["pluginReports"] == []


@pytest.mark.parametrize("stack", ["data", "observability", "serving", "workflow"])
def test_cfn_lint_finds_no_error_in_the_examples_templates(stack: str, assemblies: list[dict[str, bytes]]) -> None:
    assert errors_of(json.loads(assemblies[0][f"movielens-dev-{stack}.template.json"])) == []


def test_cfn_lint_finds_no_error_in_the_examples_state_machines(assemblies: list[dict[str, bytes]]) -> None:
    definitions = resolved_definitions(json.loads(assemblies[0]["movielens-dev-workflow.template.json"]))
    assert len(definitions) == 12
    findings = {name: errors_of(machine_template(definition)) for name, definition in definitions.items()}
    assert findings == {name: [] for name in definitions}


def test_a_missing_project_file_ends_with_the_users_exit_code_and_no_traceback(tmp_path: Path) -> None:
    process = synthesise(tmp_path / "synth", "0", TASTEMAKER_PROJECT=str(tmp_path / "nowhere"))
    output, _ = process.communicate(timeout=120)
    assert process.returncode == 2
    assert "nowhere" in output
    assert "Traceback" not in output
