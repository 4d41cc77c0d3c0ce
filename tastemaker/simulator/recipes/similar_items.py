"""aws-similar-items: co-occurrence mixed with metadata similarity, the mix learned by predicting what follows an item.

A related-items request is a history of one item for the engine. Items with fewer than 5 events are found, and answered,
by metadata; an unknown item, or one with neither, is answered with popular items.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from tastemaker.simulator.recipes.closed_form import invert_gram
from tastemaker.simulator.recipes.content import build_item_vectors
from tastemaker.simulator.recipes.counts import DenseCounts, decay_weights, keep_items
from tastemaker.simulator.recipes.engine import Engine, LinearSignal, standardise
from tastemaker.simulator.recipes.evaluation import (
    TEST_SHARE,
    Split,
    evaluate,
    hold_out_users,
    split_documented,
    split_share,
)
from tastemaker.simulator.recipes.factors import build_factors, reduce_vectors
from tastemaker.simulator.recipes.fitting import SETTINGS, choose_dense_items
from tastemaker.simulator.recipes.histories import Histories, Moments, build_corpus
from tastemaker.simulator.recipes.popularity_count import count_users
from tastemaker.simulator.recipes.queries import QueryRule
from tastemaker.simulator.recipes.storage import load_engine, load_json, save_engine, save_json
from tastemaker.simulator.recipes.trends import TrendGrid
from tastemaker.simulator.recipes.weighing import collect_examples, join_examples, learn_weights

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tastemaker.simulator.recipes.base import FloatArray, IntArray, Request, TrainingInput
    from tastemaker.simulator.recipes.engine import Matrix
    from tastemaker.simulator.recipes.histories import ObjectArray
    from tastemaker.simulator.recipes.weighing import DoubleArray

ONE_ITEM = QueryRule(0.0, 1.0, 1)
PRIOR = {"partial": 0.8, "windowed_cosine": 0.5, "whole_cosine": 0.5, "content": 0.3, "popularity": 0.1}
LEARNING_SHARE, MAX_LEARNING_USERS = 0.15, 500
CUTS, EXAMPLES = (0.9, 0.75, 0.6, 0.45), 3000


def ask_last_item(moments: Moments) -> Moments:
    """The same requests with nothing but the newest item of each history."""
    histories = moments.histories
    ends = histories.indptr[1:]
    return Moments(histories.slice(np.maximum(ends - 1, histories.indptr[:-1]), ends), moments.now)


@dataclass(frozen=True)
class SimilarItemsModel:
    """An engine over single items.

    Attributes:
        popularity: distinct users per item, the answer to unknown items.
        weights: one per signal, then one of popularity.
    """

    item_ids: ObjectArray
    engine: Engine
    weights: FloatArray
    popularity: FloatArray
    metrics: Mapping[str, float] = field(default_factory=dict)
    gives_scores: bool = False

    def score(self, request: Request) -> FloatArray:
        """Similarity to `request.item`, which is not similar to itself (-inf); popular items where it is unknown."""
        known = np.full(1 if request.item >= 0 else 0, request.item, np.int32)
        moment = Moments(
            Histories(np.array([0, known.size]), known, np.zeros(known.size, np.int64)), np.zeros(1, np.int64)
        )
        scores: FloatArray = self.score_batch(moment)[0]
        scores[known] = -np.inf
        return scores

    def score_batch(self, moments: Moments) -> FloatArray:
        """Scores for the newest item of each history."""
        asked = ask_last_item(moments)
        scores = np.tensordot(self.weights, self.engine.features(asked), 1).astype(np.float32)
        items = asked.histories.items
        present = np.flatnonzero(asked.histories.lengths)
        cold = present[self.engine.columns[items] < 0]
        if cold.size:
            scores[cold] = self._by_metadata(asked.take(cold).histories.items)
        scores[asked.histories.lengths == 0] = self.popularity
        return scores

    def _by_metadata(self, items: IntArray) -> FloatArray:
        """Content similarity of items with too few events; popularity decides where that says nothing."""
        popular = self.popularity / (1.0 + self.popularity.max()) * np.float32(1e-3)
        if "vectors" not in self.engine.matrices:
            return np.tile(popular, (items.size, 1))
        vectors = sparse.csr_array(self.engine.matrices["vectors"])
        result: FloatArray = (vectors[items] @ vectors.T).toarray() + popular
        return result

    def save(self, folder: Path) -> None:
        save_engine(folder, self.engine, {"weights": self.weights, "popularity": self.popularity})
        save_json(folder, {
            **load_json(folder), "item_ids": self.item_ids.tolist(), "metrics": dict(self.metrics),
        })  # fmt: skip


class SimilarItemsRecipe:
    """Weights and metrics come from users that the counts have not seen yet; the model counts everybody."""

    def train(self, data: TrainingInput) -> SimilarItemsModel:
        corpus = build_corpus(data)
        histories, items = corpus.histories, corpus.item_ids.size
        vectors = build_item_vectors(data.items, corpus.item_ids)
        if "item_metadata_hidden_dim" in data.hyperparameters:
            vectors = reduce_vectors(vectors, int(data.hyperparameters["item_metadata_hidden_dim"]))
        rank = int(data.hyperparameters.get("item_id_hidden_dim", 0))
        fitter = _SimilarFitter(items, choose_dense_items(histories, items), vectors, rank)
        training, test = hold_out_users(histories.users, TEST_SHARE, data.seed)
        share = min(LEARNING_SHARE, MAX_LEARNING_USERS / max(training.size, 1))
        base, learning = hold_out_users(training.size, share, data.seed + 1)

        fitter.add(histories.take(training[base]))
        weights = _learn(fitter.fit(), histories.take(training[learning]), data.seed)
        fitter.add(histories.take(training[learning]))
        first = SimilarItemsModel(corpus.item_ids, fitter.fit(), weights, fitter.popularity.copy())
        metrics = evaluate(first, split_documented(histories.take(test), items), items)
        fitter.add(histories.take(test))
        return SimilarItemsModel(corpus.item_ids, fitter.fit(), weights, fitter.popularity, metrics)

    def load(self, folder: Path) -> SimilarItemsModel:
        engine, arrays, record = load_engine(folder)
        item_ids = np.array(record["item_ids"], object)
        return SimilarItemsModel(item_ids, engine, arrays["weights"], arrays["popularity"], record["metrics"])


class _SimilarFitter:
    """Running counts, solved at each stage."""

    def __init__(self, items: int, dense_items: IntArray, vectors: sparse.csr_array | None, rank: int = 0) -> None:
        self._items, self._dense_items, self._vectors, self._rank = items, dense_items, vectors, rank
        self._columns = np.full(items, -1, np.int32)
        self._columns[dense_items] = np.arange(dense_items.size)
        self._counts = DenseCounts.empty(dense_items.size)
        self.popularity = np.zeros(items, np.float32)

    def add(self, histories: Histories) -> None:
        near = decay_weights(SETTINGS.window, SETTINGS.decay) * np.float32(SETTINGS.decay)
        self._counts.add(keep_items(histories, self._columns), near)
        self.popularity = self.popularity + count_users(histories, self._items)

    def fit(self) -> Engine:
        matrices = self._matrices()
        names = [
            ("partial", ("partial",)),
            ("windowed_cosine", ("windowed_cosine",)),
            ("whole_cosine", ("whole_cosine",)),
        ]
        if self._rank:
            names.append(("factors", ("factors",)))
        signals = [LinearSignal(name, ONE_ITEM, True, parts) for name, parts in names]
        if self._vectors is not None:
            signals.append(LinearSignal("content", ONE_ITEM, False, ("vectors", "vectors_transposed")))
        popular = np.sqrt(self.popularity)[None].astype(np.float32)
        standardise(popular)
        trends = TrendGrid(np.zeros(1, np.int64), popular[None], ("popularity",))
        return Engine(self._items, self._dense_items, matrices, tuple(signals), trends, newest=0)

    def _matrices(self) -> dict[str, Matrix]:
        counts = self._counts
        windowed = counts.follows + counts.follows.T
        gram = windowed + np.float32(SETTINGS.whole_share) * counts.whole
        gram[np.diag_indices_from(gram)] += counts.events
        partial = invert_gram(gram, SETTINGS.windowed_ridge)
        partial *= -1.0
        matrices: dict[str, Matrix] = {
            "partial": _cosine(partial, -partial.diagonal()),
            "windowed_cosine": _cosine(windowed, counts.events + 5.0),
            "whole_cosine": _cosine(counts.whole.copy(), counts.whole.diagonal() + 5.0),
        }
        if self._vectors is not None:
            matrices |= {"vectors": self._vectors, "vectors_transposed": sparse.csr_array(self._vectors.T)}
        if self._rank:
            matrices["factors"] = build_factors(counts.whole, self._rank)
        return matrices


def _cosine(matrix: FloatArray, sizes: FloatArray) -> FloatArray:
    """Divide by the root of both sizes, zero diagonal; in place."""
    scale = 1.0 / np.sqrt(np.maximum(sizes, 1e-12)).astype(np.float32)
    matrix *= scale[:, None]
    matrix *= scale
    np.fill_diagonal(matrix, 0.0)
    return matrix


def _learn(engine: Engine, learning: Histories, seed: int) -> FloatArray:
    """Weights that predict from one item what the same user takes next."""
    prior: DoubleArray = np.array([PRIOR.get(name, 0.0) for name in engine.names])
    splits = [split_share(learning, engine.items, share) for share in CUTS]
    # an item outside the dense part is answered by metadata alone and teaches nothing about the mix
    splits = [_only_dense(split, engine) for split in splits]
    requests = sum(split.moments.histories.users for split in splits)
    if requests == 0:
        return prior.astype(np.float32)
    cap = max(1, EXAMPLES // requests)
    parts = [
        collect_examples(engine, split, prior, cap, seed + place, ask_last_item(split.moments))
        for place, split in enumerate(splits)
        if split.moments.histories.users
    ]
    return learn_weights(join_examples(parts), prior, exponent=0.0).astype(np.float32)


def _only_dense(split: Split, engine: Engine) -> Split:
    asked = ask_last_item(split.moments).histories.items
    kept = np.flatnonzero(engine.columns[asked] >= 0)
    pairs = np.isin(split.truth_rows, kept)
    return replace(
        split,
        moments=split.moments.take(kept),
        truth_rows=np.searchsorted(kept, split.truth_rows[pairs]),
        truth_items=split.truth_items[pairs],
        users=split.users[kept],
    )
