"""Schemas: created at once, never changed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tastemaker.facts import statuses
from tastemaker.simulator import lifecycle
from tastemaker.simulator.avro import parse_schema
from tastemaker.simulator.control.dataset_updates import is_updating
from tastemaker.simulator.pagination import page
from tastemaker.simulator.records import Dataset, Schema
from tastemaker.simulator.refusals import in_use, too_many_active
from tastemaker.simulator.shapes import as_wire

if TYPE_CHECKING:
    from tastemaker.simulator.lifecycle import Handler
    from tastemaker.simulator.world import World


def create_schema(world: World, params: dict[str, Any]) -> dict[str, Any]:
    parse_schema(params["schema"], params.get("domain"))
    record = Schema(
        **lifecycle.base(world, world.arn(f"schema/{params['name']}"), params["name"]),
        schema=params["schema"],
        domain=params.get("domain"),
    )
    world.store.refuse_known(record.arn)
    if len(world.store.select(Schema)) >= world.quotas.schemas:
        raise too_many_active(world.quotas.schemas)
    world.store.add(replace(record, status=statuses.ACTIVE))
    return {"schemaArn": record.arn}


def describe_schema(world: World, params: dict[str, Any]) -> dict[str, Any]:
    return {"schema": as_wire(world.store.get(Schema, params["schemaArn"]), "DatasetSchema")}


def list_schemas(world: World, params: dict[str, Any]) -> dict[str, Any]:
    return page(world.store.select(Schema), params, "schemas", lambda record: as_wire(record, "DatasetSchemaSummary"))


def delete_schema(world: World, params: dict[str, Any]) -> dict[str, Any]:
    record = world.store.get(Schema, params["schemaArn"])
    users = world.store.select(Dataset, lambda dataset: record.arn in _schemas_of(dataset))
    if users:
        raise in_use(f"{record.arn} is used by {users[0].arn}; delete the dataset first.")
    world.store.remove(record.arn)
    return {}


def _schemas_of(dataset: Dataset) -> set[str]:
    """The schema in use, and the one that an update brings."""
    update = dataset.latest_dataset_update
    return {dataset.schema_arn} | ({update.schema_arn} if update is not None and is_updating(dataset) else set())


HANDLERS: dict[str, Handler] = {
    "CreateSchema": create_schema,
    "DescribeSchema": describe_schema,
    "ListSchemas": list_schemas,
    "DeleteSchema": delete_schema,
}
