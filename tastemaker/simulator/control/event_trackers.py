"""Event trackers: one in a dataset group."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tastemaker.simulator import identifiers, lifecycle
from tastemaker.simulator.control.tags import read_tags
from tastemaker.simulator.pagination import page
from tastemaker.simulator.records import DatasetGroup, EventTracker
from tastemaker.simulator.refusals import already_exists
from tastemaker.simulator.shapes import as_wire

if TYPE_CHECKING:
    from tastemaker.simulator.lifecycle import Handler
    from tastemaker.simulator.world import World


def create_event_tracker(world: World, params: dict[str, Any]) -> dict[str, Any]:
    """A second tracker is refused as already existing; the class is not documented (reference §1.4)."""
    group = world.store.get(DatasetGroup, params["datasetGroupArn"])
    lifecycle.require_active(group)
    for other in world.store.select(EventTracker):
        if other.dataset_group_arn == group.arn or other.name == params["name"]:
            raise already_exists(other.arn)
    seed = (world.seed, "event-tracker", params["name"], world.now())
    record = EventTracker(
        **lifecycle.base(world, world.arn(f"event-tracker/{identifiers.hex_id(*seed)}"), params["name"]),
        dataset_group_arn=group.arn,
        tracking_id=identifiers.uuid_id(*seed),
        account_id=world.account_id,
    )
    lifecycle.begin_creation(world, record, world.durations.event_tracker_seconds, read_tags(params))
    return {"eventTrackerArn": record.arn, "trackingId": record.tracking_id}


def describe_event_tracker(world: World, params: dict[str, Any]) -> dict[str, Any]:
    return {"eventTracker": as_wire(world.store.get(EventTracker, params["eventTrackerArn"]), "EventTracker")}


def list_event_trackers(world: World, params: dict[str, Any]) -> dict[str, Any]:
    wanted = params.get("datasetGroupArn")
    records = world.store.select(EventTracker, lambda record: wanted in {None, record.dataset_group_arn})
    return page(records, params, "eventTrackers", lambda record: as_wire(record, "EventTrackerSummary"))


def delete_event_tracker(world: World, params: dict[str, Any]) -> dict[str, Any]:
    """The streamed data stays in the dataset."""
    lifecycle.begin_deletion(world, world.store.get(EventTracker, params["eventTrackerArn"]))
    return {}


HANDLERS: dict[str, Handler] = {
    "CreateEventTracker": create_event_tracker,
    "DescribeEventTracker": describe_event_tracker,
    "ListEventTrackers": list_event_trackers,
    "DeleteEventTracker": delete_event_tracker,
}
