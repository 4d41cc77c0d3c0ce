"""What a solution adds to the blend: context, users' columns, an objective. Without any of them nothing changes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from tastemaker.simulator.recipes.attributes import read_attributes
from tastemaker.simulator.recipes.evaluation import INPUT_SHARE, cut_at_share, evaluate, split_documented
from tastemaker.simulator.recipes.event_weights import weighted_ndcg
from tastemaker.simulator.recipes.histories import Moments
from tastemaker.simulator.recipes.objectives import average_rewards, build_boost, read_rewards

if TYPE_CHECKING:
    from tastemaker.simulator.recipes.attributes import AttributeData
    from tastemaker.simulator.recipes.base import FloatArray, IntArray, LongArray, Objective, TrainingInput
    from tastemaker.simulator.recipes.evaluation import Split
    from tastemaker.simulator.recipes.histories import Corpus
    from tastemaker.simulator.recipes.personalization import PersonalizationModel

WEIGHTS = (0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0)
PRIOR_WEIGHT, PRICE, MAX_REQUESTS = 0.5, 2.0, 300
_MAX_CELLS = 10_000_000


@dataclass(frozen=True)
class Additions:
    """Additions of one training, carried through its stages.

    Attributes:
        weights: of context and of users' columns.
        rewards: the objective's column by item code; None without an objective.
        weighed: whether event types have weights, for the metrics.
    """

    corpus: Corpus
    values: AttributeData | None
    objective: Objective | None
    rewards: FloatArray | None
    weighed: bool = False
    weights: tuple[float, float] = (PRIOR_WEIGHT, PRIOR_WEIGHT)

    def learned(self, model: PersonalizationModel, base: LongArray, learning: LongArray) -> Additions:
        """The weights of the values: what makes the event after nine tenths of a history likeliest.

        Args:
            base: rows of the users that the model was fitted on.
            learning: rows of the users to learn from, which neither the model nor the ratios have seen.
        """
        events = self._judged_events(learning) if self.values is not None else np.empty(0, np.int64)
        if self.values is None or not events.size:
            return self
        scores, context, users = self._features(self.values, model, base, events)
        truth = self.corpus.histories.items[events]
        of_users = best_weight(scores, users, truth)
        scores += np.float32(of_users) * users
        return replace(self, weights=(best_weight(scores, context, truth), of_users))

    def _judged_events(self, learning: LongArray) -> LongArray:
        """Positions of events to be predicted, at most one per user."""
        histories = self.corpus.histories
        starts, lengths = histories.indptr[learning], histories.lengths[learning]
        inputs = cut_at_share(lengths, INPUT_SHARE)
        events = (starts + inputs)[(inputs > 0) & (inputs < lengths)]
        most = min(MAX_REQUESTS, _MAX_CELLS // self.corpus.item_ids.size)
        return np.array([
            event for event in events.tolist()
            if histories.items[event] not in histories.items[histories.indptr[histories.row_of(event)] : event]
        ][:most], np.int64)  # fmt: skip

    def _features(
        self, values: AttributeData, model: PersonalizationModel, base: LongArray, events: LongArray
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Scores, and the sums of ratios of context and of users, each of shape (events, items)."""
        histories = self.corpus.histories
        starts = histories.indptr[histories.row_of(events)]
        moments = Moments(histories.slice(starts, events), histories.times[events - 1])
        scores = model.score_batch(moments)
        scores[moments.histories.rows, moments.histories.items] = -np.inf
        ratios = values.fit(self.corpus, base, self._by_value()).ratios
        context, users = np.zeros_like(scores), np.zeros_like(scores)
        for row, places in enumerate(values.places(events)):
            context[row] = ratios[places[places < values.own]].sum(axis=0)
            users[row] = ratios[places[places >= values.own]].sum(axis=0)
        return scores, context, users

    def dress(self, model: PersonalizationModel, users: LongArray | None = None) -> PersonalizationModel:
        """The model with its additions.

        Args:
            users: rows of the users that may be counted; None for all.
        """
        if self.values is not None:
            model = replace(model, attributes=self.values.fit(self.corpus, users, self._by_value()))
        if self.objective is not None and self.rewards is not None:
            model = replace(model, boost=build_boost(self.rewards, self.objective.sensitivity))
        return model

    def evaluate(self, model: PersonalizationModel, test: LongArray) -> dict[str, float]:
        """The service's metrics on the documented hold-out; context is that of the newest input event."""
        items = self.corpus.item_ids.size
        histories = self.corpus.histories.take(test)
        split = self._with_values(split_documented(histories, items), test)
        metrics = evaluate(model, split, items)
        if self.weighed:
            metrics |= weighted_ndcg(model, split, histories, items)
        if self.rewards is not None:
            metrics["average_rewards_at_k"] = average_rewards(model, split, self.rewards)
        return metrics

    def _with_values(self, split: Split, users: LongArray) -> Split:
        if self.values is None:
            return split
        lengths = split.moments.histories.lengths
        newest = self.corpus.histories.indptr[users[split.users]] + lengths - 1
        return replace(split, moments=replace(split.moments, values=self.values.places(newest)))

    def _by_value(self) -> FloatArray:
        own, size = (self.values.own, self.values.event_values.shape[1]) if self.values is not None else (0, 0)
        return np.where(np.arange(size) < own, *self.weights).astype(np.float32)


def best_weight(scores: FloatArray, feature: FloatArray, truth: IntArray) -> float:
    """The weight of a feature beside the scores; a larger one has to earn its price in likelihood.

    Args:
        scores, feature: shape (requests, items); -inf in `scores` is no candidate.
        truth: the item that was taken, shape (requests,).
    """
    rows = np.arange(truth.size)
    worth = []
    for weight in WEIGHTS:
        logits = scores + np.float32(weight) * feature
        logits -= logits.max(axis=1, keepdims=True)
        likelihood = logits[rows, truth] - np.log(np.exp(logits).sum(axis=1))
        worth.append(float(likelihood.sum(dtype=np.float64)) - PRICE * weight)
    return WEIGHTS[int(np.argmax(worth))]


def plan_additions(data: TrainingInput, corpus: Corpus, days: float) -> Additions:
    """What this training adds.

    Args:
        days: time constant of popularity for new users.

    Raises:
        TrainingFailedError: the objective's column is not fit for it.
    """
    rewards = read_rewards(data, corpus.item_ids) if data.objective is not None else None
    return Additions(
        corpus, read_attributes(data, corpus, days), data.objective, rewards, data.event_weights is not None
    )
