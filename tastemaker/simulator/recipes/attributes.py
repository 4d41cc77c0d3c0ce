"""Context of the request and columns of the Users dataset: how much likelier each item is where a value holds.

For every value of a column an item has a ratio, its interactions under that value over those to be expected if the
value did not matter, drawn to 1 where there are few (a Gamma prior). Known users: the logarithms of the ratios are one
more feature of the blend, with one learnt weight for context and one for users. New users: popularity times the ratios.
A value that the training did not see, or saw rarely, has no effect.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from scipy import sparse

from tastemaker.simulator.fidelity.record import Fidelity, Grade
from tastemaker.simulator.recipes.attribute_columns import Column, build_columns
from tastemaker.simulator.recipes.standardising import standardise
from tastemaker.simulator.recipes.trends import DAY_SECONDS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tastemaker.simulator.recipes.base import FloatArray, IntArray, LongArray, Request, TrainingInput
    from tastemaker.simulator.recipes.histories import Corpus, ObjectArray
    from tastemaker.simulator.recipes.storage import AnyArray

PRIOR_EVENTS: Final = 5.0
_AREA, _GUIDE = "Training options", "Developer Guide, contextual-metadata"
FIDELITY: Final = (
    Fidelity(
        _AREA, "`context` of a request", Grade.APPROXIMATE,
        "A learnt multiple of how much likelier items are under each value of the Interactions metadata columns; for "
        "users without history popularity under these values. Unknown values change nothing. Numbers of more than ten "
        "values are taken in five ranges.", _GUIDE,
    ),
    Fidelity(
        _AREA, "Users dataset", Grade.APPROXIMATE,
        "Categorical and numeric columns act as context that a request need not give. What PutUsers brings counts "
        "after the next training.", "Developer Guide, users-datasets",
    ),
)  # fmt: skip


@dataclass(frozen=True)
class Attributes:
    """What a model knows of values.

    Attributes:
        columns: of context, by which the values of a request find their places.
        ratios: logarithms, shape (values, items).
        popular: decayed interactions of every item at the newest event, shape (items,).
        weights: of each value for users with a history, shape (values,).
        user_ids: users of the Users dataset, sorted ascending.
        user_values: value places of those users, shape (users, values), ones.
    """

    columns: tuple[Column, ...]
    ratios: FloatArray
    popular: FloatArray
    weights: FloatArray
    user_ids: ObjectArray
    user_values: sparse.csr_array

    def values_of(self, request: Request) -> IntArray:
        """Places of the values that hold for a request: its context's, and its user's."""
        found = [place for column in self.columns for place in column.places(request.context.get(column.name))]
        return np.concatenate((np.array(found, np.int32), self._user(request.user_id)))

    def _user(self, user_id: str | None) -> IntArray:
        row = int(np.searchsorted(self.user_ids, user_id)) if user_id is not None and self.user_ids.size else 0
        if row >= self.user_ids.size or self.user_ids[row] != user_id:
            return np.empty(0, np.int32)
        places: IntArray = self.user_values.indices[self.user_values.indptr[row] : self.user_values.indptr[row + 1]]
        return places.astype(np.int32)

    def adjust(self, scores: FloatArray, places: IntArray, *, new: bool) -> None:
        """Add the feature, or for a new user multiply popularity; shape (items,), in place.

        Args:
            places: of the values that hold for the request.
            new: the user has no history.
        """
        if not places.size:
            return
        if new:
            scores[:] = self.popular * np.exp(self.ratios[places].sum(axis=0))
            standardise(scores[None])
        else:
            # no BLAS: the same bit for bit whatever its number of threads
            scores += np.einsum("i,ij->j", self.weights[places], self.ratios[places])

    def extended(self, places: LongArray, items: int) -> Attributes:
        """In the codes of a larger catalogue; of new items nothing is known."""
        ratios = np.zeros((self.ratios.shape[0], items), np.float32)
        ratios[:, places] = self.ratios
        popular = np.zeros(items, np.float32)
        popular[places] = self.popular
        return replace(self, ratios=ratios, popular=popular)

    def unpack(self) -> dict[str, AnyArray]:
        """As arrays for `save_arrays`, without ids and columns."""
        users = self.user_values
        shapes = {"user_values.indptr": users.indptr, "user_values.indices": users.indices}
        return {"ratios": self.ratios, "popular": self.popular, "value_weights": self.weights, **shapes}

    def record(self) -> dict[str, Any]:
        """The rest, for `save_json`."""
        return {"columns": [column.record() for column in self.columns], "user_ids": self.user_ids.tolist()}

    @classmethod
    def pack(cls, record: Mapping[str, Any], arrays: Mapping[str, AnyArray]) -> Attributes:
        """What `unpack` and `record` took apart."""
        indices, indptr = np.asarray(arrays["user_values.indices"]), np.asarray(arrays["user_values.indptr"])
        shape = (indptr.size - 1, arrays["ratios"].shape[0])
        users = sparse.csr_array((np.ones(indices.size, np.float32), indices, indptr), shape=shape)
        columns = tuple(Column.of(each) for each in record["columns"])
        ids = np.array(record["user_ids"], object)
        return cls(columns, arrays["ratios"], arrays["popular"], np.asarray(arrays["value_weights"]), ids, users)


@dataclass(frozen=True)
class AttributeData:
    """Values of the training data, before anything is counted.

    Attributes:
        event_values: of every event of the corpus, shape (events, values), ones: context, then the user's.
        own: places of context; those after it are users'.
        days: time constant of popularity.
    """

    columns: tuple[Column, ...]
    event_values: sparse.csr_array
    own: int
    days: float
    user_ids: ObjectArray
    user_values: sparse.csr_array

    def fit(self, corpus: Corpus, users: LongArray | None, weights: FloatArray) -> Attributes:
        """Ratios from these users' events; None for all."""
        histories = corpus.histories
        rows = np.arange(histories.items.size)
        if users is not None:
            chosen = np.zeros(histories.users, np.bool_)
            chosen[users] = True
            rows = rows[chosen[histories.rows]]
        items, times = histories.items[rows], histories.times[rows]
        counts = count_values(self.event_values[rows], items, corpus.item_ids.size)
        fading = np.exp((times - times.max()) / (self.days * DAY_SECONDS))
        popular = np.bincount(items, fading, corpus.item_ids.size).astype(np.float32)
        return Attributes(self.columns, build_ratios(*counts), popular, weights, self.user_ids, self.user_values)

    def places(self, events: LongArray) -> tuple[IntArray, ...]:
        """Value places of some events of the corpus."""
        values = self.event_values
        return tuple(values.indices[values.indptr[event] : values.indptr[event + 1]] for event in events.tolist())


