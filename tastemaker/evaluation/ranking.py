"""The lists that a trained model gives for the requests of a case."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from tastemaker.evaluation.judging import Asked, Catalogue
from tastemaker.simulator.histories import catalogue_codes
from tastemaker.simulator.metrics import DEPTH
from tastemaker.simulator.recipes.base import AttributeModel, Request
from tastemaker.simulator.recipes.evaluation import BatchScorer, rank_new_items
from tastemaker.simulator.recipes.histories import Histories, Moments

if TYPE_CHECKING:
    from tastemaker.evaluation.protocols import Case
    from tastemaker.simulator.recipes.base import BoolArray, FloatArray, IntArray, InteractionTable, Model
    from tastemaker.simulator.recipes.histories import ObjectArray


@dataclass(frozen=True)
class OneByOne:
    """A model that only answers single requests; related items are asked for the newest item of the history."""

    model: Model

    def score_batch(self, moments: Moments) -> FloatArray:
        """See `BatchScorer`."""
        histories = moments.histories
        return np.stack([
            self._score(histories.take(np.array([row])), int(moments.now[row])) for row in range(histories.users)
        ])  # fmt: skip

    def _score(self, history: Histories, now: int) -> FloatArray:
        newest = int(history.items[-1]) if history.items.size else -1
        return self.model.score(Request(history.items, history.times, now, item=newest))


def rank(
    model: Model, case: Case, catalogue: ObjectArray, *, repeats: bool, heard: BoolArray | None = None
) -> IntArray:
    """The model's 25 best items of each request in codes of `catalogue`, -1 fills up; shape (requests, 25).

    The model is asked without context, exploration, filters and promotions: what is judged is what it learned. What it
    knows of users by their metadata counts.

    Args:
        heard: events of the inputs that the solution reacts to; None for all. The others are no new items either.
    """
    known = model.item_ids
    codes = catalogue_codes(catalogue, known)
    inputs = case.split.moments.histories
    seen = _translate(inputs, codes)
    moments = Moments(seen if heard is None else _translate(inputs, codes, heard), case.split.moments.now)
    if isinstance(model, AttributeModel):
        moments = replace(moments, values=model.values_of([_anybody(user_id) for user_id in case.user_ids.tolist()]))
    scorer = model if isinstance(model, BatchScorer) else OneByOne(model)
    ranked = rank_new_items(scorer, moments, known.size, DEPTH, seen=seen, repeats=repeats)
    places = catalogue_codes(known, catalogue)
    return np.where(ranked >= 0, places[ranked], -1).astype(np.int32)


def _anybody(user_id: str) -> Request:
    """A request of which only the user matters."""
    return Request(np.empty(0, np.int32), np.empty(0, np.int64), 0, user_id=user_id)


def _translate(histories: Histories, codes: IntArray, heard: BoolArray | None = None) -> Histories:
    """Inputs in a model's codes, without the events of items that it does not know."""
    items = codes[histories.items]
    seen = items >= 0 if heard is None else heard & (items >= 0)
    lengths = np.bincount(histories.rows[seen], minlength=histories.users)
    indptr = np.concatenate(([0], np.cumsum(lengths)))
    return Histories(indptr, items[seen], histories.times[seen])


def ask(table: InteractionTable, case: Case, catalogue: ObjectArray) -> Asked:
    """A case's requests as the judge sees them."""
    split = case.split
    first = np.full(catalogue.size, np.iinfo(np.int64).max)
    codes = catalogue_codes(table.item_ids, catalogue)
    np.minimum.at(first, codes[table.item[case.kept]], table.timestamp[case.kept])
    ages = np.maximum(split.moments.now[split.truth_rows] - first[split.truth_items], -1)
    return Asked(split.moments.histories.lengths, split.truth_rows, split.truth_items, case.user_ids, ages)


def describe_catalogue(table: InteractionTable, case: Case, catalogue: ObjectArray, item_ids: ObjectArray) -> Catalogue:
    """How often each item occurs in what the training may see; `item_ids` are those of the Items dataset."""
    codes = catalogue_codes(table.item_ids, catalogue)
    events = np.bincount(codes[table.item[case.kept]], minlength=catalogue.size)
    return Catalogue(events, (events > 0) | np.isin(catalogue, item_ids))
