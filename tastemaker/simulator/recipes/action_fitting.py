"""Fits the logistic models of actions: one of all actions together, then each action's deviation from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from tastemaker.facts.limits import MAX_ACTIONS
from tastemaker.simulator.histories import catalogue_codes
from tastemaker.simulator.recipes.action_examples import (
    ActionEvents,
    Examples,
    build_examples,
    find_scored,
    newest_per_action,
    read_events,
)
from tastemaker.simulator.recipes.action_features import (
    HISTORY,
    OWN,
    FeatureSpace,
    action_histories,
    build_space,
    cut_histories,
    encode_users,
    measure_activity,
    own_features,
)
from tastemaker.simulator.recipes.histories import Histories
from tastemaker.simulator.recipes.logistic import fit_logistic, log_loss

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from tastemaker.simulator.recipes.base import BoolArray, IntArray, InteractionTable, LongArray, TrainingInput
    from tastemaker.simulator.recipes.histories import ObjectArray
    from tastemaker.simulator.recipes.storage import AnyArray

    DoubleArray = npt.NDArray[np.float64]

HELD_OUT = 0.1
SHARED_RIDGE, RIDGES = 1.0, (1.0, 3.0, 10.0, 30.0, 100.0)
DEFAULT_RIDGE = 10.0
EXAMPLES, LEAST_EXAMPLES = 200_000, 500
RECENT_ITEMS = 100
OWN_PRIOR = np.array([0.1, -0.3, 0.0, 0.1, -0.3, 0.0])
"""Before the data say otherwise: who took an action takes it again a little rather, who refused it rather does not."""
_CREATED = "CREATION_TIMESTAMP"


@dataclass(frozen=True)
class ActionCase:
    """Training data in codes.

    Attributes:
        item_ids, user_ids, action_ids: sorted ascending; users of all datasets together.
        items, done: item events and action events of every user in `user_ids`.
        examples: of the scored actions and of the others.
    """

    data: TrainingInput
    item_ids: ObjectArray
    user_ids: ObjectArray
    action_ids: ObjectArray
    items: Histories
    done: Histories
    events: ActionEvents
    examples: Examples
    scored: IntArray


@dataclass(frozen=True)
class ActionWeights:
    """Logistic models of the scored actions.

    Attributes:
        scored: action codes, ascending, shape (models,).
        table: shape (features, models), so that a row of features meets only what it needs.
        intercepts: shape (models,).
        own: weights of what is known about the very action, the same for all, shape (OWN,).
    """

    scored: IntArray
    table: DoubleArray
    intercepts: DoubleArray
    own: DoubleArray

    def logits(self, features: sparse.csr_array, own: DoubleArray) -> DoubleArray:
        """Shape (moments, models).

        Args:
            own: shape (moments, models, OWN).
        """
        shown: DoubleArray = features @ self.table
        shown += np.einsum("ijk,k->ij", own, self.own) + self.intercepts
        return shown

    def arrays(self) -> dict[str, AnyArray]:
        return {"scored": self.scored, "table": self.table, "intercepts": self.intercepts, "own": self.own}

    @staticmethod
    def of_arrays(arrays: Mapping[str, AnyArray]) -> ActionWeights:
        return ActionWeights(arrays["scored"], arrays["table"], arrays["intercepts"], arrays["own"])


@dataclass(frozen=True)
class Fit:
    """A fitted set of models with the features they read."""

    space: FeatureSpace
    weights: ActionWeights
    ridge: float


@dataclass(frozen=True)
class Design:
    """Examples with their features."""

    examples: Examples
    features: sparse.csr_array
    own: DoubleArray

    def take(self, rows: LongArray) -> Design:
        return Design(self.examples.take(rows), self.features[rows], self.own[rows])


def choose_actions(data: TrainingInput) -> ObjectArray:
    """Ids of the actions that are considered, sorted: of too many those that are newest, or were met last."""
    actions, table = data.actions, data.action_interactions
    ids: ObjectArray = actions.ids.astype(object) if actions is not None else np.empty(0, object)
    if actions is None or ids.size <= MAX_ACTIONS:
        return ids
    created = np.asarray(actions.columns.get(_CREATED, np.full(ids.size, np.nan)), np.float64)
    newest = np.where(np.isfinite(created), created, -np.inf)
    if table is not None and table.item.size:
        codes = catalogue_codes(table.item_ids, ids)[table.item]
        np.maximum.at(newest, codes[codes >= 0], table.timestamp[codes >= 0].astype(np.float64))
    kept = np.lexsort((np.arange(ids.size), -newest))[:MAX_ACTIONS]
    return ids[np.sort(kept)]


def build_case(data: TrainingInput, action_ids: ObjectArray, period_seconds: int) -> ActionCase:
    table, done = data.interactions, data.action_interactions
    parts = [table.user_ids]
    parts += [data.users.ids] if data.users is not None else []
    parts += [done.user_ids] if done is not None else []
    user_ids: ObjectArray = np.unique(np.concatenate([part.astype(object) for part in parts]))
    events = read_events(done if done is not None else table, user_ids, action_ids)
    return ActionCase(
        data,
        table.item_ids.astype(object),
        user_ids,
        action_ids,
        _item_histories(table, user_ids),
        action_histories(events, user_ids.size),
        events,
        build_examples(events, period_seconds),
        find_scored(events, action_ids.size),
    )


def _item_histories(table: InteractionTable, user_ids: ObjectArray) -> Histories:
    codes = np.searchsorted(user_ids, table.user_ids) if table.user.size else np.empty(0, np.int64)
    users = codes[table.user]
    order = np.argsort(users, kind="stable")
    indptr = np.searchsorted(users[order], np.arange(user_ids.size + 1))
    return Histories(indptr, table.item[order], table.timestamp[order])


def split_users(case: ActionCase, seed: int) -> tuple[BoolArray, BoolArray, BoolArray]:
    """Masks over users for learning, validation and test: eight, one and one tenth of those with action events."""
    active = np.unique(case.events.users)
    shuffled = np.random.default_rng(seed).permutation(active)
    count = round(active.size * HELD_OUT)
    masks = []
    for held_out in (shuffled[:count], shuffled[count : 2 * count]):
        mask = np.zeros(case.user_ids.size, np.bool_)
        mask[held_out] = True
        masks.append(mask)
    validation, test = masks
    return ~(validation | test), validation, test


def fit_weights(
    case: ActionCase, learning: BoolArray, validation: BoolArray | None, ridge: float = DEFAULT_RIDGE
) -> Fit:
    """Models learnt from some users; how tight an action is held to all of them is chosen by others.

    Args:
        learning, validation: masks over users; without validation `ridge` holds.
    """
    users = encode_users(case.data.users, case.user_ids, learning)
    items = case.items.take(np.flatnonzero(learning))
    activity = _activity(case, learning)
    space = build_space(items, case.data.items, case.item_ids, users, case.action_ids.size, activity)
    design = build_design(case, space, learning)
    if not case.scored.size or not design.examples.labels.size:
        return Fit(space, _nothing(space), ridge)
    shared = _fit_shared(design, case.action_ids.size)
    if validation is None:
        return Fit(space, _fit_each(design, case.scored, shared, ridge), ridge)
    judged = build_design(case, space, validation)
    tried = [_fit_each(design, case.scored, shared, each) for each in RIDGES]
    losses = [log_loss(*predict(weights, judged)) for weights in tried]
    best = int(np.argmin(losses)) if judged.examples.labels.size else RIDGES.index(DEFAULT_RIDGE)
    return Fit(space, tried[best], RIDGES[best])


def _activity(case: ActionCase, users: BoolArray) -> DoubleArray:
    """Mean and spread of how active these users were when actions were shown, shape (2, 2)."""
    examples = _newest_examples(case, users)
    items = cut_histories(case.items, examples.users, examples.times, RECENT_ITEMS)
    figures = measure_activity(items, examples.times)
    if not figures.size:
        return np.zeros((2, 2))
    return np.stack((figures.mean(axis=0), figures.std(axis=0)))


def _newest_examples(case: ActionCase, users: BoolArray) -> Examples:
    actions = case.action_ids.size
    most = max(LEAST_EXAMPLES, EXAMPLES // max(actions, 1))
    return newest_per_action(case.examples.take(users[case.examples.users]), actions, most)


def _nothing(space: FeatureSpace) -> ActionWeights:
    return ActionWeights(np.empty(0, np.int32), np.zeros((space.width, 0)), np.zeros(0), np.zeros(OWN))


def build_design(case: ActionCase, space: FeatureSpace, users: BoolArray) -> Design:
    """Features of the newest examples of some users, as of their moments."""
    examples = _newest_examples(case, users)
    items = cut_histories(case.items, examples.users, examples.times, RECENT_ITEMS)
    done = cut_histories(case.done, examples.users, examples.times, HISTORY)
    features = space.rows(examples.users, items, done, examples.times)
    return Design(examples, features, own_features(done, examples.times, examples.actions))


def _fit_shared(design: Design, actions: int) -> tuple[DoubleArray, DoubleArray, DoubleArray]:
    """Weights of features and of the very action for all actions together, and an intercept of each."""
    examples, width = design.examples, design.features.shape[1]
    rows = np.arange(examples.labels.size)
    which = sparse.csr_array((np.ones(rows.size), (rows, examples.actions)), shape=(rows.size, actions))
    joined = sparse.csr_array(sparse.hstack([design.features, sparse.csr_array(design.own), which], format="csr"))
    weights, intercept = fit_logistic(joined, examples.labels, design.own @ OWN_PRIOR, SHARED_RIDGE)
    return weights[:width], OWN_PRIOR + weights[width : width + OWN], weights[width + OWN :] + intercept


def _fit_each(
    design: Design, scored: IntArray, shared: tuple[DoubleArray, DoubleArray, DoubleArray], ridge: float
) -> ActionWeights:
    features, own, intercepts = shared
    table = np.tile(features[:, None], scored.size)
    levels = intercepts[scored].copy()
    for place, action in enumerate(scored.tolist()):
        part = design.take(np.flatnonzero(design.examples.actions == action))
        offset = part.features @ features + part.own @ own + intercepts[action]
        change, level = fit_logistic(part.features, part.examples.labels, offset, ridge)
        table[:, place] += change
        levels[place] += level
    return ActionWeights(scored, table, levels, own)


def predict(weights: ActionWeights, design: Design) -> tuple[DoubleArray, DoubleArray]:
    """Logits and labels of the examples with scored actions."""
    logits = design.own @ weights.own
    for place, action in enumerate(weights.scored.tolist()):
        rows = np.flatnonzero(design.examples.actions == action)
        logits[rows] += design.features[rows] @ weights.table[:, place] + weights.intercepts[place]
    known = np.isin(design.examples.actions, weights.scored)
    return logits[known], design.examples.labels[known]
