"""Rules of data that a project may silence are those that the checks know."""

from __future__ import annotations

import re
from pathlib import Path

from tastemaker.model.data_rules import DATA_RULES

SOURCES = "".join(
    path.read_text(encoding="utf-8") for folder in ("data", "cli") for path in Path("tastemaker", folder).glob("*.py")
)


def test_every_rule_that_can_be_silenced_is_found_by_some_check() -> None:
    literals = set(re.findall(r'"([a-z]+(?:-[a-z]+)*)"', SOURCES)) | {
        "items-without-metadata",
        "users-without-metadata",
    }
    assert set(DATA_RULES) - literals == set()
    assert 'f"{what}s-without-metadata"' in SOURCES


def test_every_warning_can_be_silenced() -> None:
    warned = set(re.findall(r'_warn\(\s*\w+,\s*"([a-z-]+)"', SOURCES))
    assert len(warned) >= 9
    assert warned - set(DATA_RULES) == set()


def test_every_rule_says_what_holds() -> None:
    assert [rule for rule, summary in DATA_RULES.items() if not summary.endswith(".")] == []
