"""The state machines as reviewers and the console see them; `UPDATE_GOLDEN=1 pytest tests/golden` writes them anew."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tastemaker.plan.build import build_machines
from tastemaker.plan.machines.import_data import build_import_data

FOLDER = Path(__file__).parent / "machines"
MACHINES = {
    **{machine.name: machine.definition for machine in build_machines()},
    "import-data-with-athena": build_import_data(prepares=True),
}


@pytest.mark.parametrize(("name", "definition"), MACHINES.items(), ids=list(MACHINES))
def test_the_machine_equals_its_golden_file(name: str, definition: dict[str, Any]) -> None:
    text = json.dumps(definition, indent=2) + "\n"
    golden = FOLDER / f"{name}.json"
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")


def test_there_is_no_golden_file_without_a_machine() -> None:
    assert {path.stem for path in FOLDER.glob("*.json")} == set(MACHINES)
