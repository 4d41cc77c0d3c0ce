"""`tastemaker compare` from data to advice: one that must win, and candidates that are the same."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.support.command_line import run_command
from tests.support.project_files import edit, write_csv, write_project

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("compare")]

HEADER = "USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE,EVENT_VALUE"
PROJECT = edit("    sql: sql/interactions.sql", "    path: clicks.csv") + "silence: {stale-data: it is made up}\n"
USERS, EVENTS, ITEMS = 120, 14, 60


def walk(user: int, event: int, _rng: np.random.Generator) -> int:
    """Everybody goes from an item to the next one: what comes is known from the item before, not from popularity."""
    return (11 * user + event) % ITEMS


def chance(_user: int, _event: int, rng: np.random.Generator) -> int:
    """Nothing can be known."""
    return int(rng.integers(0, ITEMS))


def make_shop(folder: Path, choose: Callable[[int, int, np.random.Generator], int]) -> Path:
    rng = np.random.default_rng(7)
    rows = [
        f"u{user},i{choose(user, event, rng):02},{1_700_000_000 + 3_600 * event + user},view,1"
        for event in range(EVENTS)
        for user in range(USERS)
    ]
    write_project(folder, PROJECT)
    write_csv(folder / "clicks.csv", HEADER, rows)
    return folder


def compare(folder: Path, *more: str | Path) -> dict[str, Any]:
    done = run_command("compare", "--project", folder, "--folds", "2", "--json", *more)
    assert done.code == 0, done.err
    report: dict[str, Any] = json.loads(done.out)
    return report


@pytest.fixture(scope="module")
def walking(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    folder = make_shop(tmp_path_factory.mktemp("walking"), walk)
    recipes = ("--recipe", "similar-items", "--recipe", "trending-now")
    return folder, compare(folder, *recipes, "--html", folder / "pages/report.html")


def test_what_follows_an_item_wins_where_everybody_walks(walking: tuple[Path, dict[str, Any]]) -> None:
    _, report = walking
    assert {name: one["standing"] for name, one in report["candidates"].items()} == {
        "popularity": "worse", "similar-items": "best", "trending-now": "worse",
    }  # fmt: skip
    advice = report["recommendation"]
    assert (advice["candidate"], advice["verdict"]) == ("similar-items", "better than all others")
    assert report["cases"] == 2
    assert report["users"] == USERS < report["requests"]
    assert report["candidates"]["similar-items"]["monthly_usd"]["total"] == pytest.approx(146, abs=1)
    assert all(one["training_seconds"] >= 0 for one in report["candidates"].values())


def test_the_page_holds_the_figures_of_the_report(walking: tuple[Path, dict[str, Any]]) -> None:
    folder, report = walking
    page = (folder / "pages/report.html").read_text(encoding="utf-8")
    assert report["recommendation"]["headline"] in page
    for one in report["candidates"].values():
        assert f"{one['metrics'][report['metric']]['value']:.4f}" in page
    assert [path.name for path in (folder / "pages").iterdir()] == ["report.html"]


def test_the_same_seed_gives_the_same_report_but_for_seconds(walking: tuple[Path, dict[str, Any]]) -> None:
    folder, report = walking
    again = compare(folder, "--recipe", "similar-items", "--recipe", "trending-now")
    for one in (*report["candidates"].values(), *again["candidates"].values()):
        one.pop("training_seconds", None)
    assert again == report


def test_candidates_that_know_nothing_cannot_be_told_apart(tmp_path: Path) -> None:
    folder = make_shop(tmp_path, chance)
    done = run_command("compare", "--project", folder, "--recipe", "similar-items", "--recipe", "trending-now")
    assert done.code == 0, done.err
    assert "The data do not decide: nothing is shown to be better than popularity." in done.out
    assert "worse" not in done.out
    assert "Local algorithms stand in for the service's" in done.out
    assert "similar-items: trained" in done.err


def test_settings_of_a_file_are_trained_as_declared(walking: tuple[Path, dict[str, Any]]) -> None:
    folder, _ = walking
    file = folder / "candidates.yaml"
    file.write_text(
        "compare:\n"
        "  together: {recipe: aws-sims, hyperparameters: {min_cointeraction_count: 0}}\n"
        "  never: {recipe: aws-sims, eventType: buy}\n",
        encoding="utf-8",
    )
    report = compare(folder, "--candidates", file)
    assert report["candidates"]["together"]["settings"] == {"hyperparameters": {"min_cointeraction_count": 0}}
    assert list(report["candidates"]) == ["popularity", "together"]
    assert report["skipped"]["never"].startswith("cannot be trained: ")


def test_a_candidate_whose_training_fails_on_the_way_is_reported_and_the_others_are_compared(tmp_path: Path) -> None:
    """Nobody bought anything before the first cut, which leaves nothing to learn from to who learns from purchases."""
    make_shop(tmp_path, walk)
    rows = [
        f"u{user},i{walk(user, event, np.random.default_rng()):02},{1_700_000_000 + 3_600 * event + user},{kind},1"
        for event in range(50)
        for user in range(USERS)
        for kind in ("buy" if event >= 41 else "view",)
    ]
    write_csv(tmp_path / "clicks.csv", HEADER, rows)
    file = tmp_path / "candidates.yaml"
    file.write_text("compare: {all: {recipe: aws-sims}, bought: {recipe: aws-sims, eventType: buy}}\n", "utf-8")
    arguments = (
        "compare",
        "--project",
        tmp_path,
        "--folds",
        "2",
        "--candidates",
        file,
        "--html",
        tmp_path / "page.html",
    )
    done = run_command(*arguments, "--json")
    report = json.loads(done.out)
    assert done.code == 3
    assert report["failed"] == {
        "bought": {
            "case": "cut-80", "reason": "The Interactions dataset holds no interaction that this solution may use."
        }
    }  # fmt: skip
    assert list(report["candidates"]) == ["popularity", "all"]
    assert report["recommendation"]["candidate"] == "all"
    told = "bought failed, its training at cut-80 ended with: The Interactions dataset holds no interaction"
    assert told in (tmp_path / "page.html").read_text("utf-8")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--recipe", "similar-itms"), "Did you mean"),
        (("--truth", "purchase"), "no user has an input and something new of type purchase after it"),
        (("--folds", "10"), "10 is not in the range 1<=x<=9"),
        (("--metric", "ndcg"), "'ndcg' is not one of"),
        (("--candidates", "nowhere.yaml"), "there is no such file"),
    ],
)
def test_wrong_options_end_with_code_2_and_advice(
    walking: tuple[Path, dict[str, Any]], arguments: tuple[str, ...], message: str
) -> None:
    done = run_command("compare", "--project", walking[0], *arguments)
    assert (done.code, done.out) == (2, "")
    assert message in done.err
