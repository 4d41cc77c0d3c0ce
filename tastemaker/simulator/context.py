"""The request's context map (reference §5.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

from tastemaker.errors import UnsupportedBySimulatorError
from tastemaker.simulator.refusals import invalid_input

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tastemaker.simulator.serving import ServedVersion


@runtime_checkable
class ContextModel(Protocol):
    """A model that says whether `Request.context` changes its scores."""

    @property
    def uses_context(self) -> bool: ...


def check_context(version: ServedVersion, context: Mapping[str, str]) -> None:
    """Columns must exist in the Interactions schema. A recipe without context does not look at the values.

    Raises:
        RefusalError: InvalidInputException for an unknown column.
        UnsupportedBySimulatorError: the recipe would use the context, and its model here does not.
    """
    if not context:
        return
    for name in context:
        if version.data is not None and version.data.schema.find(name) is None:
            raise invalid_input(f"context column {name} is not in the Interactions schema.")
    model = version.model
    used = isinstance(model, ContextModel) and model.uses_context
    if version.recipe.context and not used:
        raise UnsupportedBySimulatorError(
            f"context with recipe {version.recipe.name}", "Leave it out; the model here was trained without context."
        )
