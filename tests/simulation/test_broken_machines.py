"""Machines that were broken on purpose are caught by the weeks that the sound ones pass."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulation.stories import break_machine, find_violations

SEEDS = range(60)

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


@pytest.mark.parametrize(
    ("machine", "change", "invariant"),
    [
        ("release", without_gate, "no release of what the gate refuses"),
        ("train", without_deadline, "every failure has a named cause"),
        ("maintain", without_lease, "no billable orphan"),
    ],
)
def test_a_broken_machine_is_caught(machine: str, change: Any, invariant: str) -> None:
    found = find_violations(SEEDS, break_machine(machine, change))
    assert found is not None
    assert invariant in {violation.invariant for violation in found[1]}
