from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from tastemaker.data import prepare as preparing
from tastemaker.data.prepare import Window, prepare_datasets
from tastemaker.errors import DataError
from tests.support.project_files import GOOD_PROJECT, edit, read_project, write_csv

if TYPE_CHECKING:
    from pathlib import Path

SQL = (
    "SELECT who AS USER_ID, what AS ITEM_ID, seen AS TIMESTAMP, 'view' AS EVENT_TYPE, NULL AS EVENT_VALUE\nFROM clicks"
)


def prepare(folder: Path, sql: str = SQL, text: str = GOOD_PROJECT) -> dict[str, Path]:
    (folder / "sql").mkdir(exist_ok=True)
    (folder / "sql" / "interactions.sql").write_text(sql, encoding="utf-8")
    return prepare_datasets(read_project(folder, text), folder / "out")


def write_clicks(folder: Path, rows: list[str]) -> None:
    write_csv(folder / "data" / "clicks.csv", "who,what,seen", rows)


def fail(folder: Path, sql: str = SQL, text: str = GOOD_PROJECT) -> list[tuple[str, int, int, str, str]]:
    with pytest.raises(DataError) as caught:
        prepare(folder, sql, text)
    assert caught.value.exit_code == 2
    assert not list((folder / "out").glob("*")) if (folder / "out").exists() else True
    return [
        (found.file.removeprefix(f"{folder}/"), found.line, found.column, found.rule, found.message)
        for found in caught.value.findings
    ]


def test_rows_are_written_in_the_services_form_in_the_order_of_time(tmp_path: Path) -> None:
    write_clicks(tmp_path, ["b,x,20", 'a,"x ""1"", \\y",20', "c,ü,10"])
    files = prepare(tmp_path)
    assert files == {"INTERACTIONS": tmp_path / "out" / "interactions.csv"}
    assert files["INTERACTIONS"].read_text(encoding="utf-8").splitlines() == [
        "USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE,EVENT_VALUE",
        "c,ü,10,view,",
        'a,"x \\"1\\", \\\\y",20,view,',
        "b,x,20,view,",
    ]


def test_ids_keep_their_leading_zeros(tmp_path: Path) -> None:
    write_clicks(tmp_path, ["007,0012,20", "008,0013,30"])
    assert prepare(tmp_path)["INTERACTIONS"].read_text(encoding="utf-8").splitlines()[1] == "007,0012,20,view,"


def test_columns_take_the_schemas_order_and_others_are_dropped(tmp_path: Path) -> None:
    write_clicks(tmp_path, ["a,x,1"])
    sql = "SELECT 1 x, seen TIMESTAMP, what ITEM_ID, who AS USER_ID, 'v' AS EVENT_TYPE, 2 AS EVENT_VALUE FROM clicks;"
    assert prepare(tmp_path, sql)["INTERACTIONS"].read_text(encoding="utf-8").splitlines()[1] == "a,x,1,v,2"


def test_the_same_rows_in_another_order_give_the_same_file(tmp_path: Path) -> None:
    rows = [f"u{at},i{at % 3},{at % 5}" for at in range(40)]
    write_clicks(tmp_path, rows)
    first = prepare(tmp_path)["INTERACTIONS"].read_bytes()
    write_clicks(tmp_path, rows[::-1])
    assert prepare(tmp_path)["INTERACTIONS"].read_bytes() == first


def test_a_dataset_with_a_path_keeps_its_own_file(tmp_path: Path) -> None:
    text = edit("    sql: sql/interactions.sql", "    path: data/mine.csv")
    write_clicks(tmp_path, ["a,x,1"])
    assert prepare(tmp_path, text=text) == {"INTERACTIONS": tmp_path / "data" / "mine.csv"}
    assert not (tmp_path / "out").exists()


def test_a_missing_source_gives_its_place_in_the_project_file(tmp_path: Path) -> None:
    expected = f"source `clicks`: there is no file {tmp_path}/data/clicks.csv"
    assert fail(tmp_path) == [("tastemaker.yaml", 3, 11, "source-not-found", expected)]


def test_a_missing_sql_file_gives_its_place_in_the_project_file(tmp_path: Path) -> None:
    write_clicks(tmp_path, ["a,x,1"])
    with pytest.raises(DataError) as caught:
        prepare_datasets(read_project(tmp_path), tmp_path / "out")
    (found,) = caught.value.findings
    assert (found.line, found.column, found.rule) == (12, 10, "sql-not-found")
    assert found.message == f"there is no readable SQL file {tmp_path}/sql/interactions.sql"


