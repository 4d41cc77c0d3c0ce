"""The interface between the service's face (runtime, batch, metrics) and the algorithms.

A recipe trains on columnar data and gives a model; a model scores the whole catalogue for one request. Filters,
promotions, cutting to `numResults` and the response's shape are not the model's business.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from tastemaker.facts.fields import ACTION_EVENT_TYPES
from tastemaker.simulator.recipes.compiled import keep_best

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

IntArray = npt.NDArray[np.int32]
LongArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float32]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class InteractionTable:
    """Interactions, one row each, sorted by timestamp, then user id, then item id.

    Attributes:
        user_ids, item_ids: distinct ids, sorted ascending; the codes below index them.
        user, item: int32 codes, shape (rows,).
        timestamp: epoch seconds, shape (rows,).
        event_type: int32 codes into `event_types`; -1 where the schema has no EVENT_TYPE or the value is null.
        event_value: float32, NaN where null.
        context: Interactions metadata column to values (object array of str | None, shape (rows,)).
    """

    user_ids: npt.NDArray[np.object_]
    item_ids: npt.NDArray[np.object_]
    user: IntArray
    item: IntArray
    timestamp: LongArray
    event_type: IntArray
    event_types: tuple[str, ...]
    event_value: FloatArray
    context: Mapping[str, npt.NDArray[np.object_]] = field(default_factory=dict)


@dataclass(frozen=True)
class MetadataTable:
    """Items or Users: one row per id, sorted by id.

    Attributes:
        ids: shape (rows,), sorted ascending.
        columns: column name to values; numeric columns float64 with NaN for null, others object arrays of str | None
            (categorical values still joined by `|`).
        categorical: names of the columns with `categorical: true`.
        textual: names of the columns with `textual: true`.
        item_name: the column with `itemName: true`; None for none.
    """

    ids: npt.NDArray[np.object_]
    columns: Mapping[str, npt.NDArray[np.generic]]
    categorical: frozenset[str] = frozenset()
    textual: frozenset[str] = frozenset()
    item_name: str | None = None


def kind_of(event_type: str) -> int:
    """Place of what happened to an action in ACTION_EVENT_TYPES; -1 for anything else.

    `Not Taken`, `not_taken` and `NOT_TAKEN` are one: the guide writes all of them.
    """
    normal = event_type.strip().upper().replace(" ", "_")
    return ACTION_EVENT_TYPES.index(normal) if normal in ACTION_EVENT_TYPES else -1


@dataclass(frozen=True)
class Objective:
    """`optimizationObjective` of a solution.

    Attributes:
        item_attribute: a numeric column of the Items dataset.
        sensitivity: LOW, MEDIUM or HIGH.
    """

    item_attribute: str
    sensitivity: str


@dataclass(frozen=True)
class TrainingInput:
    """What a recipe sees: a snapshot of the dataset group, already reduced to the solution's event type and columns.

    Attributes:
        hyperparameters: the API's strings merged over the recipe's defaults.
        seed: from the simulator's seed and the solution version's ARN; nothing else is random.
        actions: the Actions dataset; None for recipes that do not recommend actions.
        action_interactions: what users did with actions, whose ids stand for item ids; None like `actions`.
        objective: None for relevance alone.
        event_weights: event type in lower case to the weight that eventsConfig gives it, 0 to 1; None without an
            eventsConfig.
    """

    interactions: InteractionTable
    items: MetadataTable | None
    users: MetadataTable | None
    hyperparameters: Mapping[str, str]
    seed: int
    actions: MetadataTable | None = None
    action_interactions: InteractionTable | None = None
    objective: Objective | None = None
    event_weights: Mapping[str, float] | None = None


@dataclass(frozen=True)
class ActionHistory:
    """What a user did with actions that the model knows, oldest first.

    Attributes:
        actions: action codes, shape (events,).
        kinds: places in ACTION_EVENT_TYPES, -1 for any other event type.
        times: epoch seconds, ascending.
    """

    actions: IntArray
    kinds: IntArray
    times: LongArray


@dataclass(frozen=True)
class Request:
    """One user's moment, in the model's item codes.

    Attributes:
        history: item codes of the user's known interactions, oldest first, shape (events,); repeats are kept. Items
            unknown to the model are left out by the caller.
        times: epoch seconds of those interactions, shape (events,), ascending.
        now: epoch seconds of the request.
        item: code of the query item for related items; -1 when it is absent or unknown to the model.
        user_id: for exploration that is deterministic by user; None for none.
        context: the request's context map.
        ranking_influence: POPULARITY and FRESHNESS, 0 to 1, of the campaign or batch job; absent for 0.
        actions: the user's actions; None for recipes that do not recommend actions.
    """

    history: IntArray
    times: LongArray
    now: int
    item: int = -1
    user_id: str | None = None
    context: Mapping[str, str] = field(default_factory=dict)
    ranking_influence: Mapping[str, float] = field(default_factory=dict)
    actions: ActionHistory | None = None


class Model(Protocol):
    """A trained solution version. Immutable: many threads score at once."""

    @property
    def item_ids(self) -> npt.NDArray[np.object_]:
        """The catalogue (Interactions and Items datasets together), sorted ascending; position = item code."""
        ...

    @property
    def metrics(self) -> Mapping[str, float]:
        """Offline metrics by the service's names, measured on the documented hold-out; rounded to 4 decimals."""
        ...

    @property
    def gives_scores(self) -> bool:
        """Whether the service returns scores for this recipe (softmax of `score` over the scored items)."""
        ...

    def score(self, request: Request) -> FloatArray:
        """Relevance of every item, shape (items,), higher is better; -inf means not scored by this model.

        The caller masks filtered items, picks the best k and breaks ties by item code, i.e. by item id.
        Items in the history are scored like others: Amazon Personalize excludes them only by a filter.
        """
        ...

    def save(self, folder: Path) -> None:
        """Write the model compactly into an existing empty folder; `Recipe.load` gives it back."""
        ...


