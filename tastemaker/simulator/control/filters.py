"""Filters: checked against the group's schemas when they are created, never changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tastemaker.facts import statuses
from tastemaker.simulator import lifecycle
from tastemaker.simulator.control.tags import read_tags
from tastemaker.simulator.filtering import check_expression
from tastemaker.simulator.pagination import page
from tastemaker.simulator.records import BatchJob, Dataset, DatasetGroup, Filter
from tastemaker.simulator.refusals import in_use, invalid_input, too_many_active
from tastemaker.simulator.shapes import as_wire

if TYPE_CHECKING:
    from tastemaker.simulator.lifecycle import Handler
    from tastemaker.simulator.world import World


def create_filter(world: World, params: dict[str, Any]) -> dict[str, Any]:
    """CreateFilter has no ResourceInUseException in the model, so a pending group is invalid input here."""
    group = world.store.get(DatasetGroup, params["datasetGroupArn"])
    if group.status != statuses.ACTIVE:
        raise invalid_input(f"{group.arn} must be ACTIVE and is {group.status}.")
    record = Filter(
        **lifecycle.base(world, world.arn(f"filter/{params['name']}"), params["name"]),
        dataset_group_arn=group.arn,
        filter_expression=params["filterExpression"],
    )
    world.store.refuse_known(record.arn)
    datasets = world.store.select(Dataset, lambda dataset: dataset.dataset_group_arn == group.arn)
    schemas = {dataset.dataset_type: world.data[dataset.arn].schema.avro for dataset in datasets}
    check_expression(record.filter_expression, schemas)
    if (
        len(world.store.select(Filter, lambda other: other.dataset_group_arn == group.arn))
        >= world.quotas.filters_per_group
    ):
        raise too_many_active(world.quotas.filters_per_group)
    lifecycle.begin_creation(world, record, world.durations.filter_seconds, read_tags(params))
    return {"filterArn": record.arn}


def describe_filter(world: World, params: dict[str, Any]) -> dict[str, Any]:
    return {"filter": as_wire(world.store.get(Filter, params["filterArn"]), "Filter")}


def list_filters(world: World, params: dict[str, Any]) -> dict[str, Any]:
    """The only list whose output member starts with a capital."""
    wanted = params.get("datasetGroupArn")
    records = world.store.select(Filter, lambda record: wanted in {None, record.dataset_group_arn})
    return page(records, params, "Filters", lambda record: as_wire(record, "FilterSummary"))


def delete_filter(world: World, params: dict[str, Any]) -> dict[str, Any]:
    """A filter stays as long as a batch job uses it (reference §1.6)."""
    record = world.store.get(Filter, params["filterArn"])
    jobs = world.store.select(BatchJob, lambda job: job.filter_arn == record.arn and job.status in statuses.UNDER_WAY)
    for job in jobs:
        raise in_use(f"{record.arn} is used by {job.arn}, which is {job.status}.")
    lifecycle.begin_deletion(world, record)
    return {}


HANDLERS: dict[str, Handler] = {
    "CreateFilter": create_filter,
    "DescribeFilter": describe_filter,
    "ListFilters": list_filters,
    "DeleteFilter": delete_filter,
}
