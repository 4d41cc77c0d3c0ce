"""Whether a column can be an optimisation objective, from the schema of the Items dataset (reference §3.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tastemaker.simulator.refusals import invalid_input

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tastemaker.simulator.world import World

_NUMBERS = frozenset({"int", "long", "float", "double"})


def check_objective_column(world: World, dataset_group_arn: str, config: Mapping[str, Any]) -> None:
    """Check `optimizationObjective.itemAttribute`; without an Items dataset the training will tell.

    Raises:
        RefusalError: InvalidInputException naming the column.
    """
    name = config.get("optimizationObjective", {}).get("itemAttribute")
    data = world.dataset_data(dataset_group_arn, "ITEMS")
    if name is None or data is None:
        return
    column = data.schema.find(name)
    if column is None:
        raise invalid_input(f"optimizationObjective: the Items schema has no column {name}.")
    if column.type not in _NUMBERS or name in data.schema.facts.required:
        raise invalid_input(f"optimizationObjective: column {name} is not numeric.")
    if column.nullable:
        raise invalid_input(
            f"optimizationObjective: column {name} may be null; the objective needs a value of every item."
        )
