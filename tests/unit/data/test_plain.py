from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tastemaker.data.database import open_database
from tastemaker.data.header import read_header
from tastemaker.data.plain import profile_plain_rows
from tastemaker.data.rows import build_rows
from tastemaker.data.selections import build_selections
from tests.support.project_files import edit, read_project

if TYPE_CHECKING:
    from pathlib import Path

    from tastemaker.data.profile import Profile

HEADER = "USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE,EVENT_VALUE"
PROJECT = edit("    sql: sql/interactions.sql", "    path: clicks.csv")
GOOD = "u1,i1,1700000000,view,1"

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("plain files")]  # compiled once


def _profile(folder: Path, body: str, text: str = PROJECT, block_bytes: int = 1 << 20) -> Profile | None:
    path = folder / "clicks.csv"
    path.write_text(body, encoding="utf-8", newline="")
    project = read_project(folder, text)
    dataset = project.datasets.declared()[0]
    header = read_header(path, dataset)
    assert header.csv is not None
    with open_database() as database:
        return profile_plain_rows(database, build_rows(header.csv, dataset), build_selections(project), block_bytes)


@pytest.mark.parametrize(
    "row",
    [
        "u1,i1,0,view,1",
        "u1,i1,4102444799,view,1",
        "u1,i1,1700000000,view,",
        "u1,i1,1700000000,view,-12.375",
        "u1,i1,1700000000,view,0.30000000000000004",
        f"{'u' * 256},{'i' * 256},1700000000,{'v' * 1_000},1",
        "東京,ё,1700000000,größer,1",
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_plain_rows_are_read_by_the_loops(tmp_path: Path, row: str, end: str) -> None:
    profile = _profile(tmp_path, end.join([HEADER, GOOD, row]))
    assert profile is not None
    assert profile.rows == 2


@pytest.mark.parametrize(
    "row",
    [
        "u1,i1,1700000000,view",
        "u1,i1,1700000000,view,1,",
        "",
        ",i1,1700000000,view,1",
        "u1,i1,,view,1",
        "u1,i1,01700000000,view,1",
        "u1,i1,-1,view,1",
        "u1,i1,4102444800,view,1",
        "u1,i1,1700000000.0,view,1",
        "u1,i1,18446744073709551616,view,1",
        "u1,i1,1700000000,,1",
        "u1,i1,1700000000,view,1e3",
        "u1,i1,1700000000,view,.5",
        "u1,i1,1700000000,view,5.",
        "u1,i1,1700000000,view,1.2.3",
        "u1,i1,1700000000,view,-",
        'u1,"i1",1700000000,view,1',
        "u1,i\\1,1700000000,view,1",
        "u1,i\r1,1700000000,view,1",
        f"{'u' * 257},i1,1700000000,view,1",
        f"u1,i1,1700000000,{'v' * 1_001},1",
    ],
)
def test_whatever_may_be_wrong_is_left_to_the_database(tmp_path: Path, row: str) -> None:
    assert _profile(tmp_path, f"{HEADER}\n{GOOD}\n{row}\n{GOOD}") is None


@pytest.mark.parametrize(
    "header", [f"\ufeff{HEADER}", f'"USER_ID"{HEADER.removeprefix("USER_ID")}', HEADER.replace(",EVENT_VALUE", ",V")]
)
def test_unusual_headers_are_left_to_the_database(tmp_path: Path, header: str) -> None:
    assert _profile(tmp_path, f"{header}\n{GOOD}\n") is None


def test_a_threshold_needs_values_that_are_read_to_the_last_bit(tmp_path: Path) -> None:
    threshold = "{recipe: aws-similar-items, eventType: view, eventValueThreshold: 0.3}"
    body = f"{HEADER}\nu1,i1,1700000000,view,0.30000000000000004\n"
    assert _profile(tmp_path, body, edit("{recipe: aws-similar-items}", threshold, PROJECT)) is None


def test_a_line_that_no_block_holds_is_left_to_the_database(tmp_path: Path) -> None:
    body = f"{HEADER}\n{GOOD}\nu1,{'i' * 80},1700000000,view,1\n"
    assert _profile(tmp_path, body, block_bytes=80) is None
    assert _profile(tmp_path, body, block_bytes=200) is not None


def test_more_users_than_the_table_had_room_for(tmp_path: Path) -> None:
    rows = [f"user{at},i{at % 7},{1_700_000_000 + at % 5},view,1" for at in range(70_000)]
    profile = _profile(tmp_path, "\n".join([HEADER, *rows, *rows]))
    assert profile is not None
    assert (profile.rows, profile.users, profile.items, profile.event_types) == (140_000, 70_000, 7, 1)
    assert [(found.users, found.active_users) for found in profile.selections] == [(70_000, 70_000)]
    assert profile.repeated_share == 0.5


def test_more_event_types_than_can_be_told_apart(tmp_path: Path) -> None:
    rows = [f"u1,i1,1700000000,kind{at},1" for at in range(300)]
    assert _profile(tmp_path, "\n".join([HEADER, *rows[:200]])) is not None
    assert _profile(tmp_path, "\n".join([HEADER, *rows])) is None
