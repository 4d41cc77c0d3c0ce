"""aws-trending-now: items by the growth of their interactions from one interval to the next, the same for everybody.

The recipe refreshes itself every interval, at most every two hours: it looks at the two intervals before the newest
refresh. Growth is the ratio of two Poisson rates under a Gamma prior, so that three events after one are not a trend.
Without any event in the two intervals popular items are the answer (developer guide, native-recipe-trending-now).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from tastemaker.simulator.fidelity.record import Fidelity, Grade
from tastemaker.simulator.metrics import DEPTH
from tastemaker.simulator.recipes.base import top_k
from tastemaker.simulator.recipes.evaluation import TEST_SHARE, evaluate, hold_out_users, split_documented
from tastemaker.simulator.recipes.histories import build_corpus
from tastemaker.simulator.recipes.popularity_count import count_users
from tastemaker.simulator.recipes.storage import load_arrays, load_json, save_arrays, save_json

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tastemaker.simulator.recipes.base import FloatArray, IntArray, LongArray, Request, TrainingInput
    from tastemaker.simulator.recipes.histories import Histories, Moments, ObjectArray

DEFAULT_FREQUENCY = "2 hours"
INTERVAL_SECONDS = {"30 minutes": 1_800, "1 hour": 3_600, "2 hours": 7_200, "3 hours": 10_800, "1 day": 86_400}
MAX_REFRESH_SECONDS = 7_200
PRIOR_EVENTS = 5.0
JUDGED_INTERVALS = 24
_TIE_SHARE = 1e-4  # popularity decides between items that grew alike
FIDELITY: Final = (
    Fidelity(
        "Metrics",
        "`trend_prediction_accuracy`",
        Grade.APPROXIMATE,
        "Growth of the recommended items as a share of that of the 25 that grew most, over the newest 24 intervals; "
        "the spelling of the name is unconfirmed.",
        "Developer Guide, working-with-training-metrics",
    ),
)


@dataclass(frozen=True)
class TrendingNowModel:
    """Events by time, and counts for when there is nothing new.

    Attributes:
        items, times: events that a refresh may still look at, times ascending, shape (events,).
        popularity: distinct users per item at training.
        interval_seconds: trend_discovery_frequency.
    """

    item_ids: ObjectArray
    items: IntArray
    times: LongArray
    popularity: FloatArray
    interval_seconds: int
    metrics: Mapping[str, float] = field(default_factory=dict)
    gives_scores: bool = False

    @property
    def refresh_seconds(self) -> int:
        return min(self.interval_seconds, MAX_REFRESH_SECONDS)

    @property
    def memory_seconds(self) -> int:
        return 2 * self.interval_seconds

    def score(self, request: Request) -> FloatArray:
        return self.score_at(request.now - request.now % self.refresh_seconds)

    def score_batch(self, moments: Moments) -> FloatArray:
        refreshes, rows = np.unique(moments.now - moments.now % self.refresh_seconds, return_inverse=True)
        scores: FloatArray = np.stack([self.score_at(int(moment)) for moment in refreshes])[rows]
        return scores

    def score_at(self, moment: int) -> FloatArray:
        """Trend at a refresh, which sees the events before `moment`; shape (items,)."""
        older, newer = self.counts(moment - self.interval_seconds), self.counts(moment)
        if not older.any() and not newer.any():
            return self.popularity.copy()
        # the prior expects no growth; where everything shrinks, it expects that of what it knows nothing about too
        general = min(1.0, (newer.sum() + PRIOR_EVENTS) / (older.sum() + PRIOR_EVENTS))
        growth = np.log((newer + PRIOR_EVENTS * general) / (older + PRIOR_EVENTS))
        growth += _TIE_SHARE * self.popularity / (1.0 + self.popularity.max())
        scores: FloatArray = growth.astype(np.float32)
        return scores

    def counts(self, end: int) -> LongArray:
        """Events per item in the interval that ends before `end`, shape (items,)."""
        first, last = np.searchsorted(self.times, (end - self.interval_seconds, end))
        counts: LongArray = np.bincount(self.items[first:last], minlength=self.item_ids.size)
        return counts

    def refreshed(self, items: IntArray, times: LongArray) -> TrendingNowModel:
        """The same model that knows these events too; popularity stays that of the training."""
        order = np.argsort(times := np.concatenate((self.times, times)), kind="stable")
        return replace(self, items=np.concatenate((self.items, items))[order], times=times[order])

    def save(self, folder: Path) -> None:
        save_arrays(folder, {"items": self.items, "times": self.times, "popularity": self.popularity})
        save_json(folder, {
            "item_ids": self.item_ids.tolist(),
            "interval_seconds": self.interval_seconds,
            "metrics": dict(self.metrics),
        })  # fmt: skip


class TrendingNowRecipe:
    """Counting; the eight common metrics come from events without the held-out tenth of the users."""

    def train(self, data: TrainingInput) -> TrendingNowModel:
        corpus = build_corpus(data)
        histories, items = corpus.histories, corpus.item_ids.size
        frequency = data.hyperparameters.get("trend_discovery_frequency", DEFAULT_FREQUENCY)
        seconds = INTERVAL_SECONDS[frequency.lower()]
        kept, held_out = hold_out_users(histories.users, TEST_SHARE, data.seed)
        first = _build(corpus.item_ids, histories.take(kept), seconds)
        metrics = evaluate(first, split_documented(histories.take(held_out), items), items)
        model = _build(corpus.item_ids, histories, seconds)
        metrics["trend_prediction_accuracy"] = judge_trends(model)
        return replace(_forget(model), metrics=metrics)

    def load(self, folder: Path) -> TrendingNowModel:
        record, arrays = load_json(folder), load_arrays(folder)
        return TrendingNowModel(
            np.array(record["item_ids"], object),
            arrays["items"],
            arrays["times"],
            arrays["popularity"],
            record["interval_seconds"],
            record["metrics"],
        )


def _build(item_ids: ObjectArray, histories: Histories, seconds: int) -> TrendingNowModel:
    order = np.argsort(histories.times, kind="stable")
    popularity = count_users(histories, item_ids.size)
    return TrendingNowModel(item_ids, histories.items[order], histories.times[order], popularity, seconds)


def _forget(model: TrendingNowModel) -> TrendingNowModel:
    """Without the events that no refresh from the newest one on will look at."""
    oldest = int(model.times[-1]) - model.memory_seconds - model.refresh_seconds
    kept = slice(int(np.searchsorted(model.times, oldest)), None)
    return replace(model, items=model.items[kept].copy(), times=model.times[kept].copy())


def judge_trends(model: TrendingNowModel) -> float:
    """Growth of the 25 items in front, as a share of that of the 25 items that then grew most (0 to 1).

    Growth is the difference of an item's events to the interval before; the figures are sums over the newest 24
    intervals, each predicted from what went before it. The guide defines the share for one interval only.
    """
    predicted = possible = 0.0
    end = int(model.times[-1]) + 1
    for start in range(end - model.interval_seconds * JUDGED_INTERVALS, end, model.interval_seconds):
        growth = (model.counts(start + model.interval_seconds) - model.counts(start)).astype(np.float32)
        predicted += float(growth[top_k(model.score_at(start), DEPTH)].sum())
        possible += float(np.maximum(growth[top_k(growth, DEPTH)], 0).sum())
    return round(max(predicted, 0.0) / possible, 4) if possible > 0 else 0.0
