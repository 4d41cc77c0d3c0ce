"""An optimisation objective beside relevance: a numeric Items column tilts the ranking (reference §3.3, §8)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from tastemaker.simulator.fidelity.record import Fidelity, Grade
from tastemaker.simulator.metrics import DEPTH, mark_hits
from tastemaker.simulator.recipes.base import TrainingFailedError
from tastemaker.simulator.recipes.evaluation import rank_new_items

if TYPE_CHECKING:
    from tastemaker.simulator.recipes.base import FloatArray, TrainingInput
    from tastemaker.simulator.recipes.evaluation import BatchScorer, Split
    from tastemaker.simulator.recipes.histories import ObjectArray

STRENGTHS: Final = {"OFF": 0.0, "LOW": 0.25, "MEDIUM": 0.5, "HIGH": 1.0}
RECOMMENDED: Final = 100
_MOST_DEVIATIONS = 3.0
FIDELITY: Final = (
    Fidelity(
        "Training options", "`optimizationObjective`", Grade.APPROXIMATE,
        "0.25 (LOW), 0.5 (MEDIUM) or 1 (HIGH) times the column in deviations from its mean, at most three, is added to "
        "the scores. The service does not publish how it weighs an objective.",
        "Developer Guide, optimizing-solution-for-objective",
    ),
    Fidelity(
        "Metrics", "`average_rewards_at_k`", Grade.APPROXIMATE,
        "Rewards of what a test user then took among the 25 dearest of 100 recommendations, over those of all of "
        "the 100 that the user took; users who took none do not count. How deep the service recommends is not "
        "published. A strong objective fills all 100 places with dear items, and the share falls.",
        "Developer Guide, working-with-training-metrics",
    ),
)  # fmt: skip


def read_rewards(data: TrainingInput, item_ids: ObjectArray) -> FloatArray:
    """The objective's column by item code; items that the Items dataset lacks have the mean of all.

    Raises:
        TrainingFailedError: the column is missing, is no number, or has nulls.
    """
    name = data.objective.item_attribute if data.objective is not None else ""
    column = data.items.columns.get(name) if data.items is not None else None
    if data.items is None or column is None:
        raise TrainingFailedError(
            f"The Items dataset has no column {name} to train on, which optimizationObjective names."
        )
    if column.dtype == object:
        raise TrainingFailedError(
            f"Column {name} of the Items dataset is not numeric, which optimizationObjective needs."
        )
    values = np.asarray(column, np.float64)
    if not np.isfinite(values).all():
        raise TrainingFailedError(f"Column {name} of the Items dataset has nulls, which optimizationObjective refuses.")
    rewards = np.full(item_ids.size, values.mean() if values.size else 0.0)
    rewards[np.searchsorted(item_ids, data.items.ids)] = values
    return rewards.astype(np.float32)


def build_boost(rewards: FloatArray, sensitivity: str) -> FloatArray:
    """What is added to the score of every item, shape (items,)."""
    deviation = float(rewards.std())
    if deviation <= 0:
        return np.zeros_like(rewards)
    standing = np.clip((rewards - rewards.mean()) / deviation, -_MOST_DEVIATIONS, _MOST_DEVIATIONS)
    boost: FloatArray = (STRENGTHS[sensitivity] * standing).astype(np.float32)
    return boost


def average_rewards(scorer: BatchScorer, split: Split, rewards: FloatArray) -> float:
    """Mean share of a user's rewards that came from the 25 recommendations of the highest reward, 0 to 1.

    Rewards are counted from the lowest of all where that is negative.
    """
    worth = rewards - min(float(rewards.min()), 0.0)
    ranked = rank_new_items(scorer, split.moments, rewards.size, RECOMMENDED)
    hits = mark_hits(ranked, split.truth_rows, split.truth_items, rewards.size)
    gained = np.where(ranked >= 0, worth[ranked], -1.0)
    order = np.argsort(-gained, axis=1, kind="stable")[:, :DEPTH]
    gained = np.where(hits, gained, 0.0)
    best, whole = np.take_along_axis(gained, order, axis=1).sum(axis=1), gained.sum(axis=1)
    counted = whole > 0
    return round(float((best[counted] / whole[counted]).mean()), 4) if counted.any() else 0.0
