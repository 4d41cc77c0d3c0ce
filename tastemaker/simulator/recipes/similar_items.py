"""aws-similar-items: co-occurrence mixed with metadata similarity, the mix learned by predicting what follows an item.

The answer depends on nothing but the item, so that a training works out how every pair of items is related. Items with
fewer than 5 events are found, and answered, by metadata; an unknown item, or one with neither, is answered with popular
items.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from tastemaker.simulator.recipes.blas import one_blas_thread, run_both
from tastemaker.simulator.recipes.content import build_item_vectors
from tastemaker.simulator.recipes.evaluation import (
    TEST_SHARE,
    Split,
    evaluate,
    hold_out_users,
    needs_refit,
    split_documented,
    split_share,
)
from tastemaker.simulator.recipes.factors import reduce_vectors
from tastemaker.simulator.recipes.fitting import MAX_ITEMS_AT_ONCE, SETTINGS, choose_dense_items
from tastemaker.simulator.recipes.histories import Histories, Moments, build_corpus
from tastemaker.simulator.recipes.one_request import Likeness
from tastemaker.simulator.recipes.relating import PairCounts, blend_pairs, fit_stage
from tastemaker.simulator.recipes.stage import WeighedStage
from tastemaker.simulator.recipes.storage import (
    load_arrays,
    load_json,
    pack_sparse,
    save_arrays,
    save_json,
    unpack_sparse,
)
from tastemaker.simulator.recipes.weighing import collect_examples, join_examples, learn_weights

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import numpy.typing as npt

    from tastemaker.simulator.recipes.base import FloatArray, IntArray, Request, TrainingInput
    from tastemaker.simulator.recipes.closed_form import CholeskyInverse
    from tastemaker.simulator.recipes.histories import Corpus, ObjectArray
    from tastemaker.simulator.recipes.stage import Stage
    from tastemaker.simulator.recipes.storage import AnyArray
    from tastemaker.simulator.recipes.weighing import DoubleArray

PRIOR = {"partial": 0.8, "windowed_cosine": 0.5, "whole_cosine": 0.5, "content": 0.3, "popularity": 0.1}
LEARNING_SHARE, MAX_LEARNING_USERS, MAX_TEST_USERS = 0.15, 500, 2000
CUTS, EXAMPLES = (0.9, 0.75, 0.6, 0.45), 3000
_POPULAR = np.float32(1e-3)  # of a cold item's answer: popularity decides between items that metadata find alike


def ask_last_item(moments: Moments) -> Moments:
    """The same requests with nothing but the newest item of each history."""
    histories = moments.histories
    ends = histories.indptr[1:]
    return Moments(histories.slice(np.maximum(ends - 1, histories.indptr[:-1]), ends), moments.now)


@dataclass(frozen=True)
class SimilarItemsModel:
    """How items are related.

    Attributes:
        dense_items: codes of the items with enough events, ascending.
        related: what co-occurrence adds to the score of a pair of them, row = the item asked for; float16.
        vectors: TF-IDF of the metadata, one row per item; None for none.
        content_weight: of the standardised similarity of two vectors.
        prior: what popularity adds, shape (items,).
        popularity: distinct users per item, the answer to unknown items.
    """

    item_ids: ObjectArray
    dense_items: IntArray
    related: npt.NDArray[np.float16]
    vectors: sparse.csr_array | None
    content_weight: np.float32
    prior: FloatArray
    popularity: FloatArray
    metrics: Mapping[str, float] = field(default_factory=dict)
    gives_scores: bool = False

    def score(self, request: Request) -> FloatArray:
        """Similarity to `request.item`, which is not similar to itself (-inf); popular items where it is unknown."""
        if request.item < 0:
            return self.popularity.copy()
        scores = self._relate(request.item)
        scores[request.item] = -np.inf
        return scores

    def score_batch(self, moments: Moments) -> FloatArray:
        """Scores for the newest item of each history."""
        asked = ask_last_item(moments).histories
        scores = np.tile(self.popularity, (asked.users, 1))
        for row, item in zip(np.flatnonzero(asked.lengths), asked.items.tolist(), strict=True):
            scores[row] = self._relate(item)
        return scores

    def _relate(self, item: int) -> FloatArray:
        row = int(self._columns[item])
        if row < 0:
            return self._by_metadata(item)
        scores = self.prior.copy()
        scores[self.dense_items] += self.related[row]
        if self.vectors is not None:
            self._likeness.add_standardised(*_one(item), self.content_weight, scores)
        return scores

    def _by_metadata(self, item: int) -> FloatArray:
        """Content similarity of an item with too few events; popularity decides where that says nothing."""
        scores: FloatArray = self.popularity / (1 + self.popularity.max()) * _POPULAR
        return scores if self.vectors is None else scores + self._likeness.ask(*_one(item))[self._likeness.groups]

    @cached_property
    def _columns(self) -> IntArray:
        """Row in `related` of every item, -1 for none."""
        columns = np.full(self.item_ids.size, -1, np.int32)
        columns[self.dense_items] = np.arange(self.dense_items.size)
        return columns

    @cached_property
    def _likeness(self) -> Likeness:
        return Likeness.of(sparse.csr_array(self.vectors))

    def save(self, folder: Path) -> None:
        arrays: dict[str, AnyArray] = {name: getattr(self, name) for name in _ARRAYS}
        if self.vectors is not None:
            arrays |= unpack_sparse("vectors", self.vectors)
        save_arrays(folder, arrays)
        save_json(folder, {"item_ids": self.item_ids.tolist(), "metrics": dict(self.metrics)})


def _one(item: int) -> tuple[IntArray, FloatArray]:
    """A query for nothing but this item."""
    return np.array([item], np.int32), np.ones(1, np.float32)


_ARRAYS = ("dense_items", "related", "content_weight", "prior", "popularity")


@dataclass(frozen=True)
class SimilarItemsRecipe:
    """Weights and metrics come from users that the counts have not seen yet; the model counts everybody.

    Attributes:
        items_at_once: as for `PersonalizationRecipe`.
    """

    items_at_once: int = MAX_ITEMS_AT_ONCE

    def train(self, data: TrainingInput) -> SimilarItemsModel:
        with one_blas_thread():
            return _train(data, self.items_at_once)

    def load(self, folder: Path) -> SimilarItemsModel:
        record, arrays = load_json(folder), load_arrays(folder)
        vectors = pack_sparse("vectors", arrays) if "vectors.data" in arrays else None
        return SimilarItemsModel(
            np.array(record["item_ids"], object),
            arrays["dense_items"],
            arrays["related"],
            vectors,
            np.float32(arrays["content_weight"]),
            arrays["prior"],
            arrays["popularity"],
            record["metrics"],
        )


@dataclass(frozen=True)
class _Users:
    """Histories of whom to count first, to learn weights from and to judge by."""

    base: Histories
    learning: Histories
    test: Histories


def _divide(histories: Histories, seed: int) -> _Users:
    training, test = hold_out_users(histories.users, TEST_SHARE, seed)
    share = min(LEARNING_SHARE, MAX_LEARNING_USERS / max(training.size, 1))
    base, learning = hold_out_users(training.size, share, seed + 1)
    return _Users(*(histories.take(rows) for rows in (training[base], training[learning], test)))


def _train(data: TrainingInput, items_at_once: int) -> SimilarItemsModel:
    corpus = build_corpus(data)
    vectors = _build_vectors(data, corpus)
    settings = replace(SETTINGS, factors=int(data.hyperparameters.get("item_id_hidden_dim", 0)))
    users, items = _divide(corpus.histories, data.seed), corpus.item_ids.size
    everybody = counts = PairCounts(items, choose_dense_items(corpus.histories, items), settings)
    counts.add(users.base)
    if counts.dense_items.size <= items_at_once:
        everybody = counts.copy()
        (weights, metrics, _), factor = run_both(
            lambda: _learn_and_judge(counts, users, vectors, data.seed),
            lambda: _solve(everybody, (users.learning, users.test)),
        )
    else:
        weights, metrics, uncounted = _learn_and_judge(counts, users, vectors, data.seed)
        factor = _solve(counts, uncounted)
    related = blend_pairs(everybody, factor.inverse(), weights)
    prior = everybody.popular() * weights[-1]
    # in the order of the stage's names: co-occurrence, content, popularity
    content = np.float32(weights[-2]) if vectors is not None else np.float32(0)
    dense_items = everybody.dense_items
    return SimilarItemsModel(
        corpus.item_ids, dense_items, related, vectors, content, prior, everybody.popularity, metrics
    )


def _learn_and_judge(
    counts: PairCounts, users: _Users, vectors: sparse.csr_array | None, seed: int
) -> tuple[FloatArray, dict[str, float], Sequence[Histories]]:
    """Weights, metrics, and who is not counted yet: the learning users are added where they are many."""
    stage, uncounted = fit_stage(counts, vectors), [users.learning, users.test]
    weights = _learn(stage, users.learning, seed)
    if needs_refit(users.learning.users, users.base.users + users.learning.users):
        del stage  # before another one takes its memory
        counts.add(uncounted.pop(0))
        stage = fit_stage(counts, vectors)
    judged = _Judged(stage, weights, counts.popularity, vectors)
    return weights, _judge(judged, users.test, seed), uncounted


def _solve(counts: PairCounts, uncounted: Sequence[Histories]) -> CholeskyInverse:
    for histories in uncounted:
        counts.add(histories)
    return counts.factor()


def _build_vectors(data: TrainingInput, corpus: Corpus) -> sparse.csr_array | None:
    vectors = build_item_vectors(data.items, corpus.item_ids)
    rank = data.hyperparameters.get("item_metadata_hidden_dim")
    return vectors if rank is None else reduce_vectors(vectors, int(rank))


def _learn(stage: Stage, learning: Histories, seed: int) -> FloatArray:
    """Weights that predict from one item what the same user takes next."""
    prior: DoubleArray = np.array([PRIOR.get(name, 0.0) for name in stage.names])
    splits = [split_share(learning, stage.items, share) for share in CUTS]
    # an item outside the dense part is answered by metadata alone and teaches nothing about the mix
    splits = [_only_dense(split, stage) for split in splits]
    requests = sum(split.moments.histories.users for split in splits)
    if requests == 0:
        return prior.astype(np.float32)
    cap = max(1, EXAMPLES // requests)
    parts = [
        collect_examples(stage, split, prior, cap, seed + place, ask_last_item(split.moments))
        for place, split in enumerate(splits)
        if split.moments.histories.users
    ]
    return learn_weights(join_examples(parts), prior, exponent=0.0).astype(np.float32)


@dataclass(frozen=True)
class _Judged:
    """A model of some of the users, for the offline metrics; answers as `SimilarItemsModel` does."""

    stage: Stage
    weights: FloatArray
    popularity: FloatArray
    vectors: sparse.csr_array | None

    def score_batch(self, moments: Moments) -> FloatArray:
        asked = ask_last_item(moments)
        scores = WeighedStage(self.stage, self.weights, self.popularity[None]).score_batch(asked)
        items = asked.histories.items
        cold = self.stage.columns[items] < 0
        rows = np.flatnonzero(asked.histories.lengths)[cold]
        scores[rows] = self.popularity / (1 + self.popularity.max()) * _POPULAR
        if self.vectors is not None:
            scores[rows] += (self.vectors[items[cold]] @ self.vectors.T).toarray()
        return scores


def _judge(judged: _Judged, test: Histories, seed: int) -> dict[str, float]:
    """The offline metrics for the newest item of each history, on at most 2,000 of the users that were held out."""
    if test.users > MAX_TEST_USERS:
        test = test.take(hold_out_users(test.users, MAX_TEST_USERS / test.users, seed + 2)[1])
    items = judged.stage.items
    return evaluate(judged, split_documented(test, items), items)


def _only_dense(split: Split, stage: Stage) -> Split:
    asked = ask_last_item(split.moments).histories.items
    kept = np.flatnonzero(stage.columns[asked] >= 0)
    pairs = np.isin(split.truth_rows, kept)
    return replace(
        split,
        moments=split.moments.take(kept),
        truth_rows=np.searchsorted(kept, split.truth_rows[pairs]),
        truth_items=split.truth_items[pairs],
        users=split.users[kept],
    )
