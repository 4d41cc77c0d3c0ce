from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tastemaker.data.check import check_datasets
from tests.support.project_files import GOOD_PROJECT, build_clicks, edit, read_project, write_csv

if TYPE_CHECKING:
    from pathlib import Path

    from tastemaker.data.report import DataReport

HEADER = "USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE,EVENT_VALUE"
PATH_PROJECT = edit("    sql: sql/interactions.sql", "    path: data/interactions.csv")


def check(folder: Path, rows: list[str], header: str = HEADER, text: str = PATH_PROJECT) -> DataReport:
    write_csv(folder / "data" / "interactions.csv", header, rows)
    return check_datasets(read_project(folder, text))


def show(report: DataReport) -> list[tuple[int, int, str, str]]:
    return [(found.line, found.column, found.rule, found.message) for found in report.findings]


def with_row(row: str, at: int = 500) -> list[str]:
    """1,200 good rows, one of them replaced; row 500 is line 502."""
    rows = build_clicks(1_200)
    rows[at] = row
    return rows


def test_good_data_has_no_findings_and_gives_its_figures(tmp_path: Path) -> None:
    report = check(tmp_path, build_clicks(1_000, users=100))
    figures = report.datasets["INTERACTIONS"]
    assert report.findings == ()
    assert (figures.rows, figures.users, figures.items, figures.event_types) == (1_000, 100, 50, 2)
    assert (figures.first_timestamp, figures.last_timestamp) == (1_700_000_000, 1_700_000_999)
    assert figures.size_bytes == figures.path.stat().st_size


def test_columns_that_the_schema_does_not_name_are_ignored(tmp_path: Path) -> None:
    rows = [f"x,{row}" for row in build_clicks()]
    assert check(tmp_path, rows, f"EXTRA,{HEADER}").findings == ()


BAD_VALUES = [
    (",i1,1700000000,view,1", (502, 1, "null-value", "USER_ID is empty in 1 row")),
    ("u1,i1,,view,1", (502, 7, "null-value", "TIMESTAMP is empty in 1 row")),
    ("u1,i1,1700000000000,view,1", (502, 7, "timestamp-milliseconds",
     "TIMESTAMP `1700000000000` looks like milliseconds (1 row)")),
    ("u1,i1,1700000000000000,view,1", (502, 7, "timestamp-microseconds",
     "TIMESTAMP `1700000000000000` looks like microseconds or nanoseconds (1 row)")),
    ("u1,i1,1700000000000000000,view,1", (502, 7, "timestamp-microseconds",
     "TIMESTAMP `1700000000000000000` looks like microseconds or nanoseconds (1 row)")),
    ("u1,i1,-5,view,1", (502, 7, "timestamp-negative", "TIMESTAMP `-5` is before 1970 (1 row)")),
    ("u1,i1,2024-01-31T10:00:00,view,1", (502, 7, "timestamp-not-a-number",
     "TIMESTAMP must be a whole number of seconds, not `2024-01-31T10:00:00` (1 row)")),
    ("u1,i1,0x6553F101,view,1", (502, 7, "timestamp-not-a-number",
     "TIMESTAMP must be a whole number of seconds, not `0x6553F101` (1 row)")),
    ("u1,i1,1700000000.5,view,1", (502, 7, "timestamp-not-a-number",
     "TIMESTAMP must be a whole number of seconds, not `1700000000.5` (1 row)")),
    ('u1,i1,1700000000,view,"1,5"', (502, 23, "not-a-number", "EVENT_VALUE must be float, not `1,5` (1 row)")),
    (f"u1,{'i' * 257},1700000000,view,1", (502, 4, "value-too-long",
     "Length cannot be more than 256 characters for ITEM_ID (1 row)")),
    (f"u1,i1,1700000000,{'v' * 1001},1", (502, 18, "value-too-long",
     "Length cannot be more than 1000 characters for EVENT_TYPE (1 row)")),
    ("u1,i1,1700000000", (502, 1, "csv-row-width", "the line has 3 fields; the header has 5")),
    ("u1,i1,1700000000,view,1,2", (502, 1, "csv-row-width", "the line has more fields than the header's 5")),
]  # fmt: skip


@pytest.mark.parametrize(("row", "expected"), BAD_VALUES)
def test_a_bad_row_gives_one_finding_at_its_place(
    tmp_path: Path, row: str, expected: tuple[int, int, str, str]
) -> None:
    report = check(tmp_path, with_row(row))
    assert show(report) == [expected]
    assert all(found.hint for found in report.findings)


