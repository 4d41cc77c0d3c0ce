from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tastemaker.errors import UserFileError
from tastemaker.evaluation.foreign import Files, judge_files

if TYPE_CHECKING:
    from pathlib import Path

TRAINING = "USER_ID,ITEM_ID,TIMESTAMP\nx,a,1\nx,b,2\ny,a,3\n"
TRUTH = '{"userId": "x", "items": ["c", "d"]}\n'
LISTS = '{"userId": "x", "items": ["a", "c", "b", "q", "d"]}\n'


def write(folder: Path, **texts: str) -> Files:
    names = {"recommendations": "lists.jsonl", "truth": "truth.jsonl", "training": "train.csv"}
    for name, text in ({"recommendations": LISTS, "truth": TRUTH, "training": TRAINING} | texts).items():
        (folder / names[name]).write_text(text, encoding="utf-8")
    return Files(*(folder / name for name in names.values()))


def findings(files: Files) -> list[tuple[str, int, str]]:
    with pytest.raises(UserFileError) as caught:
        judge_files(files, 0)
    assert all(finding.hint for finding in caught.value.findings)
    return [(finding.file.rpartition("/")[2], finding.line, finding.rule) for finding in caught.value.findings]


def test_a_file_is_judged_by_the_published_values(tmp_path: Path) -> None:
    metrics = judge_files(write(tmp_path), 0)["metrics"]
    assert metrics["mean_reciprocal_rank_at_25"]["value"] == 0.5
    assert metrics["normalized_discounted_cumulative_gain_at_5"]["value"] == 0.6241
    assert metrics["precision_at_5"]["value"] == 0.4


def test_items_that_nobody_trained_on_are_counted_apart(tmp_path: Path) -> None:
    report = judge_files(write(tmp_path), 0)
    assert report["items_outside_catalogue"] == 3
    assert report["metrics"]["coverage"]["value"] == 1.0


def test_a_catalogue_file_makes_them_recommendable(tmp_path: Path) -> None:
    files = write(tmp_path)
    (tmp_path / "items.csv").write_text("ITEM_ID\na\nb\nc\nd\n", encoding="utf-8")
    with_items = Files(files.recommendations, files.truth, files.training, None, tmp_path / "items.csv")
    assert judge_files(with_items, 0)["items_outside_catalogue"] == 1


def test_a_user_without_a_list_is_judged_as_an_empty_one(tmp_path: Path) -> None:
    report = judge_files(write(tmp_path, truth=TRUTH + '{"userId": "y", "items": ["c"]}\n'), 0)
    assert (report["users"], report["users_without_list"]) == (2, 1)
    assert report["metrics"]["hit_rate_at_5"]["value"] == 0.5


def test_truth_may_be_a_csv_of_pairs(tmp_path: Path) -> None:
    files = write(tmp_path)
    (tmp_path / "truth.csv").write_text("ITEM_ID,USER_ID\nc,x\nd,x\nd,x\n", encoding="utf-8")
    by_csv = judge_files(Files(files.recommendations, tmp_path / "truth.csv", files.training), 0)
    assert by_csv == judge_files(files, 0)


def test_inputs_give_the_length_of_histories_that_nobody_trained_on(tmp_path: Path) -> None:
    files = write(tmp_path)
    entry = {"userId": "x", "items": ["a"] * 7}
    (tmp_path / "inputs.jsonl").write_text(json.dumps(entry), encoding="utf-8")
    report = judge_files(Files(files.recommendations, files.truth, files.training, tmp_path / "inputs.jsonl"), 0)
    assert [part["from"] for part in report["users_by_input_length"]] == [5]


def test_numbers_are_read_as_ids(tmp_path: Path) -> None:
    texts = {"recommendations": '{"userId": 7, "items": [1]}', "truth": '{"userId": "7", "items": ["1"]}'}
    assert judge_files(write(tmp_path, **texts), 0)["metrics"]["hit_rate_at_5"]["value"] == 1.0


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ("{", "malformed-line"),
        ("[]", "malformed-line"),
        ('{"userId": "x"}', "malformed-line"),
        ('{"userId": true, "items": []}', "malformed-line"),
        ('{"userId": "x", "items": "abc"}', "malformed-line"),
        ('{"userId": "x", "items": [null]}', "malformed-line"),
        ('{"userId": "x", "items": ["a", "b", "a"]}', "duplicate-item"),
        ('{"userId": "nobody", "items": ["a"]}', "unknown-user"),
        ("[" * 100_000, "malformed-line"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, line: str, rule: str) -> None:
    assert findings(write(tmp_path, recommendations="\n" + line + "\n")) == [("lists.jsonl", 2, rule)]


def test_a_user_with_two_lists_is_named(tmp_path: Path) -> None:
    assert findings(write(tmp_path, recommendations=LISTS + LISTS)) == [("lists.jsonl", 2, "duplicate-user")]


def test_wrong_lines_of_both_files_are_reported_together(tmp_path: Path) -> None:
    found = findings(write(tmp_path, recommendations="{\n[\n", truth="nothing"))
    assert found == [
        ("lists.jsonl", 1, "malformed-line"),
        ("lists.jsonl", 2, "malformed-line"),
        ("truth.jsonl", 1, "malformed-line"),
    ]


def test_twenty_findings_of_a_file_are_enough(tmp_path: Path) -> None:
    assert len(findings(write(tmp_path, recommendations="{\n" * 5_000))) == 20


@pytest.mark.parametrize(
    ("truth", "line"), [("", 0), ("\n", 0), ('\n{"userId": "x", "items": []}', 2)], ids=["empty", "blank", "no items"]
)
def test_an_empty_truth_is_refused(tmp_path: Path, truth: str, line: int) -> None:
    assert findings(write(tmp_path, truth=truth)) == [("truth.jsonl", line, "empty-truth")]


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    files = write(tmp_path)
    files.training.unlink()
    assert findings(files) == [("train.csv", 0, "unreadable-file")]


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    files = write(tmp_path)
    assert findings(Files(tmp_path, files.truth, files.training))[0][1:] == (0, "unreadable-file")


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    files = write(tmp_path)
    files.recommendations.write_bytes(LISTS.encode() + b"\xff\xfe\n")
    assert findings(files)[0][2] == "encoding"


@pytest.mark.parametrize(
    ("training", "expected"),
    [
        ("USER,ITEM_ID\nx,a\n", (1, "missing-column")),
        ("", (1, "missing-column")),
        ("USER_ID,ITEM_ID\nx,a\nx\n", (3, "malformed-line")),
        ("USER_ID,ITEM_ID\nx,\n", (2, "malformed-line")),
    ],
)
def test_wrong_training_data_are_named(tmp_path: Path, training: str, expected: tuple[int, str]) -> None:
    assert findings(write(tmp_path, training=training))[0][1:] == expected
