"""Batch segment jobs: the users with the greatest affinity to every line of a file."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tastemaker.facts import limits
from tastemaker.facts.recipes import RecipeType
from tastemaker.simulator import lifecycle
from tastemaker.simulator.batch import BatchFailedError
from tastemaker.simulator.batch_segments import BY_ATTRIBUTES, segment
from tastemaker.simulator.clock import ManualClock
from tastemaker.simulator.control import batch_checks
from tastemaker.simulator.control.tags import read_tags
from tastemaker.simulator.pagination import page
from tastemaker.simulator.records import BatchSegmentJob, SolutionVersion
from tastemaker.simulator.refusals import invalid_input
from tastemaker.simulator.scheduler import Work
from tastemaker.simulator.shapes import as_wire

if TYPE_CHECKING:
    from tastemaker.simulator.lifecycle import Handler, Step
    from tastemaker.simulator.scheduler import Transition
    from tastemaker.simulator.world import World


def create_batch_segment_job(world: World, params: dict[str, Any]) -> dict[str, Any]:
    version = world.store.get(SolutionVersion, params["solutionVersionArn"])
    recipe = batch_checks.recipe_of(version)
    if recipe.type is not RecipeType.USER_SEGMENTATION:
        raise invalid_input(f"Batch segment jobs are not supported by recipe {recipe.arn}.")
    batch_checks.check_locations(params)
    record = BatchSegmentJob(
        **batch_checks.job_fields(world, "batch-segment-job", params, version),
        num_results=batch_checks.read_number(params, limits.DEFAULT_SEGMENT_USERS, limits.MAX_SEGMENT_USERS),
    )
    world.store.refuse_known(record.arn)
    batch_checks.check_version(version)
    parsed = batch_checks.check_filter(world, params, version, "UserID")
    if parsed is not None and parsed.needs_events and recipe.name == BY_ATTRIBUTES:
        raise invalid_input(
            f"Filter {record.filter_arn} uses Interactions, which recipe {recipe.arn} does not support."
        )
    batch_checks.check_quota(world, BatchSegmentJob, world.quotas.pending_batch_segment_jobs)
    lifecycle.begin_creation(world, record, world.durations.batch_seconds, read_tags(params), step="batch segment")
    return {"batchSegmentJobArn": record.arn}


def describe_batch_segment_job(world: World, params: dict[str, Any]) -> dict[str, Any]:
    record = world.store.get(BatchSegmentJob, params["batchSegmentJobArn"])
    return {"batchSegmentJob": as_wire(record, "BatchSegmentJob")}


def list_batch_segment_jobs(world: World, params: dict[str, Any]) -> dict[str, Any]:
    wanted = params.get("solutionVersionArn")
    records = world.store.select(BatchSegmentJob, lambda record: wanted in {None, record.solution_version_arn})
    return page(records, params, "batchSegmentJobs", lambda record: as_wire(record, "BatchSegmentJobSummary"))


def run_batch_segment(world: World, transition: Transition) -> Work | None:
    """Read, score and write outside the lock, as of the moment when the job is done."""
    job = lifecycle.current(world, transition, BatchSegmentJob)
    if job is None:
        return None
    then = replace(world, clock=ManualClock(transition.due))

    def compute() -> int | BatchFailedError:
        try:
            return segment(then, job)
        except BatchFailedError as error:
            return error

    def finish(result: int | BatchFailedError) -> None:
        if isinstance(result, BatchFailedError):
            lifecycle.conclude(world, job, transition.due, str(result))
            return
        world.meter.segment(result)
        lifecycle.conclude(world, job, transition.due, None)

    return Work(compute, finish)


HANDLERS: dict[str, Handler] = {
    "CreateBatchSegmentJob": create_batch_segment_job,
    "DescribeBatchSegmentJob": describe_batch_segment_job,
    "ListBatchSegmentJobs": list_batch_segment_jobs,
}
STEPS: dict[str, Step] = {"batch segment": run_batch_segment}