def test_an_unknown_table_in_sql_gives_line_and_column_of_the_sql_file(tmp_path: Path) -> None:
    write_clicks(tmp_path, ["a,x,1"])
    message = "Catalog Error: Table with name click does not exist!"
    assert fail(tmp_path, "SELECT 1 AS USER_ID\nFROM click") == [("sql/interactions.sql", 2, 6, "sql-error", message)]


def test_a_syntax_error_in_sql_gives_line_and_column_of_the_sql_file(tmp_path: Path) -> None:
    write_clicks(tmp_path, ["a,x,1"])
    ((file, line, column, rule, message),) = fail(tmp_path, "SELECT who\nFRM clicks, x")
    assert (file, line, column, rule) == ("sql/interactions.sql", 2, 5, "sql-error")
    assert message.startswith("Parser Error: syntax error")


def test_a_column_that_sql_does_not_give_is_named(tmp_path: Path) -> None:
    write_clicks(tmp_path, ["a,x,1"])
    sql = "SELECT who AS USER_ID, what AS ITEM_ID, seen AS TIME_STAMP FROM clicks"
    message = "the result lacks the following columns of the schema: [TIMESTAMP, EVENT_TYPE, EVENT_VALUE]"
    assert fail(tmp_path, sql) == [("sql/interactions.sql", 1, 1, "sql-missing-column", message)]


def test_an_error_while_rows_are_computed_leaves_the_old_file(tmp_path: Path) -> None:
    write_clicks(tmp_path, ["a,x,1"])
    target = prepare(tmp_path)["INTERACTIONS"]
    before = target.read_bytes()
    with pytest.raises(DataError) as caught:
        prepare(tmp_path, SQL.replace("'view'", "error('no')"))
    assert [found.rule for found in caught.value.findings] == ["sql-error"]
    assert target.read_bytes() == before
    assert list(target.parent.iterdir()) == [target]


@pytest.mark.slow
def test_preparations_of_one_project_at_the_same_time_all_succeed(tmp_path: Path) -> None:
    write_clicks(tmp_path, [f"u{at},i{at % 7},{at}" for at in range(2000)])
    expected = prepare(tmp_path)["INTERACTIONS"].read_bytes()
    project = read_project(tmp_path)
    with ThreadPoolExecutor(8) as pool:
        runs = [pool.submit(prepare_datasets, project, tmp_path / "out") for _ in range(24)]
        assert {run.result()["INTERACTIONS"] for run in runs} == {tmp_path / "out" / "interactions.csv"}
    assert (tmp_path / "out" / "interactions.csv").read_bytes() == expected
    assert [file.name for file in (tmp_path / "out").iterdir()] == ["interactions.csv"]


WINDOWED = f"{SQL} WHERE seen >= $since AND seen < $until"


def test_a_window_takes_its_first_moment_and_not_its_last(tmp_path: Path) -> None:
    write_clicks(tmp_path, ["a,x,10", "b,x,20", "c,x,30"])
    prepare(tmp_path, WINDOWED)
    found = preparing.prepare(
        read_project(tmp_path, GOOD_PROJECT), tmp_path / "new", Window(10, 30), counts_sources=True
    )
    assert (found.rows, found.source_rows) == ({"INTERACTIONS": 2}, {"clicks": 3})
    assert [line[0] for line in found.files["INTERACTIONS"].read_text().splitlines()] == ["U", "a", "b"]


def test_without_a_window_its_parameters_leave_nothing_out(tmp_path: Path) -> None:
    write_clicks(tmp_path, ["a,x,0", "b,x,1700000000"])
    assert len(prepare(tmp_path, WINDOWED)["INTERACTIONS"].read_text().splitlines()) == 3


def test_sql_that_knows_no_window_is_left_out_of_one(tmp_path: Path) -> None:
    write_clicks(tmp_path, ["a,x,10"])
    prepare(tmp_path)
    found = preparing.prepare(read_project(tmp_path, GOOD_PROJECT), tmp_path / "new", Window(0, 30))
    assert (found.files, found.rows, list((tmp_path / "new").iterdir())) == ({}, {}, [])


def test_a_parameter_that_does_not_exist_is_a_finding(tmp_path: Path) -> None:
    write_clicks(tmp_path, ["a,x,10"])
    (found,) = fail(tmp_path, f"{SQL} WHERE seen >= $from")
    assert found[3] == "sql-error"
    assert "from" in found[4]
