"""PutActions and PutActionInteractions (reference §6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tastemaker.facts import limits
from tastemaker.facts.fields import ACTION_EVENT_TYPES, FORBIDDEN_EVENT_PROPERTIES
from tastemaker.simulator import lifecycle
from tastemaker.simulator.datasets import Event
from tastemaker.simulator.events import put_records, read_columns, read_properties, size_bytes
from tastemaker.simulator.recipes.base import kind_of
from tastemaker.simulator.records import Dataset
from tastemaker.simulator.refusals import invalid_input, not_found

if TYPE_CHECKING:
    from tastemaker.facts.avro import DatasetSchema
    from tastemaker.simulator.lifecycle import Handler
    from tastemaker.simulator.world import World


def put_actions(world: World, params: dict[str, Any]) -> dict[str, Any]:
    return put_records(world, params, "ACTIONS", "actionId", params["actions"])


def put_action_interactions(world: World, params: dict[str, Any]) -> dict[str, Any]:
    """`trackingId` is that of the dataset. All are checked before one is stored; a known eventId is not kept again."""
    entries: list[dict[str, Any]] = params["actionInteractions"]
    data = world.data[_dataset(world, params["trackingId"]).arn]
    events = [(_read(world, data.schema, entry), entry.get("eventId")) for entry in entries]
    for event, identifier in events:
        if identifier in data.event_ids:
            continue
        if identifier is not None:
            data.event_ids.add(identifier)
        data.append_event(event)
    world.meter.ingest(size_bytes(entries))
    return {}


def _dataset(world: World, tracking_id: str) -> Dataset:
    for dataset in world.store.select(Dataset, lambda record: record.tracking_id == tracking_id):
        lifecycle.require_active(dataset)
        return dataset
    raise not_found(tracking_id)


def _read(world: World, schema: DatasetSchema, entry: dict[str, Any]) -> Event:
    if size_bytes([entry]) > limits.MAX_EVENT_BYTES:
        raise invalid_input(f"An action interaction may have at most {limits.MAX_EVENT_BYTES} bytes.")
    properties = read_properties(entry.get("properties", "{}"), "action interaction")
    forbidden = [key for key in properties if key.lower() in FORBIDDEN_EVENT_PROPERTIES]
    if forbidden:
        raise invalid_input(f"properties must not contain the key {forbidden[0]}; it is a member of its own.")
    return Event(
        user_id=entry.get("userId"),
        session_id=entry["sessionId"],
        item_id=entry["actionId"],
        event_type=normal_event_type(entry["eventType"]),
        event_value=None,
        timestamp=int(entry["timestamp"]),
        arrival=world.now(),
        columns=read_columns(schema, properties, schema.custom),
    )


def normal_event_type(text: str) -> str:
    """The event type as ACTION_EVENT_TYPES spells it.

    Raises:
        RefusalError: InvalidInputException for any other event type.
    """
    kind = kind_of(text)
    if kind < 0:
        raise invalid_input(f"eventType '{text}' must be one of: {', '.join(ACTION_EVENT_TYPES)}.")
    return ACTION_EVENT_TYPES[kind]


HANDLERS: dict[str, Handler] = {
    "PutActions": put_actions,
    "PutActionInteractions": put_action_interactions,
}
