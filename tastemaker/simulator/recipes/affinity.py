"""aws-item-affinity, aws-item-attribute-affinity: users by the interactions with the items that they will likely have.

Two signals of the personalization engine, whole-history EASE and metadata, are blended into a user's share of interest
in each item, a softmax over the catalogue; times the user's activity it is an expected number of interactions, so that
users can be compared. Users times items are computed in blocks and never kept; what is taken over all items of a large
catalogue (means, deviations, the softmax's sum) is taken over a thousand of them, spread evenly over popularity.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy import sparse

from tastemaker.simulator.fidelity.record import Fidelity, Grade
from tastemaker.simulator.metrics import mark_hits
from tastemaker.simulator.recipes.base import TrainingFailedError, top_k
from tastemaker.simulator.recipes.blas import one_blas_thread
from tastemaker.simulator.recipes.closed_form import invert_gram, solve_ease
from tastemaker.simulator.recipes.content import build_item_vectors
from tastemaker.simulator.recipes.counts import add_gram, keep_items, user_item
from tastemaker.simulator.recipes.evaluation import cut_at_share
from tastemaker.simulator.recipes.factors import build_factors
from tastemaker.simulator.recipes.fitting import SETTINGS, choose_dense_items
from tastemaker.simulator.recipes.histories import build_corpus
from tastemaker.simulator.recipes.popularity_count import count_users
from tastemaker.simulator.recipes.queries import build_query, newest_distinct
from tastemaker.simulator.recipes.standardising import compress
from tastemaker.simulator.recipes.storage import (
    load_arrays,
    load_json,
    pack_sparse,
    save_arrays,
    save_json,
    unpack_sparse,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tastemaker.simulator.recipes.base import FloatArray, IntArray, LongArray, Request, TrainingInput
    from tastemaker.simulator.recipes.histories import Histories, ObjectArray
    from tastemaker.simulator.recipes.stage import Matrix
    from tastemaker.simulator.recipes.storage import AnyArray

INPUT_SHARE = 0.8
TOP_SHARE = 0.01
WEIGHT = np.float32(0.5)
JUDGED_ITEMS = 500
SAMPLED_ITEMS = 1_000
METRICS = ("coverage", "hits_at_1_percent", "recall_at_1_percent")
_BLOCK_CELLS = 4_000_000
_ROWS = ("columns", "means", "scales")
FIDELITY: Final = (
    Fidelity(
        "Metrics",
        "`hits_at_1_percent`, `recall_at_1_percent`",
        Grade.APPROXIMATE,
        "The newest fifth of every user's interactions is the truth, as documented; means over the items that users "
        "took for the first time there, at most 500 of them, whose earlier takers are not ranked.",
        "Developer Guide, working-with-training-metrics",
    ),
)


@dataclass(frozen=True)
class TasteSignal:
    """Scores of every user for every item, each one the product of two rows.

    Attributes:
        queries: one row per user.
        targets: one row per item that the signal knows.
        columns: row in `targets` of every item code, -1 for none; shape (items,).
        means, scales: of a user's scores over (a sample of) the known items, which standardise them; shape (users,).
    """

    queries: sparse.csr_array
    targets: Matrix
    columns: IntArray
    means: FloatArray
    scales: FloatArray

    def raw(self, users: slice, rows: IntArray) -> FloatArray:
        """Shape (users, rows of `targets`)."""
        product = self.queries[users] @ self.targets[rows].T
        scores: FloatArray = product.toarray() if sparse.issparse(product) else product
        return scores

    def score(self, users: slice, items: IntArray) -> FloatArray:
        """Standardised, signed square root; an item that the signal does not know has a raw score of zero."""
        rows = self.columns[items]
        known = rows >= 0
        scores = np.zeros((self.means[users].size, items.size), np.float32)
        scores[:, known] = self.raw(users, rows[known])
        scores -= self.means[users, None]
        scores *= self.scales[users, None]
        compress(scores)
        return scores


@dataclass(frozen=True)
class AffinityModel:
    """The users of a training.

    Attributes:
        signals: by name.
        offsets: log of a user's activity less the log of what the exponentials of the scores sum up to, shape (users,);
            -inf for a user without any event.
        popularity: distinct users per item.
    """

    item_ids: ObjectArray
    user_ids: ObjectArray
    signals: Mapping[str, TasteSignal]
    offsets: FloatArray
    popularity: FloatArray
    metrics: Mapping[str, float] = field(default_factory=dict)
    gives_scores: bool = False

    def score(self, request: Request) -> FloatArray:  # noqa: ARG002 - never deployed: it ranks users, not items
        return self.popularity.copy()

    def user_affinity(self, items: IntArray) -> FloatArray:
        """Log of the expected share of interactions with these items together."""
        affinity = np.empty(self.user_ids.size, np.float32)
        for users in user_blocks(self.user_ids.size, items.size):
            affinity[users] = _log_sum(self.scores(users, items)) + self.offsets[users]
        return affinity

    def scores(self, users: slice, items: IntArray) -> FloatArray:
        """Relevance within each user, shape (users, items)."""
        total = np.zeros((self.offsets[users].size, items.size), np.float32)
        for signal in self.signals.values():
            part = signal.score(users, items)
            part *= WEIGHT
            total += part
        return total

    def save(self, folder: Path) -> None:
        arrays: dict[str, AnyArray] = {"offsets": self.offsets, "popularity": self.popularity}
        for name, signal in self.signals.items():
            arrays |= unpack_sparse(f"{name}.queries", signal.queries)
            targets, key = signal.targets, f"{name}.targets"
            arrays |= unpack_sparse(key, targets) if sparse.issparse(targets) else {key: targets}
            arrays |= {f"{name}.{part}": getattr(signal, part) for part in _ROWS}
        save_arrays(folder, arrays)
        save_json(folder, {
            "item_ids": self.item_ids.tolist(),
            "user_ids": self.user_ids.tolist(),
            "signals": list(self.signals),
            "metrics": dict(self.metrics),
        })  # fmt: skip


class AffinityRecipe:
    """The metrics come from a model of the first four fifths of every user's events."""

    @one_blas_thread()
    def train(self, data: TrainingInput) -> AffinityModel:
        corpus = build_corpus(data)
        histories = corpus.histories
        _check_times(histories)
        user_ids = data.interactions.user_ids[np.unique(data.interactions.user)]
        vectors = build_item_vectors(data.items, corpus.item_ids)
        inputs = cut_at_share(histories.lengths, INPUT_SHARE)
        starts = histories.indptr[:-1]
        rank = int(data.hyperparameters.get("hidden_dimension", 0))
        first = fit(corpus.item_ids, user_ids, histories.slice(starts, starts + inputs), vectors, rank)
        metrics = judge(first, histories, inputs, data.seed)
        del first
        return replace(fit(corpus.item_ids, user_ids, histories, vectors, rank), metrics=metrics)

    def load(self, folder: Path) -> AffinityModel:
        record, arrays = load_json(folder), load_arrays(folder)
        signals = {name: _load_signal(name, arrays) for name in record["signals"]}
        item_ids, user_ids = np.array(record["item_ids"], object), np.array(record["user_ids"], object)
        return AffinityModel(item_ids, user_ids, signals, arrays["offsets"], arrays["popularity"], record["metrics"])


