"""UpdateDataset: another schema for a dataset that keeps its data (reference §2.6)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tastemaker.facts import statuses
from tastemaker.simulator import lifecycle
from tastemaker.simulator.avro import parse_schema
from tastemaker.simulator.records import Dataset, DatasetUpdate, Schema
from tastemaker.simulator.refusals import in_use, invalid_input

if TYPE_CHECKING:
    from tastemaker.facts.avro import Column, DatasetSchema
    from tastemaker.simulator.lifecycle import Handler, Step
    from tastemaker.simulator.scheduler import Transition
    from tastemaker.simulator.world import World

_REPLACEABLE = ("ITEMS", "USERS")
_PROGRESS, _UPDATED = "dataset update progress", "dataset updated"


def update_dataset(world: World, params: dict[str, Any]) -> dict[str, Any]:
    """Items and Users only. Existing solutions do not train on the new columns; new filters may use them."""
    record = world.store.get(Dataset, params["datasetArn"])
    schema = world.store.get(Schema, params["schemaArn"])
    if record.dataset_type not in _REPLACEABLE:
        raise invalid_input(f"The schema of a dataset of type {record.dataset_type} cannot be replaced.")
    data = world.data[record.arn]
    _check(data.schema, parse_schema(schema.schema, schema.domain), schema, world.store.get(Schema, record.schema_arn))
    lifecycle.require_active(record)
    if is_updating(record):
        raise in_use(f"{record.arn} is being updated.")
    now = world.now()
    update = DatasetUpdate(
        schema_arn=schema.arn, status=statuses.CREATE_PENDING, creation_date_time=now, last_updated_date_time=now
    )
    world.store.replace(replace(record, latest_dataset_update=update))
    seconds = world.durations.dataset_update_seconds
    lifecycle.schedule(world, record, now + min(world.durations.pending_seconds, seconds / 2), _PROGRESS)
    lifecycle.schedule(world, record, now + seconds, _UPDATED)
    return {"datasetArn": record.arn}


def _check(old: DatasetSchema, new: DatasetSchema, schema: Schema, before: Schema) -> None:
    if new.facts.type != old.facts.type:
        raise invalid_input(f"Schema {schema.arn} is for {new.facts.record_name}, not for {old.facts.record_name}.")
    if schema.domain != before.domain:
        raise invalid_input(
            f"Schema {schema.arn} has domain {schema.domain or 'none'}, the dataset has {before.domain or 'none'}."
        )
    for column in old.columns:
        _check_kept(column, new.find(column.name), schema)
    for column in new.columns:
        if old.find(column.name) is None and not column.nullable:
            raise invalid_input(f"New field {column.name} of {schema.arn} must be nullable.")


def _check_kept(column: Column, kept: Column | None, schema: Schema) -> None:
    if kept is None:
        raise invalid_input(f"Schema {schema.arn} lacks field {column.name}; a replacement keeps every field.")
    if kept != column:
        raise invalid_input(f"Field {column.name} of {schema.arn} must keep its type and attributes.")


def is_updating(record: Dataset) -> bool:
    update = record.latest_dataset_update
    return update is not None and update.status in statuses.UNDER_WAY


def update_progress(world: World, transition: Transition) -> None:
    record = lifecycle.current(world, transition, Dataset)
    if record is not None and record.latest_dataset_update is not None:
        update = replace(
            record.latest_dataset_update,
            status=statuses.CREATE_IN_PROGRESS,
            last_updated_date_time=transition.due,
        )
        world.store.replace(replace(record, latest_dataset_update=update))


def updated(world: World, transition: Transition) -> None:
    record = lifecycle.current(world, transition, Dataset)
    update = record.latest_dataset_update if record is not None else None
    if record is None or update is None:
        return
    schema = world.store.get(Schema, update.schema_arn)
    world.data[record.arn].replace_schema(parse_schema(schema.schema, schema.domain), transition.due)
    world.store.replace(
        replace(
            record,
            schema_arn=schema.arn,
            last_updated_date_time=transition.due,
            latest_dataset_update=replace(update, status=statuses.ACTIVE, last_updated_date_time=transition.due),
        )
    )


HANDLERS: dict[str, Handler] = {"UpdateDataset": update_dataset}
STEPS: dict[str, Step] = {_PROGRESS: update_progress, _UPDATED: updated}
