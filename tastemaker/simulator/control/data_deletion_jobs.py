"""Data deletion jobs: users disappear from all datasets of a group. They have status words of their own."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tastemaker.facts import statuses
from tastemaker.simulator import lifecycle
from tastemaker.simulator.control.tags import read_tags
from tastemaker.simulator.data_deletion import Deletion, DeletionFailedError, carry_out, plan_deletion
from tastemaker.simulator.pagination import page
from tastemaker.simulator.records import DataDeletionJob, DatasetGroup
from tastemaker.simulator.refusals import invalid_input, too_many_under_way
from tastemaker.simulator.scheduler import Work
from tastemaker.simulator.shapes import as_wire

if TYPE_CHECKING:
    from tastemaker.simulator.lifecycle import Handler, Step
    from tastemaker.simulator.scheduler import Transition
    from tastemaker.simulator.world import World


def create_data_deletion_job(world: World, params: dict[str, Any]) -> dict[str, Any]:
    group = world.store.get(DatasetGroup, params["datasetGroupArn"])
    if not params["dataSource"].get("dataLocation", "").startswith("s3://"):
        raise invalid_input("dataSource.dataLocation must be a location in Amazon S3 such as s3://bucket/file.csv.")
    name = params["jobName"]
    record = DataDeletionJob(
        **lifecycle.base(world, world.arn(f"data-deletion-job/{name}"), name) | {"status": statuses.PENDING},
        dataset_group_arn=group.arn,
        data_source=params["dataSource"],
        role_arn=params["roleArn"],
    )
    world.store.refuse_known(record.arn)
    lifecycle.require_active(group)
    _check_quota(world, group)
    world.store.add(record, read_tags(params))
    start, seconds = record.creation_date_time, world.durations.data_deletion_seconds
    lifecycle.schedule(world, record, start + min(world.durations.pending_seconds, seconds / 2), "deletion begins")
    lifecycle.schedule(world, record, start + seconds, "data deletion")
    return {"dataDeletionJobArn": record.arn}


def _check_quota(world: World, group: DatasetGroup) -> None:
    """Five PENDING jobs of one group; running ones do not count."""
    pending = world.store.select(
        DataDeletionJob, lambda job: job.dataset_group_arn == group.arn and job.status == statuses.PENDING
    )
    if len(pending) >= world.quotas.pending_data_deletion_jobs_per_group:
        raise too_many_under_way(world.quotas.pending_data_deletion_jobs_per_group)


def describe_data_deletion_job(world: World, params: dict[str, Any]) -> dict[str, Any]:
    record = world.store.get(DataDeletionJob, params["dataDeletionJobArn"])
    return {"dataDeletionJob": as_wire(record, "DataDeletionJob")}


def list_data_deletion_jobs(world: World, params: dict[str, Any]) -> dict[str, Any]:
    """The only list that begins with the newest."""
    wanted = params.get("datasetGroupArn")
    records = world.store.select(DataDeletionJob, lambda record: wanted in {None, record.dataset_group_arn})
    return page(
        records, params, "dataDeletionJobs", lambda record: as_wire(record, "DataDeletionJobSummary"), newest_first=True
    )


def deletion_begins(world: World, transition: Transition) -> None:
    lifecycle.move(world, transition, statuses.PENDING, statuses.IN_PROGRESS)


def run_data_deletion(world: World, transition: Transition) -> Work | None:
    """Read the users and build the tables without them outside the lock, then put them in place."""
    job = lifecycle.current(world, transition, DataDeletionJob)
    if job is None:
        return None

    def compute() -> Deletion | DeletionFailedError:
        try:
            return plan_deletion(world, job)
        except DeletionFailedError as error:
            return error

    def finish(result: Deletion | DeletionFailedError) -> None:
        ended = replace(job, last_updated_date_time=transition.due)
        if isinstance(result, DeletionFailedError):
            world.store.replace(replace(ended, status=statuses.FAILED, failure_reason=str(result)))
            return
        world.store.replace(replace(ended, status=statuses.COMPLETED, num_deleted=carry_out(world, result)))

    return Work(compute, finish)


HANDLERS: dict[str, Handler] = {
    "CreateDataDeletionJob": create_data_deletion_job,
    "DescribeDataDeletionJob": describe_data_deletion_job,
    "ListDataDeletionJobs": list_data_deletion_jobs,
}
STEPS: dict[str, Step] = {"deletion begins": deletion_begins, "data deletion": run_data_deletion}
