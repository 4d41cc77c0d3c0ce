"""aws-sims: items by co-occurrence, discounted by popularity.

`popularity_discount_factor` d and `min_cointeraction_count` m are the service's: an item scores (users with both) /
(its users)^d where at least m users have both; d = 0 favours popular items, d = 1 ignores popularity. All other items
follow by popularity, so that an unknown or data-poor item is answered with popular items.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from tastemaker.simulator.recipes.counts import user_item
from tastemaker.simulator.recipes.evaluation import TEST_SHARE, evaluate, hold_out_users, split_documented
from tastemaker.simulator.recipes.histories import build_corpus
from tastemaker.simulator.recipes.popularity_count import count_users
from tastemaker.simulator.recipes.storage import (
    load_arrays,
    load_json,
    pack_sparse,
    save_arrays,
    save_json,
    unpack_sparse,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tastemaker.simulator.recipes.base import FloatArray, Request, TrainingInput
    from tastemaker.simulator.recipes.histories import Histories, Moments, ObjectArray

DEFAULT_DISCOUNT, DEFAULT_MIN_COUNT = "0.5", "3"


@dataclass(frozen=True)
class SimsModel:
    """Discounted co-occurrence, positive; `fallback` orders everything else, all negative."""

    item_ids: ObjectArray
    related: sparse.csr_array
    fallback: FloatArray
    metrics: Mapping[str, float] = field(default_factory=dict)
    gives_scores: bool = False

    def score(self, request: Request) -> FloatArray:
        """Related items of `request.item`, which is not related to itself (-inf)."""
        scores = self.fallback.copy()
        if request.item >= 0:
            self._put_related(scores, request.item)
            scores[request.item] = -np.inf
        return scores

    def score_batch(self, moments: Moments) -> FloatArray:
        """Scores for the newest item of each history."""
        histories = moments.histories
        scores = np.tile(self.fallback, (histories.users, 1))
        for row in np.flatnonzero(histories.lengths):
            self._put_related(scores[row], int(histories.items[histories.indptr[row + 1] - 1]))
        return scores

    def _put_related(self, scores: FloatArray, item: int) -> None:
        part = slice(self.related.indptr[item], self.related.indptr[item + 1])
        scores[self.related.indices[part]] = self.related.data[part]

    def save(self, folder: Path) -> None:
        save_arrays(folder, {**unpack_sparse("related", self.related), "fallback": self.fallback})
        save_json(folder, {"item_ids": self.item_ids.tolist(), "metrics": dict(self.metrics)})


class SimsRecipe:
    """Counting; the metrics come from counts without the held-out tenth of the users."""

    def train(self, data: TrainingInput) -> SimsModel:
        corpus = build_corpus(data)
        items = corpus.item_ids.size
        kept, held_out = hold_out_users(corpus.histories.users, TEST_SHARE, data.seed)
        first = _relate(corpus.item_ids, corpus.histories.take(kept), data.hyperparameters)
        metrics = evaluate(first, split_documented(corpus.histories.take(held_out), items), items)
        return _relate(corpus.item_ids, corpus.histories, data.hyperparameters, metrics)

    def load(self, folder: Path) -> SimsModel:
        record, arrays = load_json(folder), load_arrays(folder)
        item_ids = np.array(record["item_ids"], object)
        return SimsModel(item_ids, pack_sparse("related", arrays), arrays["fallback"], record["metrics"])


def _relate(
    item_ids: ObjectArray,
    histories: Histories,
    hyperparameters: Mapping[str, str],
    metrics: Mapping[str, float] | None = None,
) -> SimsModel:
    discount = float(hyperparameters.get("popularity_discount_factor", DEFAULT_DISCOUNT))
    least = int(hyperparameters.get("min_cointeraction_count", DEFAULT_MIN_COUNT))
    matrix = user_item(histories, item_ids.size)
    both = (matrix.T.tocsr() @ matrix).tocoo()
    kept = (both.data >= least) & (both.row != both.col)
    counts = count_users(histories, item_ids.size)
    values = (both.data[kept] / counts[both.col[kept]] ** discount).astype(np.float32)
    related = sparse.csr_array((values, (both.row[kept], both.col[kept])), shape=both.shape)
    related.sort_indices()
    fallback = counts / (counts.max() + 1.0) - 1.0
    return SimsModel(item_ids, related, fallback.astype(np.float32), metrics or {})
