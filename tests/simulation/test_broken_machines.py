"""Machines that were broken on purpose are caught in stories that the sound ones pass."""

from __future__ import annotations

from typing import Any

import pytest

from tastemaker.rehearsal.replay import Quality
from tastemaker.rehearsal.scenario import Act, Deed, Scenario
from tastemaker.simulator.faults import Fault, Faults, Kind
from tests.simulation.stories import break_machine, play_story

DAY = 86_400.0

pytestmark = pytest.mark.slow


def never(state: dict[str, Any], word: str) -> None:
    """The rules of a Choice whose condition holds this word are never met; the definition stays valid."""
    for rule in state["Choices"]:
        if word in rule["Condition"]:
            rule["Condition"] = "{% false %}"


def without_gate(release: dict[str, Any]) -> None:
    never(release["States"]["Is it good enough"], "$reasons")


def without_deadline(train: dict[str, Any]) -> None:
    never(train["States"]["Judge solution version"], "$waitedSeconds")


def without_lease(maintain: dict[str, Any]) -> None:
    del maintain["States"]["Take lease"]["Arguments"]["ConditionExpression"]


HASTY = tuple(Act(DAY + 3_600 + second, Deed.MAINTAIN) for second in (0, 1))
STUCK = Faults((Fault(kind=Kind.STUCK, operation="CreateSolutionVersion", count=1, after_seconds=DAY),))
STORIES = {
    "release": Scenario(1, 2 * DAY, arrivals=(Quality.SCRAMBLED, Quality.GOOD), acts=HASTY[:1]),
    "train": Scenario(1, 4 * DAY, STUCK, (Quality.GOOD,) * 4, HASTY[:1]),
    "maintain": Scenario(1, 2 * DAY, arrivals=(Quality.GOOD,) * 2, acts=HASTY),
}


@pytest.mark.parametrize("machine", STORIES)
def test_a_sound_machine_passes(machine: str) -> None:
    assert play_story(STORIES[machine]).violations == ()


@pytest.mark.parametrize(
    ("machine", "change", "invariant"),
    [
        ("release", without_gate, "no release of what the gate refuses"),
        ("train", without_deadline, "every failure has a named cause"),
        ("maintain", without_lease, "one maintenance at a time"),
    ],
)
def test_a_broken_machine_is_caught(machine: str, change: Any, invariant: str) -> None:
    violations = play_story(STORIES[machine], break_machine(machine, change)).violations
    assert invariant in {violation.invariant for violation in violations}
