"""Popularity and age of items as they were at a moment: never anything after it.

Decayed counts are kept on a grid of moments, so that a request costs one look-up. The grid has the same number of
events in every cell: it is fine where much happens.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tastemaker.simulator.recipes.base import FloatArray, LongArray
    from tastemaker.simulator.recipes.histories import Histories, Moments

DAY_SECONDS = 86_400.0
GRID_CELLS = 256


def build_grid(histories: Histories, cells: int = GRID_CELLS) -> LongArray:
    """Distinct moments, ascending, the last one the newest event; shape (at most cells,)."""
    return np.unique(np.quantile(histories.times, np.linspace(0.0, 1.0, cells), method="lower"))


def decayed_counts(histories: Histories, items: int, grid: LongArray, days: float) -> FloatArray:
    """Events of each item up to and including each moment, weighted by e^(-age / days); shape (moments, items).

    Events that weigh count their weight.
    """
    tau = days * DAY_SECONDS
    cells = np.searchsorted(grid, histories.times, side="left")
    inside = cells < grid.size
    cells, codes, times = cells[inside], histories.items[inside], histories.times[inside]
    weights = np.exp((times - grid[cells]) / tau)
    if histories.weights is not None:
        weights *= histories.weights[inside]
    flat = np.bincount(cells * items + codes, weights=weights, minlength=grid.size * items)
    counts: FloatArray = flat.reshape(grid.size, items).astype(np.float32)
    fades = np.exp(-np.diff(grid) / tau).astype(np.float32)
    for cell in range(1, grid.size):
        counts[cell] += fades[cell - 1] * counts[cell - 1]
    return counts


def first_seen(histories: Histories, items: int) -> LongArray:
    """Epoch seconds of each item's first event; the newest event of all for items without one."""
    seen = np.full(items, histories.times.max())
    np.minimum.at(seen, histories.items, histories.times)
    return seen


def freshness(seen: LongArray, grid: LongArray, days: float) -> FloatArray:
    """e^(-age / days) of each item at each moment, 0 before its first event; shape (moments, items)."""
    age = ((grid[:, None] - seen[None, :]) / (days * DAY_SECONDS)).astype(np.float32)
    fresh = np.exp(-np.maximum(age, 0.0))
    fresh[age < 0] = 0.0
    return fresh


@dataclass(frozen=True)
class TrendGrid:
    """What does not depend on the user, by moment.

    Attributes:
        moments: epoch seconds, ascending, shape (moments,).
        features: shape (features, moments, items), standardised.
        names: of the features.
        newest: epoch seconds of the newest training event.
    """

    moments: LongArray
    features: FloatArray
    names: tuple[str, ...]
    newest: int

    def weigh(self, weights: FloatArray) -> FloatArray:
        """Weighted sum of the features, shape (moments, items)."""
        return np.tensordot(weights, self.features, 1)

    def cells(self, asked: Moments) -> LongArray:
        """The grid moment of every request.

        The clock of a request is clipped: not after the newest thing that is known, be it the user's last event or the
        training data, and not before the data begins.
        """
        histories = asked.histories
        last = np.full(histories.users, self.newest)
        some = histories.lengths > 0
        last[some] = np.maximum(self.newest, histories.times[histories.indptr[1:][some] - 1])
        return locate(self.moments, np.minimum(asked.now, last))

    def cell(self, now: int, last: int) -> int:
        """`cells` of a single request whose newest event is at `last`."""
        moment = min(now, max(self.newest, last))
        return max(int(self.moments.searchsorted(moment, "right")) - 1, 0)


def locate(grid: LongArray, now: LongArray) -> LongArray:
    """Index of the last moment not after `now`; the first one for anything earlier."""
    return np.maximum(np.searchsorted(grid, now, side="right") - 1, 0).astype(np.int64)


def build_trends(histories: Histories, items: int, days: Sequence[float], fresh: Sequence[float]) -> TrendGrid:
    """Decayed popularity at every time constant of `days`, then freshness at those of `fresh`."""
    grid = build_grid(histories)
    features = np.empty((len(days) + len(fresh), grid.size, items), np.float32)
    for layer, each in zip(features, days, strict=False):
        layer[:] = decayed_counts(histories, items, grid, each)
    seen = first_seen(histories, items)
    for layer, each in zip(features[len(days) :], fresh, strict=True):
        layer[:] = freshness(seen, grid, each)
    names = [f"popularity_{each:g}" for each in days] + [f"freshness_{each:g}" for each in fresh]
    return TrendGrid(grid, features, tuple(names), int(histories.times.max()))
