"""`tastemaker run --until`: months of schedules, arriving data and users on one virtual clock."""

from __future__ import annotations

import tempfile
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.text import Text

from tastemaker.cli.screen import duration, show_cost, table
from tastemaker.data.database import open_database
from tastemaker.facts.prices import PRICES
from tastemaker.rehearsal.journal import build_days, build_happenings
from tastemaker.rehearsal.replay import Replay
from tastemaker.rehearsal.scenario import calm_scenario, mixed_scenario
from tastemaker.rehearsal.story import tell
from tastemaker.rehearsal.traffic import can_stream
from tastemaker.simulator.faults import PROFILES

if TYPE_CHECKING:
    from rich.console import Console

    from tastemaker.cli.journey import Run
    from tastemaker.rehearsal.journal import Day
    from tastemaker.rehearsal.scenario import Scenario
    from tastemaker.rehearsal.story import Told
    from tastemaker.simulator.faults import Faults


def build_scenario(seed: int, length_seconds: float, faults: Faults) -> Scenario:
    """The profile `mixed` stands for all that a seed can think of, bad files and hasty people included."""
    if faults == PROFILES["mixed"]:
        return mixed_scenario(seed, length_seconds)
    return calm_scenario(seed, length_seconds, faults)


def tell_months(run: Run, scenario: Scenario) -> Told:
    """Deploy with what was known at the start, then let time pass."""
    with open_database() as database, tempfile.TemporaryDirectory(prefix="tastemaker-") as folder:
        streams = can_stream(run.local.plan.routes)
        replay = Replay(database, run.files, Path(folder), run.start_time, streams=streams)
        return tell(run.local, replay, scenario, run.start_time)


def build_months_report(run: Run, told: Told) -> dict[str, Any]:
    """What `run --until --json` prints beside the report of every run."""
    played = told.played
    executions = run.local.engine.executions
    return {
        "days": [
            {
                "day": number,
                "runs": dict(day.runs), "imported": day.imported, "trained": day.trained,
                "decisions": dict(day.decisions), "requests": day.requests, "unanswered": day.unanswered,
                "events": day.events, "refused_events": day.refused_events, "failed": day.failed,
                "transitions": day.transitions,
            }
            for number, day in enumerate(build_days(executions, played), 1)
        ],
        "failures": [
            {"machine": one.machine, "name": one.name, "at": one.start, "cause": one.cause}
            for one in build_happenings(executions)
            if one.cause is not None
        ],
        "violations": [asdict(violation) for violation in told.violations],
        "step_functions_usd": round(transitions_usd(sum(execution.transitions for execution in executions)), 4),
    }  # fmt: skip


def transitions_usd(transitions: int) -> float:
    """Price of state transitions in Standard workflows."""
    return transitions * PRICES.state_transition


def show_months(console: Console, run: Run, told: Told) -> None:
    """One line per virtual day, then every failure with its cause, then what it would have cost."""
    executions, played = run.local.engine.executions, told.played
    days = build_days(executions, played)
    columns = (
        "day", "date", "runs", "imports", "trainings", "releases", "requests", "events", "failed", "transitions", "USD",
    )  # fmt: skip
    rows = [_row(number, day) for number, day in enumerate(days, 1)]
    console.print(table(columns, rows, right=(0, 3, 4, 6, 7, 8, 9, 10)))
    console.print()
    for one in build_happenings(executions):
        if one.cause is not None and not one.nested:
            console.print(Text.assemble((f"{one.status} ", "red"), f"{one.machine} {one.name}: {one.cause}"))
    for violation in told.violations:
        console.print(Text.assemble(("VIOLATED ", "bold red"), f"{violation.invariant}: {violation.what}"))
    cost = run.local.simulator.meter.report(run.local.engine.now())
    transitions = sum(execution.transitions for execution in executions)
    lines = {line: amount for line, amount in cost.items() if amount and line != "total"}
    around = {f"Step Functions, {transitions:,} transitions": transitions_usd(transitions)}
    if run.local.athena is not None:
        around["Athena"] = run.local.athena.report_usd()
    show_cost(console, {**lines, **around, "total": cost["total"] + sum(around.values())})
    console.print(f"\n{duration(played.end - played.start)} of virtual time, {run.real_seconds():.1f} s of real time.")


def _row(number: int, day: Day) -> tuple[object, ...]:
    decisions = ", ".join(f"{count} {word.lower()}" for word, count in sorted(day.decisions.items()))
    requests = f"{day.requests}" + (f" (+{day.unanswered} refused)" if day.unanswered else "")
    events = f"{day.events}" + (f" (+{day.refused_events} refused)" if day.refused_events else "")
    return (
        number,
        datetime.fromtimestamp(day.start, UTC).strftime("%a %d %b"),
        ", ".join(f"{count} {run}" if count > 1 else run for run, count in sorted(day.runs.items())),
        day.imported or "",
        day.trained or "",
        decisions,
        requests,
        events,
        Text(str(day.failed), style="red") if day.failed else "",
        day.transitions,
        f"{transitions_usd(day.transitions):.3f}",
    )
