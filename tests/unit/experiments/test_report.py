"""`tastemaker experiment`: records to report, sizes, and what is wrong with files."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from moto import mock_aws

from tastemaker.aws import Boto3Caller
from tastemaker.plan.specs import ExperimentTableSpec
from tastemaker.runner.experiment_records import create_experiment_table, read_records
from tests.support.command_line import run_command
from tests.support.project_files import GOOD_PROJECT, write_project

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

EXPERIMENTS = """\
experiments:
  home:
    route: recommendations
    control: plain
    variants: {new: {campaign: for-you}, plain: {items: [i1]}}
  beside:
    route: related
    mode: interleave
    variants: {old: {campaign: similar}, new: {campaign: similar}}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return write_project(tmp_path, GOOD_PROJECT + EXPERIMENTS)


def _exposure(unit: str, variant: str, at: float = 100, experiment: str = "home") -> dict[str, Any]:
    return {"experiment": experiment, "kind": "exposure", "unit": unit, "variant": variant, "at": at}


def _outcome(
    unit: str, variant: str, at: float = 200, event_type: str = "click", experiment: str = "home"
) -> dict[str, Any]:
    return {**_exposure(unit, variant, at, experiment), "kind": "outcome", "eventType": event_type}


def _write(path: Path, records: list[dict[str, Any]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return path


def _report(project: Path, name: str, *more: str | Path) -> dict[str, Any]:
    done = run_command("experiment", "report", name, "-p", project, "--json", *more)
    assert (done.code, done.err) == (0, "")
    figures: dict[str, Any] = json.loads(done.out)
    return figures


def test_a_unit_converts_once_and_only_after_it_met_its_variant(project: Path, tmp_path: Path) -> None:
    records = [
        *(_exposure(f"n{at}", "new") for at in range(4)),
        *(_exposure(f"p{at}", "plain") for at in range(4)),
        _outcome("n0", "new"),
        _outcome("n0", "new", 300),
        _outcome("n1", "plain"),  # what the client says of the variant does not count
        _outcome("p0", "plain"),
        _outcome("p1", "plain", 50),
        _outcome("stranger", "new"),
        _exposure("x", "new"),
        _exposure("x", "plain"),
        _outcome("x", "new"),
        _exposure("old", "gone"),
        _exposure("n0", "plain", experiment="elsewhere"),
    ]
    figures = _report(project, "home", "--records", _write(tmp_path / "a.jsonl", records))
    assert figures["variants"] == [
        {"name": "new", "weight": 1, "units": 4, "conversions": 2, "rate": 0.5},
        {"name": "plain", "weight": 1, "units": 4, "conversions": 1, "rate": 0.25},
    ]
    assert [(one["variant"], one["lift"]) for one in figures["lifts"]] == [("new", 1.0)]
    assert figures["ignored"] == {
        "units_in_several_variants": 1,
        "units_in_unknown_variants": 1,
        "outcomes_without_exposure": 3,
    }
    assert figures["sampleRatio"] == {"p_value": 1.0, "mismatch": False}


def test_one_event_type_and_a_later_beginning_can_be_chosen(project: Path, tmp_path: Path) -> None:
    records = [
        _exposure("a", "new", 100),
        _outcome("a", "new", 150),
        _exposure("b", "new", 1_000),
        _outcome("b", "new", 1_100),
        _outcome("b", "new", 1_200, "buy"),
        _exposure("c", "new", 1_000),
        _outcome("c", "new", 1_100),
    ]
    file = _write(tmp_path / "a.jsonl", records)
    later = _report(project, "home", "--records", file, "--since", "1970-01-01T00:10:00")
    assert (later["variants"][0]["units"], later["variants"][0]["conversions"]) == (2, 2)
    bought = _report(project, "home", "--records", file, "--outcome", "buy")
    assert (bought["variants"][0]["units"], bought["variants"][0]["conversions"]) == (3, 1)


def test_a_planted_lift_is_reported_from_a_folder_of_files(project: Path, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for part in range(2):
        treated = rng.random(5_000) < 0.5
        converted = rng.random(5_000) < np.where(treated, 0.14, 0.10)
        names = np.where(treated, "new", "plain").tolist()
        records = [_exposure(f"{part}-{at}", name) for at, name in enumerate(names)]
        records += [_outcome(f"{part}-{at}", names[at], 200 + at) for at in np.flatnonzero(converted).tolist()]
        _write(tmp_path / "records" / f"{part}.jsonl", records)
    figures = _report(project, "home", "--records", tmp_path / "records")
    (lift,) = figures["lifts"]
    assert lift["low"] < 0.4 < lift["high"]
    assert lift["low"] > 0
    assert lift["p_value"] < 0.01
    assert lift["always_low"] < lift["low"] < lift["high"] < lift["always_high"]
    assert figures["sampleRatio"]["mismatch"] is False


def test_a_person_sees_lift_interval_and_mismatch(project: Path, tmp_path: Path) -> None:
    records = [_exposure(f"n{at}", "new") for at in range(900)] + [_exposure(f"p{at}", "plain") for at in range(600)]
    records += [_outcome(f"n{at}", "new") for at in range(90)] + [_outcome(f"p{at}", "plain") for at in range(30)]
    file = _write(tmp_path / "a.jsonl", records)
    done = run_command("experiment", "report", "home", "-p", project, "--records", file)
    assert done.code == 0
    assert "+100.0%" in done.out
    assert "lift over plain" in done.out
    assert "Units differ from the weights" in done.out


def test_an_interleaving_is_reported_by_team(project: Path, tmp_path: Path) -> None:
    records = [_exposure(f"u{at}", "interleaved", experiment="beside") for at in range(10)]
    records += [_outcome(f"u{at}", "new", 200 + at, experiment="beside") for at in range(6)]
    records += [_outcome("u0", "old", 300, experiment="beside"), _outcome("u7", "old", 300, experiment="beside")]
    file = _write(tmp_path / "a.jsonl", records)
    figures = _report(project, "beside", "--records", file)
    assert (figures["credits"], figures["wins"], figures["ties"]) == ({"old": 2, "new": 6}, {"old": 1, "new": 5}, 1)
    assert (figures["units"], figures["share"]) == (10, pytest.approx(5 / 6))
    assert figures["p_value"] == pytest.approx(0.21875)
    assert figures["ignored"]["units_in_unknown_variants"] == 0
    done = run_command("experiment", "report", "beside", "-p", project, "--records", file)
    assert "new is preferred by 83.33%" in done.out


def test_no_records_are_a_report_without_lift(project: Path, tmp_path: Path) -> None:
    figures = _report(project, "home", "--records", _write(tmp_path / "a.jsonl", []))
    assert figures["lifts"][0]["lift"] is None
    assert figures["sampleRatio"]["p_value"] == 1.0


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("{", "records-unreadable"),
        ('{"experiment": "home", "kind": "exposure", "unit": "u", "vari', "records-unreadable"),
        ("[1, 2]\n", "records-unreadable"),
        ('{"a": 1}\n', "records-incomplete"),
        ('{"experiment": "home", "kind": "guess", "unit": "u", "variant": "new", "at": 1}\n', "records-incomplete"),
        (
            '{"experiment": "home", "kind": "exposure", "unit": "u", "variant": "new", "at": "x"}\n',
            "records-unreadable",
        ),
        ("\x00\x01", "records-unreadable"),
    ],
)
def test_a_file_of_something_else_is_named_without_a_traceback(
    project: Path, tmp_path: Path, text: str, rule: str
) -> None:
    file = tmp_path / "bad.jsonl"
    file.write_text(text)
    done = run_command("experiment", "report", "home", "-p", project, "--records", file)
    assert done.code == 2
    assert rule in done.err
    assert "bad.jsonl" in done.err
    assert "Traceback" not in done.err


def test_an_empty_folder_is_named(project: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    done = run_command("experiment", "report", "home", "-p", project, "--records", tmp_path / "empty")
    assert (done.code, "records-missing" in done.err) == (2, True)


def test_an_unknown_experiment_gets_a_hint(project: Path, tmp_path: Path) -> None:
    done = run_command("experiment", "report", "hme", "-p", project, "--records", tmp_path)
    assert (done.code, "Did you mean `home`?" in done.err) == (2, True)


def test_the_size_is_a_table_or_json() -> None:
    done = run_command("experiment", "size", "--baseline", "0.5", "--lift", "0.2", "--json")
    assert json.loads(done.out) == {"control": 388, "treatment": 388, "total": 776}
    assert "388" in run_command("experiment", "size", "--baseline", "0.5", "--lift", "0.2").out


@pytest.mark.parametrize("options", [("--baseline", "0"), ("--baseline", "0.5", "--lift", "1.5"), ("--lift", "0.1")])
def test_a_size_of_nonsense_is_a_usage_error(options: tuple[str, ...]) -> None:
    done = run_command("experiment", "size", *options)
    assert (done.code, "Traceback" in done.err) == (2, False)


@pytest.fixture
def table() -> Iterator[Boto3Caller]:
    """The table of project `shop` in `dev`, with one exposure and one outcome."""
    with mock_aws():
        aws = Boto3Caller("eu-west-1")
        create_experiment_table(aws, "shop-dev", ExperimentTableSpec())
        common = {"unit": {"S": "h"}, "experiment": {"S": "home"}, "variant": {"S": "new"}, "expiresAt": {"N": "9"}}
        for item in (
            {**common, "record": {"S": "exposure#new"}, "at": {"N": "100"}},
            {**common, "record": {"S": "outcome#1"}, "at": {"N": "200"}, "eventType": {"S": "click"}},
        ):
            aws.call("dynamodb", "PutItem", {"TableName": "shop-dev-experiments", "Item": item})
        yield aws


@pytest.mark.usefixtures("table")
def test_an_export_is_what_a_report_reads(project: Path, tmp_path: Path) -> None:
    target = tmp_path / "out" / "records.jsonl"
    target.parent.mkdir()
    done = run_command("experiment", "export", "-p", project, "--region", "eu-west-1", "--to", target)
    assert (done.code, done.err) == (0, "2 records of exposures and outcomes.\n")
    assert [json.loads(line) for line in target.read_text().splitlines()] == [
        {"unit": "h", "experiment": "home", "variant": "new", "kind": "exposure", "at": 100},
        {"unit": "h", "experiment": "home", "variant": "new", "kind": "outcome", "at": 200, "eventType": "click"},
    ]
    figures = _report(project, "home", "--records", target)
    assert (figures["variants"][0]["units"], figures["variants"][0]["conversions"]) == (1, 1)


@pytest.mark.usefixtures("table")
def test_an_export_goes_to_standard_output_without_a_file(project: Path) -> None:
    done = run_command("experiment", "export", "-p", project, "--region", "eu-west-1")
    assert (done.code, len(done.out.splitlines())) == (0, 2)


def test_an_export_without_table_file_or_experiments_says_so(project: Path, tmp_path: Path, table: Boto3Caller) -> None:
    lost = run_command("experiment", "export", "-p", project, "--region", "eu-west-1", "--to", tmp_path / "no" / "x")
    assert (lost.code, "cannot be written" in lost.err) == (1, True)
    table.call("dynamodb", "DeleteTable", {"TableName": "shop-dev-experiments"})
    gone = run_command("experiment", "export", "-p", project, "--region", "eu-west-1")
    assert (gone.code, "ResourceNotFoundException" in gone.err) == (1, True)
    (tmp_path / "plain").mkdir()
    plain = run_command("experiment", "export", "-p", write_project(tmp_path / "plain"), "--region", "eu-west-1")
    assert (plain.code, "no experiments" in plain.err) == (1, True)


def test_every_page_of_the_table_is_read() -> None:
    class Pages:
        def call(self, _service: str, _operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
            number = int(params.get("ExclusiveStartKey", {}).get("unit", {}).get("S", 0))
            item = {
                "unit": {"S": f"h{number}"}, "record": {"S": "exposure#new"}, "experiment": {"S": "home"},
                "variant": {"S": "new"}, "at": {"N": "1"},
            }  # fmt: skip
            more = {"LastEvaluatedKey": {"unit": {"S": str(number + 1)}}} if number < 2 else {}
            return {"Items": [item], **more}

    assert [one["unit"] for one in read_records(Pages(), "shop-dev", ExperimentTableSpec())] == ["h0", "h1", "h2"]
