"""Learning how much each feature counts, on users that no component has seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from tastemaker.simulator.recipes.base import top_k

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tastemaker.simulator.recipes.base import FloatArray, IntArray
    from tastemaker.simulator.recipes.evaluation import Split
    from tastemaker.simulator.recipes.histories import Moments
    from tastemaker.simulator.recipes.stage import Stage

DoubleArray = npt.NDArray[np.float64]
HARD, RANDOM = 100, 100
GENERALISATION, STRENGTH, ITERATIONS = 0.5, 5.0, 80
_BLOCK_CELLS, _LEAST_ROWS, _MOST_ROWS = 1_280_000, 16, 128  # of one feature, computed at a time


@dataclass(frozen=True)
class Examples:
    """Softmax problems, one per true item: the truth in column 0 against sampled negatives.

    Attributes:
        features: shape (examples, 1 + negatives, features).
        offsets: log of how many items each candidate stands for, shape (examples, 1 + negatives); -inf = no candidate.
        weights: shape (examples,); those of one request sum to 1.
    """

    features: FloatArray
    offsets: FloatArray
    weights: FloatArray


def collect_examples(
    stage: Stage, split: Split, prior: DoubleArray, cap: int, seed: int, asked: Moments | None = None
) -> Examples:
    """Negatives are the best new items by the prior weights and, standing for all others, random ones.

    Args:
        asked: what the stage is asked, where that is not the whole input.
        cap: at most so many true items of one request, drawn at random.
    """
    rng = np.random.default_rng(seed)
    parts = []
    bounds = np.searchsorted(split.truth_rows, np.arange(split.moments.histories.users + 1))
    step = min(max(_BLOCK_CELLS // stage.items, _LEAST_ROWS), _MOST_ROWS)
    for start in range(0, split.moments.histories.users, step):
        rows = np.arange(start, min(start + step, split.moments.histories.users))
        moments = split.moments.take(rows)
        features = stage.features((asked or split.moments).take(rows))
        histories = moments.histories
        for place, row in enumerate(rows):
            seen = histories.items[histories.indptr[place] : histories.indptr[place + 1]]
            truth = split.truth_items[bounds[row] : bounds[row + 1]]
            parts.append(_request_examples(features[:, place], seen, truth, prior, cap, rng))
        del features  # before the next ones take as much memory
    return join_examples(parts)


def join_examples(parts: Sequence[Examples]) -> Examples:
    """All examples of several collections."""
    return Examples(
        np.concatenate([part.features for part in parts]),
        np.concatenate([part.offsets for part in parts]),
        np.concatenate([part.weights for part in parts]),
    )


def _request_examples(
    features: FloatArray, seen: IntArray, truth: IntArray, prior: DoubleArray, cap: int, rng: np.random.Generator
) -> Examples:
    """One request's examples; `features` has shape (features, items)."""
    eligible = np.ones(features.shape[1], bool)
    eligible[seen] = eligible[truth] = False
    hard = top_k(prior.astype(np.float32) @ features, HARD, eligible)
    eligible[hard] = False
    rest = np.flatnonzero(eligible)
    negatives = np.zeros(HARD + RANDOM, np.int64)
    offsets = np.full(1 + HARD + RANDOM, -np.inf, np.float32)
    offsets[: 1 + hard.size] = 0.0
    negatives[: hard.size] = hard
    if rest.size:
        negatives[HARD:] = rng.choice(rest, RANDOM)
        offsets[1 + HARD :] = np.log(rest.size / RANDOM)
    chosen = truth if truth.size <= cap else np.sort(rng.choice(truth, cap, replace=False))
    candidates = np.column_stack((chosen, np.broadcast_to(negatives, (chosen.size, negatives.size))))
    return Examples(
        np.ascontiguousarray(features[:, candidates].transpose(1, 2, 0)),
        np.broadcast_to(offsets, candidates.shape),
        np.full(chosen.size, 1.0 / chosen.size, np.float32),
    )


def learn_weights(examples: Examples, prior: DoubleArray, exponent: float = GENERALISATION) -> DoubleArray:
    """Weights that make the truth likely among its candidates, drawn towards the prior.

    First softmax cross-entropy, then from there the generalised one, (1 - p^q) / q (Zhang and Sabuncu, 2018): true
    items that no weights could bring to the front of the list no longer pull.

    Args:
        exponent: q; 0 stays with plain cross-entropy, right where few features carry much noise.
    """
    first = _minimise(examples, prior, prior, 0.0)
    last = first if exponent == 0 else _minimise(examples, first, prior, exponent)
    # a search ends a little elsewhere when BLAS adds in another order (other threads): that shall not show
    return np.round(last, 2)


def _minimise(examples: Examples, start: DoubleArray, prior: DoubleArray, exponent: float) -> DoubleArray:
    odds, _ = _softmax(examples, start)
    pull_strength = STRENGTH * float(examples.weights @ odds[:, 0] ** exponent) / float(examples.weights.sum())

    def loss(weights: DoubleArray) -> tuple[float, DoubleArray]:
        odds, log_truth = _softmax(examples, weights)
        values, gains = _truth_loss(log_truth.astype(np.float64), exponent)
        odds[:, 0] -= 1.0
        odds *= (examples.weights * gains)[:, None].astype(np.float32)
        slope = (odds.ravel() @ examples.features.reshape(-1, weights.size)).astype(np.float64)
        pull = weights - prior
        value = float(values @ examples.weights) + pull_strength * float(pull @ pull)
        return value, slope + 2 * pull_strength * pull

    return np.asarray(minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": ITERATIONS}).x)


def _softmax(examples: Examples, weights: DoubleArray) -> tuple[FloatArray, FloatArray]:
    """Probabilities of the candidates, and the logarithm of the truth's."""
    logits = examples.features @ weights.astype(np.float32) + examples.offsets
    logits -= logits.max(axis=1, keepdims=True)
    odds = np.exp(logits)
    total = odds.sum(axis=1)
    log_truth: FloatArray = logits[:, 0] - np.log(total)
    odds /= total[:, None]
    return odds, log_truth


def _truth_loss(log_truth: DoubleArray, exponent: float) -> tuple[DoubleArray, DoubleArray]:
    """Loss per example, and how much of cross-entropy's gradient is left."""
    if exponent == 0:
        return -log_truth, np.ones_like(log_truth)
    gains = np.exp(exponent * log_truth)
    return (1 - gains) / exponent, gains


_PRIOR = {
    "session": 0.6, "windowed_ease": 0.8, "whole_ease": 0.4, "transitions": 0.5, "content": 0.15,
    "popularity_7": 0.05, "popularity_30": 0.1, "popularity_90": 0.1, "popularity_365": 0.1, "freshness_60": 0.15,
    "popularity_1e+06": 0.35,
}  # fmt: skip


def prior_weights(stage: Stage) -> DoubleArray:
    """What usually works, for data too small to learn from; 0 for features that only learning may use."""
    return np.array([_PRIOR.get(name, 0.0) for name in stage.names])
