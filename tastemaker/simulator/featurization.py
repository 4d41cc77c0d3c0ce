"""Featurization parameters: which users and items are too little or too much in the data to learn from.

Source: developer guide, `native-recipe-new-item-USER_PERSONALIZATION`, `native-recipe-search`, `native-recipe-sims`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from tastemaker.simulator.fidelity.record import Fidelity, Grade

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tastemaker.simulator.recipes.base import BoolArray, IntArray, InteractionTable

USER_LENGTHS: Final = ("min_user_history_length_percentile", "max_user_history_length_percentile")
ITEM_COUNTS: Final = ("min_item_interaction_count_percentile", "max_item_interaction_count_percentile")
FIDELITY: Final = (
    Fidelity(
        "Training options", "history length and interaction count percentiles", Grade.APPROXIMATE,
        "Users (items) with fewer or more interactions than the percentiles are not trained on; they stay in the "
        "catalogue and are answered. A solution that sets none of a pair trains on all: the service's defaults (0.99, "
        "for SIMS 0.005 to 0.995 and 0.01 to 0.9) guard a network against robots, and counting needs no guard.",
        "Developer Guide, native-recipe-new-item-USER_PERSONALIZATION, native-recipe-sims",
    ),
)  # fmt: skip


def keep_percentiles(table: InteractionTable, parameters: Mapping[str, str]) -> InteractionTable:
    """The rows of users and items within the percentiles that are set; all ids stay.

    Both bounds are inclusive: where everybody has the same number of interactions nobody is left out. Users and items
    are measured on the whole table.
    """
    kept = _within(table.user, parameters, USER_LENGTHS) & _within(table.item, parameters, ITEM_COUNTS)
    return table if kept.all() else keep_rows(table, kept)


def _within(codes: IntArray, parameters: Mapping[str, str], names: tuple[str, str]) -> BoolArray:
    """Rows whose user or item has a number of rows between two percentiles."""
    if codes.size == 0 or not any(name in parameters for name in names):
        return np.ones(codes.size, np.bool_)
    counts = np.bincount(codes)
    shares = [float(parameters.get(name, default)) for name, default in zip(names, ("0", "1"), strict=True)]
    least, most = np.quantile(counts[counts > 0], shares)
    inside: BoolArray = (counts >= least) & (counts <= most)
    return inside[codes]


def keep_rows(table: InteractionTable, kept: BoolArray) -> InteractionTable:
    """These rows, with all user and item ids: ids may be without a row."""
    return replace(
        table,
        user=table.user[kept],
        item=table.item[kept],
        timestamp=table.timestamp[kept],
        event_type=table.event_type[kept],
        event_value=table.event_value[kept],
        context={name: values[kept] for name, values in table.context.items()},
    )
