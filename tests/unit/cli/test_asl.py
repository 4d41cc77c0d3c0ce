"""`tastemaker asl`: results, findings and exit codes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from tastemaker.cli.asl import command
from tastemaker.errors import UserFileError

if TYPE_CHECKING:
    from pathlib import Path

WAIT = {"StartAt": "A", "States": {"A": {"Type": "Wait", "Seconds": 60, "Next": "B"}, "B": {"Type": "Succeed"}}}


def write(folder: Path, definition: Any) -> str:
    file = folder / "machine.json"
    file.write_text(definition if isinstance(definition, str) else json.dumps(definition), encoding="utf-8")
    return str(file)


def test_a_machine_runs_and_shows_its_output(tmp_path: Path) -> None:
    done = CliRunner().invoke(command, ["run", write(tmp_path, WAIT), "--input", '{"a": 1}', "--history"])
    assert done.exit_code == 0, done.output
    assert "SUCCEEDED after 60 virtual seconds, 2 states entered" in done.output
    assert "WaitStateEntered" in done.output


def test_json_gives_one_object(tmp_path: Path) -> None:
    done = CliRunner().invoke(command, ["run", write(tmp_path, WAIT), "--input", "[1]", "--json", "--history"])
    report = json.loads(done.output)
    assert (report["status"], report["output"], report["virtualSeconds"]) == ("SUCCEEDED", [1], 60.0)
    assert len(report["events"]) == 6


def test_the_input_may_be_a_file_and_a_function_python(tmp_path: Path) -> None:
    (tmp_path / "input.json").write_text('{"n": 4}', encoding="utf-8")
    (tmp_path / "code.py").write_text("def twice(event, context):\n    return event['n'] * 2\n", encoding="utf-8")
    arn = "arn:aws:lambda:us-east-1:123456789012:function:double"
    machine = write(tmp_path, {"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": arn, "End": True}}})
    options = ["--input", f"@{tmp_path}/input.json", "--function", f"double={tmp_path}/code.py:twice", "--json"]
    done = CliRunner().invoke(command, ["run", machine, *options])
    assert json.loads(done.output)["output"] == 8


def test_a_failed_execution_ends_with_exit_code_3(tmp_path: Path) -> None:
    machine = write(tmp_path, {"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": "E", "Cause": "[red]"}}})
    done = CliRunner().invoke(command, ["run", machine])
    assert done.exit_code == 3
    assert "E: [red]" in done.output


@pytest.mark.parametrize("verb", ["run", "validate"])
@pytest.mark.parametrize(
    ("definition", "message"),
    [
        ("{", "is not JSON: Expecting property name enclosed in double quotes"),
        ({"StartAt": "A", "States": {"A": {"Type": "Nap"}}}, "unknown Type 'Nap'"),
    ],
)
def test_what_is_wrong_with_a_file_is_a_finding(verb: str, definition: Any, message: str, tmp_path: Path) -> None:
    done = CliRunner().invoke(command, [verb, write(tmp_path, definition)])
    assert isinstance(done.exception, UserFileError)
    assert message in str(done.exception)


def test_a_file_that_is_not_there_is_a_finding(tmp_path: Path) -> None:
    done = CliRunner().invoke(command, ["run", str(tmp_path / "gone.json")])
    assert isinstance(done.exception, UserFileError)
    assert "cannot be read: No such file or directory" in str(done.exception)


def test_a_good_definition_is_said_to_be_good(tmp_path: Path) -> None:
    done = CliRunner().invoke(command, ["validate", write(tmp_path, WAIT)])
    assert "Step Functions would accept it." in done.output


@pytest.mark.parametrize("option", [["--input", "{"], ["--function", "f"], ["--function", "f=gone.py:handler"]])
def test_a_wrong_option_is_refused(option: list[str], tmp_path: Path) -> None:
    done = CliRunner().invoke(command, ["run", write(tmp_path, WAIT), *option])
    assert done.exit_code == 2
    assert "Invalid value" in done.output
