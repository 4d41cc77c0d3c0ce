"""The commands of docs/evaluation.md are executed in order; the second one prints what the page shows."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = Path("docs/evaluation.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE, flags=re.MULTILINE | re.DOTALL)
COMMANDS = [line[2:] for kind, text in BLOCKS if kind == "console" for line in text.splitlines()]
(SHOWN,) = [text for kind, text in BLOCKS if kind == "text"]

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("evaluation")]


def run(command: str, folder: Path, *more: str) -> subprocess.CompletedProcess[str]:
    program, *arguments = shlex.split(command)
    assert program == "tastemaker"
    whole = [sys.executable, "-m", "tastemaker", *arguments, *more]
    return subprocess.run(whole, capture_output=True, text=True, check=False, timeout=300, cwd=folder)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the examples in which the first command has run."""
    made = tmp_path_factory.mktemp("evaluation")
    (made / "examples").symlink_to(Path("examples").resolve())
    done = run(COMMANDS[0], made)
    assert done.returncode == 0, done.stderr
    assert "fold-01" in done.stderr
    assert "popular minus popularity, nDCG@10: 0.0000 [0.0000, 0.0000]" in done.stdout
    return made


def test_a_file_of_recommendations_is_judged_as_the_page_shows(folder: Path) -> None:
    done = run(COMMANDS[1], folder)
    assert done.returncode == 0, done.stderr
    assert [line.rstrip() for line in done.stdout.splitlines()] == SHOWN.splitlines()


def test_json_is_one_object_and_nothing_else(folder: Path) -> None:
    report = json.loads(run(COMMANDS[1], folder, "--json").stdout)
    assert report["users"] == 61
    assert report["metrics"]["normalized_discounted_cumulative_gain_at_10"]["value"] == 0.0414


def test_a_list_for_a_stranger_ends_with_file_and_line(folder: Path) -> None:
    lists = folder / "split/fold-01/recommendations-popular.jsonl"
    stranger = folder / "stranger.jsonl"
    stranger.write_text(lists.read_text(encoding="utf-8") + '{"userId": "nobody", "items": []}\n', encoding="utf-8")
    done = run(COMMANDS[1].replace(str(lists.relative_to(folder)), "stranger.jsonl"), folder)
    assert (done.returncode, done.stdout) == (2, "")
    assert "stranger.jsonl:62 unknown-user" in done.stderr


def test_the_comparison_gives_advice_and_a_page(folder: Path) -> None:
    done = run(COMMANDS[2], folder)
    assert done.returncode == 0, done.stderr
    assert "The data do not decide: nothing is shown to be better than popularity." in done.stdout
    assert "aws-popularity-count" not in done.stdout
    assert "movielens: which recipe?" in (folder / "compare.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("--solution populr", "Did you mean 'popular'?"),
        ("--truth truth.jsonl", "give all of --recommendations, --truth and --training"),
        ("--solution popular --truth truth.jsonl", "choose one"),
        ("--protocol rolling --folds 10", "rolling has at most 9 folds"),
        ("--folds 11", "11 is not in the range 1<=x<=10"),
    ],
)
def test_wrong_options_are_refused_with_advice(folder: Path, arguments: str, message: str) -> None:
    done = run(f"tastemaker evaluate --project examples/movielens {arguments}", folder)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr
