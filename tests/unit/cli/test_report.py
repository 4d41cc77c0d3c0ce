"""What `--json` prints is JSON, whatever a verb found."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tastemaker.cli.report import print_json

if TYPE_CHECKING:
    import pytest


def test_numbers_that_are_none_are_null_wherever_they_stand(capsys: pytest.CaptureFixture[str]) -> None:
    value = {"metrics": {"coverage": math.nan, "ndcg": 0.5}, "row": (np.float64("nan"), [math.inf, -math.inf], 1, True)}
    print_json(value)
    text = capsys.readouterr().out
    assert "NaN" not in text
    assert json.loads(text) == {"metrics": {"coverage": None, "ndcg": 0.5}, "row": [None, [None, None], 1, True]}


def test_letters_are_escaped_unless_somebody_is_to_read_them(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"title": "Amélie"})
    print_json({"title": "Amélie"}, escaped=False)
    escaped, plain = capsys.readouterr().out.split("}\n")[:2]
    assert ("Am\\u00e9lie" in escaped, "Amélie" in plain) == (True, True)


def test_no_verb_writes_json_to_stdout_past_it() -> None:
    written = re.compile(r"(?:echo|print|stdout\.write)\(\s*json\.dumps")
    files = sorted(Path("tastemaker/cli").glob("*.py"))
    assert [file.name for file in files if written.search(file.read_text("utf-8"))] == ["report.py"]
