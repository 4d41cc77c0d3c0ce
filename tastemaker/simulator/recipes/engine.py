"""The personalization engine as it serves: pruned sparse matrices, one request at a time, no BLAS.

What a closed-form model says about most pairs of items is next to nothing. Keeping the entries of the largest
magnitude (`prune`) makes a model a tenth as large and a request several times as fast; docs/benchmarks.md has the cost.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import starmap
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from tastemaker.simulator.recipes.one_request import PlaceTable, Rows, newest_of_one
from tastemaker.simulator.recipes.standardising import weigh_standardised

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from tastemaker.simulator.recipes.base import FloatArray, IntArray, LongArray
    from tastemaker.simulator.recipes.queries import QueryRule
    from tastemaker.simulator.recipes.trends import TrendGrid

_BLOCK_CELLS, _SAMPLE = 2_000_000, 1_000_000


@dataclass(frozen=True)
class SignalGroup:
    """Signals from the same rows: every rule asks every layer.

    Attributes:
        names: of the signals, the layers of the first rule first.
        rules: how the history becomes a query.
        layers: matrices side by side in the last one of `matrices`.
        matrices: names in `Engine.matrices`, applied one after the other.
        dense: rows and columns are the dense items; otherwise the whole catalogue.
    """

    names: tuple[str, ...]
    rules: tuple[QueryRule, ...]
    layers: int
    matrices: tuple[str, ...]
    dense: bool


@dataclass(frozen=True)
class Engine:
    """All that a request needs but the weights.

    Attributes:
        dense_items: catalogue codes of the items inside the closed-form models, ascending.
        matrices: by name, shape (items, layers * items), float32.
    """

    items: int
    dense_items: IntArray
    matrices: Mapping[str, sparse.csr_array]
    groups: tuple[SignalGroup, ...]
    trends: TrendGrid

    @property
    def names(self) -> tuple[str, ...]:
        """Of the signals, in the order of their weights."""
        return tuple(name for group in self.groups for name in group.names)

    def weigh_signals(self, history: IntArray, times: LongArray, weights: FloatArray) -> FloatArray:
        """Weighted sum of a request's standardised signals, shape (items,).

        Args:
            history, times: as in `Request`; at least one event.
            weights: one per signal.
        """
        items, places = newest_of_one(history, times, self._places.limit)
        queries = self._places.weigh(places)
        dense, whole = self._raw_scores(items, queries)
        count = dense.shape[0]
        inside, rest = weigh_standardised(dense, weights[:count])
        total, _ = weigh_standardised(whole, weights[count:])
        total += rest
        total[self.dense_items] += inside - rest
        return total

    def _raw_scores(self, items: IntArray, queries: npt.NDArray[np.float64]) -> tuple[FloatArray, FloatArray]:
        """Signals over the dense items, and over all, each of shape (signals, columns)."""
        kept = np.flatnonzero(self.columns[items] >= 0)
        dense_rows = self.columns[items[kept]]
        dense = np.empty((self._dense_signals, self.dense_items.size), np.float32)
        whole = np.empty((len(self.names) - self._dense_signals, self.items), np.float32)
        place, first = {True: 0, False: 0}, 0
        for group in self.groups:
            asked = queries[first : first + len(group.rules)]
            first += len(group.rules)
            target = dense if group.dense else whole
            found = self._ask(group, dense_rows, asked[:, kept]) if group.dense else self._ask(group, items, asked)
            for scores in found:
                start = place[group.dense]
                target[start : start + group.layers] = scores.reshape(group.layers, -1)
                place[group.dense] = start + group.layers
        return dense, whole

    def _ask(
        self, group: SignalGroup, rows: IntArray, queries: npt.NDArray[np.float64]
    ) -> list[npt.NDArray[np.float64]]:
        """Scores per rule, the layers side by side."""
        near = np.flatnonzero(queries.any(axis=0))
        found = self._rows[group.matrices[0]].add_up(rows[near], queries[:, near])
        for name in group.matrices[1:]:
            found = [self._follow(name, scores) for scores in found]
        return found

    def _follow(self, name: str, scores: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        some = np.flatnonzero(scores)
        return self._rows[name].add_up(some, scores[None, some])[0]

    @cached_property
    def columns(self) -> IntArray:
        """Dense code of every item, -1 outside; shape (items,)."""
        columns = np.full(self.items, -1, np.int32)
        columns[self.dense_items] = np.arange(self.dense_items.size)
        return columns

    @cached_property
    def _dense_signals(self) -> int:
        return sum(len(group.names) for group in self.groups if group.dense)

    @cached_property
    def _places(self) -> PlaceTable:
        return PlaceTable([rule for group in self.groups for rule in group.rules])

    @cached_property
    def _rows(self) -> dict[str, Rows]:
        return dict(starmap(lambda name, matrix: (name, Rows.of(matrix)), self.matrices.items()))


def prune(layers: Sequence[FloatArray], per_row: int) -> sparse.csr_array:
    """Square matrices side by side, each with only its largest entries by magnitude.

    Args:
        layers: each of shape (items, items), C order.
        per_row: entries that stay in each matrix, on average over its rows; the limit is estimated on a million cells.

    Returns:
        Shape (items, layers * items).
    """
    items = layers[0].shape[0]
    least = np.array([_least_magnitude(layer, per_row) for layer in layers], np.float32)
    limits = np.repeat(least, items)
    step = max(1, _BLOCK_CELLS // max(items * len(layers), 1))
    lengths, columns, data = [], [], []
    for start in range(0, items, step):
        block = np.concatenate([layer[start : start + step] for layer in layers], axis=1)
        kept = np.abs(block) >= limits
        lengths.append(np.count_nonzero(kept, axis=1))
        columns.append(np.nonzero(kept)[1].astype(np.int32))
        data.append(block[kept])
    indptr = np.concatenate(([0], *lengths)).cumsum().astype(np.int64)
    parts = (np.concatenate([np.empty(0, np.float32), *data]), np.concatenate([np.empty(0, np.int32), *columns]))
    return sparse.csr_array((*parts, indptr), shape=(items, items * len(layers)))


def _least_magnitude(layer: FloatArray, per_row: int) -> float:
    """The magnitude from which on an entry stays; zeros never do."""
    least = float(np.nextafter(np.float32(0), np.float32(1)))
    share = per_row / max(layer.shape[0], 1)
    if share >= 1:
        return least
    sample = np.abs(layer.ravel()[:: max(1, layer.size // _SAMPLE) | 1])
    return max(least, float(np.quantile(sample, 1 - share)))
