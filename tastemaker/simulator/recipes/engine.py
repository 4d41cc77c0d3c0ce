"""Fitted components of the personalisation engine, and their features for requests."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Union

import numpy as np
from scipy import sparse

from tastemaker.simulator.recipes.one_request import OneRequest, Rows
from tastemaker.simulator.recipes.queries import QueryRule, build_query, newest_distinct
from tastemaker.simulator.recipes.trends import TrendGrid, locate

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tastemaker.simulator.recipes.base import FloatArray, IntArray, LongArray
    from tastemaker.simulator.recipes.histories import Moments

Matrix = Union["FloatArray", sparse.csr_array]


@dataclass(frozen=True)
class LinearSignal:
    """Scores that are linear in the history: query times one or more matrices.

    Attributes:
        dense: rows and columns are the dense items; otherwise the whole catalogue.
        matrices: names in `Engine.matrices`, applied one after the other, shape (items, items) together.
    """

    name: str
    rule: QueryRule
    dense: bool
    matrices: tuple[str, ...]


@dataclass(frozen=True)
class Engine:
    """Everything that was fitted, before the features are weighed against each other.

    Attributes:
        dense_items: catalogue codes of the items inside the closed-form models, ascending.
        newest: epoch seconds of the newest training event.
    """

    items: int
    dense_items: IntArray
    matrices: Mapping[str, Matrix]
    signals: tuple[LinearSignal, ...]
    trends: TrendGrid
    newest: int

    @cached_property
    def columns(self) -> IntArray:
        """Dense code of every item, -1 outside; shape (items,)."""
        columns = np.full(self.items, -1, np.int32)
        columns[self.dense_items] = np.arange(self.dense_items.size)
        return columns

    @cached_property
    def _dense(self) -> dict[str, FloatArray]:
        return {name: np.asarray(matrix) for name, matrix in self.matrices.items() if not sparse.issparse(matrix)}

    @cached_property
    def _sparse(self) -> dict[str, Rows]:
        return {name: Rows.of(matrix) for name, matrix in self.matrices.items() if sparse.issparse(matrix)}

    @property
    def names(self) -> tuple[str, ...]:
        """Feature names in order: signals, then what does not depend on the user."""
        return tuple(signal.name for signal in self.signals) + self.trends.names

    def signal_scores(self, moments: Moments) -> list[FloatArray]:
        """Raw scores of every signal, each of shape (requests, dense items or items)."""
        newest, places = newest_distinct(moments.histories, self.items)
        every, columns = np.arange(self.items, dtype=np.int32), self.columns
        cache: dict[tuple[QueryRule, bool], sparse.csr_array] = {}
        scores = []
        for signal in self.signals:
            key = (signal.rule, signal.dense)
            if key not in cache:
                width = self.dense_items.size if signal.dense else self.items
                cache[key] = build_query(newest, places, signal.rule, columns if signal.dense else every, width)
            result = cache[key]
            for name in signal.matrices:
                result = result @ self.matrices[name]
            scores.append(result.toarray() if sparse.issparse(result) else result)
        return scores

    def weigh_signals(self, moments: Moments, weights: FloatArray) -> FloatArray:
        """Weighted sum of the standardised signals, shape (requests, items).

        Request by request, so that a batch gives the same scores to the last bit as the requests one by one.
        """
        rows = [self._weigh_one(moments.take(np.array([row])), weights) for row in range(moments.histories.users)]
        return np.stack(rows)

    def _weigh_one(self, moments: Moments, weights: FloatArray) -> FloatArray:
        """One request, shape (items,), with the signals as rows."""
        newest, places = newest_distinct(moments.histories, self.items)
        request = OneRequest(newest, places, self.columns)
        inside = np.array([signal.dense for signal in self.signals])
        dense = np.stack([request.dense(s.rule, self._dense[s.matrices[0]]) for s in self.signals if s.dense])
        sparser = np.stack([request.sparse(s.rule, s.matrices, self._sparse) for s in self.signals if not s.dense])
        rest = weights[inside] @ standardise(dense)
        standardise(sparser)
        total: FloatArray = weights[~inside] @ sparser + rest
        total[self.dense_items] += weights[inside] @ dense - rest
        return total

    def cells(self, moments: Moments) -> LongArray:
        """The grid moment of every request.

        The clock of a request is clipped: not after the newest thing that is known, be it the user's last event or the
        training data, and not before the data begins.
        """
        histories = moments.histories
        last = np.full(histories.users, self.newest)
        some = histories.lengths > 0
        last[some] = np.maximum(self.newest, histories.times[histories.indptr[1:][some] - 1])
        return locate(self.trends.moments, np.minimum(moments.now, last))

    def features(self, moments: Moments) -> FloatArray:
        """All standardised features of all items, shape (features, requests, items)."""
        out = np.empty((len(self.names), moments.histories.users, self.items), np.float32)
        for index, (signal, raw) in enumerate(zip(self.signals, self.signal_scores(moments), strict=True)):
            rest = standardise(raw)
            if signal.dense:
                out[index] = rest
                out[index][:, self.dense_items] = raw
            else:
                out[index] = raw
        out[len(self.signals) :] = self.trends.features[:, self.cells(moments)]
        return out


def standardise(raw: FloatArray) -> FloatArray:
    """Per row: subtract the mean, divide by the deviation, signed square root; in place.

    Returns:
        What a raw score of zero became, shape (rows, 1): the feature of items outside the matrix.
    """
    if raw.shape[1] == 0:
        return np.zeros((raw.shape[0], 1), np.float32)
    mean = raw.mean(axis=1, keepdims=True)
    raw -= mean
    deviation = np.sqrt(np.einsum("ij,ij->i", raw, raw)[:, None] / raw.shape[1])
    scale = np.divide(1.0, deviation, out=np.zeros_like(deviation), where=deviation > 1e-12)
    raw *= scale
    compress(raw)
    zero = -mean * scale
    compress(zero)
    rest: FloatArray = zero
    return rest


def compress(values: FloatArray) -> None:
    """Signed square root in place."""
    magnitude = np.abs(values)
    np.sqrt(magnitude, out=magnitude)
    np.copysign(magnitude, values, out=values)
