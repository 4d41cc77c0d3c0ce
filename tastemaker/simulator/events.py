"""PutEvents, PutItems, PutUsers (reference §6)."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

from tastemaker.facts import limits, statuses
from tastemaker.facts.fields import FORBIDDEN_EVENT_PROPERTIES, VALUE_RANGES
from tastemaker.simulator import auto_update, catalogue_refresh, lifecycle
from tastemaker.simulator.attribution_reports import check_sources, observe_events
from tastemaker.simulator.datasets import Event
from tastemaker.simulator.records import Dataset, EventTracker
from tastemaker.simulator.refusals import invalid_input

if TYPE_CHECKING:
    from tastemaker.facts.avro import Column, DatasetSchema
    from tastemaker.simulator.datasets import DatasetData
    from tastemaker.simulator.lifecycle import Handler
    from tastemaker.simulator.world import World

_MAX_FLOAT, _MAX_DOUBLE = 3.4028234e38, 1.7976931348623157e308
"""Largest Avro float and double."""


def put_events(world: World, params: dict[str, Any]) -> dict[str, Any]:
    """All events are checked before one is stored. An event with a known eventId, or without an item, is not kept."""
    tracker = _tracker(world, params["trackingId"])
    data = _interactions(world, tracker)
    events = [(_read_event(world, data.schema, params, entry), entry) for entry in params["eventList"]]
    check_sources(world, tracker.dataset_group_arn, params["eventList"])
    kept = []
    for event, entry in events:
        identifier = entry.get("eventId")
        if event is None or identifier in data.event_ids:
            continue
        if identifier is not None:
            data.event_ids.add(identifier)
        data.append_event(event)
        kept.append((event, entry))
    observe_events(world, tracker.dataset_group_arn, kept)
    auto_update.notice(world, tracker.dataset_group_arn, world.now(), [event.item_id for event, _ in kept])
    world.meter.ingest(size_bytes(params["eventList"]))
    return {}


def _tracker(world: World, tracking_id: str) -> EventTracker:
    trackers = world.store.select(EventTracker, lambda record: record.tracking_id == tracking_id)
    if not trackers:
        raise invalid_input(f"No event tracker has the trackingId {tracking_id}.")
    tracker = trackers[0]
    if tracker.status != statuses.ACTIVE:
        raise invalid_input(f"Event tracker {tracker.arn} must be ACTIVE and is {tracker.status}.")
    return tracker


def _interactions(world: World, tracker: EventTracker) -> DatasetData:
    data = world.dataset_data(tracker.dataset_group_arn, "INTERACTIONS")
    if data is None:
        raise invalid_input(f"{tracker.dataset_group_arn} has no Interactions dataset.")
    return data


def _read_event(world: World, schema: DatasetSchema, params: dict[str, Any], entry: dict[str, Any]) -> Event | None:
    if size_bytes([entry]) > limits.MAX_EVENT_BYTES:
        raise invalid_input(f"An event may have at most {limits.MAX_EVENT_BYTES} bytes.")
    properties = read_properties(entry.get("properties", "{}"), "event")
    forbidden = [key for key in properties if key.lower() in FORBIDDEN_EVENT_PROPERTIES]
    if forbidden:
        raise invalid_input(f"properties must not contain the key {forbidden[0]}; it is a member of its own.")
    item_id = entry.get("itemId", properties.pop("itemId", None))
    value = entry.get("eventValue", properties.pop("eventValue", None))
    event = Event(
        user_id=params.get("userId"),
        session_id=params["sessionId"],
        item_id=str(item_id),
        event_type=entry["eventType"],
        event_value=None if value is None else _number(value, "eventValue"),
        timestamp=int(entry["sentAt"]),
        arrival=world.now(),
        columns=read_columns(schema, properties, schema.custom),
    )
    return event if item_id is not None else None


def put_items(world: World, params: dict[str, Any]) -> dict[str, Any]:
    return put_records(world, params, "ITEMS", "itemId", params["items"])


def put_users(world: World, params: dict[str, Any]) -> dict[str, Any]:
    return put_records(world, params, "USERS", "userId", params["users"])


def put_records(
    world: World, params: dict[str, Any], dataset_type: str, id_member: str, entries: list[dict[str, Any]]
) -> dict[str, Any]:
    """A record replaces an older one with the same id, whole."""
    dataset = world.store.get(Dataset, params["datasetArn"])
    if dataset.dataset_type != dataset_type:
        raise invalid_input(f"{dataset.arn} is a dataset of type {dataset.dataset_type}, not {dataset_type}.")
    lifecycle.require_active(dataset)
    data = world.data[dataset.arn]
    key = data.schema.facts.id_column
    columns = tuple(column for column in data.schema.columns if column.name != key)
    records = [
        {
            key: entry[id_member],
            **read_columns(data.schema, read_properties(entry.get("properties", "{}"), id_member), columns),
        }
        for entry in entries
    ]
    for record in records:
        data.append_record(record, world.now())
    if dataset_type == "ITEMS":
        auto_update.notice(world, dataset.dataset_group_arn, world.now(), [entry[id_member] for entry in entries])
    catalogue_refresh.notice(world, dataset.dataset_group_arn, world.now(), dataset_type)
    world.meter.ingest(size_bytes(entries))
    return {}


def read_properties(text: str, owner: str) -> dict[str, Any]:
    try:
        properties = json.loads(text, parse_constant=_refuse_constant)
        if "\\u" in text:  # an escape can spell half a surrogate pair, which no column can hold
            json.dumps(properties, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise invalid_input(f"properties of {owner} must be JSON: {error}") from error
    if not isinstance(properties, dict):
        raise invalid_input(f"properties of {owner} must be a JSON object.")
    return properties


def read_columns(schema: DatasetSchema, properties: dict[str, Any], columns: tuple[Column, ...]) -> dict[str, Any]:
    """Properties by column: camelCase keys name upper-case columns (`numRatings` is NUM_RATINGS).

    What the service does with a key that is no column is not documented; refusing it shows a misspelt key.
    """
    by_key = {column.name.replace("_", "").lower(): column for column in columns}
    values: dict[str, Any] = {}
    for key, value in properties.items():
        column = by_key.get(key.replace("_", "").lower())
        if column is None:
            raise invalid_input(f"properties key {key} is not a column of the {schema.facts.record_name} schema.")
        values[column.name] = _value(column, key, value)
    missing = [column.name for column in columns if not column.nullable and values.get(column.name) is None]
    if missing:
        raise invalid_input(f"properties lack the value of {missing[0]}, which must not be null.")
    _check_ranges(schema, values)
    return values


def _check_ranges(schema: DatasetSchema, values: dict[str, Any]) -> None:
    for name, value in values.items():
        least, most = VALUE_RANGES.get((schema.facts.type, name), (-math.inf, math.inf))
        if value is not None and not isinstance(value, str) and not least <= value <= most:
            raise invalid_input(f"{name} must be from {least} to {most}, it is {value}.")


def _value(column: Column, key: str, value: Any) -> Any:
    if value is None:
        return None
    if column.type in {"float", "double"}:
        return _number(value, key, _MAX_DOUBLE if column.type == "double" else _MAX_FLOAT)
    if column.type in {"int", "long"}:
        return _whole(value, key, 31 if column.type == "int" else 63)
    if isinstance(value, list) and column.categorical:
        return "|".join(str(part) for part in value)
    if isinstance(value, (dict, list)):
        raise invalid_input(f"properties value of {key} must be a {column.type}.")
    text = str(value)
    if not column.textual and len(text) > 1_000:
        raise invalid_input(f"Length cannot be more than 1000 characters for {column.name}")
    return text


def _whole(value: Any, key: str, bits: int) -> int:
    number = _number(value, key)
    whole = value if isinstance(value, int) else int(number)
    if number != int(number):
        raise invalid_input(f"properties value of {key} must be a whole number, it is {value}.")
    if not -(2**bits) <= whole < 2**bits:
        raise invalid_input(f"properties value of {key} must be a whole number of {bits + 1} bits, it is {value}.")
    return int(whole)


def _number(value: Any, key: str, most: float = _MAX_FLOAT) -> float:
    """A finite number of at most this size: a column cannot hold more."""
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError) as error:
        raise invalid_input(f"properties value of {key} must be a number, it is {_shown(value)}.") from error
    if not -most <= number <= most:
        raise invalid_input(f"properties value of {key} must be a number of at most {most:g}, it is {_shown(value)}.")
    return number


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 100 else text[:100] + "..."


def _refuse_constant(text: str) -> float:
    raise ValueError(f"{text} is not a JSON number")


def size_bytes(entries: list[dict[str, Any]]) -> int:
    return len(json.dumps(entries).encode())


HANDLERS: dict[str, Handler] = {
    "PutEvents": put_events,
    "PutItems": put_items,
    "PutUsers": put_users,
}