@runtime_checkable
class ExtensibleModel(Model, Protocol):
    """A model that takes in new items without learning anew: for automatic updates and `trainingMode=UPDATE`."""

    def extended(self, item_ids: npt.NDArray[np.object_], items: MetadataTable | None) -> Model:
        """The model with a larger catalogue; what was learnt, and the metrics, stay.

        Args:
            item_ids: the whole new catalogue, sorted ascending; holds all of this model's and of `items`.
            items: the Items dataset with the columns that the model was trained on; None when there is no data.
        """
        ...


@runtime_checkable
class AttributeModel(Protocol):
    """A model that knows something of requests beside their histories."""

    def values_of(self, requests: Sequence[Request]) -> tuple[IntArray, ...] | None:
        """For `Moments.values`, from users' metadata and context; None when there is nothing to know."""
        ...


@runtime_checkable
class SegmentModel(Model, Protocol):
    """A trained version of a USER_SEGMENTATION recipe: batch segment jobs ask it for users.

    It is never deployed, so nobody asks for `score`; `item_ids` are the items that were present at training.
    """

    @property
    def user_ids(self) -> npt.NDArray[np.object_]:
        """The users who were present at training, sorted ascending; position = user code."""
        ...

    def user_affinity(self, items: IntArray) -> FloatArray:
        """Affinity of every user to a set of items, shape (users,), higher is better; -inf never joins a segment.

        The caller masks filtered users, picks the best k and breaks ties by user code, i.e. by user id.

        Args:
            items: item codes, at least one: the single item of an aws-item-affinity query, all items that have the
                attributes of an aws-item-attribute-affinity query.
        """
        ...


@runtime_checkable
class ActionModel(Model, Protocol):
    """A trained version of a recipe for actions: `item_ids` are actions.

    `score` gives the propensity of each, 0 to 1, and exactly 0 where too little is known of an action.
    """

    @property
    def taste_ids(self) -> npt.NDArray[np.object_]:
        """Items of the Interactions dataset, sorted ascending; `Request.history` holds their codes."""
        ...


class Recipe(Protocol):
    """One algorithm family."""

    def train(self, data: TrainingInput) -> Model:
        """Fit on everything, with metrics measured on a seeded tenth of the users held out of a first fit.

        Raises:
            TrainingFailedError: with the service's `failureReason`.
        """
        ...

    def load(self, folder: Path) -> Model:
        """A saved model, by memory map where arrays are large."""
        ...


_ALL = np.empty(0, np.bool_)


class TrainingFailedError(Exception):
    """The service would end in CREATE FAILED; `args[0]` is its failureReason."""


def top_k(scores: FloatArray, k: int, allowed: BoolArray | None = None) -> IntArray:
    """Codes of the k best items, best first, ties by ascending code; items at -inf or not allowed never appear.

    Args:
        scores: shape (items,).
        allowed: shape (items,), True where an item may be returned; None allows all.

    Returns:
        At most k codes, fewer when fewer items are eligible.
    """
    codes, kept = np.empty(min(k, scores.size), np.int32), np.empty(min(k, scores.size), scores.dtype)
    return codes[: keep_best(scores, _ALL if allowed is None else allowed, codes, kept)]
