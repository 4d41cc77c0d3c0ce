"""aws-next-best-action: the probability that a user takes each action, by one logistic model per action.

The models share what holds for all actions: each one is a deviation from a model of all actions together, held the
tighter the less its own events say. Features are the user's recent items, their categories, metadata and what the user
did with actions before. An action has a propensity once it was taken, and not taken, often enough (reference §3.5).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from tastemaker.simulator.fidelity.record import Fidelity, Grade
from tastemaker.simulator.recipes.action_examples import KINDS
from tastemaker.simulator.recipes.action_features import HISTORY, FeatureSpace, own_of_all
from tastemaker.simulator.recipes.action_fitting import (
    ActionWeights,
    build_case,
    choose_actions,
    fit_weights,
    split_users,
)
from tastemaker.simulator.recipes.action_metrics import judge_actions
from tastemaker.simulator.recipes.base import TrainingFailedError
from tastemaker.simulator.recipes.blas import one_blas_thread
from tastemaker.simulator.recipes.histories import Histories
from tastemaker.simulator.recipes.logistic import sigmoid
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

    from tastemaker.simulator.recipes.base import FloatArray, IntArray, MetadataTable, Request, TrainingInput
    from tastemaker.simulator.recipes.histories import ObjectArray

PERIOD, DEFAULT_PERIOD_DAYS = "action_optimization_period", 14
_LEAST: Final = 1e-6
"""A propensity that was learnt is not quite 0, which stands for not learnt."""
_PAGE: Final = "Developer Guide, native-recipe-next-best-action"
FIDELITY: Final = (
    Fidelity(
        "Metrics",
        "`precision`, `recall`, `area_under_curve`",
        Grade.APPROXIMATE,
        "Means over actions; recommended means among the first five of a held-out user. The spelling of the names is "
        "unconfirmed.",
        "Developer Guide, working-with-training-metrics",
    ),
    Fidelity(
        "Actions",
        "propensity",
        Grade.APPROXIMATE,
        "Probability that an action which is shown is taken within `action_optimization_period`; 0.0 until it has 50 "
        "TAKEN and 50 other events in the six weeks before the newest action interaction, as documented.",
        _PAGE,
    ),
    Fidelity(
        "Actions",
        "more than 1,000 actions",
        Grade.APPROXIMATE,
        "Those with the newest interaction or CREATION_TIMESTAMP are considered.",
        "Developer Guide, limits",
    ),
)


@dataclass(frozen=True)
class NextBestActionModel:
    """One logistic model per action that is known well enough.

    Attributes:
        item_ids: the actions.
        taste_ids: items of the Interactions dataset.
        user_ids: users whose metadata the model knows.
        trained: code at the training of each action; -1 for one that joined since.
    """

    item_ids: ObjectArray
    taste_ids: ObjectArray
    user_ids: ObjectArray
    trained: IntArray
    space: FeatureSpace
    weights: ActionWeights
    metrics: Mapping[str, float] = field(default_factory=dict)
    gives_scores: bool = True

    def score(self, request: Request) -> FloatArray:
        """Propensity of every action; 0 where too little is known of it."""
        scores = np.zeros(self.space.actions + 1, np.float32)
        if self.weights.scored.size:
            scores[self.weights.scored] = np.maximum(sigmoid(self._logits(request)), _LEAST)
        return scores[self.trained]

    def _logits(self, request: Request) -> np.ndarray:
        size = request.history.size
        items = Histories(np.array([0, size]), request.history, request.times)
        done, now = self._done(request), np.array([request.now])
        user = np.searchsorted(self.user_ids, request.user_id or "")
        known = user < self.user_ids.size and self.user_ids[user] == request.user_id
        row = self.space.rows(np.array([user if known else -1], np.int32), items, done, now)
        own = own_of_all(done, request.now, self.space.actions)[self.weights.scored]
        logits: np.ndarray = self.weights.logits(row, own[None])[0]
        return logits

    def _done(self, request: Request) -> Histories:
        if request.actions is None:
            return Histories(np.array([0, 0]), np.empty(0, np.int32), np.empty(0, np.int64))
        codes, kinds = self.trained[request.actions.actions], request.actions.kinds
        kept = np.flatnonzero((codes >= 0) & (kinds >= 0))[-HISTORY:]
        done = (codes[kept] * KINDS + kinds[kept]).astype(np.int32)
        return Histories(np.array([0, kept.size]), done, request.actions.times[kept])

    def extended(self, item_ids: ObjectArray, items: MetadataTable | None) -> NextBestActionModel:  # noqa: ARG002
        """With more actions; nothing is known of them until the next training."""
        trained = np.full(item_ids.size, -1, np.int32)
        trained[np.searchsorted(item_ids, self.item_ids)] = self.trained
        return replace(self, item_ids=item_ids, trained=trained)

    def save(self, folder: Path) -> None:
        save_arrays(folder, {
            "trained": self.trained,
            "item_columns": self.space.item_columns,
            "activity": self.space.activity,
            **unpack_sparse("categories", self.space.categories),
            **unpack_sparse("users", self.space.users),
            **self.weights.arrays(),
        })  # fmt: skip
        save_json(folder, {
            "item_ids": self.item_ids.tolist(),
            "taste_ids": self.taste_ids.tolist(),
            "user_ids": self.user_ids.tolist(),
            "actions": self.space.actions,
            "metrics": dict(self.metrics),
        })  # fmt: skip


class NextBestActionRecipe:
    """Regularisation comes from a tenth of the users, the metrics from another one; the model learns from everybody."""

    @one_blas_thread()
    def train(self, data: TrainingInput) -> NextBestActionModel:
        if data.actions is None:
            raise TrainingFailedError("Dataset of type ACTIONS is empty")
        days = float(data.hyperparameters.get(PERIOD, DEFAULT_PERIOD_DAYS))
        case = build_case(data, choose_actions(data), round(days * 86_400))
        learning, validation, test = split_users(case, data.seed)
        first = fit_weights(case, learning, validation)
        metrics = judge_actions(case, first, test, data.seed)
        final = fit_weights(case, np.ones(case.user_ids.size, np.bool_), None, first.ridge)
        trained = np.arange(case.action_ids.size, dtype=np.int32)
        return NextBestActionModel(
            case.action_ids, case.item_ids, case.user_ids, trained, final.space, final.weights, metrics
        )

    def load(self, folder: Path) -> NextBestActionModel:
        record, arrays = load_json(folder), load_arrays(folder)
        matrices = pack_sparse("categories", arrays), pack_sparse("users", arrays)
        return NextBestActionModel(
            np.array(record["item_ids"], object),
            np.array(record["taste_ids"], object),
            np.array(record["user_ids"], object),
            arrays["trained"],
            FeatureSpace(arrays["item_columns"], *matrices, record["actions"], arrays["activity"]),
            ActionWeights.of_arrays(arrays),
            record["metrics"],
        )
