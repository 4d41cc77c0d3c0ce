"""Changes of a metadata dataset that deployed models take in without a training.

Semantic-Similarity: new and changed items within half an hour, when the solution has `performIncrementalUpdate`.
Next-Best-Action: new and changed actions with the automatic update every two hours. Both only for the latest version of
a solution with trainingMode FULL, and once it is deployed (reference §3.4).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from tastemaker.facts import statuses
from tastemaker.facts.limits import MAX_ACTIONS
from tastemaker.facts.recipes import RecipeType
from tastemaker.simulator import lifecycle
from tastemaker.simulator.action_serving import read_rules
from tastemaker.simulator.auto_update import latest_full_version
from tastemaker.simulator.fidelity.record import Fidelity, Grade
from tastemaker.simulator.recipes.base import ExtensibleModel
from tastemaker.simulator.records import Campaign, Solution, SolutionVersion
from tastemaker.simulator.scheduler import Work
from tastemaker.simulator.snapshots import metadata_table

if TYPE_CHECKING:
    from tastemaker.simulator.lifecycle import Step
    from tastemaker.simulator.recipes.base import MetadataTable, Model
    from tastemaker.simulator.scheduler import Transition
    from tastemaker.simulator.serving import ServedVersion
    from tastemaker.simulator.world import World

_REFRESH: Final = "catalogue refresh"
_SOURCE: Final = "Developer Guide, native-recipe-semantic-similarity"
FIDELITY: Final = (
    Fidelity(
        "Runtime",
        "Semantic-Similarity: `performIncrementalUpdate`",
        Grade.APPROXIMATE,
        "New and changed items count at the next half hour after the campaign became ACTIVE; popularity and freshness "
        "stay those of the training, as documented.",
        _SOURCE,
    ),
    Fidelity(
        "Runtime",
        "Semantic-Similarity: price of an incremental update",
        Grade.ABSENT,
        "The meter leaves it out: the price is not published.",
        _SOURCE,
    ),
)


@dataclass(frozen=True)
class Refresh:
    """How one kind of solution follows its metadata.

    Attributes:
        interval_seconds: refreshes are so far apart, counted from when the campaign became ACTIVE.
    """

    dataset_type: str
    interval_seconds: int


ITEMS: Final = Refresh("ITEMS", 30 * 60)
ACTIONS: Final = Refresh("ACTIONS", 2 * 3_600)


def notice(world: World, dataset_group_arn: str, at: float, dataset_type: str | None = None) -> None:
    """Data arrived, or a version was deployed: schedule the next refresh. Called under the lock.

    Args:
        dataset_type: what arrived; None when it is not known.
    """
    for campaign in world.store.select(Campaign, lambda record: record.status == statuses.ACTIVE):
        version = world.store.find(campaign.solution_version_arn)
        if not isinstance(version, SolutionVersion) or version.dataset_group_arn != dataset_group_arn:
            continue
        refresh = refresh_of(world, version)
        if refresh is None or dataset_type not in {None, refresh.dataset_type}:
            continue
        if world.updates_pending.get(version.arn) != version.serial:
            world.updates_pending[version.arn] = version.serial
            since = campaign.last_updated_date_time
            ticks = math.floor((at - since) / refresh.interval_seconds) + 1
            lifecycle.schedule(world, version, since + ticks * refresh.interval_seconds, _REFRESH)


def refresh_of(world: World, version: SolutionVersion) -> Refresh | None:
    """How this version follows its metadata; None when it waits for the next training."""
    served, solution = world.trained.get(version.arn), world.store.find(version.solution_arn)
    if served is None or not isinstance(solution, Solution) or not isinstance(served.model, ExtensibleModel):
        return None
    if latest_full_version(world, solution.arn) != version:
        return None
    if served.recipe.type is RecipeType.PERSONALIZED_ACTIONS:
        return ACTIONS
    return ITEMS if served.recipe.incremental_update and solution.perform_incremental_update else None


def run_refresh(world: World, transition: Transition) -> Work | None:
    """Take the dataset's snapshot; extend the model outside the lock."""
    if world.updates_pending.get(transition.arn) == transition.serial:
        del world.updates_pending[transition.arn]
    version = lifecycle.current(world, transition, SolutionVersion)
    refresh = refresh_of(world, version) if version is not None else None
    campaigns = world.store.select(Campaign, lambda record: record.solution_version_arn == transition.arn)
    if version is None or refresh is None or not campaigns:
        return None
    served, data = world.trained[version.arn], world.dataset_data(version.dataset_group_arn, refresh.dataset_type)
    if data is None:
        return None  # deleted
    snapshot = data.snapshot()

    def compute() -> tuple[Model, MetadataTable]:
        table = world.metadata_tables.get((data, snapshot), lambda: metadata_table(world.tables, data, snapshot))
        return _extend(served, table), table

    return Work(compute, lambda found: _install(world, version.arn, served, *found))


def _extend(served: ServedVersion, table: MetadataTable) -> Model:
    model = served.model
    assert isinstance(model, ExtensibleModel)  # noqa: S101 - refresh_of has looked
    new = np.setdiff1d(table.ids.astype(object), model.item_ids.astype(object))
    if served.actions is not None:
        new = new[: max(MAX_ACTIONS - model.item_ids.size, 0)]
    return model.extended(np.sort(np.concatenate((model.item_ids.astype(object), new))), table)


def _install(world: World, arn: str, before: ServedVersion, model: Model, table: MetadataTable) -> None:
    """Put the new model in place of the one it came from, unless a training took that place. Under the lock."""
    current = world.trained.get(arn)
    if current is None or current.model is not before.model:
        return
    extended = current.extend(model, current.novelty)
    if extended.actions is not None:
        rules = read_rules(table, model.item_ids)
        extended = replace(extended, actions=replace(extended.actions, rules=rules))
    world.trained[arn] = extended
    world.filters.forget(arn)


STEPS: dict[str, Step] = {_REFRESH: run_refresh}
