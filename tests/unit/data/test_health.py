"""What the service takes without a word."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tastemaker.data.check import check_datasets
from tests.support.command_line import run_command
from tests.support.project_files import build_clicks, edit, read_project, write_csv, write_project

if TYPE_CHECKING:
    from pathlib import Path

HEADER = "USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE,EVENT_VALUE"
START, DAY = 1_700_000_000, 86_400
BASE = edit("    sql: sql/interactions.sql", "    path: clicks.csv")
ITEMS = (
    "  items: {path: items.csv, schema: {ITEM_ID: string, GENRE: {type: string, categorical: true, nullable: true}}}\n"
    "  users: {path: users.csv, schema: {USER_ID: string, LAND: {type: string, categorical: true}}}\n"
)
WHOLE = edit("eventTracker: {name", f"{ITEMS}eventTracker: {{name", BASE)


def _warnings(folder: Path, rows: list[str], text: str = BASE, now: float | None = None) -> list[tuple[str, str]]:
    write_csv(folder / "clicks.csv", HEADER, rows)
    report = check_datasets(read_project(folder, text), now=now)
    assert report.errors == ()
    return [(found.rule, found.message) for found in report.warnings]


def _shop(folder: Path, items: list[str], users: list[str] | None = None) -> list[tuple[str, str]]:
    write_csv(folder / "items.csv", "ITEM_ID,GENRE", items)
    write_csv(folder / "users.csv", "USER_ID,LAND", [f"u{at},DE" for at in range(100)] if users is None else users)
    return _warnings(folder, build_clicks(), WHOLE)


def test_a_whole_shop_has_no_warnings(tmp_path: Path) -> None:
    assert _shop(tmp_path, [f"i{at},g{at % 5}" for at in range(50)]) == []


def test_rows_that_repeat_are_counted(tmp_path: Path) -> None:
    assert _warnings(tmp_path, build_clicks(1_980) + build_clicks(20)) == [
        ("duplicate-rows", "1.0% of the rows are equal to another one in all columns")
    ]


def test_rows_that_differ_in_one_value_only_do_not_repeat(tmp_path: Path) -> None:
    twins = [row.replace("2.5", "3.5") for row in build_clicks(100)]
    assert _warnings(tmp_path, build_clicks(1_900) + twins) == []


def test_items_that_are_described_twice_or_not_at_all_are_counted(tmp_path: Path) -> None:
    assert _shop(tmp_path, [f"i{at},g{at % 5}" for at in range(45)] + ["i1,g2"]) == [
        ("duplicate-ids", "46 rows describe 45 different ITEM_IDs"),
        ("items-without-metadata", "5 items with 10.0% of the interactions are missing in this file"),
    ]


def test_users_that_are_not_described_are_counted(tmp_path: Path) -> None:
    found = _shop(tmp_path, [f"i{at},g{at % 5}" for at in range(50)], [f"u{at},DE" for at in range(90)])
    assert found == [("users-without-metadata", "10 users with 10.0% of the interactions are missing in this file")]


def test_items_that_nobody_touched_are_cold(tmp_path: Path) -> None:
    assert _shop(tmp_path, [f"i{at},g{at % 5}" for at in range(120)]) == [
        ("cold-items", "70 of 120 items have no interaction")
    ]


def test_a_column_that_is_mostly_empty_is_sparse(tmp_path: Path) -> None:
    assert _shop(tmp_path, [f"i{at},{'g' if at < 30 else ''}" for at in range(50)]) == [
        ("sparse-column", "GENRE is empty in 40% of the rows")
    ]


def test_too_many_categories_in_one_value(tmp_path: Path) -> None:
    many = "|".join(f"g{at}" for at in range(31))
    assert _shop(tmp_path, [f"i{at},{many if at == 7 else 'g'}" for at in range(50)]) == [
        ("many-categories", "a value of GENRE holds 31 categories")
    ]


def test_a_category_of_its_own_for_every_user(tmp_path: Path) -> None:
    users = [f"u{at},land{at}" for at in range(200)]
    assert _shop(tmp_path, [f"i{at},g" for at in range(50)], users) == [
        ("too-fine-categories", "LAND has 200 different values in 200 rows")
    ]


def test_a_silent_week_is_told_with_its_dates(tmp_path: Path) -> None:
    rows = [f"u{at % 100},i1,{START + at + (9 * DAY if at >= 600 else 0)},view,1" for at in range(1_200)]
    assert _warnings(tmp_path, rows) == [("recency-gap", "nothing happened between 2023-11-14 and 2023-11-23, 9 days")]


def test_a_gap_of_long_ago_does_not_matter(tmp_path: Path) -> None:
    late = [f"u{at % 100},i1,{START + (60 + at // 10) * DAY},view,{at}" for at in range(1_200)]
    assert _warnings(tmp_path, [f"u1,i1,{START},view,1", *late]) == []


@pytest.mark.parametrize(
    ("now", "rule", "message"),
    [
        (START + 40 * DAY, "stale-data", "the newest interaction is 40 days old"),
        (START - 3 * DAY, "future-data", "the newest interaction lies 3 days in the future"),
    ],
)
def test_the_age_of_the_newest_interaction(tmp_path: Path, now: float, rule: str, message: str) -> None:
    assert _warnings(tmp_path, build_clicks(), now=now) == [(rule, message)]


def test_one_time_for_all_fails_only_user_segments(tmp_path: Path) -> None:
    rows = [f"u{at % 100},i{at},{START},view,1" for at in range(1_200)]
    assert [rule for rule, _ in _warnings(tmp_path, rows)] == ["single-timestamp"]
    segments = edit("{recipe: aws-similar-items}", "{recipe: aws-item-affinity}", BASE)
    segments = edit("  similar: {solution: similar}\n", "", segments)
    report = check_datasets(read_project(tmp_path, edit("  related: {campaign: similar}\n", "", segments)))
    reason = "All interactions have the same timestamp; user segments cannot be trained on them."
    assert [(found.rule, found.failure_reason) for found in report.errors] == [("single-timestamp", reason)]


def test_a_silenced_finding_is_kept_apart(tmp_path: Path) -> None:
    text = BASE + "silence: {too-few-active-users: a pilot with twenty people}\n"
    write_csv(tmp_path / "clicks.csv", HEADER, build_clicks(1_200, users=20))
    report = check_datasets(read_project(tmp_path, text))
    assert report.findings == ()
    assert [found.rule for found in report.silenced] == ["too-few-active-users"]


def test_a_file_that_lost_a_fifth_is_refused_until_the_project_allows_it(tmp_path: Path) -> None:
    text = edit("    path: clicks.csv", "    path: clicks.csv\n    allowShrink: true", BASE)
    write_project(tmp_path, BASE + "silence: {stale-data: made for a test}\n")
    write_csv(tmp_path / "clicks.csv", HEADER, build_clicks(2_000))
    assert run_command("check", "--project", tmp_path).code == 0
    write_csv(tmp_path / "clicks.csv", HEADER, build_clicks(1_599))
    done = run_command("check", "--project", tmp_path)
    assert done.code == 2
    assert "1599 rows, 20% less than the 2000 of the last good check" in done.err
    write_project(tmp_path, text)
    assert run_command("check", "--project", tmp_path).code == 0
    write_project(tmp_path, BASE)
    assert run_command("check", "--project", tmp_path).code == 0


def test_warnings_are_shown_and_do_not_fail(tmp_path: Path) -> None:
    write_project(tmp_path, BASE)
    write_csv(tmp_path / "clicks.csv", HEADER, build_clicks())
    page = tmp_path / "report.html"
    done = run_command("check", "--project", tmp_path, "--html", page)
    assert done.code == 0
    assert "stale-data" in done.out
    text = page.read_text(encoding="utf-8")
    assert "Amazon Personalize would take these data; 1 thing is worth a look." in text
    assert text.count("<svg") == 3


@pytest.mark.parametrize("time", ["1700000000", "1700000000000", "1700000000000000000", "-99999999999999", "soon"])
def test_the_report_is_written_for_bad_data_too(tmp_path: Path, time: str) -> None:
    write_project(tmp_path, BASE)
    write_csv(tmp_path / "clicks.csv", HEADER, [*build_clicks(900), f"u1,i1,{time},view,1"])
    page = tmp_path / "report.html"
    assert run_command("check", "--project", tmp_path, "--html", page, "--json").code == 2
    assert "Amazon Personalize would refuse these data" in page.read_text(encoding="utf-8")
