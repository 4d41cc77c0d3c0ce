"""`tastemaker prepare`: what went in, what came out, and a window of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.support.athena_shop import write_athena_shop
from tests.support.command_line import run_command
from tests.support.project_files import GOOD_PROJECT, write_csv

if TYPE_CHECKING:
    from pathlib import Path

SQL = """SELECT who AS USER_ID, what AS ITEM_ID, seen AS TIMESTAMP, 'view' AS EVENT_TYPE, NULL AS EVENT_VALUE
FROM clicks WHERE seen >= $since AND seen < $until"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    (tmp_path / "sql").mkdir()
    (tmp_path / "sql/interactions.sql").write_text(SQL)
    write_csv(tmp_path / "data/clicks.csv", "who,what,seen", ["a,x,1767225599", "b,x,1767225600", "c,x,1767312000"])
    (tmp_path / "tastemaker.yaml").write_text(GOOD_PROJECT)
    return tmp_path


def test_all_rows_without_a_window(shop: Path) -> None:
    done = run_command("prepare", "-p", shop, "--json")
    path = shop / ".tastemaker/prepared/interactions.csv"
    assert (done.code, json.loads(done.out)) == (
        0,
        {
            "status": "OK",
            "sources": {"clicks": {"rows": 3}},
            "datasets": {"INTERACTIONS": {"path": str(path), "rows": 3}},
        },
    )
    assert len(path.read_text().splitlines()) == 4


def test_one_day_goes_into_a_folder_of_its_own(shop: Path) -> None:
    done = run_command("prepare", "-p", shop, "--since", "2026-01-01", "--until", "2026-01-02")
    assert (done.code, "INTERACTIONS: 1 rows in" in done.out) == (0, True)
    lines = (shop / ".tastemaker/incremental/interactions.csv").read_text().splitlines()
    assert lines[1:] == ["b,x,1767225600,view,"]


def test_a_window_that_ends_before_it_begins_is_refused(shop: Path) -> None:
    done = run_command("prepare", "-p", shop, "--since", "2026-01-02", "--until", "2026-01-01")
    assert (done.code, "--until must come after --since." in done.err) == (2, True)


def test_the_plan_of_a_project_with_athena_is_plain_data(tmp_path: Path) -> None:
    write_athena_shop(tmp_path)
    done = run_command("plan", "-p", tmp_path, "--json")
    columns = {"Who": "string", "what": "string", "seen": "string"}
    assert json.loads(done.out)["preparation"]["tables"]["log"] == {
        "prefix": "log/", "format": "csv", "columns": columns,
    }  # fmt: skip