@pytest.mark.parametrize("row", ["u1,i1,1700000000,view,", "u1,i1,01700000000,view,1", '"u,1",i1,1700000000,view,1e2'])
def test_an_unusual_row_that_the_service_takes_gives_none(tmp_path: Path, row: str) -> None:
    assert show(check(tmp_path, with_row(row))) == []


def test_a_file_in_milliseconds_gives_one_finding_with_the_number_of_rows(tmp_path: Path) -> None:
    rows = [f"u{at % 100},i{at % 50},{1_700_000_000_000 + at},view,1" for at in range(1_000)]
    report = check(tmp_path, rows)
    expected = "TIMESTAMP `1700000000000` looks like milliseconds (1000 rows)"
    assert show(report) == [(2, 7, "timestamp-milliseconds", expected)]
    assert report.findings[0].hint == "Amazon Personalize wants seconds since 1970: divide by 1000."


def test_several_mistakes_in_one_file_come_at_once(tmp_path: Path) -> None:
    rows = build_clicks(1_200)
    rows[10], rows[20], rows[30] = "u1,i1", "u1,,1700000000,view,1", "u1,i1,soon,view,x"
    assert show(check(tmp_path, rows)) == [
        (12, 1, "csv-row-width", "the line has 2 fields; the header has 5"),
        (22, 4, "null-value", "ITEM_ID is empty in 1 row"),
        (32, 7, "timestamp-not-a-number", "TIMESTAMP must be a whole number of seconds, not `soon` (1 row)"),
        (32, 17, "not-a-number", "EVENT_VALUE must be float, not `x` (1 row)"),
    ]


def test_a_line_break_inside_quotes_does_not_shift_the_place(tmp_path: Path) -> None:
    rows = with_row("u1,i1,never,view,1")
    rows[100] = 'u1,i1,1700000000,"a\nb",1'
    assert show(check(tmp_path, rows))[0][:3] == (503, 7, "timestamp-not-a-number")


def test_a_missing_column_is_told_in_the_services_words(tmp_path: Path) -> None:
    rows = [f"u{at},i1,x" for at in range(1_000)]
    report = check(tmp_path, rows, "USER_ID,ITEM_ID,EVENT_TYPE")
    missing = "Input CSV is missing the following columns: [TIMESTAMP, EVENT_VALUE]"
    assert (1, 1, "csv-missing-column", missing) in show(report)


def test_a_misspelt_column_is_recognised(tmp_path: Path) -> None:
    report = check(tmp_path, build_clicks(), HEADER.replace("TIMESTAMP", "TIME_STAMP"))
    assert [found.hint for found in report.findings] == ["Rename column `TIME_STAMP` to TIMESTAMP."]


HEADERS = [
    (f"{HEADER},USER_ID", (1, 50, "csv-duplicate-column", "column `USER_ID` appears twice")),
    (f"\ufeff{HEADER}", (1, 1, "csv-bom",
     "the file starts with a byte order mark, which becomes part of the first column's name")),
    ("ITEM_ID,USER_ID,TIMESTAMP,EVENT_TYPE,EVENT_VALUE", (1, 1, "csv-column-order",
     "the columns are in another order than the schema's, against the guide; they are found by name")),
    ("", (1, 1, "csv-empty", "the file has no header line")),
]  # fmt: skip


@pytest.mark.parametrize(("header", "expected"), HEADERS)
def test_a_bad_header_gives_one_finding(tmp_path: Path, header: str, expected: tuple[int, int, str, str]) -> None:
    assert show(check(tmp_path, build_clicks(), header)) == [expected]


def test_an_empty_file_gives_one_finding(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "interactions.csv").write_bytes(b"")
    report = check_datasets(read_project(tmp_path, PATH_PROJECT))
    assert show(report) == [(1, 1, "csv-empty", "the file has no header line")]


def test_a_missing_file_gives_one_finding(tmp_path: Path) -> None:
    report = check_datasets(read_project(tmp_path, PATH_PROJECT))
    assert show(report) == [(0, 0, "data-file-not-found", "there is no such data file")]
    assert report.findings[0].file == str(tmp_path / "data" / "interactions.csv")


def test_bytes_that_are_not_utf_8_give_their_line(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "data" / "interactions.csv", HEADER, build_clicks())
    path.write_bytes(path.read_bytes().replace(b"u5,i5,", b"u\xff,i5,", 1))
    report = check_datasets(read_project(tmp_path, PATH_PROJECT))
    assert (7, 1, "csv-encoding", "the line is not UTF-8") in show(report)


