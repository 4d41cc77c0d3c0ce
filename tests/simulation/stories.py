"""Stories of the shop beside this file, many seeds of them, on plans that may have been broken on purpose."""

from __future__ import annotations

import atexit
import contextlib
import copy
import tempfile
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tastemaker.cli.inspecting import Checked, check_project
from tastemaker.data.database import open_database
from tastemaker.local import Local
from tastemaker.rehearsal.replay import Replay
from tastemaker.rehearsal.scenario import Scenario, mixed_scenario
from tastemaker.rehearsal.story import Told, shrink, tell

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tastemaker.plan.specs import Plan
    from tastemaker.rehearsal.witness import Violation

SHOP = Path("tests/simulation/shop")
DAYS = 7
WEEK_SECONDS = DAYS * 86_400.0


@cache
def shop() -> Checked:
    return check_project(SHOP / "tastemaker.yaml", "dev")


def start_time() -> float:
    """The same for all stories, also for those that were shortened."""
    return shop().day_after_newest_interaction() - WEEK_SECONDS


@cache
def history() -> Replay:
    """What all stories replay; opening a database takes as long as an hour of a story."""
    stack = contextlib.ExitStack()
    atexit.register(stack.close)
    database = stack.enter_context(open_database())
    folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="tastemaker-"))
    return Replay(database, shop().files, Path(folder), start_time(), streams=True)


def play_story(
    scenario: Scenario, plan: Plan | None = None, look: Callable[[Local], None] = lambda _local: None
) -> Told:
    """One story from its beginning; the plan is the shop's own unless another is given. `look` sees how it ended."""
    start = start_time()
    with Local(plan or shop().plan, start_time=start, seed=scenario.seed, faults=scenario.faults) as local:
        told = tell(local, history(), scenario, start)
        look(local)
        return told


@dataclass(frozen=True)
class Broken:
    """A seed whose story went wrong, and the least that still goes wrong."""

    seed: int
    violations: Sequence[Violation]
    smallest: Scenario

    def __str__(self) -> str:
        found = "\n".join(f"  {one.at:.0f} {one.invariant}: {one.what}" for one in self.violations)
        replay = f"tastemaker run --project {SHOP} --until {DAYS}d --faults mixed --seed {self.seed}"
        return f"{found}\nreplay: {replay}\nsmallest: {self.smallest}"


def find_violations(seeds: range, plan: Plan | None = None) -> tuple[int, Sequence[Violation]] | None:
    """The first of these seeds whose story breaks an invariant; None when all hold."""
    for seed in seeds:
        violations = play_story(mixed_scenario(seed, WEEK_SECONDS), plan).violations
        if violations:
            return seed, violations
    return None


def find_broken(seeds: range) -> Broken | None:
    """What `find_violations` finds in the shop's own plan, shrunk."""
    found = find_violations(seeds)
    if found is None:
        return None
    seed, _ = found
    smallest, violations = shrink(mixed_scenario(seed, WEEK_SECONDS), lambda one: play_story(one).violations)
    return Broken(seed, violations, smallest)


def break_machine(name: str, change: Callable[[dict[str, Any]], None]) -> Plan:
    """The shop's plan with one machine changed; `change` gets a copy of its definition."""
    plan = shop().plan
    broken = copy.deepcopy(plan.machine(name))
    change(broken.definition)
    return replace(plan, machines=tuple(broken if machine.name == name else machine for machine in plan.machines))
