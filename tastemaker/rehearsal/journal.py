"""What happened in a rehearsal, day by day, read off the executions and the traffic."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tastemaker.rehearsal.play import Played
    from tastemaker.runner.interpreter.execution import Execution

DAY_SECONDS = 86_400


@dataclass(frozen=True)
class Happening:
    """One execution, for table and timeline.

    Attributes:
        end: None while it runs.
        facts: short words on what it did, e.g. `for-you trained`, `for-you RELEASED`.
        cause: of a failure; None otherwise.
    """

    machine: str
    name: str
    status: str
    start: float
    end: float | None
    transitions: int
    nested: bool
    facts: tuple[str, ...]
    cause: str | None


@dataclass(frozen=True)
class Day:
    """Counts of one virtual day.

    Attributes:
        start: its beginning, epoch seconds.
        runs: executions that a schedule or a person started, by machine and mode, e.g. `maintain FULL`.
        decisions: release decisions by their word.
    """

    start: float
    runs: Counter[str]
    imported: int
    trained: int
    decisions: Counter[str]
    requests: int
    unanswered: int
    events: int
    refused_events: int
    failed: int
    transitions: int


def build_happenings(executions: Iterable[Execution]) -> list[Happening]:
    """All executions in the order of their start."""
    return [
        Happening(
            execution.machine,
            execution.name,
            execution.status,
            execution.started_at,
            execution.stopped_at,
            execution.transitions,
            execution.parent is not None,
            tuple(_facts(execution)),
            _cause(execution),
        )
        for execution in executions
    ]


def _cause(execution: Execution) -> str | None:
    if execution.status in {"SUCCEEDED", "RUNNING"}:
        return None
    return f"{execution.error or execution.status}: {execution.cause or 'no cause was given'}"


def _facts(execution: Execution) -> Iterable[str]:
    output: dict[str, Any] = execution.output if isinstance(execution.output, dict) else {}
    if execution.machine == "import-data":
        yield from (f"{entry['DatasetType']} {entry['Status']}" for entry in output.get("Imports", ()))
    if execution.machine == "train" and "SolutionName" in output:
        yield f"{output['SolutionName']} trained"
    if execution.machine == "release" and "Decision" in output:
        yield f"{output['CampaignName']} {output['Decision']}"


def build_days(executions: Sequence[Execution], played: Played) -> list[Day]:
    """One row per virtual day, empty days included; an execution counts on the day it began."""
    count = max(1, -int(-(played.end - played.start) // DAY_SECONDS))
    return [
        _build_day(executions, played, played.start + number * DAY_SECONDS, number == count - 1)
        for number in range(count)
    ]


def _build_day(executions: Sequence[Execution], played: Played, start: float, last: bool) -> Day:
    end = float("inf") if last else start + DAY_SECONDS
    todays = [execution for execution in executions if start <= execution.started_at < end]
    sessions = [one for one in played.answered if start <= one.at < end]
    asked = [one.requested for one in sessions if one.requested is not None]
    facts = Counter(fact.rpartition(" ")[2] for execution in todays for fact in _facts(execution))
    return Day(
        start=start,
        runs=Counter(_run(execution) for execution in todays if execution.parent is None),
        imported=facts["IMPORTED"],
        trained=facts["trained"],
        decisions=Counter({word: facts[word] for word in ("RELEASED", "HELD", "UNCHANGED") if facts[word]}),
        requests=sum(status == 200 for status in asked),
        unanswered=sum(status != 200 for status in asked),
        events=sum(one.accepted for one in sessions),
        refused_events=sum(one.events - one.accepted for one in sessions),
        failed=sum(execution.status not in {"SUCCEEDED", "RUNNING"} for execution in todays),
        transitions=sum(execution.transitions for execution in todays),
    )


def _run(execution: Execution) -> str:
    mode = execution.input.get("Mode") if isinstance(execution.input, dict) else None
    return execution.machine if mode is None else f"{execution.machine} {mode}"
