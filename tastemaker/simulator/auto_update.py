"""New items for deployed models, every two hours and free (reference §3.4 no. 3).

Ticks are multiples of two hours after the campaign, or the recommender, last became ACTIVE. One is scheduled only when
something arrived. Only the latest version of a solution with trainingMode FULL is updated; an UPDATE version never is.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from tastemaker.facts import statuses
from tastemaker.simulator import lifecycle
from tastemaker.simulator.datasets import ERASED
from tastemaker.simulator.exploration import Novelty, creation_times, item_keys
from tastemaker.simulator.filter_memory import deployed_versions, warm
from tastemaker.simulator.histories import catalogue_codes
from tastemaker.simulator.recipes.base import ExtensibleModel
from tastemaker.simulator.records import Campaign, Recommender, SolutionVersion
from tastemaker.simulator.scheduler import Work
from tastemaker.simulator.snapshots import metadata_table

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy.typing as npt

    from tastemaker.simulator.datasets import DatasetData, Event, Snapshot
    from tastemaker.simulator.lifecycle import Step
    from tastemaker.simulator.recipes.base import MetadataTable, Model
    from tastemaker.simulator.scheduler import Transition
    from tastemaker.simulator.serving import ServedVersion
    from tastemaker.simulator.training import TrainingPlan
    from tastemaker.simulator.world import World

INTERVAL_SECONDS: Final = 2 * 3_600
MAX_ITEMS: Final = 750_000
_UPDATE = "automatic update"


@dataclass(frozen=True)
class Arrivals:
    """All that an update reads; fixed when it begins.

    Attributes:
        items: the Items dataset and its snapshot; None without one.
        streamed: number of streamed events that count.
    """

    served: ServedVersion
    items: tuple[DatasetData, Snapshot] | None
    streamed: int


def notice(world: World, dataset_group_arn: str, at: float, item_ids: Iterable[str] | None = None) -> None:
    """Data arrived, or a version was deployed: schedule the next tick. Called under the lock.

    Args:
        item_ids: the items that the data is about; None when that is not known.
    """
    wanted = list(item_ids) if item_ids is not None else None
    for record, since in _deployed(world, dataset_group_arn):
        served = world.trained[record.arn]
        if wanted is not None and all(served.code(item_id) >= 0 for item_id in wanted):
            continue
        if world.updates_pending.get(record.arn) != record.serial:
            world.updates_pending[record.arn] = record.serial
            ticks = math.floor((at - since) / INTERVAL_SECONDS) + 1
            lifecycle.schedule(world, record, since + ticks * INTERVAL_SECONDS, _UPDATE)


def _deployed(world: World, dataset_group_arn: str) -> list[tuple[SolutionVersion | Recommender, float]]:
    """What is updated in a group, and since when the first campaign serves it."""
    found: dict[str, tuple[SolutionVersion | Recommender, float]] = {}
    for campaign in world.store.select(Campaign, lambda record: record.status == statuses.ACTIVE):
        version = world.store.find(campaign.solution_version_arn)
        if isinstance(version, SolutionVersion) and version.dataset_group_arn == dataset_group_arn:
            since = min(campaign.last_updated_date_time, found.get(version.arn, (version, math.inf))[1])
            if is_updated(world, version):
                found[version.arn] = version, since
    for recommender in world.store.select(Recommender, lambda record: record.status == statuses.ACTIVE):
        if recommender.dataset_group_arn == dataset_group_arn and is_updated(world, recommender):
            found[recommender.arn] = recommender, recommender.last_updated_date_time
    return list(found.values())


def is_updated(world: World, record: SolutionVersion | Recommender) -> bool:
    """Whether the service takes new items into this model by itself, once it is used."""
    served = world.trained.get(record.arn)
    if served is None or served.novelty is None or not isinstance(served.model, ExtensibleModel):
        return False
    if world.dataset_data(served.dataset_group_arn, "INTERACTIONS") is not served.data:
        return False  # deleted
    return isinstance(record, Recommender) or latest_full_version(world, record.solution_arn) == record


def latest_full_version(world: World, solution_arn: str) -> SolutionVersion | None:
    """The newest ACTIVE version of a solution with trainingMode FULL; None when there is none."""
    full = world.store.select(
        SolutionVersion,
        lambda version: (
            version.solution_arn == solution_arn
            and version.status == statuses.ACTIVE
            and version.training_mode == "FULL"
        ),
    )
    return full[-1] if full else None


def update(world: World, transition: Transition) -> Work | None:
    """A tick; nothing happens when the record is no longer deployed or no longer the latest."""
    if world.updates_pending.get(transition.arn) == transition.serial:
        del world.updates_pending[transition.arn]
    record = world.store.find(transition.arn)
    if not isinstance(record, (SolutionVersion, Recommender)) or record.serial != transition.serial:
        return None
    if all(other != record for other, _ in _deployed(world, record.dataset_group_arn)):
        return None
    arrivals = look(world, world.trained[record.arn])
    filtered = any(served is arrivals.served for served in deployed_versions(world, record.dataset_group_arn))

    def compute() -> tuple[Model, Novelty] | None:
        extended = extend(world, arrivals)
        if extended is not None and filtered:
            warm(world, [arrivals.served.extend(*extended)], transition.due)
        return extended

    return Work(compute, lambda extended: install(world, transition.arn, arrivals, extended))


def look(world: World, served: ServedVersion) -> Arrivals:
    """What has arrived by now. Called under the lock."""
    items = world.dataset_data(served.dataset_group_arn, "ITEMS")
    streamed = len(served.data.events) if served.data is not None else 0
    return Arrivals(served, (items, items.snapshot()) if items is not None else None, streamed)


def extend(world: World, arrivals: Arrivals) -> tuple[Model, Novelty] | None:
    """The model with the items that it does not know yet; None when there are none, or too many. Takes its time."""
    served, model, novelty = arrivals.served, arrivals.served.model, arrivals.served.novelty
    table = _items(world, arrivals)
    first_events = _first_events(arrivals)
    known = model.item_ids
    listed = table.ids[catalogue_codes(table.ids, known) < 0] if table is not None else ()
    new = sorted({*listed, *(item_id for item_id in first_events if served.code(item_id) < 0)})
    if not new or known.size + len(new) > MAX_ITEMS or novelty is None or not isinstance(model, ExtensibleModel):
        return None
    item_ids = np.sort(np.concatenate((known, np.array(new, object))))
    return model.extended(item_ids, _chosen(table, served)), _aged(novelty, known, item_ids, first_events, table)


def install(world: World, arn: str, arrivals: Arrivals, extended: tuple[Model, Novelty] | None) -> None:
    """Put the larger model in place of the one it came from, unless a training took that place. Under the lock."""
    current = world.trained.get(arn)
    if extended is None or current is None or current.model is not arrivals.served.model:
        return
    world.trained[arn] = current.extend(*extended)
    world.filters.forget(current.arn)


def successor(world: World, plan: TrainingPlan, base: ServedVersion) -> ServedVersion:
    """The version that trainingMode UPDATE makes of `base`: new items, nothing learnt anew, metrics as they were."""
    streamed = plan.parts["INTERACTIONS"][1].streamed
    extended = extend(world, Arrivals(base, plan.parts.get("ITEMS"), streamed))
    served = base.extend(*extended) if extended is not None else base
    return replace(served, arn=plan.version.arn, updates=0)


def _items(world: World, arrivals: Arrivals) -> MetadataTable | None:
    if arrivals.items is None or arrivals.items[1].rows == 0:
        return None
    data, snapshot = arrivals.items
    return world.metadata_tables.get((data, snapshot), lambda: metadata_table(world.tables, data, snapshot))


def _chosen(table: MetadataTable | None, served: ServedVersion) -> MetadataTable | None:
    """The columns that the training saw."""
    if table is None:
        return None
    columns = {name: values for name, values in table.columns.items() if name in served.item_columns}
    kept = columns.keys()
    return replace(table, columns=columns, categorical=table.categorical & kept, textual=table.textual & kept)


def _first_events(arrivals: Arrivals) -> dict[str, list[Event]]:
    """Streamed events since the training that the solution learns from, by item."""
    served, found = arrivals.served, dict[str, list["Event"]]()
    if served.data is not None:
        for event in served.data.events[served.streamed : arrivals.streamed]:
            if event is not ERASED and served.selection.accepts(event):
                found.setdefault(event.item_id, []).append(event)
    return found


def _aged(
    novelty: Novelty,
    known: npt.NDArray[np.object_],
    item_ids: npt.NDArray[np.object_],
    events: dict[str, list[Event]],
    table: MetadataTable | None,
) -> Novelty:
    """The novelty of the larger catalogue; what is known of items stays."""
    times = {item_id: [event.timestamp for event in some] for item_id, some in events.items()}
    newest = max([novelty.newest, *(max(some) for some in times.values())])
    first = np.array([min(times.get(item_id, [newest])) for item_id in item_ids], np.int64)
    counts = np.array([len(times.get(item_id, ())) for item_id in item_ids], np.int32)
    born = creation_times(first, item_ids, table)
    places = np.searchsorted(item_ids, known)
    born[places], counts[places] = novelty.born, novelty.events
    return Novelty(born, counts, item_keys(item_ids), newest)


STEPS: dict[str, Step] = {_UPDATE: update}
