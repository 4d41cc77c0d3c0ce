"""aws-user-personalization(-v2) and aws-personalized-ranking(-v2): one engine, a learned blend of components.

Every component scores from the request's history, so an event changes the next answer without training.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from tastemaker.simulator.recipes.additions import plan_additions
from tastemaker.simulator.recipes.attributes import Attributes
from tastemaker.simulator.recipes.content import build_item_vectors
from tastemaker.simulator.recipes.evaluation import TEST_SHARE, hold_out_users, split_share
from tastemaker.simulator.recipes.event_weights import row_weights
from tastemaker.simulator.recipes.extending import Newcomers, extend_engine, find_newcomers, spread_columns
from tastemaker.simulator.recipes.fitting import Fitter, choose_dense_items
from tastemaker.simulator.recipes.histories import build_corpus, single_moment
from tastemaker.simulator.recipes.settings import build_settings
from tastemaker.simulator.recipes.storage import load_engine, load_json, save_engine, save_json
from tastemaker.simulator.recipes.trends import TrendGrid
from tastemaker.simulator.recipes.weighing import collect_examples, join_examples, learn_weights, prior_weights

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from tastemaker.simulator.recipes.base import FloatArray, IntArray, MetadataTable, Request, TrainingInput
    from tastemaker.simulator.recipes.engine import Engine
    from tastemaker.simulator.recipes.histories import Histories, Moments, ObjectArray
    from tastemaker.simulator.recipes.weighing import DoubleArray

LEARNING_SHARE, MIN_LEARNING_USERS, MAX_LEARNING_USERS = 0.15, 30, 500
LEARNING_CUTS, LEARNING_REQUESTS, LEARNING_EXAMPLES = (0.9, 0.8, 0.7, 0.6, 0.5), 750, 3000
COLD_DAYS_INDEX = 1  # the 30-day layer of `Settings.popularity_days`


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
        moment = single_moment(request)
        scores: FloatArray = self.score_batch(replace(moment, values=self.values_of([request])))[0]
        return scores

    def values_of(self, requests: Sequence[Request]) -> tuple[IntArray, ...] | None:
        """For `Moments.values`; None when this model knows no values."""
        attributes = self.attributes
        return tuple(attributes.values_of(request) for request in requests) if attributes is not None else None

    def score_batch(self, moments: Moments) -> FloatArray:
        """See `BatchScorer`; a user without history gets recency-decayed popularity."""
        engine = self.engine
        cells = engine.cells(moments)
        scores: FloatArray = engine.trends.features[0][cells]
        if moments.histories.items.size:
            scores += engine.weigh_signals(moments, self.weights)
        empty = moments.histories.lengths == 0
        scores[empty] = self.cold[cells[empty]]
        if self.attributes is not None and moments.values is not None:
            self.attributes.adjust(scores, moments.values, empty)
        if self.newcomers is not None:
            self.newcomers.judge(scores)
        if self.boost is not None:
            scores += self.boost
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
        boost = (
            spread_columns(self.boost[None], places, item_ids.size, np.zeros(1, np.float32))[0]
            if self.boost is not None
            else None
        )
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
    item_ids: ObjectArray, engine: Engine, cold: FloatArray, weights: DoubleArray, metrics: Mapping[str, float]
) -> PersonalizationModel:
    """A model from an engine and a weight per feature; what no user changes is summed up here once."""
    count = len(engine.signals)
    fixed = np.tensordot(weights[count:].astype(np.float32), engine.trends.features, 1)[None]
    summed = replace(engine, trends=TrendGrid(engine.trends.moments, fixed, ("blended",)))
    return PersonalizationModel(item_ids, summed, weights[:count].astype(np.float32), cold, metrics)


class PersonalizationRecipe:
    """Three stages over one running count.

    Components fitted without the test tenth and without the learning users give the weights; components without the
    test tenth give the metrics; components of everybody are the model.
    """

    def train(self, data: TrainingInput) -> PersonalizationModel:
        corpus = build_corpus(data, row_weights(data))
        histories, items = corpus.histories, corpus.item_ids.size
        vectors = build_item_vectors(data.items, corpus.item_ids)
        settings = build_settings(data.hyperparameters)
        fitter = Fitter(items, choose_dense_items(histories, items), vectors, settings)
        training, test = hold_out_users(histories.users, TEST_SHARE, data.seed)
        base, learning = _hold_out_learning(training.size, data.seed)

        fitter.add(histories.take(training[base]))
        early = fitter.fit(histories.take(training[base]))
        weights = _learn(early, histories.take(training[learning]), data.seed)
        learner = blend(corpus.item_ids, early, _cold(early), weights, {})
        additions = plan_additions(data, corpus, settings.cold_days)
        additions = additions.learned(learner, training[base], training[learning])
        del early, learner
        fitter.add(histories.take(training[learning]))
        first = fitter.fit(histories.take(training))
        judged = additions.dress(blend(corpus.item_ids, first, _cold(first), weights, {}), training)
        metrics = additions.evaluate(judged, test)
        del first, judged
        fitter.add(histories.take(test))
        engine = fitter.fit(histories)
        return additions.dress(blend(corpus.item_ids, engine, _cold(engine), weights, metrics))

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


def _hold_out_learning(users: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    wanted = min(max(LEARNING_SHARE * users, MIN_LEARNING_USERS), MAX_LEARNING_USERS, users / 2)
    return hold_out_users(users, wanted / users, seed + 1)


def _learn(engine: Engine, learning: Histories, seed: int) -> DoubleArray:
    """Weights from histories that the engine has not seen, each cut at one to five places."""
    prior = prior_weights(engine)
    cuts = LEARNING_CUTS[: max(1, LEARNING_REQUESTS // learning.users)] if learning.users else ()
    splits = [split_share(learning, engine.items, share) for share in cuts]
    # a cut after which nobody finds anything new teaches nothing
    splits = [split for split in splits if split.moments.histories.users]
    if not splits:
        return prior
    requests = sum(split.moments.histories.users for split in splits)
    cap = max(1, LEARNING_EXAMPLES // requests)
    parts = [collect_examples(engine, split, prior, cap, seed + i) for i, split in enumerate(splits)]
    return learn_weights(join_examples(parts), prior)


def _cold(engine: Engine) -> FloatArray:
    layers = engine.trends.features
    layer: FloatArray = layers[min(COLD_DAYS_INDEX, len(layers) - 1)].copy()
    return layer
