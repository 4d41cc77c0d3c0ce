"""The story of a rehearsal as one HTML page: every execution on the virtual clock, events per day, failures."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tastemaker.pages.render import render_page
from tastemaker.rehearsal.journal import build_days, build_happenings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tastemaker.rehearsal.journal import Happening
    from tastemaker.rehearsal.play import Played
    from tastemaker.runner.interpreter.execution import Execution

WIDTH, LANE, LEFT, TOP = 1100, 26, 120, 30
_LEAST_WIDTH = 3.0
"""A bar can always be seen and pointed at, however short the execution was."""


@dataclass(frozen=True)
class Bar:
    x: float
    width: float
    lane: int
    status: str
    title: str


def build_timeline(title: str, executions: Sequence[Execution], played: Played) -> str:
    """The page: one file, no scripts, nothing loaded from elsewhere; light and dark by the reader's setting."""
    happenings = build_happenings(executions)
    machines = list(dict.fromkeys(one.machine for one in happenings))
    days = build_days(executions, played)
    return render_page(
        "rehearsal/timeline.html",
        title=title,
        subject="timeline",
        width=WIDTH,
        left=LEFT,
        top=TOP,
        lane=LANE,
        machines=machines,
        days=[(_x(day.start, played), _date(day.start), day) for day in days],
        day_width=(WIDTH - LEFT) / len(days),
        most_events=max([day.events for day in days] + [1]),
        bars=[_bar(one, machines.index(one.machine), played) for one in happenings],
        failures=[(_moment(one.start), one) for one in happenings if one.cause is not None],
        span=f"{_moment(played.start)} to {_moment(played.end)} UTC",
        executions=len(happenings),
        transitions=sum(one.transitions for one in happenings),
    )


def _bar(one: Happening, lane: int, played: Played) -> Bar:
    start, end = _x(one.start, played), _x(played.end if one.end is None else one.end, played)
    lines = [f"{one.machine} {one.name}", f"{one.status}, began {_moment(one.start)} UTC", *one.facts]
    if one.cause is not None:
        lines.append(one.cause)
    return Bar(start, max(end - start, _LEAST_WIDTH), lane, one.status.lower(), "\n".join(lines))


def _x(moment: float, played: Played) -> float:
    share = (moment - played.start) / (played.end - played.start)
    return round(LEFT + min(max(share, 0.0), 1.0) * (WIDTH - LEFT), 2)


def _date(epoch: float) -> str:
    return datetime.fromtimestamp(epoch, UTC).strftime("%a %d %b")


def _moment(epoch: float) -> str:
    return datetime.fromtimestamp(epoch, UTC).strftime("%Y-%m-%d %H:%M:%S")
