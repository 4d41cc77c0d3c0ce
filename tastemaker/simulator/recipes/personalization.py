"""aws-user-personalization(-v2) and aws-personalized-ranking(-v2): one engine, a learned blend of components.

Every component scores from the request's history, so an event changes the next answer without training.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from tastemaker.simulator.recipes.base import Request
from tastemaker.simulator.recipes.blas import one_blas_thread, run_both
from tastemaker.simulator.recipes.content import build_item_vectors
from tastemaker.simulator.recipes.evaluation import TEST_SHARE, evaluate, hold_out_users, split_documented, split_share
from tastemaker.simulator.recipes.extending import Newcomers, extend_engine, find_newcomers, spread_columns
from tastemaker.simulator.recipes.fitting import SETTINGS, Counts, choose_dense_items, fit_engine, fit_stage
from tastemaker.simulator.recipes.histories import build_corpus
from tastemaker.simulator.recipes.stage import WeighedStage
from tastemaker.simulator.recipes.storage import load_engine, load_json, save_engine, save_json
from tastemaker.simulator.recipes.weighing import collect_examples, join_examples, learn_weights, prior_weights

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tastemaker.simulator.recipes.base import FloatArray, MetadataTable, TrainingInput
    from tastemaker.simulator.recipes.engine import Engine
    from tastemaker.simulator.recipes.histories import Histories, Moments, ObjectArray
    from tastemaker.simulator.recipes.stage import Stage
    from tastemaker.simulator.recipes.weighing import DoubleArray

LEARNING_SHARE, MIN_LEARNING_USERS, MAX_LEARNING_USERS = 0.15, 30, 500
LEARNING_CUTS, LEARNING_REQUESTS, LEARNING_EXAMPLES = (0.9, 0.8, 0.7, 0.6, 0.5), 750, 3000
MAX_TEST_USERS = 2000
COLD_DAYS_INDEX = 1  # the 30-day layer of `Settings.popularity_days`


@dataclass(frozen=True)
class PersonalizationModel:
    """A blend with its weights.

    Attributes:
        engine: components; its trends hold one layer, the weighted sum of all, in place of the features.
        weights: one per signal.
        cold: score of every item for a user without history, by moment; shape (moments, items).
        newcomers: items that joined after the training; None for none.
    """

    item_ids: ObjectArray
    engine: Engine
    weights: FloatArray
    cold: FloatArray
    metrics: Mapping[str, float] = field(default_factory=dict)
    gives_scores: bool = True
    newcomers: Newcomers | None = None

    def score(self, request: Request) -> FloatArray:
        """A user without history gets recency-decayed popularity."""
        engine, history, times = self.engine, request.history, request.times
        if history.size:
            scores = engine.weigh_signals(history, times, self.weights)
            scores += engine.trends.features[0, engine.trends.cell(request.now, int(times[-1]))]
        else:
            scores = np.array(self.cold[engine.trends.cell(request.now, 0)])
        if self.newcomers is not None:
            self.newcomers.judge(scores)
        return scores

    def score_batch(self, moments: Moments) -> FloatArray:
        """See `BatchScorer`; request by request, so that each gets the same to the last bit as alone."""
        histories = moments.histories
        scores = np.empty((histories.users, self.engine.items), np.float32)
        for row, (start, end) in enumerate(pairwise(histories.indptr.tolist())):
            part, now = slice(start, end), int(moments.now[row])
            scores[row] = self.score(Request(histories.items[part], histories.times[part], now))
        return scores

    def extended(self, item_ids: ObjectArray, items: MetadataTable | None) -> PersonalizationModel:
        """See `ExtensibleModel`: a new item has the score of the items that it is like, else a neutral one."""
        places = np.searchsorted(item_ids, self.item_ids)
        vectors = build_item_vectors(items, item_ids)
        engine = extend_engine(self.engine, places, item_ids.size, vectors)
        # a cold user gets popularity, and nothing is less popular than an item without events
        cold = spread_columns(self.cold, places, item_ids.size, self.cold.min(axis=1))
        learned = places if self.newcomers is None else np.delete(places, self.newcomers.codes)
        newcomers = find_newcomers(vectors, learned, item_ids.size)
        return replace(self, item_ids=item_ids, engine=engine, cold=cold, newcomers=newcomers)

    def save(self, folder: Path) -> None:
        later = self.newcomers.unpack() if self.newcomers is not None else {}
        save_engine(folder, self.engine, {"weights": self.weights, "cold": self.cold, **later})
        save_json(folder, {
            **load_json(folder), "item_ids": self.item_ids.tolist(), "metrics": dict(self.metrics),
        })  # fmt: skip


def blend(
    item_ids: ObjectArray, engine: Engine, weights: DoubleArray, metrics: Mapping[str, float]
) -> PersonalizationModel:
    """A model from an engine and a weight per feature; what no user changes is summed up here once."""
    count = len(engine.names)
    fixed = np.tensordot(weights[count:].astype(np.float32), engine.trends.features, 1)[None]
    cold = engine.trends.features[COLD_DAYS_INDEX].copy()
    summed = replace(engine, trends=replace(engine.trends, features=fixed, names=("blended",)))
    return PersonalizationModel(item_ids, summed, weights[:count].astype(np.float32), cold, metrics)


class PersonalizationRecipe:
    """Three fits: for the weights, for the metrics, and the model.

    Components fitted without the test tenth and without the learning users give the weights; components without the
    test tenth give the metrics; components of everybody are the model, which is solved at the same time as the others.
    """

    def train(self, data: TrainingInput) -> PersonalizationModel:
        settings = SETTINGS
        with one_blas_thread():
            corpus = build_corpus(data)
            vectors = build_item_vectors(data.items, corpus.item_ids)
            users = _divide(corpus.histories, data.seed)
            few = Counts(corpus.item_ids.size, choose_dense_items(corpus.histories, corpus.item_ids.size), settings)
            few.add(users.base)
            everybody = few.copy()

            def learn() -> tuple[DoubleArray, dict[str, float]]:
                weights = _learn(fit_stage(few, users.base, vectors), users.learning, data.seed)
                few.add(users.learning)
                return weights, _judge(fit_stage(few, users.training, vectors), weights, users.test, data.seed)

            def fit() -> Engine:
                everybody.add(users.learning)
                everybody.add(users.test)
                return fit_engine(everybody, corpus.histories, vectors)

            (weights, metrics), engine = run_both(learn, fit)
            return blend(corpus.item_ids, engine, weights, metrics)

    def load(self, folder: Path) -> PersonalizationModel:
        engine, arrays, record = load_engine(folder)
        item_ids = np.array(record["item_ids"], object)
        return PersonalizationModel(
            item_ids, engine, arrays["weights"], arrays["cold"], record["metrics"], newcomers=Newcomers.pack(arrays)
        )


@dataclass(frozen=True)
class _Users:
    """Whom a training learns from: `training` is `base` and `learning` together, all but `test`."""

    base: Histories
    learning: Histories
    training: Histories
    test: Histories


def _divide(histories: Histories, seed: int) -> _Users:
    training, test = hold_out_users(histories.users, TEST_SHARE, seed)
    wanted = min(max(LEARNING_SHARE * training.size, MIN_LEARNING_USERS), MAX_LEARNING_USERS, training.size / 2)
    base, learning = hold_out_users(training.size, wanted / training.size, seed + 1)
    return _Users(
        histories.take(training[base]),
        histories.take(training[learning]),
        histories.take(training),
        histories.take(test),
    )


def _learn(stage: Stage, learning: Histories, seed: int) -> DoubleArray:
    """Weights from histories that the stage has not seen, each cut at one to five places."""
    prior = prior_weights(stage)
    cuts = LEARNING_CUTS[: max(1, LEARNING_REQUESTS // learning.users)] if learning.users else ()
    splits = [split_share(learning, stage.items, share) for share in cuts]
    # a cut after which nobody finds anything new teaches nothing
    splits = [split for split in splits if split.moments.histories.users]
    if not splits:
        return prior
    requests = sum(split.moments.histories.users for split in splits)
    cap = max(1, LEARNING_EXAMPLES // requests)
    parts = [collect_examples(stage, split, prior, cap, seed + i) for i, split in enumerate(splits)]
    return learn_weights(join_examples(parts), prior)


def _judge(stage: Stage, weights: DoubleArray, test: Histories, seed: int) -> dict[str, float]:
    """The offline metrics, on at most 2,000 of the users that were held out."""
    if test.users > MAX_TEST_USERS:
        test = test.take(hold_out_users(test.users, MAX_TEST_USERS / test.users, seed + 2)[1])
    judged = WeighedStage(stage, weights.astype(np.float32), stage.trends.features[COLD_DAYS_INDEX])
    return evaluate(judged, split_documented(test, stage.items), stage.items)
