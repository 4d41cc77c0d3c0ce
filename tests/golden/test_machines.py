"""The state machines as reviewers and the console see them; `UPDATE_GOLDEN=1 pytest tests/golden` writes them anew."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tastemaker.plan.build import build_machines

if TYPE_CHECKING:
    from tastemaker.plan.specs import MachineSpec

FOLDER = Path(__file__).parent / "machines"
MACHINES = {machine.name: machine for machine in build_machines()}


@pytest.mark.parametrize("machine", MACHINES.values(), ids=list(MACHINES))
def test_the_machine_equals_its_golden_file(machine: MachineSpec) -> None:
    text = json.dumps(machine.definition, indent=2) + "\n"
    golden = FOLDER / f"{machine.name}.json"
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")


def test_there_is_no_golden_file_without_a_machine() -> None:
    assert {path.stem for path in FOLDER.glob("*.json")} == set(MACHINES)