def _check_times(histories: Histories) -> None:
    if histories.times.min() == histories.times.max():
        raise TrainingFailedError("All interactions have the same timestamp; user segments cannot be trained on them.")


def _load_signal(name: str, arrays: Mapping[str, AnyArray]) -> TasteSignal:
    key = f"{name}.targets"
    targets = arrays[key] if key in arrays else pack_sparse(key, arrays)
    return TasteSignal(pack_sparse(f"{name}.queries", arrays), targets, *(arrays[f"{name}.{part}"] for part in _ROWS))


def fit(
    item_ids: ObjectArray, user_ids: ObjectArray, histories: Histories, vectors: sparse.csr_array | None, rank: int = 0
) -> AffinityModel:
    """A model without metrics.

    Args:
        histories: one sequence per user, which may be empty.
        rank: of the factor part (hidden_dimension); 0 for none.
    """
    items = item_ids.size
    newest, places = newest_distinct(histories, items) if histories.items.size else (histories, histories.items)
    taste = build_query(newest, places, SETTINGS.taste, np.arange(items, dtype=np.int32), items)
    popularity = count_users(histories, items)
    sample = sample_items(popularity)
    signals = {name: _standardised(signal, sample) for name, signal in _fit_learnt(histories, taste, rank)}
    if vectors is not None:
        queries = sparse.csr_array(taste @ vectors)
        signals["content"] = _standardised(_unscaled(queries, vectors, np.arange(items, dtype=np.int32)), sample)
    model = AffinityModel(item_ids, user_ids, signals, np.zeros(histories.users, np.float32), popularity)
    whole = model.user_affinity(sample) + np.float32(np.log(items / sample.size))
    with np.errstate(divide="ignore"):
        activity = np.log(histories.lengths.astype(np.float32))
    return replace(model, offsets=activity - whole)


def sample_items(popularity: FloatArray) -> IntArray:
    """At most a thousand item codes at even steps from the most to the least popular; all of a smaller catalogue."""
    order = np.argsort(-popularity, kind="stable")
    steps = np.linspace(0, order.size - 1, min(order.size, SAMPLED_ITEMS))
    codes: IntArray = np.sort(order[steps.astype(np.int64)]).astype(np.int32)
    return codes


