"""The Python blocks of docs/state-machines.md run as they stand, one after another."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

PAGE = Path(__file__).parents[2].joinpath("docs/state-machines.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```$", PAGE, flags=re.MULTILINE | re.DOTALL)


def test_the_blocks_of_the_page_run() -> None:
    names: dict[str, Any] = {}
    for block in BLOCKS:
        exec(compile(block, "docs/state-machines.md", "exec"), names)
    assert names["answer"]["status"] == "SUCCEEDED"


def test_the_page_counts_the_operations_that_are_built() -> None:
    from tastemaker.runner.interpreter.api import StepFunctionsApi
    from tests.support.tasks import engine_with

    built = len(StepFunctionsApi(engine_with())._operations)
    assert f"| API | all {built} operations |" in PAGE
