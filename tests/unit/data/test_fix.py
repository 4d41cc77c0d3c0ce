from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tastemaker.data.check import check_datasets
from tastemaker.data.fix import Fixed, fix_dataset
from tastemaker.model.datasets import Datasets, InteractionsDataset, ItemsDataset
from tests.support.command_line import run_command
from tests.support.data_files import BAD_FILES, COLUMNS, DataFile
from tests.support.project_files import GOOD_PROJECT, build_clicks, edit, read_project, write_csv, write_project

if TYPE_CHECKING:
    from pathlib import Path

BEYOND_REPAIR = {
    "no USER_ID", "no TIMESTAMP", "empty", "header only", "999 rows", "999 that differ", "300 buys", "24 users",
    "1 % of users", "nine event types",
}  # fmt: skip
"""What is not there, no file can say."""


def _fix(folder: Path, file: DataFile) -> Fixed | None:
    datasets = Datasets.model_validate({file.dataset: {"schema": COLUMNS[file.dataset], "path": "data.csv"}})
    (folder / "data.csv").write_bytes(file.body)
    return fix_dataset(datasets.declared()[0], folder / "data.csv", folder / "fixed.csv")


@pytest.mark.slow
@pytest.mark.parametrize(
    "file", [one for one in BAD_FILES if one.name not in BEYOND_REPAIR], ids=lambda file: file.name
)
def test_a_fixed_file_has_no_errors(tmp_path: Path, file: DataFile) -> None:
    fixed = _fix(tmp_path, file)
    assert fixed is not None
    project = read_project(
        tmp_path,
        f"project: shop\ndatasets:\n  {file.dataset}:\n    path: x.csv\n    schema: "
        + str(COLUMNS[file.dataset]).replace("'", "").replace("True", "true")
        + "\n",
    )
    assert check_datasets(project, {file.dataset.upper(): fixed.path}).errors == ()
    assert fixed.rows_written >= fixed.rows_read - 1


@pytest.mark.parametrize("name", ["no USER_ID", "empty"])
def test_a_file_without_a_needed_column_is_not_written(tmp_path: Path, name: str) -> None:
    assert _fix(tmp_path, next(file for file in BAD_FILES if file.name == name)) is None


FORMS = [
    ("1700000000", "1700000000"),
    ("1700000000123", "1700000000"),
    ("1700000000123456", "1700000000"),
    ("1700000000.9", "1700000000"),
    ("2023-11-14T22:13:20", "1700000000"),
    ("2023-11-14T22:13:20Z", "1700000000"),
    ("2023-11-14T23:13:20+01:00", "1700000000"),
    ("2023-11-14 22:13:20", "1700000000"),
]


def test_every_form_of_a_time_becomes_seconds(tmp_path: Path) -> None:
    dataset = InteractionsDataset.model_validate({"schema": COLUMNS["interactions"], "path": "a.csv"})
    rows = [f"u{at},i,{form},view,1" for at, (form, _) in enumerate(FORMS)]
    path = write_csv(tmp_path / "a.csv", "USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE,EVENT_VALUE", rows)
    fixed = fix_dataset(dataset, path, tmp_path / "b.csv")
    assert fixed == Fixed(tmp_path / "b.csv", 8, 8, {"TIMESTAMP": 7})
    lines = (tmp_path / "b.csv").read_text(encoding="utf-8").splitlines()[1:]
    assert [line.split(",")[2] for line in lines] == [seconds for _, seconds in FORMS]


def test_of_an_item_s_rows_the_last_one_stays_and_what_cannot_be_read_is_emptied(tmp_path: Path) -> None:
    dataset = ItemsDataset.model_validate({"schema": COLUMNS["items"], "path": "a.csv"})
    header = "Item ID;genre;price;year;text;creationTimestamp"
    path = write_csv(tmp_path / "a.csv", header, ["i1;drama;1,5;1999;;", "i2;crime;dear;1999.5;;", "i1;war;2,5;2000;;"])
    assert fix_dataset(dataset, path, tmp_path / "b.csv") == Fixed(tmp_path / "b.csv", 3, 2, {"PRICE": 3, "YEAR": 1})
    assert (tmp_path / "b.csv").read_text(encoding="utf-8").splitlines() == [
        "ITEM_ID,GENRE,PRICE,YEAR,TEXT,CREATION_TIMESTAMP",
        "i2,crime,,,,",
        "i1,war,2.5,2000,,",
    ]


def test_the_command_fixes_leaves_the_given_file_and_says_what_it_did(tmp_path: Path) -> None:
    write_project(tmp_path, edit("    sql: sql/interactions.sql", "    path: data/interactions.csv"))
    rows = [
        row.replace(",17", ",17", 1).replace(",view", "000,view").replace(",buy", "000,buy") for row in build_clicks()
    ]
    given = write_csv(tmp_path / "data/interactions.csv", "USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE,EVENT_VALUE", rows)
    before = given.read_bytes()
    done = run_command("check", "--project", tmp_path, "--fix")
    assert (done.code, given.read_bytes()) == (0, before)
    assert "1,000 rows in" in done.out
    assert "1,000 values of TIMESTAMP rewritten" in done.out
    shutil.copy(tmp_path / ".tastemaker/fixed/interactions.csv", given)
    assert run_command("check", "--project", tmp_path).code == 0


def test_the_command_says_what_it_could_not_fix(tmp_path: Path) -> None:
    write_project(tmp_path, edit("    sql: sql/interactions.sql", "    path: data/interactions.csv", GOOD_PROJECT))
    write_csv(tmp_path / "data/interactions.csv", "USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE,EVENT_VALUE", build_clicks(900))
    done = run_command("check", "--project", tmp_path, "--fix")
    assert done.code == 2
    assert "Dataset has fewer than 1000 interactions" in done.err
