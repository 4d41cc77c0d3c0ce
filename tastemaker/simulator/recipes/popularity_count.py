"""aws-popularity-count: the same list for everybody, by the number of distinct users of an item."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from tastemaker.simulator.recipes.evaluation import TEST_SHARE, evaluate, hold_out_users, split_documented
from tastemaker.simulator.recipes.histories import build_corpus
from tastemaker.simulator.recipes.storage import load_arrays, load_json, save_arrays, save_json

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tastemaker.simulator.recipes.base import FloatArray, Request, TrainingInput
    from tastemaker.simulator.recipes.histories import Histories, Moments, ObjectArray


def count_users(histories: Histories, items: int) -> FloatArray:
    """Distinct users per item, shape (items,)."""
    pairs = np.unique(histories.rows * items + histories.items)
    return np.bincount(pairs % items, minlength=items).astype(np.float32)


@dataclass(frozen=True)
class PopularityCountModel:
    """Counts of a solution version; items without an interaction count 0 and come last, by id."""

    item_ids: ObjectArray
    counts: FloatArray
    metrics: Mapping[str, float] = field(default_factory=dict)
    gives_scores: bool = False

    def score(self, request: Request) -> FloatArray:  # noqa: ARG002 - the list is the same for every request
        return self.counts.copy()

    def score_batch(self, moments: Moments) -> FloatArray:
        return np.tile(self.counts, (moments.histories.users, 1))

    def save(self, folder: Path) -> None:
        save_arrays(folder, {"counts": self.counts})
        save_json(folder, {"item_ids": self.item_ids.tolist(), "metrics": dict(self.metrics)})


class PopularityCountRecipe:
    """Counting; the metrics come from counts without the held-out tenth of the users."""

    def train(self, data: TrainingInput) -> PopularityCountModel:
        corpus = build_corpus(data)
        items = corpus.item_ids.size
        kept, held_out = hold_out_users(corpus.histories.users, TEST_SHARE, data.seed)
        first = PopularityCountModel(corpus.item_ids, count_users(corpus.histories.take(kept), items))
        metrics = evaluate(first, split_documented(corpus.histories.take(held_out), items), items)
        return PopularityCountModel(corpus.item_ids, count_users(corpus.histories, items), metrics)

    def load(self, folder: Path) -> PopularityCountModel:
        record = load_json(folder)
        item_ids = np.array(record["item_ids"], object)
        return PopularityCountModel(item_ids, load_arrays(folder)["counts"], record["metrics"])
