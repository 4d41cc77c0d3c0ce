"""Which of a user's interactions filters still consider (reference §4.2), and the index that they are looked up in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from tastemaker.facts import statuses
from tastemaker.facts.use_cases import find_use_case
from tastemaker.simulator.action_serving import events_dataset
from tastemaker.simulator.datasets import Snapshot
from tastemaker.simulator.histories import Histories, build_histories, find_code
from tastemaker.simulator.records import Campaign, Filter, Recommender
from tastemaker.simulator.snapshots import interaction_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from tastemaker.simulator.datasets import DatasetData
    from tastemaker.simulator.serving import ServedVersion
    from tastemaker.simulator.tables import BulkTable
    from tastemaker.simulator.world import World

MEMORY_SECONDS: Final = 90 * 86_400
"""Three months: a user for whom nothing arrives for so long is forgotten."""


def streamed_positions(data: DatasetData, user_id: str, until: int, version: ServedVersion) -> list[int]:
    """The user's streamed events before `until`; those of an anonymous session once a training joined them."""
    own = [position for position in data.by_user.get(user_id, ()) if position < until]
    sessions = {data.events[position].session_id for position in own if position < version.streamed} - {user_id}
    joined = [
        position
        for session in sorted(sessions)
        if data.session_users.get(session) == user_id
        for position in data.by_user.get(session, ())
        if position < min(until, version.streamed)
    ]
    return sorted([*own, *joined]) if joined else own


def remembered(
    world: World, data: DatasetData, tables: tuple[BulkTable, ...], positions: list[int], user_id: str
) -> tuple[tuple[BulkTable, ...], list[int]]:
    """Tables and events that arrived after the user's last gap of three months; all of them without one."""
    now = world.now()
    times = {position: data.events[position].arrival for position in positions}
    imports = {table: data.imported.get(table, now) for table in tables}
    if min([*times.values(), *imports.values()], default=now) >= now - MEMORY_SECONDS:
        return tables, positions
    his = [time for table, time in imports.items() if _has_user(world, table, user_id)]
    since = _last_gap([*times.values(), *his], now)
    return tuple(table for table in tables if imports[table] >= since), [p for p in positions if times[p] >= since]


def _last_gap(arrivals: Sequence[float], now: float) -> float:
    """The earliest arrival from which to `now` there is no gap of three months; `now` when there is none."""
    since = now
    for time in sorted(arrivals, reverse=True):
        if since - time > MEMORY_SECONDS:
            break
        since = time
    return since


def _has_user(world: World, table: BulkTable, user_id: str) -> bool:
    def build() -> npt.NDArray[np.object_]:
        query = f"SELECT DISTINCT USER_ID FROM {table.name} WHERE USER_ID IS NOT NULL ORDER BY USER_ID"  # noqa: S608 - our own name
        return np.array(world.tables.fetch(query)["USER_ID"], object)

    return find_code(world.filter_histories.get((table, "users"), build), user_id) >= 0


def imported_histories(
    world: World, data: DatasetData, tables: tuple[BulkTable, ...], version: ServedVersion
) -> Histories:
    """Imported interactions by user in the version's item codes."""
    snapshot = Snapshot(tables, 0)

    def build() -> Histories:
        table = world.interaction_tables.get((data, snapshot), lambda: interaction_table(world.tables, data, snapshot))
        histories = build_histories(table, version.model.item_ids)
        _ = histories.runs  # built now, not by the first request
        return histories

    return world.filter_histories.get((data, snapshot, version.catalogue), build)


def deployed_versions(world: World, dataset_group_arn: str) -> list[ServedVersion]:
    """Models of a group that answer requests with a filter on events. Called under the lock."""
    filters = world.store.select(Filter, lambda record: record.dataset_group_arn == dataset_group_arn)
    asked = any(world.filters.parse(record.filter_expression).needs_events for record in filters)
    campaigns = world.store.select(Campaign, lambda record: record.status == statuses.ACTIVE) if asked else []
    recommenders = world.store.select(Recommender, lambda record: asked or hides_events(record))
    arns = [campaign.solution_version_arn for campaign in campaigns] + [record.arn for record in recommenders]
    served = [world.trained[arn] for arn in dict.fromkeys(arns) if arn in world.trained]
    return [version for version in served if version.dataset_group_arn == dataset_group_arn]


def hides_events(record: Recommender) -> bool:
    """Whether the use case has a built-in filter on the user's events."""
    case = find_use_case(record.recipe_arn)
    return case is not None and case.built_in_filter is not None


def warm(world: World, versions: Sequence[ServedVersion], at: float) -> None:
    """Build now what the first request with a filter on events would have to build. Takes its time."""
    for version in versions:
        data = world.dataset_data(version.dataset_group_arn, events_dataset(version.recipe))
        if data is not None:
            imported_histories(world, data, data.visible(at, world.durations.filter_event_seconds).tables, version)
