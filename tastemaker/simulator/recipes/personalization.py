"""aws-user-personalization(-v2) and aws-personalized-ranking(-v2): one engine, a learned blend of components.

Every component scores from the request's history, so an event changes the next answer without training.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from tastemaker.simulator.recent import Recent
from tastemaker.simulator.recipes.additions import adjust, plan_additions
from tastemaker.simulator.recipes.attributes import Attributes
from tastemaker.simulator.recipes.blas import one_blas_thread, run_both
from tastemaker.simulator.recipes.content import build_item_vectors
from tastemaker.simulator.recipes.evaluation import TEST_SHARE, hold_out_users, needs_refit, split_share
from tastemaker.simulator.recipes.event_weights import row_weights
from tastemaker.simulator.recipes.extending import Newcomers, extend_engine, find_newcomers, spread_columns
from tastemaker.simulator.recipes.fitting import MAX_ITEMS_AT_ONCE, Counts, choose_dense_items, fit_engine, fit_stage
from tastemaker.simulator.recipes.histories import build_corpus
from tastemaker.simulator.recipes.settings import build_settings
from tastemaker.simulator.recipes.stage import WeighedStage
from tastemaker.simulator.recipes.storage import load_engine, load_json, save_engine, save_json
from tastemaker.simulator.recipes.weighing import collect_examples, join_examples, learn_weights, prior_weights

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from scipy import sparse

    from tastemaker.simulator.recipes.additions import Additions
    from tastemaker.simulator.recipes.base import (
        FloatArray,
        IntArray,
        LongArray,
        MetadataTable,
        Request,
        TrainingInput,
    )
    from tastemaker.simulator.recipes.engine import Engine
    from tastemaker.simulator.recipes.evaluation import BatchScorer
    from tastemaker.simulator.recipes.histories import Histories, Moments, ObjectArray
    from tastemaker.simulator.recipes.stage import Stage
    from tastemaker.simulator.recipes.trends import TrendGrid
    from tastemaker.simulator.recipes.weighing import DoubleArray

LEARNING_SHARE, MIN_LEARNING_USERS, MAX_LEARNING_USERS = 0.15, 30, 500
LEARNING_CUTS, LEARNING_REQUESTS, LEARNING_EXAMPLES = (0.9, 0.8, 0.7, 0.6, 0.5), 750, 3000
MAX_TEST_USERS = 2000
COLD_DAYS_INDEX = 1  # `Settings.cold_days`: the 30-day layer
REMEMBERED_BYTES = 2**25


@dataclass(frozen=True)
class PersonalizationModel:
    """A blend with its weights.

    Attributes:
        engine: components; its trends hold one layer, the weighted sum of all, in place of the features.
        weights: one per signal.
        cold: score of every item for a user without history, by moment; shape (moments, items).
        newcomers: items that joined after the training; None for none.
        attributes: what context and users' columns say; None for nothing.
        boost: what an objective adds to every item's score, shape (items,); None for none.
    """

    item_ids: ObjectArray
    engine: Engine
    weights: FloatArray
    cold: FloatArray
    metrics: Mapping[str, float] = field(default_factory=dict)
    gives_scores: bool = True
    newcomers: Newcomers | None = None
    attributes: Attributes | None = None
    boost: FloatArray | None = None
    uses_context: bool = True

    def score(self, request: Request) -> FloatArray:
        """Who asks again without a new event is answered from the sum of the signals that was made for him before."""
        history, times = request.history, request.times
        values = self.attributes.values_of(request) if self.attributes is not None else None
        key = history.tobytes(), times.tobytes()
        sums = self._sums.get(key, lambda: self._weigh(history, times)) if history.size else None
        return self._complete(sums, times, request.now, values)

    @cached_property
    def _sums(self) -> Recent:
        return Recent(max(REMEMBERED_BYTES // (np.float32().nbytes * self.engine.items), 1))

    def _weigh(self, history: IntArray, times: LongArray) -> FloatArray:
        return self.engine.weigh_signals(history, times, self.weights)

    def _complete(self, sums: FloatArray | None, times: LongArray, now: int, values: IntArray | None) -> FloatArray:
        """What the moment and the user's attributes add to the sum of the signals.

        Args:
            sums: None for a user without history, who gets recency-decayed popularity.
        """
        trends = self.engine.trends
        if sums is not None:
            scores: FloatArray = sums + trends.features[0, trends.cell(now, int(times[-1]))]
        else:
            scores = np.array(self.cold[trends.cell(now, 0)])
        adjust(scores, values, self, new=sums is None)
        return scores

    def values_of(self, requests: Sequence[Request]) -> tuple[IntArray, ...] | None:
        """For `Moments.values`; None when this model knows no values."""
        attributes = self.attributes
        return tuple(attributes.values_of(request) for request in requests) if attributes is not None else None

    def score_batch(self, moments: Moments) -> FloatArray:
        """See `BatchScorer`; request by request, so that each gets the same to the last bit as alone."""
        histories, values = moments.histories, moments.values
        scores = np.empty((histories.users, self.engine.items), np.float32)
        for row, (start, end) in enumerate(pairwise(histories.indptr.tolist())):
            part, now = slice(start, end), int(moments.now[row])
            own, times = values[row] if values is not None else None, histories.times[part]
            sums = self._weigh(histories.items[part], times) if end > start else None
            scores[row] = self._complete(sums, times, now, own)
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
        attributes = self.attributes.extended(places, item_ids.size) if self.attributes is not None else None
        # nothing is known of what a new item is worth
        neutral = np.zeros(1, np.float32)
        boost = spread_columns(self.boost[None], places, item_ids.size, neutral)[0] if self.boost is not None else None
        return replace(
            self, item_ids=item_ids, engine=engine, cold=cold, newcomers=newcomers, attributes=attributes, boost=boost
        )

    def save(self, folder: Path) -> None:
        later = self.newcomers.unpack() if self.newcomers is not None else {}
        later |= {"boost": self.boost} if self.boost is not None else {}
        later |= self.attributes.unpack() if self.attributes is not None else {}
        save_engine(folder, self.engine, {"weights": self.weights, "cold": self.cold, **later})
        save_json(folder, {
            **load_json(folder),
            "item_ids": self.item_ids.tolist(),
            "metrics": dict(self.metrics),
            "attributes": self.attributes.record() if self.attributes is not None else None,
        })  # fmt: skip


def blend(
    item_ids: ObjectArray, engine: Engine, weights: DoubleArray, metrics: Mapping[str, float]
) -> PersonalizationModel:
    """A model from an engine and a weight per feature; what no user changes is summed up here once."""
    count = len(engine.names)
    fixed = engine.trends.weigh(weights[count:].astype(np.float32))[None]
    cold = _cold(engine.trends).copy()
    summed = replace(engine, trends=replace(engine.trends, features=fixed, names=("blended",)))
    return PersonalizationModel(item_ids, summed, weights[:count].astype(np.float32), cold, metrics)


@dataclass(frozen=True)
class PersonalizationRecipe:
    """Two or three fits: for the weights, for the metrics, and the model.

    Components fitted without the test tenth and without the learning users give the weights; components without the
    test tenth give the metrics; components of everybody are the model. Where the learning users are less than a
    twentieth of those in training, the metrics are those of the first fit, which then lacks next to nothing.

    Up to `items_at_once` items in the closed-form models the last fit runs beside the others. Beyond, it follows them
    and uses up their counts, so that the largest trainings need half the memory; the model is the same to the last bit.

    Attributes:
        items_at_once: this limit.
    """

    items_at_once: int = MAX_ITEMS_AT_ONCE

    def train(self, data: TrainingInput) -> PersonalizationModel:
        with one_blas_thread():
            return _train(data, self.items_at_once)

    def load(self, folder: Path) -> PersonalizationModel:
        engine, arrays, record = load_engine(folder)
        item_ids = np.array(record["item_ids"], object)
        return PersonalizationModel(
            item_ids,
            engine,
            arrays["weights"],
            arrays["cold"],
            record["metrics"],
            newcomers=Newcomers.pack(arrays),
            attributes=Attributes.pack(record["attributes"], arrays) if record["attributes"] is not None else None,
            boost=arrays.get("boost"),
        )


def _train(data: TrainingInput, items_at_once: int) -> PersonalizationModel:
    settings = build_settings(data.hyperparameters)
    corpus = build_corpus(data, row_weights(data))
    vectors = build_item_vectors(data.items, corpus.item_ids)
    additions = plan_additions(data, corpus, settings.cold_days)
    users = _divide(corpus.histories, data.seed)
    counts = Counts(corpus.item_ids.size, choose_dense_items(corpus.histories, corpus.item_ids.size), settings)
    counts.add(users.base.histories)

    def learn(counts: Counts) -> _Learned:
        return _learn_and_judge(counts, users, vectors, additions, data.seed)

    def fit(counts: Counts, parts: Sequence[_Part]) -> Engine:
        for part in parts:
            counts.add(part.histories)
        return fit_engine(counts, corpus.histories, vectors)

    if counts.dense_items.size <= items_at_once:
        everybody = counts.copy()
        learned, engine = run_both(lambda: learn(counts), lambda: fit(everybody, (users.learning, users.test)))
    else:
        learned = learn(counts)
        engine = fit(counts, learned.uncounted)
    return learned.additions.dress_model(blend(corpus.item_ids, engine, learned.weights, learned.metrics))


@dataclass(frozen=True)
class _Learned:
    """What comes of the users that were held out.

    Attributes:
        uncounted: users that are not in the counts yet.
    """

    weights: DoubleArray
    additions: Additions
    metrics: dict[str, float]
    uncounted: Sequence[_Part]


def _learn_and_judge(
    counts: Counts, users: _Users, vectors: sparse.csr_array | None, additions: Additions, seed: int
) -> _Learned:
    """Weights, then the offline metrics.

    Args:
        counts: of the base; the learning users are added where they are many.
    """
    stage = fit_stage(counts, users.base.histories, vectors)
    weights, learned = _learn_all(stage, additions, users, seed)
    judged, uncounted = users.base, [users.learning, users.test]
    if needs_refit(users.learning.rows.size, users.training.rows.size):
        del stage  # before another one takes its memory
        counts.add(users.learning.histories)
        stage = fit_stage(counts, users.training.histories, vectors)
        judged, uncounted = users.training, [users.test]
    scorer = learned.dress(weigh(stage, weights), judged.rows)
    return _Learned(weights, learned, _judge(scorer, learned, users.test.rows, seed), uncounted)


@dataclass(frozen=True)
class _Part:
    """Some users: their rows in the corpus, and their histories."""

    rows: LongArray
    histories: Histories


@dataclass(frozen=True)
class _Users:
    """Whom a training learns from: `training` is `base` and `learning` together, all but `test`."""

    base: _Part
    learning: _Part
    training: _Part
    test: _Part


def _divide(histories: Histories, seed: int) -> _Users:
    training, test = hold_out_users(histories.users, TEST_SHARE, seed)
    wanted = min(max(LEARNING_SHARE * training.size, MIN_LEARNING_USERS), MAX_LEARNING_USERS, training.size / 2)
    base, learning = hold_out_users(training.size, wanted / training.size, seed + 1)
    rows = (training[base], training[learning], training, test)
    return _Users(*(_Part(some, histories.take(some)) for some in rows))


def weigh(stage: Stage, weights: DoubleArray) -> WeighedStage:
    return WeighedStage(stage, weights.astype(np.float32), _cold(stage.trends))


def _cold(trends: TrendGrid) -> FloatArray:
    """What users without history get: popularity with a time constant of `Settings.cold_days`."""
    layer: FloatArray = trends.features[min(COLD_DAYS_INDEX, len(trends.features) - 1)]
    return layer


def _learn_all(stage: Stage, additions: Additions, users: _Users, seed: int) -> tuple[DoubleArray, Additions]:
    """Weights of the components, then those of the additions beside them."""
    weights = _learn(stage, users.learning.histories, seed)
    return weights, additions.learned(weigh(stage, weights), users.base.rows, users.learning.rows)


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


def _judge(judged: BatchScorer, additions: Additions, test: LongArray, seed: int) -> dict[str, float]:
    """The offline metrics, on at most 2,000 of the users that were held out."""
    if test.size > MAX_TEST_USERS:
        test = test[hold_out_users(test.size, MAX_TEST_USERS / test.size, seed + 2)[1]]
    return additions.evaluate(judged, test)
