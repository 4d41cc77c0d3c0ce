"""Why an event may change nothing, and the trial itself against a way in that tests control."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tastemaker.cli.event_trial import Marked, check_declared, find_asked, run_trial
from tastemaker.model.load import load_project
from tastemaker.plan.build import build_plan
from tests.support.workflows import SHOP

if TYPE_CHECKING:
    from pathlib import Path

    from tastemaker.plan.specs import Plan

OWN = SHOP.replace("  popular: {recipe: aws-popularity-count}", "  popular: {recipe: aws-user-personalization-v2}") + (
    "eventTracker: {name: clicks}\nendpoints: {recommendations: {campaign: popular}}\n"
)


class Door:
    """Gives one list after the other, the last one for ever."""

    def __init__(self, *lists: str) -> None:
        self._lists, self.sent = [tuple(items) for items in lists], list[Marked]()

    def ask(self, user_id: str) -> tuple[str, ...]:
        assert user_id == "tastemaker-doctor-1000"
        return self._lists.pop(0) if len(self._lists) > 1 else self._lists[0]

    def tell(self, event: Marked) -> str:
        self.sent.append(event)
        return "somebody"


def trial(door: Door, item: str | None = None) -> dict[str, tuple[str, str]]:
    checks, _ = run_trial(
        door, "click", user_id=None, item_id=item, wait_seconds=1, now=lambda: 1000.9, pause=lambda _seconds: None
    )
    return {check.name: (check.verdict, check.found) for check in checks}


def declared(folder: Path, text: str, event_type: str = "click") -> dict[str, tuple[str, str]]:
    (folder / "tastemaker.yaml").write_text(text, encoding="utf-8")
    plan: Plan = build_plan(load_project(folder / "tastemaker.yaml"))
    return {check.name: (check.verdict, check.found) for check in check_declared(plan, find_asked(plan), event_type)}


def test_an_answer_that_changes_in_time_is_an_effect() -> None:
    door = Door("abc", "abc", "abc", "abc", "acb")
    assert trial(door)["effect"] == ("ok", "2 of 3 places changed within 1 s")
    assert door.sent == [Marked("tastemaker-doctor-1000", "click", "c", "tastemaker-doctor-1000", 1000)]


def test_an_answer_that_stays_is_none() -> None:
    assert trial(Door("abc"))["effect"] == ("failed", "the answer is the same after 1 s")


def test_answers_that_differ_by_themselves_prove_little() -> None:
    assert trial(Door("abc", "acb"))["rest"] == ("warning", "answers differ without any event")


def test_an_item_that_is_not_recommended_may_be_unknown() -> None:
    assert trial(Door("abc"), item="z")["item"] == ("warning", "z is not in the answer")


def test_an_empty_answer_ends_the_trial_before_anything_is_sent() -> None:
    door = Door("")
    assert (trial(door), door.sent) == ({"answer": ("failed", "the answer is empty")}, [])


def test_what_the_project_tells_is_well(tmp_path: Path) -> None:
    assert declared(tmp_path, OWN) == {
        "tracker": ("ok", "declared, for dataset group shop-dev"),
        "recipe": ("ok", "aws-user-personalization-v2 learns from events in real time"),
        "event-type": ("ok", "click; the solution uses every type"),
    }


@pytest.mark.parametrize(
    ("old", "new", "name", "found"),
    [
        ("eventTracker: {name: clicks}\n", "", "tracker", "the project declares no event tracker"),
        (
            "aws-user-personalization-v2}",
            "aws-user-personalization-v2, eventType: buy}",
            "event-type",
            "the solution uses buy, not click",
        ),
        (
            "endpoints: {recommendations: {campaign: popular}}",
            "endpoints: {related: {campaign: similar}}",
            "recipe",
            "nothing answers users in real time",
        ),
    ],
)
def test_why_an_event_may_change_nothing(tmp_path: Path, old: str, new: str, name: str, found: str) -> None:
    text = OWN if name != "recipe" else OWN.replace("aws-user-personalization-v2", "aws-popularity-count")
    assert text.count(old) == 1
    assert declared(tmp_path, text.replace(old, new))[name] == ("failed", found)
