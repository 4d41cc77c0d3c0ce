"""Batch inference jobs: recommendations for every line of a file."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tastemaker.errors import UnsupportedBySimulatorError
from tastemaker.facts import limits
from tastemaker.facts.recipes import RecipeFacts, RecipeType
from tastemaker.simulator import auto_update, lifecycle
from tastemaker.simulator.batch import BatchFailedError
from tastemaker.simulator.batch_inference import infer
from tastemaker.simulator.clock import ManualClock
from tastemaker.simulator.control import batch_checks
from tastemaker.simulator.control.tags import read_tags
from tastemaker.simulator.exploration import EXPLORATION_CONFIG, check_exploration
from tastemaker.simulator.pagination import page
from tastemaker.simulator.ranking_influence import RANKING_INFLUENCE, check_influence
from tastemaker.simulator.records import BatchInferenceJob, SolutionVersion
from tastemaker.simulator.refusals import invalid_input
from tastemaker.simulator.scheduler import Work
from tastemaker.simulator.shapes import as_wire

if TYPE_CHECKING:
    from tastemaker.simulator.lifecycle import Handler, Step
    from tastemaker.simulator.scheduler import Transition
    from tastemaker.simulator.world import World

_INFERENCE = "BATCH_INFERENCE"


def create_batch_inference_job(world: World, params: dict[str, Any]) -> dict[str, Any]:
    version = world.store.get(SolutionVersion, params["solutionVersionArn"])
    recipe = batch_checks.recipe_of(version)
    _check_recipe(recipe)
    _check_mode(params, recipe)
    batch_checks.check_locations(params)
    record = BatchInferenceJob(
        **batch_checks.job_fields(world, "batch-inference-job", params, version),
        num_results=batch_checks.read_number(params, limits.DEFAULT_RESULTS, limits.MAX_BATCH_RESULTS),
        batch_inference_job_config=params.get("batchInferenceJobConfig"),
        batch_inference_job_mode=params.get("batchInferenceJobMode", _INFERENCE),
    )
    world.store.refuse_known(record.arn)
    batch_checks.check_version(version)
    parsed = batch_checks.check_filter(world, params, version, "ItemID")
    if parsed is not None and parsed.needs_current_item and recipe.type is not RecipeType.RELATED_ITEMS:
        raise invalid_input(f"Filter {record.filter_arn} uses CurrentItem, which needs a related-items recipe.")
    batch_checks.check_quota(world, BatchInferenceJob, world.quotas.pending_batch_inference_jobs)
    lifecycle.begin_creation(world, record, world.durations.batch_seconds, read_tags(params), step="batch inference")
    return {"batchInferenceJobArn": record.arn}


def _check_recipe(recipe: RecipeFacts) -> None:
    if recipe.type is RecipeType.USER_SEGMENTATION:
        raise invalid_input(f"Recipe {recipe.arn} is for batch segment jobs; use CreateBatchSegmentJob.")
    if not recipe.batch:
        raise invalid_input(f"Batch inference is not supported by recipe {recipe.arn}.")


def _check_mode(params: dict[str, Any], recipe: RecipeFacts) -> None:
    mode = params.get("batchInferenceJobMode", _INFERENCE)
    if mode != _INFERENCE:
        raise UnsupportedBySimulatorError(
            f"CreateBatchInferenceJob with batchInferenceJobMode {mode}", "BATCH_INFERENCE is simulated."
        )
    if "themeGenerationConfig" in params:
        raise invalid_input("themeGenerationConfig needs batchInferenceJobMode THEME_GENERATION.")
    config = params.get("batchInferenceJobConfig", {})
    check_exploration(recipe, "batchInferenceJobConfig", config)
    check_influence(recipe, "batchInferenceJobConfig", config)
    for name in sorted(config.keys() - {EXPLORATION_CONFIG, RANKING_INFLUENCE}):
        if config[name]:
            raise UnsupportedBySimulatorError(f"batchInferenceJobConfig.{name}", "Leave it out: the defaults hold.")


def describe_batch_inference_job(world: World, params: dict[str, Any]) -> dict[str, Any]:
    record = world.store.get(BatchInferenceJob, params["batchInferenceJobArn"])
    return {"batchInferenceJob": as_wire(record, "BatchInferenceJob")}


def list_batch_inference_jobs(world: World, params: dict[str, Any]) -> dict[str, Any]:
    wanted = params.get("solutionVersionArn")
    records = world.store.select(BatchInferenceJob, lambda record: wanted in {None, record.solution_version_arn})
    return page(records, params, "batchInferenceJobs", lambda record: as_wire(record, "BatchInferenceJobSummary"))


def run_batch_inference(world: World, transition: Transition) -> Work | None:
    """Read, score and write outside the lock, as of the moment when the job is done."""
    job = lifecycle.current(world, transition, BatchInferenceJob)
    if job is None:
        return None
    then = replace(world, clock=ManualClock(transition.due))
    version = world.store.find(job.solution_version_arn)
    updated = isinstance(version, SolutionVersion) and auto_update.is_updated(world, version)
    arrivals = auto_update.look(world, world.trained[job.solution_version_arn]) if updated else None

    def compute() -> int | BatchFailedError:
        if arrivals is not None:
            extended = auto_update.extend(world, arrivals)
            with world.lock:
                auto_update.install(world, job.solution_version_arn, arrivals, extended)
        try:
            return infer(then, job)
        except BatchFailedError as error:
            return error

    def finish(result: int | BatchFailedError) -> None:
        if isinstance(result, BatchFailedError):
            lifecycle.conclude(world, job, transition.due, str(result))
            return
        version = world.store.find(job.solution_version_arn)
        v2 = isinstance(version, SolutionVersion) and batch_checks.recipe_of(version).v2_pricing
        world.meter.batch(result, transition.due, v2=v2)
        lifecycle.conclude(world, job, transition.due, None)

    return Work(compute, finish)


HANDLERS: dict[str, Handler] = {
    "CreateBatchInferenceJob": create_batch_inference_job,
    "DescribeBatchInferenceJob": describe_batch_inference_job,
    "ListBatchInferenceJobs": list_batch_inference_jobs,
}
STEPS: dict[str, Step] = {"batch inference": run_batch_inference}
