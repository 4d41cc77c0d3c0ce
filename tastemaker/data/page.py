"""The report on a project's data as one HTML page: findings, figures, plots; no scripts, nothing loaded."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tastemaker.facts.failure_reasons import is_documented
from tastemaker.pages.render import render_page

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tastemaker.data.figures import Figures
    from tastemaker.data.report import DataReport
    from tastemaker.errors import Finding

WIDTH, HEIGHT, LEFT, BOTTOM = 520, 190, 58, 28


@dataclass(frozen=True)
class Curve:
    """A long tail on logarithmic axes.

    Attributes:
        points: of an SVG polyline.
        across, up: (place, label) of the ticks.
        facts: sentences that say what the curve shows.
    """

    points: str
    across: tuple[tuple[float, str], ...]
    up: tuple[tuple[float, str], ...]
    facts: tuple[str, ...]


def build_page(title: str, findings: Sequence[Finding], data: DataReport | None) -> str:
    """The page; light and dark by the reader's setting. Ids of users and items do not appear in it."""
    figures = None if data is None else data.figures
    return render_page(
        "data/page.html",
        title=title,
        subject="data",
        errors=[finding for finding in findings if finding.severity == "error"],
        warnings=[finding for finding in findings if finding.severity == "warning"],
        silenced=() if data is None else data.silenced,
        datasets=[] if data is None else list(data.datasets.values()),
        figures=figures,
        bars=() if figures is None else _draw_bars(figures),
        most=0 if figures is None else max(count for _, count in figures.by_time),
        curves={} if figures is None else _draw_curves(figures),
        date=_date,
        is_documented=is_documented,
        width=WIDTH,
        height=HEIGHT,
        left=LEFT,
        bottom=BOTTOM,
    )


def _draw_curves(figures: Figures) -> dict[str, Curve]:
    tails = {"users": figures.user_tail, "items": figures.item_tail}
    return {what: _draw_curve(tail, what) for what, tail in tails.items() if tail}


def _draw_bars(figures: Figures) -> tuple[tuple[float, float, float, str], ...]:
    """(x, width, height, title) of each bar."""
    most = max(count for _, count in figures.by_time)
    step = (WIDTH * 2 - LEFT) / len(figures.by_time)
    room = HEIGHT - BOTTOM - 10
    return tuple(
        (LEFT + at * step, max(step - 1, 0.8), room * count / most, f"{_date(start)}: {count:,} interactions")
        for at, (start, count) in enumerate(figures.by_time)
    )


def _draw_curve(tail: Sequence[tuple[int, int]], what: str) -> Curve:
    last_rank, most = tail[-1][0], tail[0][1]
    points = " ".join(f"{_across(rank, last_rank):.1f},{_up(count, most):.1f}" for rank, count in tail)
    across = tuple((_across(tick, last_rank), f"{tick:,}") for tick in _powers(last_rank))
    up = tuple((_up(tick, most), f"{tick:,}") for tick in _powers(most))
    middle = min(tail, key=lambda point: abs(point[0] - last_rank / 2))[1]
    facts = (f"{last_rank:,} {what}; the busiest has {most:,} interactions, the one in the middle about {middle:,}.",)
    return Curve(points, across, up, facts)


def _across(rank: int, last: int) -> float:
    return LEFT + (WIDTH - LEFT - 10) * (math.log(rank) / math.log(last) if last > 1 else 0)


def _up(count: int, most: int) -> float:
    return 10 + (HEIGHT - BOTTOM - 10) * (1 - (math.log(count) / math.log(most) if most > 1 else 1))


def _powers(most: int) -> list[int]:
    return [10**power for power in range(int(math.log10(max(most, 1))) + 1)]


def _date(epoch: int | None) -> str:
    """As written where it is no time of this calendar, which the findings tell."""
    if epoch is None:
        return ""
    try:
        return datetime.fromtimestamp(epoch, UTC).strftime("%Y-%m-%d")
    except (ValueError, OverflowError, OSError):
        return str(epoch)
