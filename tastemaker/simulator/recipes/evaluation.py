"""Protocols: which events a model may see, and on which it is judged.

The documented protocol is the service's (developer guide, `working-with-training-metrics`): users are held out of
training; the oldest 90 % of each one's history is the input, the newest 10 %, at least one event, the truth. Items of
the input are neither recommended nor counted. Users without a truth of new items are not judged.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np

from tastemaker.simulator.metrics import DEPTH, measure
from tastemaker.simulator.recipes.base import FloatArray, top_k
from tastemaker.simulator.recipes.histories import Histories, Moments

if TYPE_CHECKING:
    from tastemaker.simulator.recipes.base import IntArray, LongArray

TEST_SHARE = 0.1
INPUT_SHARE = 0.9
MAX_UNFITTED_SHARE = 0.05
_BLOCK_CELLS, _LEAST_ROWS = 2_000_000, 128


@runtime_checkable
class BatchScorer(Protocol):
    """Scores the whole catalogue for many requests."""

    def score_batch(self, moments: Moments) -> FloatArray:
        """Shape (requests, items), higher is better, -inf where an item is not scored."""
        ...


@dataclass(frozen=True)
class Split:
    """Requests and what the user really did next.

    Attributes:
        moments: inputs; `now` is the time of the newest input event.
        truth_rows, truth_items: relevant pairs (request, item code), distinct, sorted; new to the user unless repeats
            were asked for.
        users: row of each request in the histories that were cut.
    """

    moments: Moments
    truth_rows: LongArray
    truth_items: IntArray
    users: LongArray


def hold_out_users(users: int, share: float, seed: int) -> tuple[LongArray, LongArray]:
    """Seeded rows of (kept, held out) users, each ascending; one user at least is kept."""
    count = min(max(1, round(users * share)), users - 1) if users > 1 else 0
    shuffled = np.random.default_rng(seed).permutation(users)
    return np.sort(shuffled[count:]), np.sort(shuffled[:count])


def needs_refit(learning: int, training: int) -> bool:
    """Whether a fit without the learning users lacks too much to stand for one of all training users.

    Args:
        learning, training: numbers of users; the former are among the latter.
    """
    return learning > MAX_UNFITTED_SHARE * training


def cut_at_share(lengths: LongArray, share: float) -> LongArray:
    """Events that are input, per user: rounded down, so that at least one event of two or more follows."""
    return np.minimum((lengths * share + 1e-9).astype(np.int64), np.maximum(lengths - 1, 0))


def split_at(
    histories: Histories, inputs: LongArray, items: int, ends: LongArray | None = None, *, repeats: bool = False
) -> Split:
    """Cut every history after its first `inputs` events; truth reaches to `ends` (None: to the end).

    Users with no input or no truth are left out.

    Args:
        repeats: items of the input belong to the truth where they occur again.
    """
    starts = histories.indptr[:-1]
    stops = histories.indptr[1:] if ends is None else starts + ends
    seen, future = histories.slice(starts, starts + inputs), histories.slice(starts + inputs, stops)
    known = np.empty(0, np.int64) if repeats else seen.rows * items + seen.items
    truth = np.setdiff1d(future.rows * items + future.items, known)
    rows, codes = truth // items, (truth % items).astype(np.int32)
    judged = np.unique(rows[inputs[rows] > 0])
    kept = np.isin(rows, judged)
    newest = histories.times[(starts + inputs - 1)[judged]]
    return Split(Moments(seen.take(judged), newest), np.searchsorted(judged, rows[kept]), codes[kept], judged)


def split_documented(histories: Histories, items: int, *, repeats: bool = False) -> Split:
    """Input and truth of held-out users by the documented protocol."""
    return split_at(histories, cut_at_share(histories.lengths, INPUT_SHARE), items, repeats=repeats)


def split_share(histories: Histories, items: int, share: float) -> Split:
    """The documented protocol at an earlier moment: after `share` of each history, the truth a ninth of the input."""
    inputs = cut_at_share(histories.lengths, share)
    following = np.maximum(1, np.ceil(inputs * (1 - INPUT_SHARE) / INPUT_SHARE - 1e-9)).astype(np.int64)
    return split_at(histories, inputs, items, np.minimum(inputs + following, histories.lengths))


def split_last_event(histories: Histories, items: int, *, repeats: bool = False) -> tuple[Histories, Split]:
    """Training histories without each user's last event, and that event as truth ("leave one out")."""
    inputs = np.maximum(histories.lengths - 1, 0)
    starts = histories.indptr[:-1]
    training = _without_empty(histories.slice(starts, starts + inputs))
    return training, split_at(histories, inputs, items, repeats=repeats)


def global_cut(times: LongArray, quantile: float = INPUT_SHARE) -> int:
    """The last second that belongs to training."""
    return int(np.quantile(times, quantile))


def split_global(
    histories: Histories, items: int, quantile: float = INPUT_SHARE, until: float = 1.0, *, repeats: bool = False
) -> tuple[Histories, Split]:
    """Training histories up to one moment in time, and what known users did after it; `now` is that moment.

    Args:
        until: quantile at which the truth ends.
    """
    cut, end = global_cut(histories.times, quantile), global_cut(histories.times, until)
    inputs, ends = (
        np.bincount(histories.rows, weights=histories.times <= moment, minlength=histories.users).astype(np.int64)
        for moment in (cut, end)
    )
    starts = histories.indptr[:-1]
    split = split_at(histories, inputs, items, ends, repeats=repeats)
    moments = Moments(split.moments.histories, np.full_like(split.moments.now, cut))
    training = _without_empty(histories.slice(starts, starts + inputs))
    return training, replace(split, moments=moments)


def _without_empty(histories: Histories) -> Histories:
    return histories.take(np.flatnonzero(histories.lengths))


def rank_new_items(
    scorer: BatchScorer,
    moments: Moments,
    items: int,
    depth: int = DEPTH,
    *,
    seen: Histories | None = None,
    repeats: bool = False,
) -> IntArray:
    """Best items of each request, best first, ties by code; -1 fills up, shape (requests, depth).

    Args:
        seen: what each user had before, where that is more than the request's history, which None stands for.
        repeats: also items that the user had before; otherwise only new ones.
    """
    seen = moments.histories if seen is None else seen
    users = moments.histories.users
    ranked = np.full((users, depth), -1, np.int32)
    block = max(_LEAST_ROWS, _BLOCK_CELLS // max(items, 1))
    for start in range(0, users, block):
        rows = np.arange(start, min(start + block, users))
        scores = scorer.score_batch(moments.take(rows))
        if not repeats:
            had = seen.take(rows)
            scores[had.rows, had.items] = -np.inf
        for row, row_scores in enumerate(scores):
            best = top_k(row_scores, depth)
            ranked[start + row, : best.size] = best
    return ranked


def evaluate(scorer: BatchScorer, split: Split, items: int) -> dict[str, float]:
    """The service's metrics of a scorer on a split."""
    ranked = rank_new_items(scorer, split.moments, items)
    return measure(ranked, split.truth_rows, split.truth_items, items)
