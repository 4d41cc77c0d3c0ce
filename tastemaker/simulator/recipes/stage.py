"""Fitted components as a training asks them: many requests at once, all features apart, exact.

A training has three stages and asks the first two of them a few hundred requests each, so a stage holds factors of
the closed-form models where it can, not the models. What serves live requests is `engine.Engine`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Protocol, Union

import numpy as np
from scipy import sparse

from tastemaker.simulator.recipes.blas import in_halves
from tastemaker.simulator.recipes.queries import QueryRule, build_query, newest_distinct
from tastemaker.simulator.recipes.standardising import standardise

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tastemaker.simulator.recipes.base import FloatArray, IntArray
    from tastemaker.simulator.recipes.histories import Moments
    from tastemaker.simulator.recipes.trends import TrendGrid

Matrix = Union["FloatArray", sparse.csr_array]


class Operator(Protocol):
    """One step from a query to scores."""

    def __call__(self, query: sparse.csr_array, before: Matrix) -> Matrix:
        """Shape (requests, columns).

        Args:
            query: weighted items, shape (requests, items).
            before: what the step before gave; the query itself for the first one. Not to be changed.
        """
        ...


@dataclass(frozen=True)
class Signal:
    """Scores that are linear in the history: a query, then one or more steps.

    Attributes:
        dense: rows and columns are the dense items; otherwise the whole catalogue.
        steps: names in `Stage.operators`; signals that begin alike share that work.
    """

    name: str
    rule: QueryRule
    dense: bool
    steps: tuple[str, ...]


@dataclass(frozen=True)
class Stage:
    """Components fitted on some of the users.

    Attributes:
        dense_items: catalogue codes of the items inside the closed-form models, ascending.
    """

    items: int
    dense_items: IntArray
    operators: Mapping[str, Operator]
    signals: tuple[Signal, ...]
    trends: TrendGrid

    @cached_property
    def columns(self) -> IntArray:
        """Dense code of every item, -1 outside; shape (items,)."""
        columns = np.full(self.items, -1, np.int32)
        columns[self.dense_items] = np.arange(self.dense_items.size)
        return columns

    @property
    def names(self) -> tuple[str, ...]:
        """Feature names in order: signals, then what does not depend on the user."""
        return tuple(signal.name for signal in self.signals) + self.trends.names

    def features(self, moments: Moments) -> FloatArray:
        """All standardised features of all items, shape (features, requests, items)."""
        out = np.empty((len(self.names), moments.histories.users, self.items), np.float32)

        def fill(rows: slice) -> None:
            for feature, (signal, raw) in zip(out[:, rows], self._raw_scores(moments.part(rows)), strict=False):
                feature[:] = standardise(raw)
                feature[:, self.dense_items if signal.dense else slice(None)] = raw

        in_halves(fill, moments.histories.users)
        out[len(self.signals) :] = self.trends.features[:, self.trends.cells(moments)]
        return out

    def add_signals(self, scores: FloatArray, moments: Moments, weights: FloatArray) -> None:
        """Add the weighted sum of the standardised signals to `scores`, shape (requests, items).

        Args:
            weights: one per signal at least.
        """

        def fill(rows: slice) -> None:
            dense = np.zeros((scores[rows].shape[0], self.dense_items.size), np.float32)
            for weight, (signal, raw) in zip(weights, self._raw_scores(moments.part(rows)), strict=False):
                rest = standardise(raw)
                if signal.dense:
                    scores[rows] += weight * rest
                    raw -= rest
                raw *= weight
                target = dense if signal.dense else scores[rows]
                target += raw
            scores[rows, self.dense_items] += dense

        in_halves(fill, moments.histories.users)

    def _raw_scores(self, moments: Moments) -> Iterator[tuple[Signal, FloatArray]]:
        """Every signal and its scores of shape (requests, dense items or items), which may be changed."""
        newest, places = newest_distinct(moments.histories, self.items)
        every = np.arange(self.items, dtype=np.int32)
        done: dict[tuple[object, ...], Matrix] = {}
        for signal in self.signals:
            key: tuple[object, ...] = (signal.rule, signal.dense)
            if key not in done:
                width = self.dense_items.size if signal.dense else self.items
                done[key] = build_query(newest, places, signal.rule, self.columns if signal.dense else every, width)
            query = result = done[key]
            for step in signal.steps:
                key = (*key, step)
                if key not in done:
                    done[key] = self.operators[step](sparse.csr_array(query), result)
                result = done[key]
            yield signal, _own_dense(result)


def _own_dense(scores: Matrix) -> FloatArray:
    """A dense copy in C order, which may be changed."""
    own: FloatArray = scores.toarray() if isinstance(scores, sparse.csr_array) else np.array(scores, order="C")
    return own.astype(np.float32, copy=False)


@dataclass(frozen=True)
class WeighedStage:
    """A stage with a weight per feature: what the offline metrics judge.

    Attributes:
        cold: score of every item for a user without history, by moment; shape (moments, items).
    """

    stage: Stage
    weights: FloatArray
    cold: FloatArray

    def score_batch(self, moments: Moments) -> FloatArray:
        """See `evaluation.BatchScorer`."""
        cells, empty = self.stage.trends.cells(moments), moments.histories.lengths == 0
        scores: FloatArray = self._fixed[cells]
        self.stage.add_signals(scores, moments, self.weights)
        scores[empty] = self.cold[cells[empty]]
        return scores

    @cached_property
    def _fixed(self) -> FloatArray:
        """What does not depend on the user, shape (moments, items)."""
        return self.stage.trends.weigh(self.weights[len(self.stage.signals) :])
