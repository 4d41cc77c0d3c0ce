"""A filter compiled for one catalogue: most of the work once, microseconds for each request."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING

import numpy as np

from tastemaker.facts.filters.problems import FilterError
from tastemaker.facts.filters.targets import TARGETS
from tastemaker.simulator.filters.columns import Columns
from tastemaker.simulator.filters.conditions import FilterContext, Mask, compile_condition
from tastemaker.simulator.filters.users import holds_for_user

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy.typing as npt

    from tastemaker.facts.filters.nodes import FilterExpression, FilterPart
    from tastemaker.simulator.recipes.base import BoolArray, MetadataTable

__all__ = ["CompiledFilter", "FilterContext"]


class CompiledFilter:
    """Which items or actions a request, or which users a segment may get. Immutable: many threads ask at once.

    INCLUDE expressions unite, EXCLUDE expressions take away, their order does not matter. An expression whose IF does
    not hold takes no part, so without another INCLUDE everything stays included (unconfirmed: the guide is silent).

    Args:
        item_ids: the model's catalogue, or its users for a filter on UserID, sorted ascending; position = code.
        items: the Items, Actions or Users dataset; ids without a row have only nulls.

    Raises:
        FilterError: an operator does not fit a column.
    """

    def __init__(
        self, parsed: FilterExpression, item_ids: npt.NDArray[np.object_], items: MetadataTable | None
    ) -> None:
        target = TARGETS[parsed.parts[0].target]
        columns = Columns(item_ids, items, target.id_column)
        self._size = columns.size
        self._parts = tuple(_CompiledPart(part, columns) for part in parsed.parts)

    def allowed(self, context: FilterContext) -> BoolArray:
        """True where an item may be returned, shape (items,); the caller may change it.

        Raises:
            FilterError: an INCLUDE lacks the value of a placeholder, or a value cannot be read.
        """
        included: BoolArray | None = None
        excluded: BoolArray | None = None
        for part in self._parts:
            mask = part.mask(context)
            if mask is None:
                continue
            if part.includes:
                included = mask if included is None else included | mask
            else:
                excluded = mask if excluded is None else excluded | mask
        if excluded is None:
            return np.ones(self._size, np.bool_) if included is None else included.copy()
        return ~excluded if included is None else included & ~excluded


class _CompiledPart:
    def __init__(self, part: FilterPart, columns: Columns) -> None:
        self.includes = part.action == "INCLUDE"
        self._parameters = part.parameters()
        self._user_conditions = part.user_conditions
        alternatives = [
            _fold([compile_condition(condition, columns) for condition in alternative], np.logical_and)
            for alternative in part.alternatives
        ]
        self._mask = _fold(alternatives, np.logical_or)

    def mask(self, context: FilterContext) -> BoolArray | None:
        """What the expression selects, not to be changed; None where it takes no part in this request."""
        if self._parameters:
            missing = self._parameters - context.values.keys()
            if missing and self.includes:
                names = ", ".join(f"${name}" for name in sorted(missing))
                raise FilterError(f"The filter includes by {names}; give a value in filterValues.")
            if missing:
                return None
        if not all(holds_for_user(condition, context) for condition in self._user_conditions):
            return None
        return self._mask(context) if callable(self._mask) else self._mask


def _fold(masks: Sequence[Mask], combine: Callable[[BoolArray, BoolArray], BoolArray]) -> Mask:
    """One mask of several: the constant ones combined now, the others at each request."""
    constants = [mask for mask in masks if not callable(mask)]
    dynamic = [mask for mask in masks if callable(mask)]
    if not dynamic:
        return reduce(combine, constants)
    if len(masks) == 1:
        return dynamic[0]
    known = [reduce(combine, constants)] if constants else []

    def mask(context: FilterContext) -> BoolArray:
        return reduce(combine, [*known, *(each(context) for each in dynamic)])

    return mask
