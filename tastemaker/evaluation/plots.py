"""Figures with intervals as marks in small SVG pictures: side by side, and against something else."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

WIDTH, LEFT, SCATTER_HEIGHT, LANE, BOTTOM = 400, 44, 250, 38, 40
_TICKS = 5
_NEAR = 14
"""Labels of marks that are nearer than this are written as one."""
_PARTS = {"x": "value", "low": "low", "high": "high"}


@dataclass(frozen=True)
class Mark:
    """One candidate with its interval, which lies along the axis of the metric; units of the picture."""

    label: str
    kind: str
    x: float
    y: float
    low: float
    high: float


@dataclass(frozen=True)
class Tick:
    at: float
    label: str
    is_zero: bool


@dataclass(frozen=True)
class Plot:
    """One picture.

    Attributes:
        text: the same in words, for those who do not see it.
        labels: (x, y, text); one text stands for marks that lie on each other.
    """

    title: str
    text: str
    height: float
    across: tuple[Tick, ...]
    marks: tuple[Mark, ...]
    up: tuple[Tick, ...] = ()
    labels: tuple[tuple[float, float, str], ...] = ()
    axis: str = ""
    width: int = WIDTH
    left: int = LEFT


@dataclass(frozen=True)
class Scale:
    """From figures to units of the picture; `end` may be before `start`."""

    low: float
    high: float
    start: float
    end: float

    def place(self, value: float) -> float:
        return round(self.start + (self.end - self.start) * (value - self.low) / (self.high - self.low), 1)

    def ticks(self, show: Callable[[float], str]) -> tuple[Tick, ...]:
        """At most `_TICKS` round figures."""
        span = (self.high - self.low) / _TICKS
        power = 10 ** math.floor(math.log10(span))
        step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= span)
        first, last = math.ceil(self.low / step - 1e-9), math.floor(self.high / step + 1e-9)
        return tuple(Tick(self.place(at * step), show(at * step), at == 0) for at in range(first, last + 1))


def _span(values: Sequence[float], *, from_zero: bool) -> tuple[float, float]:
    """Lowest and highest with some room; never empty."""
    low, high = min(values), max(values)
    low = min(low, 0.0) if from_zero else low
    room = 0.05 * (high - low) or 0.05 * abs(high) or 1.0
    return (low - room if low < 0 or not from_zero else low), high + room


def draw_whiskers(
    title: str,
    labels: Sequence[str],
    kinds: Sequence[str],
    figures: Sequence[Mapping[str, float]],
    show: Callable[[Mapping[str, float]], str],
) -> Plot:
    """One line for each figure, in the given order; `show` says it in words."""
    scale = Scale(*_span([one[end] for one in figures for end in ("low", "high")], from_zero=True), 4, WIDTH - 10)
    marks = tuple(
        Mark(label, kind, y=LANE * place + 26, **{at: scale.place(one[part]) for at, part in _PARTS.items()})
        for place, (label, kind, one) in enumerate(zip(labels, kinds, figures, strict=True))
    )
    text = "; ".join(f"{label} {show(one)}" for label, one in zip(labels, figures, strict=True))
    return Plot(title, text, LANE * len(labels) + 26, scale.ticks(lambda value: f"{value:.3g}"), marks)


def draw_scatter(
    metric: str,
    axis: tuple[str, str],
    kinds: Sequence[str],
    across: Sequence[float],
    figures: Sequence[Mapping[str, float]],
) -> Plot:
    """The metric upwards, with its intervals; candidates by their numbers in the table."""
    what, unit = axis
    horizontal = Scale(*_span(across, from_zero=True), LEFT, WIDTH - 20)
    ends = [one[end] for one in figures for end in ("low", "high")]
    vertical = Scale(*_span(ends, from_zero=True), SCATTER_HEIGHT - BOTTOM, 12)
    marks = tuple(
        Mark(str(place), kind, horizontal.place(x), *map(vertical.place, (one["value"], one["low"], one["high"])))
        for place, (kind, x, one) in enumerate(zip(kinds, across, figures, strict=True), 1)
    )
    text = "; ".join(
        f"{mark.label}: {metric} {one['value']:.4f} at {x:,.1f} {unit}"
        for mark, x, one in zip(marks, across, figures, strict=True)
    )
    return Plot(
        f"{metric} against {what}",
        text,
        SCATTER_HEIGHT,
        horizontal.ticks(lambda value: f"{value:,.4g}"),
        marks,
        vertical.ticks(lambda value: f"{value:.3g}"),
        _join_labels(marks),
        unit,
    )


def _join_labels(marks: Sequence[Mark]) -> tuple[tuple[float, float, str], ...]:
    """One text for marks that lie on each other."""
    groups: list[list[Mark]] = []
    for mark in marks:
        near = next((group for group in groups if math.dist((group[0].x, group[0].y), (mark.x, mark.y)) < _NEAR), None)
        if near is None:
            groups.append([mark])
        else:
            near.append(mark)
    return tuple((group[0].x, group[0].y, ", ".join(mark.label for mark in group)) for group in groups)
