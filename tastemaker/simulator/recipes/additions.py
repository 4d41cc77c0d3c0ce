"""What a solution adds to the blend: context, users' columns, an objective. Without any of them nothing changes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

import numpy as np

from tastemaker.simulator.recipes.attributes import read_attributes
from tastemaker.simulator.recipes.evaluation import INPUT_SHARE, cut_at_share, evaluate, split_documented
from tastemaker.simulator.recipes.event_weights import weighted_ndcg
from tastemaker.simulator.recipes.histories import Moments
from tastemaker.simulator.recipes.objectives import average_rewards, build_boost, read_rewards

if TYPE_CHECKING:
    from tastemaker.simulator.recipes.attributes import AttributeData, Attributes
    from tastemaker.simulator.recipes.base import FloatArray, IntArray, LongArray, Objective, TrainingInput
    from tastemaker.simulator.recipes.evaluation import BatchScorer, Split
    from tastemaker.simulator.recipes.extending import Newcomers
    from tastemaker.simulator.recipes.histories import Corpus
    from tastemaker.simulator.recipes.personalization import PersonalizationModel

WEIGHTS = (0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0)
PRIOR_WEIGHT, PRICE, MAX_REQUESTS = 0.5, 2.0, 300
_MAX_CELLS = 10_000_000
_BLOCK = 32


class Adjusting(Protocol):
    """Whatever scores with additions."""

    @property
    def attributes(self) -> Attributes | None: ...

    @property
    def newcomers(self) -> Newcomers | None: ...

    @property
    def boost(self) -> FloatArray | None: ...


def adjust(scores: FloatArray, values: IntArray | None, by: Adjusting, *, new: bool) -> None:
    """What comes after the blend, for one request; shape (items,), in place.

    Args:
        values: places of the attribute values that hold; None for none.
        new: the user has no history.
    """
    if by.attributes is not None and values is not None:
        by.attributes.adjust(scores, values, new=new)
    if by.newcomers is not None:
        by.newcomers.judge(scores)
    if by.boost is not None:
        scores += by.boost


@dataclass(frozen=True)
class AdjustedScorer:
    """A stage of a training with its additions, for the offline metrics."""

    scorer: BatchScorer
    attributes: Attributes | None
    boost: FloatArray | None
    newcomers: Newcomers | None = None

    def score_batch(self, moments: Moments) -> FloatArray:
        """See `evaluation.BatchScorer`."""
        scores, values = self.scorer.score_batch(moments), moments.values
        for row, length in enumerate(moments.histories.lengths.tolist()):
            adjust(scores[row], values[row] if values is not None else None, self, new=length == 0)
        return scores


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

    def learned(self, scorer: BatchScorer, base: LongArray, learning: LongArray) -> Additions:
        """The weights of the values: what makes the event after nine tenths of a history likeliest.

        Args:
            base: rows of the users that the scorer was fitted on.
            learning: rows of the users to learn from, which neither the scorer nor the ratios have seen.
        """
        events = self._judged_events(learning) if self.values is not None else np.empty(0, np.int64)
        if self.values is None or not events.size:
            return self
        scores, context, users = self._features(self.values, scorer, base, events)
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
        self, values: AttributeData, scorer: BatchScorer, base: LongArray, events: LongArray
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Scores, and the sums of ratios of context and of users, each of shape (events, items)."""
        histories = self.corpus.histories
        starts = histories.indptr[histories.row_of(events)]
        moments = Moments(histories.slice(starts, events), histories.times[events - 1])
        scores = np.concatenate([
            scorer.score_batch(moments.take(np.arange(start, min(start + _BLOCK, events.size))))
            for start in range(0, events.size, _BLOCK)
        ])  # fmt: skip
        scores[moments.histories.rows, moments.histories.items] = -np.inf
        ratios = values.fit(self.corpus, base, self._by_value()).ratios
        context, users = np.zeros_like(scores), np.zeros_like(scores)
        for row, places in enumerate(values.places(events)):
            context[row] = ratios[places[places < values.own]].sum(axis=0)
            users[row] = ratios[places[places >= values.own]].sum(axis=0)
        return scores, context, users

    def dress(self, scorer: BatchScorer, users: LongArray) -> BatchScorer:
        """A stage with its additions.

        Args:
            users: rows of the users that may be counted.
        """
        attributes, boost = self._fit(users), self._boost()
        return scorer if attributes is None and boost is None else AdjustedScorer(scorer, attributes, boost)

    def dress_model(self, model: PersonalizationModel) -> PersonalizationModel:
        """The model with its additions; everybody is counted."""
        return replace(model, attributes=self._fit(None), boost=self._boost())

    def _fit(self, users: LongArray | None) -> Attributes | None:
        return self.values.fit(self.corpus, users, self._by_value()) if self.values is not None else None

    def _boost(self) -> FloatArray | None:
        if self.objective is None or self.rewards is None:
            return None
        return build_boost(self.rewards, self.objective.sensitivity)

    def evaluate(self, scorer: BatchScorer, test: LongArray) -> dict[str, float]:
        """The service's metrics on the documented hold-out; context is that of the newest input event."""
        items = self.corpus.item_ids.size
        histories = self.corpus.histories.take(test)
        split = self._with_values(split_documented(histories, items), test)
        metrics = evaluate(scorer, split, items)
        if self.weighed:
            metrics |= weighted_ndcg(scorer, split, histories, items)
        if self.rewards is not None:
            metrics["average_rewards_at_k"] = average_rewards(scorer, split, self.rewards)
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