def count_values(
    event_values: sparse.csr_array, items: IntArray, catalogue: int
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Events by value and item, shape (values, items); by value; by item."""
    one_hot = sparse.csr_array(
        (np.ones(items.size, np.float32), items, np.arange(items.size + 1)), shape=(items.size, catalogue)
    )
    together: FloatArray = (sparse.csr_array(event_values.T) @ one_hot).toarray()
    return together, together.sum(axis=1), np.bincount(items, minlength=catalogue).astype(np.float32)


def build_ratios(together: FloatArray, by_value: FloatArray, by_item: FloatArray) -> FloatArray:
    """Logarithms of observed over expected events, shape (values, items); 0 where nothing is known."""
    expected = by_value[:, None] * by_item / max(float(by_item.sum()), 1.0)
    ratios: FloatArray = np.log((together + PRIOR_EVENTS) / (expected + PRIOR_EVENTS)).astype(np.float32)
    return ratios


def read_attributes(data: TrainingInput, corpus: Corpus, days: float) -> AttributeData | None:
    """Values of context columns and of the Users dataset; None when there is none worth counting.

    Args:
        days: time constant of popularity for new users.
    """
    table, items = data.interactions, max(corpus.item_ids.size, 1)
    context = build_columns({name: values[corpus.order] for name, values in table.context.items()}, 0, items)
    own = sum(column.size for column, _ in context)
    users = data.users
    of_users = build_columns(dict(users.columns), own, items, users.categorical) if users is not None else []
    size = own + sum(column.size for column, _ in of_users)
    if size == 0:
        return None
    user_ids = users.ids if users is not None else np.empty(0, object)
    user_values = _stack([matrix for _, matrix in of_users], user_ids.size, size)
    present = table.user_ids[np.unique(table.user)]
    found = np.minimum(np.searchsorted(user_ids, present), max(user_ids.size - 1, 0))
    known = user_ids[found] == present if user_ids.size else np.zeros(present.size, np.bool_)
    by_user = sparse.csr_array(
        (np.ones(int(known.sum()), np.float32), (np.flatnonzero(known), found[known])), (present.size, user_ids.size)
    )
    of_events = sparse.csr_array(by_user @ user_values)[corpus.histories.rows]
    own_values = _stack([matrix for _, matrix in context], corpus.histories.items.size, size)
    every = sparse.csr_array(own_values + of_events)
    every.sort_indices()
    return AttributeData(tuple(column for column, _ in context), every, own, days, user_ids, user_values)


def _stack(matrices: Sequence[sparse.csr_array], rows: int, width: int) -> sparse.csr_array:
    """Sum of matrices that already have the places of all values, widened."""
    total = sparse.csr_array((rows, width), dtype=np.float32)
    for matrix in matrices:
        wide = sparse.csr_array((matrix.data, matrix.indices, matrix.indptr), shape=(rows, width))
        total = sparse.csr_array(total + wide)
    total.sort_indices()
    return total
