"""Datasets: one of each type in a dataset group."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tastemaker.facts import statuses
from tastemaker.facts.fields import find_dataset_facts
from tastemaker.simulator import identifiers, lifecycle
from tastemaker.simulator.avro import parse_schema
from tastemaker.simulator.control.dataset_updates import is_updating
from tastemaker.simulator.control.tags import read_tags
from tastemaker.simulator.datasets import DatasetData
from tastemaker.simulator.pagination import page
from tastemaker.simulator.records import Dataset, DatasetGroup, ImportJob, Recommender, Schema, SolutionVersion
from tastemaker.simulator.refusals import in_use, invalid_input
from tastemaker.simulator.shapes import as_wire

if TYPE_CHECKING:
    from tastemaker.facts.fields import DatasetFacts
    from tastemaker.simulator.lifecycle import Handler, Step
    from tastemaker.simulator.scheduler import Transition
    from tastemaker.simulator.world import World


def create_dataset(world: World, params: dict[str, Any]) -> dict[str, Any]:
    facts = _facts(params["datasetType"])
    group = world.store.get(DatasetGroup, params["datasetGroupArn"])
    schema = world.store.get(Schema, params["schemaArn"])
    _check_group(facts, group)
    parsed = parse_schema(schema.schema, schema.domain)
    if parsed.facts.type != facts.type:
        raise invalid_input(f"Schema {schema.arn} is for {parsed.facts.record_name}, not for {facts.record_name}.")
    if schema.domain != group.domain:
        raise invalid_input(
            f"Schema {schema.arn} has domain {schema.domain or 'none'}, the dataset group has {group.domain or 'none'}."
        )
    lifecycle.require_active(group)
    record = Dataset(
        **lifecycle.base(world, world.dataset_arn(group.arn, facts.type), params["name"]),
        dataset_group_arn=group.arn,
        dataset_type=facts.type,
        schema_arn=schema.arn,
        tracking_id=_tracking_id(world, group, facts),
    )
    lifecycle.begin_creation(world, record, world.durations.dataset_seconds, read_tags(params))
    world.data[record.arn] = DatasetData(parsed)
    return {"datasetArn": record.arn}


def _facts(dataset_type: str) -> DatasetFacts:
    facts = find_dataset_facts(dataset_type)
    if facts is None:
        raise invalid_input(
            f"datasetType '{dataset_type}' must be one of: Interactions, Items, Users, Actions, Action_Interactions."
        )
    return facts


def _check_group(facts: DatasetFacts, group: DatasetGroup) -> None:
    if facts.type in {"ACTIONS", "ACTION_INTERACTIONS"} and group.domain is not None:
        raise invalid_input(f"Datasets of type {facts.record_name} are not available in a domain dataset group.")


def _tracking_id(world: World, group: DatasetGroup, facts: DatasetFacts) -> str | None:
    """An Action_Interactions dataset has the tracker of its events within."""
    if facts.type != "ACTION_INTERACTIONS":
        return None
    return identifiers.uuid_id(world.seed, "action-tracker", group.arn, world.now())


def describe_dataset(world: World, params: dict[str, Any]) -> dict[str, Any]:
    return {"dataset": as_wire(world.store.get(Dataset, params["datasetArn"]), "Dataset")}


def list_datasets(world: World, params: dict[str, Any]) -> dict[str, Any]:
    wanted = params.get("datasetGroupArn")
    records = world.store.select(Dataset, lambda record: wanted in {None, record.dataset_group_arn})
    return page(records, params, "datasets", lambda record: as_wire(record, "DatasetSummary"))


def delete_dataset(world: World, params: dict[str, Any]) -> dict[str, Any]:
    record = world.store.get(Dataset, params["datasetArn"])
    jobs = world.store.select(ImportJob, lambda job: job.dataset_arn == record.arn and job.status in statuses.UNDER_WAY)
    versions = world.store.select(
        SolutionVersion,
        lambda version: version.dataset_group_arn == record.dataset_group_arn and version.status in statuses.UNDER_WAY,
    )
    recommenders = world.store.select(
        Recommender,
        lambda each: each.dataset_group_arn == record.dataset_group_arn and each.status in statuses.UNDER_WAY,
    )
    if is_updating(record):
        raise in_use(f"{record.arn} is being updated.")
    for user in (*jobs, *versions, *recommenders):
        raise in_use(f"{record.arn} is used by {user.arn}, which is {user.status}.")
    lifecycle.begin_deletion(world, record, step="dataset gone")
    return {}


def dataset_gone(world: World, transition: Transition) -> None:
    """The data goes with the dataset; its finished import jobs stay listed."""
    if lifecycle.current(world, transition, Dataset) is not None:
        world.store.remove(transition.arn)
        world.data.pop(transition.arn, None)


HANDLERS: dict[str, Handler] = {
    "CreateDataset": create_dataset,
    "DescribeDataset": describe_dataset,
    "ListDatasets": list_datasets,
    "DeleteDataset": delete_dataset,
}
STEPS: dict[str, Step] = {"dataset gone": dataset_gone}