def test_quotes_that_are_doubled_are_read_and_told(tmp_path: Path) -> None:
    report = check(tmp_path, with_row('u1,"i ""one""",1700000000,view,1'))
    message = 'a quote inside quotes is written "" here; Amazon Personalize documents \\"'
    assert show(report) == [(502, 1, "csv-doubled-quote", message)]


def test_a_quote_escaped_by_a_backslash_is_fine(tmp_path: Path) -> None:
    assert show(check(tmp_path, with_row('u1,"i \\"one\\"",1700000000,view,1'))) == []


def test_900_interactions_are_too_few(tmp_path: Path) -> None:
    report = check(tmp_path, build_clicks(900))
    assert show(report) == [(1, 1, "too-few-interactions", "Dataset has fewer than 1000 interactions")]
    assert report.findings[0].hint == "It has 900 that differ; every import needs 1000. Add older interactions."


def test_rows_that_are_equal_count_once(tmp_path: Path) -> None:
    report = check(tmp_path, build_clicks(999) + build_clicks(500))
    assert show(report) == [
        (1, 1, "duplicate-rows", "33.4% of the rows are equal to another one in all columns"),
        (1, 1, "too-few-interactions", "Dataset has fewer than 1000 interactions"),
    ]


def test_interactions_are_counted_after_each_solutions_filter(tmp_path: Path) -> None:
    text = edit("{recipe: aws-similar-items}", "{recipe: aws-similar-items, eventType: Buy}", PATH_PROJECT)
    report = check(tmp_path, build_clicks(2_000), text=text)
    message = "Dataset has fewer than 1000 interactions after filtering by event type: Buy"
    assert show(report) == [(1, 1, "too-few-interactions", message)]
    hint = "It has 500; use another event type or a lower threshold. Solution: similar."
    assert report.findings[0].hint == hint


def test_a_threshold_is_met_by_an_equal_value(tmp_path: Path) -> None:
    text = edit(
        "{recipe: aws-similar-items}",
        "{recipe: aws-similar-items, eventType: view, eventValueThreshold: 2.5}",
        PATH_PROJECT,
    )
    assert show(check(tmp_path, build_clicks(2_000), text=text)) == []


def test_24_active_users_are_too_few(tmp_path: Path) -> None:
    report = check(tmp_path, build_clicks(1_000, users=24))
    message = "Dataset has fewer than 25 users with at least 2 interactions each"
    assert show(report) == [(1, 1, "too-few-active-users", message)]


def test_active_users_must_be_one_in_a_hundred(tmp_path: Path) -> None:
    rows = build_clicks(100, users=30) + [f"v{at},i1,1700000000,view,1" for at in range(3_000)]
    report = check(tmp_path, rows)
    message = "Dataset has fewer than 1% of users with at least 2 interactions each"
    assert show(report) == [(1, 1, "too-small-share-of-active-users", message)]
    assert report.findings[0].hint.startswith("It has 30 of 3030, 0.99%.")


def test_event_types_and_columns_share_a_quota_of_ten(tmp_path: Path) -> None:
    rows = [f"u{at % 50},i{at % 9},{1_700_000_000 + at},kind{at % 9},1" for at in range(1_000)]
    message = "Dataset has 9 event types and 2 optional columns; together at most 10 are supported."
    assert show(check(tmp_path, rows)) == [(1, 1, "too-many-event-types", message)]


def test_long_text_is_allowed_in_textual_columns_only(tmp_path: Path) -> None:
    items = "  items: {path: i.csv, schema: {ITEM_ID: string, TITLE: {type: string, textual: true}, NOTE: string}}"
    write_csv(tmp_path / "i.csv", "ITEM_ID,TITLE,NOTE", [f"i1,{'t' * 5_000},{'n' * 1_000}", f"i2,t,{'ü' * 1_001}"])
    text = edit("    path: data/interactions.csv", f"    path: data/interactions.csv\n{items}", PATH_PROJECT)
    report = check(tmp_path, build_clicks(), text=text)
    assert show(report) == [
        (1, 1, "items-without-metadata", "48 items with 96.0% of the interactions are missing in this file"),
        (3, 6, "value-too-long", "Length cannot be more than 1000 characters for NOTE (1 row)"),
    ]
    assert report.datasets["ITEMS"].items == 2


def test_the_text_of_the_good_project_is_what_these_tests_build_on() -> None:
    assert PATH_PROJECT != GOOD_PROJECT
