"""The blocks of the README are executed as a reader would: every `$` line, and the Python block."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

README = Path("README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", README, flags=re.MULTILINE | re.DOTALL)
COMMANDS = [line[2:] for kind, text in BLOCKS if kind == "console" for line in text.splitlines()]
PYTHON = [text for kind, text in BLOCKS if kind == "python"]

pytestmark = pytest.mark.slow


def _run(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_readme_has_commands_and_one_python_block() -> None:
    assert len(COMMANDS) == 3
    assert len(PYTHON) == 1


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_of_the_readme_works(command: str) -> None:
    program, *arguments = shlex.split(command)
    assert program == "tastemaker"
    printed = _run([sys.executable, "-m", "tastemaker", *arguments])
    if "--json" in arguments:
        assert json.loads(printed)["status"] == "SUCCEEDED"


def test_the_python_block_of_the_readme_prints_three_items() -> None:
    printed = _run([sys.executable, "-c", PYTHON[0]])
    assert re.fullmatch(r"\['\d+', '\d+', '\d+'\]\n", printed), printed
