"""What every verb keeps: help, JSON also when it refuses, stable exit codes, a message instead of a traceback."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import pytest

from tastemaker.cli.main import VERBS, cli
from tests.support.command_line import Done, run_command

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.xdist_group("command-line")

Words = tuple[str, ...]
ROOT = Path(__file__).parents[2]


def _leaves(command: click.Command, words: Words = ()) -> Iterator[tuple[Words, click.Command]]:
    if not isinstance(command, click.Group):
        yield words, command
        return
    context = click.Context(command)
    for name in command.list_commands(context):
        found = command.get_command(context, name)
        assert found is not None, name
        yield from _leaves(found, (*words, name))


LEAVES = dict(_leaves(cli))
every_verb = pytest.mark.parametrize("words", LEAVES, ids=" ".join)
of_a_project = pytest.mark.parametrize(
    "words",
    [words for words, verb in LEAVES.items() if any(one.name == "project_path" for one in verb.params)],
    ids=" ".join,
)


def needed(words: Words) -> list[str]:
    """Values for what the verb cannot do without."""
    found: list[str] = []
    for one in LEAVES[words].params:
        if one.required:
            found += [one.opts[0], _sample(one.type)] if isinstance(one, click.Option) else [_sample(one.type)]
    return found


def _sample(kind: Any) -> str:
    if isinstance(kind, click.Choice):
        return str(kind.choices[0])
    if isinstance(kind, click.Path):
        return str(ROOT / "cdk.json" if kind.file_okay else ROOT / "docs")
    return "0.1" if isinstance(kind, (click.types.FloatParamType, click.types.IntParamType)) else "eu-west-1"


def refused(done: Done) -> dict[str, Any]:
    """The one JSON object on stdout; nothing looks like a traceback."""
    assert "Traceback" not in done.out + done.err
    answer: dict[str, Any] = json.loads(done.out, parse_constant=pytest.fail)  # NaN and Infinity are no JSON
    return answer


@every_verb
def test_json_can_be_asked_for_and_every_option_is_explained(words: Words) -> None:
    options = [one for one in LEAVES[words].params if isinstance(one, click.Option)]
    assert [one.opts for one in options if one.name == "as_json"] == [["--json"]]
    assert [one.name for one in options if not one.help] == []
    assert (LEAVES[words].help or "").rstrip().endswith(".")


@every_verb
def test_a_wrong_option_is_usage_with_exit_code_two(words: Words) -> None:
    done = run_command(*words, "--no-such-option", "--json")
    answer = refused(done)
    assert (done.code, answer["status"]) == (2, "USAGE")
    assert "--no-such-option" in answer["message"]
    assert "--no-such-option" in done.err


WRONG = {"INT": "x", "FLOAT": "nan", "URL": "nonsense"}


def _kind(option: click.Option) -> str:
    if (option.name or "").endswith("url"):
        return "URL"
    whole = isinstance(option.type, click.types.IntParamType)
    return "INT" if whole else "FLOAT" if isinstance(option.type, click.types.FloatParamType) else ""


@every_verb
def test_a_wrong_number_or_url_is_usage(words: Words) -> None:
    options = [one for one in LEAVES[words].params if isinstance(one, click.Option)]
    for option in options:
        if _kind(option):
            value = WRONG[_kind(option)]
            done = run_command(*words, *needed(words), option.opts[0], value, "--json")
            answer = refused(done)
            assert (done.code, answer["status"]) == (2, "USAGE"), option.opts
            assert value in answer["message"]


@of_a_project
@pytest.mark.parametrize(
    "content",
    [None, b"", b"project: [", b"\xff\xfe\x00", b"- 1\n- 2\n", b"project: shop\nunknown: 1\n"],
    ids=["absent", "empty", "broken", "binary", "list", "unknown key"],
)
def test_a_bad_project_file_is_a_finding_with_exit_code_two(
    words: Words, content: bytes | None, tmp_path: Path
) -> None:
    if content is not None:
        (tmp_path / "tastemaker.yaml").write_bytes(content)
    done = run_command(*words, *needed(words), "--project", tmp_path, "--json")
    answer = refused(done)
    assert (done.code, answer["status"]) == (2, "FINDINGS")
    assert answer["findings"][0]["file"].endswith("tastemaker.yaml")


@every_verb
@pytest.mark.parametrize(
    ("error", "code", "status", "told"),
    [
        (KeyboardInterrupt, 130, "STOPPED", "Stopped."),
        (PermissionError(13, "Permission denied", "plan.html"), 1, "ERROR", "plan.html: Permission denied"),
    ],
    ids=["Ctrl-C", "a file that may not be written"],
)
def test_what_stops_a_verb_ends_in_a_message(
    words: Words,
    error: BaseException | type[BaseException],
    code: int,
    status: str,
    told: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def stopped(**_values: object) -> None:
        raise error

    monkeypatch.setattr(LEAVES[words], "callback", stopped)
    done = run_command(*words, *needed(words), "--json")
    answer = refused(done)
    assert (done.code, answer) == (code, {"status": status, "message": told})
    assert done.err.strip() == told


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_completion_script_names_the_command(shell: str) -> None:
    script = run_command("completion", shell).out
    assert "_TASTEMAKER_COMPLETE" in script
    assert json.loads(run_command("completion", shell, "--json").out)["script"] + "\n" == script


@pytest.mark.slow
def test_verbs_and_options_are_completed() -> None:
    def completed(words: str) -> list[str]:
        environment = {
            "_TASTEMAKER_COMPLETE": "bash_complete",
            "COMP_WORDS": words,
            "COMP_CWORD": str(words.count(" ")),
        }
        command = [sys.executable, "-c", "from tastemaker.cli.main import main; main()"]
        done = subprocess.run(command, env=environment | _path(), capture_output=True, text=True, check=True)
        return [line.partition(",")[2] for line in done.stdout.splitlines()]

    assert completed("tastemaker pau") == ["pause"]
    assert completed("tastemaker pause --ye") == ["--yes"]


def _path() -> dict[str, str]:
    return {"PYTHONPATH": str(ROOT)}


def test_no_colour_is_written_where_none_is_wanted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tastemaker.yaml").write_text("project: shop\nunknown: 1\n")
    told: Callable[[], str] = lambda: run_command("plan", "--project", tmp_path).err  # noqa: E731
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b[31m" in told() or "\x1b[1;31m" in told()
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[31m" not in told()
    assert "31m" not in told()


def test_the_page_for_operators_names_every_verb() -> None:
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    assert [verb for verb in VERBS if f"`tastemaker {verb}" not in page] == []
