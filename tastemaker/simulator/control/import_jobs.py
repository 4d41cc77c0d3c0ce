"""Dataset import jobs: FULL replaces, INCREMENTAL extends."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tastemaker.facts import statuses
from tastemaker.simulator import auto_update, catalogue_refresh, lifecycle
from tastemaker.simulator.attribution_reports import check_publishing, plan_import_report, report_import
from tastemaker.simulator.control.tags import read_tags
from tastemaker.simulator.filter_memory import deployed_versions, warm
from tastemaker.simulator.importer import ImportFailedError, read_csv
from tastemaker.simulator.pagination import page
from tastemaker.simulator.records import Dataset, ImportJob
from tastemaker.simulator.refusals import invalid_input, too_many_under_way
from tastemaker.simulator.scheduler import Work
from tastemaker.simulator.shapes import as_wire

if TYPE_CHECKING:
    from tastemaker.simulator.lifecycle import Handler, Step
    from tastemaker.simulator.scheduler import Transition
    from tastemaker.simulator.tables import BulkTable
    from tastemaker.simulator.world import World

FULL, INCREMENTAL = "FULL", "INCREMENTAL"
_VISIBLE = "import visible in filters"


def create_dataset_import_job(world: World, params: dict[str, Any]) -> dict[str, Any]:
    dataset = world.store.get(Dataset, params["datasetArn"])
    _check(world, dataset, params)
    mode = params.get("importMode", FULL)
    record = ImportJob(
        **lifecycle.base(world, world.arn(f"dataset-import-job/{params['jobName']}"), params["jobName"]),
        dataset_arn=dataset.arn,
        data_source=params["dataSource"],
        role_arn=params.get("roleArn"),
        import_mode=mode,
        publish_attribution_metrics_to_s3=params.get("publishAttributionMetricsToS3"),
    )
    world.store.refuse_known(record.arn)
    lifecycle.require_active(dataset)
    if mode == INCREMENTAL and not world.data[dataset.arn].tables:
        raise invalid_input("importMode INCREMENTAL needs an earlier import with importMode FULL.")
    under_way = world.store.select(ImportJob, lambda job: job.status in statuses.UNDER_WAY)
    if len(under_way) >= world.quotas.pending_imports:
        raise too_many_under_way(world.quotas.pending_imports)
    lifecycle.begin_creation(world, record, world.durations.import_seconds, read_tags(params), step="import")
    return {"datasetImportJobArn": record.arn}


def _check(world: World, dataset: Dataset, params: dict[str, Any]) -> None:
    if params.get("publishAttributionMetricsToS3"):
        check_publishing(world, dataset)
    if not params["dataSource"].get("dataLocation", "").startswith("s3://"):
        raise invalid_input("dataSource.dataLocation must be a location in Amazon S3 such as s3://bucket/file.csv.")


def describe_dataset_import_job(world: World, params: dict[str, Any]) -> dict[str, Any]:
    record = world.store.get(ImportJob, params["datasetImportJobArn"])
    return {"datasetImportJob": as_wire(record, "DatasetImportJob")}


def list_dataset_import_jobs(world: World, params: dict[str, Any]) -> dict[str, Any]:
    wanted = params.get("datasetArn")
    records = world.store.select(ImportJob, lambda record: wanted in {None, record.dataset_arn})
    return page(records, params, "datasetImportJobs", lambda record: as_wire(record, "DatasetImportJobSummary"))


def run_import(world: World, transition: Transition) -> Work | None:
    """Read the files outside the lock, then put the rows in place."""
    job = lifecycle.current(world, transition, ImportJob)
    if job is None:
        return None
    data, full = world.data[job.dataset_arn], job.import_mode == FULL
    location = job.data_source["dataLocation"]
    dataset = world.store.get(Dataset, job.dataset_arn)
    objects = world.objects_for(job.role_arn, dataset.dataset_group_arn)
    report = plan_import_report(world, job, transition.due)

    def compute() -> BulkTable | ImportFailedError:
        try:
            table = read_csv(objects, world.tables, location, data.schema, full=full)
            if report is not None:
                report_import(world, report, table)
            return table
        except ImportFailedError as error:
            return error

    def finish(result: BulkTable | ImportFailedError) -> None:
        if isinstance(result, ImportFailedError):
            failed = replace(job, status=statuses.CREATE_FAILED, failure_reason=str(result.args[0]))
            world.store.replace(replace(failed, last_updated_date_time=transition.due))
            return
        visible_at = transition.due + world.durations.filter_bulk_seconds
        data.import_table(result, full=full, at=transition.due, visible_at=visible_at)
        _tell(world, job, dataset, transition.due, visible_at)
        world.meter.ingest(result.size_bytes)
        world.store.replace(replace(job, status=statuses.ACTIVE, last_updated_date_time=transition.due))

    return Work(compute, finish)


def _tell(world: World, job: ImportJob, dataset: Dataset, at: float, visible_at: float) -> None:
    """New items and actions are for the next update of the catalogue, interactions for the index of filters."""
    catalogue_refresh.notice(world, dataset.dataset_group_arn, at, dataset.dataset_type)
    if dataset.dataset_type == "ITEMS":
        auto_update.notice(world, dataset.dataset_group_arn, at)
    if dataset.dataset_type in {"INTERACTIONS", "ACTION_INTERACTIONS"}:
        lifecycle.schedule(world, job, visible_at, _VISIBLE)


def import_visible(world: World, transition: Transition) -> Work | None:
    """Filters see the import from now on: build what they look users up in, so that no request has to."""
    job = lifecycle.current(world, transition, ImportJob)
    dataset = world.store.find(job.dataset_arn) if job is not None else None
    if not isinstance(dataset, Dataset):
        return None
    versions = deployed_versions(world, dataset.dataset_group_arn)
    return Work(lambda: warm(world, versions, transition.due), lambda _: None) if versions else None


HANDLERS: dict[str, Handler] = {
    "CreateDatasetImportJob": create_dataset_import_job,
    "DescribeDatasetImportJob": describe_dataset_import_job,
    "ListDatasetImportJobs": list_dataset_import_jobs,
}
STEPS: dict[str, Step] = {"import": run_import, _VISIBLE: import_visible}