def _fit_learnt(histories: Histories, taste: sparse.csr_array, rank: int) -> Iterator[tuple[str, TasteSignal]]:
    """Signals from co-occurrence, by name."""
    dense_items = choose_dense_items(histories, taste.shape[1])
    columns = np.full(taste.shape[1], -1, np.int32)
    columns[dense_items] = np.arange(dense_items.size)
    gram = np.zeros((dense_items.size, dense_items.size), np.float32)
    add_gram(gram, user_item(keep_items(histories, columns), dense_items.size))
    queries = sparse.csr_array(taste[:, dense_items])
    if rank:
        yield "factors", _unscaled(queries, build_factors(gram, rank), columns)
    weights = solve_ease(invert_gram(gram, SETTINGS.whole_ridge))
    yield "ease", _unscaled(queries, np.ascontiguousarray(weights.T), columns)


def _unscaled(queries: sparse.csr_array, targets: Matrix, columns: IntArray) -> TasteSignal:
    users = queries.shape[0]
    return TasteSignal(queries, targets, columns, np.zeros(users, np.float32), np.ones(users, np.float32))


def _standardised(signal: TasteSignal, sample: IntArray) -> TasteSignal:
    """The signal with the means and scales of every user over the items of the sample that it knows."""
    rows = signal.columns[sample]
    rows = rows[rows >= 0]
    users = signal.queries.shape[0] if rows.size else 0
    means, scales = np.zeros_like(signal.means), np.zeros_like(signal.scales)
    for block in user_blocks(users, rows.size):
        scores = signal.raw(block, rows)
        means[block] = scores.mean(axis=1)
        deviations = scores.std(axis=1)
        np.divide(1.0, deviations, out=scales[block], where=deviations > 1e-12)
    return replace(signal, means=means, scales=scales)


def user_blocks(users: int, width: int) -> list[slice]:
    """Consecutive users, so many that a block of `width` columns fits in memory."""
    step = max(1, _BLOCK_CELLS // max(width, 1))
    return [slice(start, min(start + step, users)) for start in range(0, users, step)]


def _log_sum(scores: FloatArray) -> FloatArray:
    """log(sum(exp(row))), shape (rows,)."""
    most = scores.max(axis=1)
    total: FloatArray = np.log(np.exp(scores - most[:, None]).sum(axis=1)) + most
    return total


def judge(model: AffinityModel, histories: Histories, inputs: LongArray, seed: int) -> dict[str, float]:
    """The service's metrics of segments: does the first hundredth of the users hold those who come?

    Means over the items that somebody took for the first time after the input, or over 500 of them drawn at random.
    Users who had the item before are not ranked. `coverage` is the share of the users who are in the first hundredth
    for any of these items.

    Args:
        histories: whole, in the model's codes.
        inputs: how many events of each user the model has seen, shape (users,).
    """
    users, starts = model.user_ids.size, histories.indptr[:-1]
    seen = _item_user(histories.slice(starts, starts + inputs), users)
    truth = np.setdiff1d(_item_user(histories.slice(starts + inputs, histories.indptr[1:]), users), seen)
    judged = np.unique(truth // users)
    if judged.size == 0:
        return dict.fromkeys(METRICS, 0.0)
    judged = np.sort(np.random.default_rng(seed).permutation(judged)[:JUDGED_ITEMS])
    truth = truth[np.isin(truth // users, judged)]
    rows = np.searchsorted(judged, truth // users)
    ranked = np.stack([_first_users(model, int(item), seen) for item in judged])
    hits = mark_hits(ranked, rows, (truth % users).astype(np.int32), users).sum(axis=1)
    shown = np.unique(ranked[ranked >= 0]).size
    values = (shown / users, hits.mean(), (hits / np.bincount(rows)).mean())
    return {name: round(float(value), 4) for name, value in zip(METRICS, values, strict=True)}


def _item_user(histories: Histories, users: int) -> LongArray:
    """Distinct pairs as item code times users plus row, ascending."""
    return np.unique(histories.items.astype(np.int64) * users + histories.rows)


def _first_users(model: AffinityModel, item: int, seen: LongArray) -> IntArray:
    """The first hundredth of the users, without those who have seen the item; -1 fills up."""
    users = model.user_ids.size
    allowed = np.ones(users, np.bool_)
    first, last = np.searchsorted(seen, (item * users, (item + 1) * users))
    allowed[seen[first:last] % users] = False
    ranked = np.full(max(1, int(np.ceil(users * TOP_SHARE))), -1, np.int32)
    best = top_k(model.user_affinity(np.array([item], np.int32)), ranked.size, allowed)
    ranked[: best.size] = best
    return ranked
