"""Lists against truth: values per request, of the whole, per true item. All mathematics is in `simulator/metrics`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from tastemaker.simulator.metrics import (
    CUTS,
    DEPTH,
    coverage,
    gini,
    hit_rate_at,
    mark_hits,
    mean_over_list,
    popularity_percentiles,
    recall_at,
    service_values,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tastemaker.simulator.metrics import Values
    from tastemaker.simulator.recipes.base import BoolArray, IntArray, LongArray
    from tastemaker.simulator.recipes.histories import ObjectArray

BIAS_PLACES = 10
"""How much of a list counts for popularity bias: what a person sees of it."""


@dataclass(frozen=True)
class Catalogue:
    """The items of a judgement, by code.

    Attributes:
        events: interactions of each item in the training data, shape (items,).
        recommendable: items of the training data and of the Items dataset; others can only be missed.
    """

    events: LongArray
    recommendable: BoolArray


@dataclass(frozen=True)
class Asked:
    """Who asked and what they really did.

    Attributes:
        input_lengths: events of each request's input, shape (requests,).
        truth_rows, truth_items: relevant pairs (request, item code), distinct, shape (pairs,).
        user_ids: who asks, shape (requests,); None where nobody asks twice.
        truth_ages: seconds from the first interaction of each true item in the training data to the request, shape
            (pairs,); -1 for an item without one by then. None where no times are known.
    """

    input_lengths: LongArray
    truth_rows: LongArray
    truth_items: IntArray
    user_ids: ObjectArray | None = None
    truth_ages: LongArray | None = None


@dataclass(frozen=True)
class Judged:
    """What lists are worth.

    Attributes:
        per_user: metric to value per request; NaN where a list is empty and the metric is of its items.
        whole: metrics of all lists together.
        data: what the lists' popularity is to be held against, see `_describe_data`.
        user_ids: who asked, shape (requests,).
        input_lengths: see `Asked`.
        pair_rows: request of each true item, shape (pairs,).
        pair_events: interactions of each true item in the training data, shape (pairs,).
        pair_ages: see `Asked`.
        pair_found: whether the first 25 places hold the true item, shape (pairs,).
    """

    per_user: Mapping[str, Values]
    whole: Mapping[str, float]
    data: Mapping[str, float]
    user_ids: ObjectArray
    input_lengths: LongArray
    pair_rows: LongArray
    pair_events: LongArray
    pair_ages: LongArray | None
    pair_found: BoolArray

    @property
    def requests(self) -> int:
        return self.input_lengths.size

    @cached_property
    def people(self) -> LongArray:
        """Code of each request's user from 0, in the order in which they first ask, shape (requests,)."""
        _, first, codes = np.unique(self.user_ids, return_index=True, return_inverse=True)
        return np.argsort(np.argsort(first))[codes]

    @property
    def users(self) -> int:
        return int(self.people.max()) + 1


def judge(ranked: IntArray, asked: Asked, catalogue: Catalogue) -> Judged:
    """Judge one list per request.

    Args:
        ranked: item codes, best first, -1 where a list is shorter, shape (requests, places); 25 places count.
    """
    ranked, items = _exactly(ranked, DEPTH), catalogue.events.size
    hits = mark_hits(ranked, asked.truth_rows, asked.truth_items, items)
    relevant = np.bincount(asked.truth_rows, minlength=ranked.shape[0])
    values = service_values(hits, relevant)
    values |= {f"recall_at_{k}": recall_at(hits, relevant, k) for k in CUTS}
    values |= {f"hit_rate_at_{k}": hit_rate_at(hits, k) for k in CUTS}
    top, recommendable = ranked[:, :BIAS_PLACES], catalogue.recommendable
    percentiles = popularity_percentiles(catalogue.events, recommendable)
    values[f"popularity_percentile_at_{BIAS_PLACES}"] = mean_over_list(top, percentiles)
    values[f"popularity_at_{BIAS_PLACES}"] = mean_over_list(top, catalogue.events.astype(np.float64))
    exposures = np.bincount(top[top >= 0], minlength=items)[recommendable]
    whole = {"coverage": coverage(ranked, recommendable), f"gini_of_exposure_at_{BIAS_PLACES}": gini(exposures)}
    return Judged(
        values,
        whole,
        _describe_data(asked, catalogue, percentiles),
        np.arange(ranked.shape[0]).astype(object) if asked.user_ids is None else asked.user_ids,
        asked.input_lengths,
        asked.truth_rows,
        catalogue.events[asked.truth_items],
        asked.truth_ages,
        _pairs_found(ranked, asked, items),
    )


def _describe_data(asked: Asked, catalogue: Catalogue, percentiles: Values) -> dict[str, float]:
    """How popular what users really took is, and how unequal the interactions of the training data are."""
    return {
        "popularity_of_truth": float(catalogue.events[asked.truth_items].mean()),
        "popularity_percentile_of_truth": float(percentiles[asked.truth_items].mean()),
        "gini_of_interactions": gini(catalogue.events[catalogue.recommendable]),
    }


def _exactly(ranked: IntArray, places: int) -> IntArray:
    full = np.full((ranked.shape[0], places), -1, np.int32)
    full[:, : ranked.shape[1]] = ranked[:, :places]
    return full


def _pairs_found(ranked: IntArray, asked: Asked, items: int) -> BoolArray:
    users = np.arange(ranked.shape[0])[:, None]
    return np.isin(asked.truth_rows * items + asked.truth_items, (users * items + ranked)[ranked >= 0])


def join_judged(parts: Sequence[Judged]) -> Judged:
    """Folds together: requests side by side, metrics of the whole as means over folds."""
    first = parts[0]
    ages = [part.pair_ages for part in parts if part.pair_ages is not None]
    begins = np.cumsum([0, *(part.requests for part in parts[:-1])])
    return Judged(
        {name: np.concatenate([part.per_user[name] for part in parts]) for name in first.per_user},
        {name: float(np.mean([part.whole[name] for part in parts])) for name in first.whole},
        {name: float(np.mean([part.data[name] for part in parts])) for name in first.data},
        np.concatenate([part.user_ids for part in parts]),
        np.concatenate([part.input_lengths for part in parts]),
        np.concatenate([part.pair_rows + begin for part, begin in zip(parts, begins, strict=True)]),
        np.concatenate([part.pair_events for part in parts]),
        np.concatenate(ages) if ages else None,
        np.concatenate([part.pair_found for part in parts]),
    )
