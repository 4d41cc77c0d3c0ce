"""Dataset groups: the first resource to create and the last to delete."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tastemaker.simulator import lifecycle
from tastemaker.simulator.control.tags import read_tags
from tastemaker.simulator.pagination import page
from tastemaker.simulator.records import (
    Dataset,
    DatasetGroup,
    EventTracker,
    Filter,
    MetricAttribution,
    Recommender,
    Record,
    Solution,
)
from tastemaker.simulator.refusals import in_use, invalid_input, too_many_active
from tastemaker.simulator.shapes import as_wire

if TYPE_CHECKING:
    from tastemaker.simulator.lifecycle import Handler
    from tastemaker.simulator.world import World

_CHILDREN = (Dataset, EventTracker, Solution, Filter, Recommender, MetricAttribution)
"""What has to be gone before the group."""


def create_dataset_group(world: World, params: dict[str, Any]) -> dict[str, Any]:
    if ("roleArn" in params) != ("kmsKeyArn" in params):
        raise invalid_input("roleArn and kmsKeyArn must be given together.")
    tags = read_tags(params)
    record = DatasetGroup(
        **lifecycle.base(world, world.arn(f"dataset-group/{params['name']}"), params["name"]),
        role_arn=params.get("roleArn"),
        kms_key_arn=params.get("kmsKeyArn"),
        domain=params.get("domain"),
    )
    world.store.refuse_known(record.arn)
    if len(world.store.select(DatasetGroup)) >= world.quotas.dataset_groups:
        raise too_many_active(world.quotas.dataset_groups)
    lifecycle.begin_creation(world, record, world.durations.dataset_group_seconds, tags)
    domain = {"domain": record.domain} if record.domain is not None else {}
    return {"datasetGroupArn": record.arn, **domain}


def describe_dataset_group(world: World, params: dict[str, Any]) -> dict[str, Any]:
    return {"datasetGroup": as_wire(world.store.get(DatasetGroup, params["datasetGroupArn"]), "DatasetGroup")}


def list_dataset_groups(world: World, params: dict[str, Any]) -> dict[str, Any]:
    records = world.store.select(DatasetGroup)
    return page(records, params, "datasetGroups", lambda record: as_wire(record, "DatasetGroupSummary"))


def delete_dataset_group(world: World, params: dict[str, Any]) -> dict[str, Any]:
    record = world.store.get(DatasetGroup, params["datasetGroupArn"])
    for child in world.store.select(Record):
        if isinstance(child, _CHILDREN) and child.dataset_group_arn == record.arn:
            raise in_use(f"{record.arn} still has {child.arn}; delete it first.")
    lifecycle.begin_deletion(world, record)
    return {}


HANDLERS: dict[str, Handler] = {
    "CreateDatasetGroup": create_dataset_group,
    "DescribeDatasetGroup": describe_dataset_group,
    "ListDatasetGroups": list_dataset_groups,
    "DeleteDatasetGroup": delete_dataset_group,
}
