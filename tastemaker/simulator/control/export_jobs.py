"""Dataset export jobs: the records of a dataset as a CSV file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tastemaker.simulator import lifecycle
from tastemaker.simulator.batch import OUTPUT_PATH, BatchFailedError, put
from tastemaker.simulator.control.tags import read_tags
from tastemaker.simulator.export import PUT, export_csv
from tastemaker.simulator.pagination import page
from tastemaker.simulator.records import Dataset, ExportJob
from tastemaker.simulator.refusals import invalid_input
from tastemaker.simulator.scheduler import Work
from tastemaker.simulator.shapes import as_wire

if TYPE_CHECKING:
    from tastemaker.simulator.lifecycle import Handler, Step
    from tastemaker.simulator.scheduler import Transition
    from tastemaker.simulator.world import World

_NOT_EXPORTED = frozenset({"ACTIONS", "ACTION_INTERACTIONS"})


def create_dataset_export_job(world: World, params: dict[str, Any]) -> dict[str, Any]:
    dataset = world.store.get(Dataset, params["datasetArn"])
    path = params["jobOutput"]["s3DataDestination"]["path"]
    if not path.startswith("s3://"):
        raise invalid_input(f"{OUTPUT_PATH}: {path} must be a folder such as s3://bucket/folder/.")
    if dataset.dataset_type in _NOT_EXPORTED:
        raise invalid_input(f"Datasets of type {dataset.dataset_type} cannot be exported.")
    record = ExportJob(
        **lifecycle.base(world, world.arn(f"dataset-export-job/{params['jobName']}"), params["jobName"]),
        dataset_arn=dataset.arn,
        dataset_group_arn=dataset.dataset_group_arn,
        ingestion_mode=params.get("ingestionMode", PUT),
        role_arn=params["roleArn"],
        job_output=params["jobOutput"],
    )
    world.store.refuse_known(record.arn)
    lifecycle.require_active(dataset)
    lifecycle.begin_creation(world, record, world.durations.export_seconds, read_tags(params), step="export")
    return {"datasetExportJobArn": record.arn}


def describe_dataset_export_job(world: World, params: dict[str, Any]) -> dict[str, Any]:
    record = world.store.get(ExportJob, params["datasetExportJobArn"])
    return {"datasetExportJob": as_wire(record, "DatasetExportJob")}


def list_dataset_export_jobs(world: World, params: dict[str, Any]) -> dict[str, Any]:
    wanted = params.get("datasetArn")
    records = world.store.select(ExportJob, lambda record: wanted in {None, record.dataset_arn})
    return page(records, params, "datasetExportJobs", lambda record: as_wire(record, "DatasetExportJobSummary"))


def run_export(world: World, transition: Transition) -> Work | None:
    """Write `<job name>.csv` into the output folder, outside the lock. The service's file names are not documented."""
    job = lifecycle.current(world, transition, ExportJob)
    if job is None:
        return None
    place = job.job_output["s3DataDestination"]
    data, objects = world.data.get(job.dataset_arn), world.objects_for(job.role_arn, job.dataset_group_arn, place)
    folder = place["path"].rstrip("/")

    def compute() -> str | None:
        if data is None:
            return f"Dataset {job.dataset_arn} no longer exists."
        try:
            put(objects, f"{folder}/{job.name}.csv", export_csv(world.tables, data, job.ingestion_mode))
        except BatchFailedError as error:
            return str(error)
        return None

    return Work(compute, lambda reason: lifecycle.conclude(world, job, transition.due, reason))


HANDLERS: dict[str, Handler] = {
    "CreateDatasetExportJob": create_dataset_export_job,
    "DescribeDatasetExportJob": describe_dataset_export_job,
    "ListDatasetExportJobs": list_dataset_export_jobs,
}
STEPS: dict[str, Step] = {"export": run_export}
