"""What `tastemaker plan` prints."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.support.command_line import run_command
from tests.support.project_files import GOOD_PROJECT, write_project

if TYPE_CHECKING:
    from pathlib import Path

EXPERIMENTS = """\
experiments:
  home:
    route: recommendations
    variants: {own: {campaign: for-you, weight: 3}, plain: {items: [i1, i2]}}
  beside:
    route: related
    mode: interleave
    variants: {old: {campaign: similar}, new: {campaign: similar}}
"""


def _printed(folder: Path, text: str) -> list[list[str]]:
    """The words of each line."""
    done = run_command("plan", "--project", write_project(folder, text))
    assert done.code == 0
    return [line.split() for line in done.out.splitlines()]


def test_a_plan_shows_who_meets_which_variant(tmp_path: Path) -> None:
    lines = _printed(tmp_path, GOOD_PROJECT + EXPERIMENTS)
    assert lines[-5:] == [
        ["experiment", "route", "mode", "variant", "callers", "answers"],
        ["home", "GET", "/users/{userId}/recommendations", "split", "own", "75.00%", "campaign", "shop-dev-for-you"],
        ["home", "GET", "/users/{userId}/recommendations", "split", "plain", "25.00%", "2", "fixed", "items"],
        ["beside", "GET", "/items/{itemId}/related", "interleave", "old", "all", "campaign", "shop-dev-similar"],
        ["beside", "GET", "/items/{itemId}/related", "interleave", "new", "all", "campaign", "shop-dev-similar"],
    ]


def test_a_plan_without_experiments_says_nothing_of_them(tmp_path: Path) -> None:
    assert not any("experiment" in line for line in _printed(tmp_path, GOOD_PROJECT))


def test_a_plan_of_an_environment_says_that_its_schedules_are_paused(tmp_path: Path) -> None:
    text = f"{GOOD_PROJECT}environments: {{stage: {{schedules: {{paused: true}}, deploy: {{onDelete: destroy}}}}}}\n"
    arguments = ("plan", "--project", write_project(tmp_path, text), "--environment", "stage")
    shown = " ".join(run_command(*arguments).out.split())
    assert "full cron(0 3 ? * SUN *), paused Europe/Berlin" in shown
    told = json.loads(run_command(*arguments, "--json").out)
    assert (told["environment"], told["deploy"]["onDelete"]) == ("stage", "destroy")
