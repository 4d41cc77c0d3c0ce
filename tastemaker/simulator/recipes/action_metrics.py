"""The service's metrics of recipes for actions, on users that took no part in the fit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tastemaker.facts.limits import DEFAULT_ACTION_RESULTS
from tastemaker.simulator.metrics import CUTS, DEPTH, mark_hits, ndcg_at
from tastemaker.simulator.recipes.action_examples import KINDS, TAKEN
from tastemaker.simulator.recipes.action_features import HISTORY, cut_histories, own_features
from tastemaker.simulator.recipes.action_fitting import RECENT_ITEMS, build_design, predict
from tastemaker.simulator.recipes.base import top_k
from tastemaker.simulator.recipes.evaluation import INPUT_SHARE, cut_at_share
from tastemaker.simulator.recipes.logistic import area_under_curve

if TYPE_CHECKING:
    import numpy.typing as npt

    from tastemaker.simulator.recipes.action_fitting import ActionCase, Fit
    from tastemaker.simulator.recipes.base import BoolArray, IntArray, LongArray

JUDGED_USERS = 2_000


def judge_actions(case: ActionCase, fit: Fit, test: BoolArray, seed: int) -> dict[str, float]:
    """Means rounded to 4 decimals; zeros where nothing can be judged.

    The newest tenth of a test user's action events is the truth: what was taken there. Precision and recall are of the
    first five actions, the default of a request; the area under the curve is over every time an action was shown.
    """
    users = np.flatnonzero(test & (case.done.lengths > 1))
    users = np.sort(np.random.default_rng(seed).permutation(users)[:JUDGED_USERS])
    ranked, rows, actions = _rank(case, fit, users)
    size = case.action_ids.size
    hits = mark_hits(ranked, rows, actions, size)
    relevant = np.bincount(rows, minlength=ranked.shape[0])
    judged = np.flatnonzero(relevant)
    values = {"coverage": np.unique(ranked[ranked >= 0]).size / max(size, 1)}
    for k in CUTS:
        gains = ndcg_at(hits, relevant, k)[judged]
        values[f"normalized_discounted_cumulative_gain_at_{k}"] = _mean(gains)
    first = ranked[:, :DEFAULT_ACTION_RESULTS]
    correct = np.bincount(first[hits[:, :DEFAULT_ACTION_RESULTS]], minlength=size)
    values["precision"] = _share(correct, np.bincount(first[first >= 0], minlength=size))
    values["recall"] = _share(correct, np.bincount(actions, minlength=size))
    values["area_under_curve"] = _mean(np.array(areas(case, fit, test)))
    return {name: round(float(value), 4) for name, value in values.items()}


def areas(case: ActionCase, fit: Fit, users: BoolArray) -> list[float]:
    """Area under the curve of each scored action that some of these users took and some did not."""
    design = build_design(case, fit.space, users)
    logits, labels = predict(fit.weights, design)
    known = design.examples.actions[np.isin(design.examples.actions, fit.weights.scored)]
    found = (area_under_curve(logits[known == action], labels[known == action]) for action in fit.weights.scored)
    return [area for area in found if area is not None]


def _rank(case: ActionCase, fit: Fit, users: LongArray) -> tuple[IntArray, LongArray, IntArray]:
    """Scored actions of each user at the moment of the first true event, best first, and (row, action) pairs taken."""
    starts, stops = case.done.indptr[users], case.done.indptr[users + 1]
    cuts = starts + cut_at_share(stops - starts, INPUT_SHARE)
    now = case.done.times[np.minimum(cuts, max(case.done.times.size - 1, 0))] if users.size else users
    done = case.done.slice(np.maximum(starts, cuts - HISTORY), cuts)
    truth = case.done.slice(cuts, stops)
    taken = truth.items % KINDS == TAKEN
    size = case.action_ids.size
    pairs = np.unique(truth.rows[taken] * size + truth.items[taken] // KINDS)
    items = cut_histories(case.items, users.astype(np.int32), now, RECENT_ITEMS)
    features = fit.space.rows(users.astype(np.int32), items, done, now)
    scored = fit.weights.scored
    own = (
        np.stack([own_features(done, now, np.full(users.size, action)) for action in scored], axis=1)
        if (scored.size)
        else np.zeros((users.size, 0, fit.weights.own.size))
    )
    scores = np.full((users.size, size), -np.inf, np.float32)
    scores[:, scored] = fit.weights.logits(features, own)
    ranked = np.full((users.size, DEPTH), -1, np.int32)
    for row in range(users.size):
        best = top_k(scores[row], DEPTH)
        ranked[row, : best.size] = best
    return ranked, pairs // max(size, 1), (pairs % max(size, 1)).astype(np.int32)


def _mean(values: npt.NDArray[np.float64]) -> float:
    return float(values.mean()) if values.size else 0.0


def _share(correct: LongArray, all_of: LongArray) -> float:
    """Mean over the actions that have any."""
    some = all_of > 0
    return _mean(correct[some] / all_of[some])
