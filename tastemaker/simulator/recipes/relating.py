"""How pairs of items are related: by users that take both, near each other or ever, less what other items explain."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tastemaker.simulator.recipes.closed_form import factor_gram
from tastemaker.simulator.recipes.counts import DenseCounts, decay_weights, keep_items
from tastemaker.simulator.recipes.factors import build_factors
from tastemaker.simulator.recipes.popularity_count import count_users
from tastemaker.simulator.recipes.queries import QueryRule
from tastemaker.simulator.recipes.stage import Signal, Stage
from tastemaker.simulator.recipes.standardising import standardise
from tastemaker.simulator.recipes.trends import TrendGrid

if TYPE_CHECKING:
    import numpy.typing as npt
    from scipy import sparse

    from tastemaker.simulator.recipes.base import FloatArray, IntArray
    from tastemaker.simulator.recipes.closed_form import CholeskyInverse
    from tastemaker.simulator.recipes.fitting import Settings
    from tastemaker.simulator.recipes.histories import Histories
    from tastemaker.simulator.recipes.stage import Operator

ONE_ITEM = QueryRule(0.0, 1.0, 1)
_SMOOTHING = np.float32(5.0)  # events of nobody, so that two rare items are not alike by chance
_BLOCK = 256


class PairCounts:
    """Running sums over users."""

    def __init__(self, items: int, dense_items: IntArray, settings: Settings) -> None:
        self.items, self.dense_items, self.settings = items, dense_items, settings
        self._columns = np.full(items, -1, np.int32)
        self._columns[dense_items] = np.arange(dense_items.size)
        self.dense = DenseCounts.empty(dense_items.size)
        self.popularity = np.zeros(items, np.float32)

    def add(self, histories: Histories) -> None:
        near = decay_weights(self.settings.window, self.settings.decay) * np.float32(self.settings.decay)
        self.dense.add(keep_items(histories, self._columns), near)
        self.popularity = self.popularity + count_users(histories, self.items)

    def copy(self) -> PairCounts:
        other = PairCounts(self.items, self.dense_items, self.settings)
        other.dense, other.popularity = self.dense.copy(), self.popularity
        return other

    def factor(self) -> CholeskyInverse:
        return factor_gram(self.dense.windowed_gram(self.settings.whole_share), self.settings.windowed_ridge)

    def factors(self) -> FloatArray | None:
        """None unless the settings ask for it."""
        return build_factors(self.dense.whole, self.settings.factors) if self.settings.factors else None

    def popular(self) -> FloatArray:
        """The feature of popularity, shape (items,)."""
        popular = np.sqrt(self.popularity)
        standardise(popular[None])
        return popular


def fit_stage(counts: PairCounts, vectors: sparse.csr_array | None) -> Stage:
    """Solve as far as asking needs; the stage asks the counts themselves, which must stay as long as it does."""
    factor, whole, follows = counts.factor(), counts.dense.whole, counts.dense.follows
    by_rest, by_users = _scale(factor.diagonal()), _scale(whole.diagonal() + _SMOOTHING)
    by_events = _scale(counts.dense.events + _SMOOTHING)

    def near(query: sparse.csr_array) -> FloatArray:
        asked, scores = query.tocoo(), np.zeros(query.shape, np.float32)
        scores[asked.row] = follows[asked.col] + follows[:, asked.col].T
        return scores

    operators: dict[str, Operator] = {
        "partial": lambda query, _: _scaled(query, -factor.project(query), by_rest),
        "windowed_cosine": lambda query, _: _scaled(query, near(query), by_events),
        "whole_cosine": lambda query, _: _scaled(query, query @ whole, by_users),
    }
    factors = counts.factors()
    if factors is not None:
        operators["factors"] = lambda query, _: query @ factors
    signals = [Signal(name, ONE_ITEM, True, (name,)) for name in operators]
    if vectors is not None:
        operators["content"] = lambda query, _: (query @ vectors) @ vectors.T
        signals.append(Signal("content", ONE_ITEM, False, ("content",)))
    trends = TrendGrid(np.zeros(1, np.int64), counts.popular()[None, None], ("popularity",), newest=0)
    return Stage(counts.items, counts.dense_items, operators, tuple(signals), trends)


def _scaled(query: sparse.csr_array, scores: FloatArray, scale: FloatArray) -> FloatArray:
    """The row of the one item that each request asks for, as `_cosine` makes it; in place.

    Applied to -P, the negative inverse Gram matrix: partial correlations.
    """
    scores *= scale
    asked = query.tocoo()
    scores[asked.row] *= scale[asked.col][:, None]
    scores[asked.row, asked.col] = 0.0
    return scores


def _scale(sizes: FloatArray) -> FloatArray:
    scale: FloatArray = (1.0 / np.sqrt(np.maximum(sizes, 1e-12))).astype(np.float32)
    return scale


def _cosine(matrix: FloatArray, sizes: FloatArray) -> FloatArray:
    """Divide by the root of both sizes, zero diagonal; in place."""
    scale = _scale(sizes)
    matrix *= scale[:, None]
    matrix *= scale
    np.fill_diagonal(matrix, 0.0)
    return matrix


def _add_transpose(matrix: FloatArray) -> FloatArray:
    """`matrix + matrix.T`, in place, in blocks."""
    for start in range(0, matrix.shape[0], _BLOCK):
        end = start + _BLOCK
        rows, columns, block = matrix[start:end, end:], matrix[end:, start:end], matrix[start:end, start:end]
        rows += columns.T
        columns[:] = rows.T
        block += block.T.copy()
    return matrix


def blend_pairs(counts: PairCounts, inverse: FloatArray, weights: FloatArray) -> npt.NDArray[np.float16]:
    """What the weighted features of co-occurrence are for each pair, less what they are for an item outside.

    Args:
        counts, inverse: used up.
        weights: of the stage's features, of which those of co-occurrence come first.
    """
    inverse *= -1.0
    factors = counts.factors()
    layers = [
        _cosine(inverse, -inverse.diagonal()),
        _cosine(_add_transpose(counts.dense.follows), counts.dense.events + _SMOOTHING),
        _cosine(counts.dense.whole, counts.dense.whole.diagonal() + _SMOOTHING),
    ]
    if factors is not None:
        layers.append(factors)
    items = inverse.shape[0]
    related = np.zeros((items, items), np.float16)
    for start in range(0, items, _BLOCK):
        block = np.zeros((min(_BLOCK, items - start), items), np.float32)
        for layer, weight in zip(layers, weights[: len(layers)], strict=True):
            part = layer[start : start + _BLOCK]
            rest = standardise(part)
            part -= rest
            part *= weight
            block += part
        related[start : start + _BLOCK] = block
    return related
