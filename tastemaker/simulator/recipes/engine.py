"""The personalization engine as it serves: pruned sparse layers in one table, one request at a time, no BLAS.

What a closed-form model says about most pairs of items is next to nothing. Keeping the entries of the largest
magnitude (`pruning.py`) makes a model a tenth as large and a request several times as fast; docs/benchmarks.md has the
cost. All layers stand in one table, so that a request gathers its rows in one step.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from tastemaker.simulator.recipes.compiled import weigh_layers
from tastemaker.simulator.recipes.one_request import Likeness, PlaceTable, Rows, newest_of_one

if TYPE_CHECKING:
    import numpy.typing as npt
    from scipy import sparse

    from tastemaker.simulator.recipes.base import FloatArray, IntArray, LongArray
    from tastemaker.simulator.recipes.queries import QueryRule
    from tastemaker.simulator.recipes.trends import TrendGrid

_SHORT = 2**16
"""How many items two bytes tell apart."""


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
    def likeness(self) -> Likeness:
        return Likeness.of(self.vectors)


class _Scratch(threading.local):
    """An array for each thread: a quarter of a megabyte made anew takes longer than what is computed in it.

    Attributes:
        raw: as `weigh_layers` takes it.
    """

    def __init__(self, signals: int, items: int) -> None:
        self.raw = np.zeros((signals, items), np.float32)


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
        total = np.zeros(self.items, np.float32)
        asked = items, queries, len(self.layers), self._signal_layers
        weigh_layers(*asked, *self._by_item, weights, self._sizes, self._scratch.raw, total)
        if self.content is not None:
            near = queries[-1].nonzero()[0]
            self.content.likeness.add_standardised(items[near], queries[-1, near], weights[-1], total)
        return total

    @cached_property
    def _scratch(self) -> _Scratch:
        return _Scratch(self._signal_layers.size, self.items)

    @cached_property
    def _signal_layers(self) -> LongArray:
        """The layer of each signal."""
        return np.concatenate([np.arange(len(signals)) for signals in self._rounds])

    @cached_property
    def _by_item(self) -> tuple[IntArray, npt.NDArray[np.unsignedinteger], FloatArray]:
        """The table as `weigh_layers` takes it: indptr, columns and data.

        A request mostly waits for memory. So the rows of one item stand side by side, and a column takes as few bytes
        as tell the items apart.
        """
        order = np.arange(self.items)[:, None] + np.arange(len(self.layers)) * self.items
        rows = Rows.of(self.table[order.ravel()])
        kind = np.uint16 if self.items <= _SHORT else np.uint32
        columns: npt.NDArray[np.unsignedinteger] = (rows.indices % self.items).astype(kind)
        return rows.indptr, columns, rows.data

    @cached_property
    def _places(self) -> PlaceTable:
        rules = [rule for signals in self._rounds for _, rule in signals]
        return PlaceTable(rules if self.content is None else [*rules, self.content.rule])

    @cached_property
    def _sizes(self) -> FloatArray:
        """How many items each signal of the layers is averaged over."""
        dense = [self.layers[layer].dense for layer in self._signal_layers.tolist()]
        return np.array([self.dense_items if each else self.items for each in dense], np.float32)
