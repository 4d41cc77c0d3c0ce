"""The personalization engine as it serves: pruned sparse layers in one table, one request at a time, no BLAS.

What a closed-form model says about most pairs of items is next to nothing. Keeping the entries of the largest
magnitude (`pruning.py`) makes a model a tenth as large and a request several times as fast; docs/benchmarks.md has the
cost. All layers stand in one table, so that a request gathers its rows in one step.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from tastemaker.simulator.recipes.one_request import FullRows, PlaceTable, Rows, choose_rows, newest_of_one
from tastemaker.simulator.recipes.standardising import standardise_groups, weigh_standardised

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

    def ask(self, items: IntArray, query: FloatArray, weight: float) -> FloatArray:
        """Standardised likeness of every item to a query, times the weight, shape (items,)."""
        vectors, transposed, groups, counts = self._groups
        terms = vectors.add_up(groups[items], query)
        some = terms.nonzero()[0]
        alike: FloatArray = standardise_groups(transposed.add_up(some, terms[some]), counts) * weight
        return alike[groups]

    @cached_property
    def _groups(self) -> tuple[Rows, Rows | FullRows, npt.NDArray[np.intp], FloatArray]:
        """Vectors of groups of items, their transpose, each item's group, and how many items a group has.

        Items of equal metadata make a group, because they have equal scores.
        """
        vectors = self.vectors
        numbers: dict[bytes, int] = {}
        groups = np.empty(vectors.shape[0], np.intp)
        for row, (start, end) in enumerate(pairwise(vectors.indptr.tolist())):
            key = vectors.indices[start:end].tobytes() + vectors.data[start:end].tobytes()
            groups[row] = numbers.setdefault(key, len(numbers))
        _, first, counts = np.unique(groups, return_index=True, return_counts=True)
        distinct = sparse.csr_array(vectors[first])
        transposed = choose_rows(sparse.csr_array(distinct.T))
        return Rows.of(distinct), transposed, groups, counts.astype(np.float32)


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
        layered = self._ask_layers(items, queries)
        count, sizes = layered.shape[0], self._sizes
        total = weigh_standardised(layered, weights[:count], sizes[:count])
        if self.content is not None:
            near = queries[-1].nonzero()[0]
            total += self.content.ask(items[near], queries[-1, near], float(weights[count]))
        return total

    def _ask_layers(self, items: IntArray, queries: FloatArray) -> FloatArray:
        """What each signal of the layers says of every item, shape (signals, items), until the thread's next call."""
        gathered = self._rows.gather((self._offsets + items).ravel())
        try:
            raw: FloatArray = self._scratch.raw
        except AttributeError:
            raw = self._scratch.raw = np.empty((sum(map(len, self._rounds)), self.items), np.float32)
        raw.fill(0)
        first = 0
        for signals in self._rounds:
            last = first + len(signals)
            gathered.add_up(queries[first:last].ravel(), raw[first:last].reshape(-1))
            first = last
        return raw

    @cached_property
    def _scratch(self) -> threading.local:
        """An array for each thread: a quarter of a megabyte made anew takes longer than what is computed in it."""
        return threading.local()

    @cached_property
    def _offsets(self) -> LongArray:
        """Where each layer begins in the table, shape (layers, 1)."""
        return np.arange(0, len(self.layers) * self.items, self.items)[:, None]

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
