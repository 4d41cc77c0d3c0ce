"""What filters and answers know about items, a user and the user's events at one moment."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from tastemaker.facts.limits import FILTER_ACTION_EVENTS_PER_TYPE, FILTER_EVENTS_PER_TYPE
from tastemaker.simulator.action_serving import events_dataset
from tastemaker.simulator.filter_memory import imported_histories, remembered, streamed_positions
from tastemaker.simulator.histories import find_code
from tastemaker.simulator.snapshots import metadata_table

if TYPE_CHECKING:
    from tastemaker.simulator.datasets import DatasetData
    from tastemaker.simulator.histories import Histories
    from tastemaker.simulator.recipes.base import IntArray, LongArray, MetadataTable
    from tastemaker.simulator.serving import ServedVersion
    from tastemaker.simulator.world import World


def visible_metadata(world: World, group_arn: str, dataset_type: str) -> MetadataTable | None:
    """Items or users as filters see them now; None when the group has none."""
    data = world.dataset_data(group_arn, dataset_type)
    if data is None:
        return None
    snapshot = data.visible(world.now(), world.durations.filter_event_seconds)
    if snapshot.rows == 0:
        return None
    return world.metadata_tables.get((data, snapshot), lambda: metadata_table(world.tables, data, snapshot))


def row(table: MetadataTable | None, wanted: str) -> dict[str, Any]:
    """One item's or user's values by column; nulls are left out, an unknown id has none."""
    code = find_code(table.ids, wanted) if table is not None else -1
    if table is None or code < 0:
        return {}
    values = {name: column[code] for name, column in table.columns.items()}
    return {
        name: value.item() if isinstance(value, np.generic) else value
        for name, value in values.items()
        if value is not None and not (isinstance(value, (float, np.floating)) and math.isnan(value))
    }


def user_events(world: World, version: ServedVersion, user_id: str) -> dict[str, IntArray]:
    """The user's newest item codes by lower-cased event type, newest last, as filters see them now.

    Interactions imported or streamed a moment ago do not count yet (`Durations`). Items outside the model's catalogue
    take one of the hundred places, but have no code. A user for whom nothing arrived for three months is forgotten.
    """
    data = world.dataset_data(version.dataset_group_arn, events_dataset(version.recipe))
    if data is None:
        return {}
    most = FILTER_EVENTS_PER_TYPE if version.actions is None else FILTER_ACTION_EVENTS_PER_TYPE
    seen = data.visible(world.now(), world.durations.filter_event_seconds)
    positions = streamed_positions(data, user_id, seen.streamed, version)
    tables, positions = remembered(world, data, seen.tables, positions, user_id)
    imported = imported_histories(world, data, tables, version)
    streamed = _streamed(data, positions, version)
    events = {
        name: _merge(imported, rows, streamed.pop(name, []), most)
        for name, rows in imported.newest_by_type(user_id, most).items()
        if _is_known(data, name, version)
    }
    nothing = np.empty(0, np.int64)
    return events | {name: _merge(imported, nothing, fresh, most) for name, fresh in streamed.items()}


def _merge(imported: Histories, rows: LongArray, fresh: list[tuple[int, int]], most: int) -> IntArray:
    """Item codes of the newest `most` of imported and streamed events (time, item code) of one type."""
    codes = imported.item[rows]
    if fresh:
        times = np.concatenate((imported.time[rows], [time for time, _ in fresh]))
        codes = np.concatenate((codes, np.array([code for _, code in fresh], np.int32)))
        codes = codes[np.argsort(times, kind="stable")][-most:]
    return codes[codes >= 0]


def _is_known(data: DatasetData, event_type: str, version: ServedVersion) -> bool:
    """Filters know the event types that were there at the training or were streamed since (reference §4.2)."""
    return event_type in version.histories.event_types or data.streamed_types.get(event_type, -1) >= version.streamed


def _streamed(data: DatasetData, positions: list[int], version: ServedVersion) -> dict[str, list[tuple[int, int]]]:
    fresh: dict[str, list[tuple[int, int]]] = {}
    for position in positions:
        event = data.events[position]
        fresh.setdefault(event.event_type.lower(), []).append((event.timestamp, version.code(event.item_id)))
    return fresh
