"""Importing the package and asking for help must stay cheap."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

HEAVY = {"boto3", "botocore", "moto", "numpy", "scipy", "numba", "duckdb", "aws_cdk", "pydantic", "starlette", "rich"}
HEAVY |= {"simpy"}


def _loaded_by(code: str) -> set[str]:
    script = f"import json, sys\n{code}\nprint(json.dumps(sorted({{m.partition('.')[0] for m in sys.modules}})))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize("module", ["tastemaker", "tastemaker.errors", "tastemaker.cli.main"])
def test_importing_loads_nothing_heavy(module: str) -> None:
    assert _loaded_by(f"import {module}") & HEAVY == set()


def test_the_plan_is_built_without_the_aws_sdk_numpy_or_the_cdk() -> None:
    loaded = _loaded_by("import tastemaker.plan.build, tastemaker.model.load")
    assert loaded & (HEAVY - {"pydantic"}) == set()


@pytest.mark.parametrize("verb", ["check", "load"])
def test_who_checks_a_project_does_not_wait_for_the_simulator(verb: str) -> None:
    assert _loaded_by(f"import tastemaker.cli.{verb}") & {"boto3", "moto", "numba", "scipy", "aws_cdk"} == set()
