"""The personalization engine as it serves: pruned sparse layers in one table, one request at a time, no BLAS.

What a closed-form model says about most pairs of items is next to nothing. Keeping the entries of the largest
magnitude (`pruning.py`) makes a model a tenth as large and a request several times as fast; docs/benchmarks.md has the
cost. All layers stand in one table, so that a request gathers its rows in one step.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from tastemaker.simulator.recipes.one_request import FullRows, PlaceTable, Rows, choose_rows, newest_of_one
from tastemaker.simulator.recipes.standardising import weigh_standardised

if TYPE_CHECKING:
    import numpy.typing as npt

    from tastemaker.simulator.recipes.base import FloatArray, IntArray, LongArray
    from tastemaker.simulator.recipes.queries import QueryRule
    from tastemaker.simulator.recipes.trends import TrendGrid


@dataclass(frozen=True)
class Layer:
    """One item-item matrix and who asks it.

    Attributes:
        signals: name and rule of each signal that comes from this matrix.
        dense: over the dense items, which alone are averaged when its scores are standardised.
    """

    signals: tuple[tuple[str, QueryRule], ...]
    dense: bool


@dataclass(frozen=True)
class Content:
    """Likeness of metadata: a query over items becomes one over terms, which becomes scores.

    Attributes:
        vectors: TF-IDF, shape (items, terms).
    """

    name: str
    rule: QueryRule
    vectors: sparse.csr_array

    @cached_property
    def rows(self) -> tuple[Rows, Rows | FullRows]:
        """The vectors, and their transpose."""
        return Rows.of(self.vectors), choose_rows(sparse.csr_array(self.vectors.T))


@dataclass(frozen=True)
class Engine:
    """All that a request needs but the weights.

    Attributes:
        dense_items: how many items are inside the closed-form models.
        layers: those with the most signals first.
        table: the layers' matrices, row = layer * items + item of the history, column = layer * items + scored item.
        content: None where metadata say nothing.
    """

    items: int
    dense_items: int
    layers: tuple[Layer, ...]
    table: sparse.csr_array
    content: Content | None
    trends: TrendGrid

    @cached_property
    def _rounds(self) -> list[list[tuple[str, QueryRule]]]:
        """The first signal of every layer, the second one of those that have two, …; each a prefix of the layers."""
        most = len(self.layers[0].signals)
        return [[layer.signals[k] for layer in self.layers if len(layer.signals) > k] for k in range(most)]

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Of the signals, in the order of their weights."""
        names = [name for signals in self._rounds for name, _ in signals]
        return (*names, self.content.name) if self.content is not None else tuple(names)

    def weigh_signals(self, history: IntArray, times: LongArray, weights: FloatArray) -> FloatArray:
        """Weighted sum of a request's standardised signals, shape (items,).

        Args:
            history, times: as in `Request`; at least one event.
            weights: one per signal.
        """
        items, places = newest_of_one(history, times, self._places.limit)
        queries = self._places.weigh(places)
        raw = np.empty((len(self.names), self.items), np.float32)
        self._ask_layers(items, queries, raw)
        if self.content is not None:
            vectors, transposed = self.content.rows
            near = queries[-1].nonzero()[0]
            terms = vectors.add_up(items[near], queries[-1, near])
            some = terms.nonzero()[0]
            raw[-1] = transposed.add_up(some, terms[some])
        return weigh_standardised(raw, weights, self._sizes)

    def _ask_layers(self, items: IntArray, queries: npt.NDArray[np.float64], raw: FloatArray) -> None:
        """Fill the first rows of `raw`."""
        offsets = np.arange(0, len(self.layers) * self.items, self.items)
        gathered = self._rows.gather((offsets[:, None] + items).ravel())
        first = 0
        for signals in self._rounds:
            last = first + len(signals)
            scores = gathered.add_up(queries[first:last].ravel(), len(signals) * self.items)
            raw[first:last] = scores.reshape(len(signals), self.items)
            first = last

    @cached_property
    def _rows(self) -> Rows:
        return Rows.of(self.table)

    @cached_property
    def _places(self) -> PlaceTable:
        rules = [rule for signals in self._rounds for _, rule in signals]
        return PlaceTable(rules if self.content is None else [*rules, self.content.rule])

    @cached_property
    def _sizes(self) -> FloatArray:
        """How many items each signal is averaged over."""
        dense = {name: layer.dense for layer in self.layers for name, _ in layer.signals}
        return np.array([self.dense_items if dense.get(name) else self.items for name in self.names], np.float32)
