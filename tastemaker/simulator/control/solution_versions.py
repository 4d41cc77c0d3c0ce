"""Solution versions: trainings by hand or by schedule, their metrics, and stopping them."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tastemaker.errors import UnsupportedBySimulatorError
from tastemaker.facts import statuses
from tastemaker.facts.recipes import RECIPES, RecipeFacts, find_recipe
from tastemaker.simulator import auto_update, identifiers, lifecycle
from tastemaker.simulator.control.campaigns import sync_campaigns
from tastemaker.simulator.control.tags import read_tags
from tastemaker.simulator.pagination import page
from tastemaker.simulator.recipes.base import ExtensibleModel, TrainingFailedError
from tastemaker.simulator.records import Solution, SolutionVersion
from tastemaker.simulator.refusals import already_exists, in_use, invalid_input, too_many_under_way
from tastemaker.simulator.scheduler import Work
from tastemaker.simulator.shapes import as_wire
from tastemaker.simulator.training import TrainingPlan, plan_training, run_training

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tastemaker.simulator.lifecycle import Handler, Step
    from tastemaker.simulator.scheduler import Transition
    from tastemaker.simulator.serving import ServedVersion
    from tastemaker.simulator.world import World

MANUAL, AUTOMATIC = "MANUAL", "AUTOMATIC"
FULL, UPDATE = "FULL", "UPDATE"


def create_solution_version(world: World, params: dict[str, Any]) -> dict[str, Any]:
    solution = world.store.get(Solution, params["solutionArn"])
    _check_mode(world, solution, params.get("trainingMode", FULL))
    tags = read_tags(params)
    lifecycle.require_active(solution)
    missing = missing_datasets(world, solution)
    if missing:
        raise invalid_input(
            f"Training {solution.recipe_arn} needs a dataset of type {missing[0]} in the dataset group."
        )
    for other in _versions(world, solution.arn):
        if "name" in params and other.name == params["name"]:
            raise already_exists(other.arn)
    under_way = world.store.select(SolutionVersion, lambda version: version.status in statuses.UNDER_WAY)
    if len(under_way) >= world.quotas.pending_solution_versions:
        raise too_many_under_way(world.quotas.pending_solution_versions)
    mode = params.get("trainingMode", FULL)
    version = begin_version(world, solution, MANUAL, world.now(), name=params.get("name"), tags=tags, mode=mode)
    return {"solutionVersionArn": version.arn}


def _check_mode(world: World, solution: Solution, mode: str) -> None:
    if mode == FULL:
        return
    if mode == UPDATE:
        if not _facts(solution.recipe_arn).update_mode:
            raise invalid_input(f"trainingMode UPDATE is not supported by recipe {solution.recipe_arn}.")
        full = auto_update.latest_full_version(world, solution.arn)
        if full is None:
            raise invalid_input("trainingMode UPDATE needs an ACTIVE solution version with trainingMode FULL.")
        if isinstance(world.trained[full.arn].model, ExtensibleModel):
            return
    raise UnsupportedBySimulatorError(f"CreateSolutionVersion with trainingMode {mode}", "FULL is simulated.")


def missing_datasets(world: World, solution: Solution) -> list[str]:
    """Dataset types that the recipe needs and the group lacks."""
    needs = _facts(solution.recipe_arn).needs
    return [need for need in needs if world.dataset_data(solution.dataset_group_arn, need) is None]


def begin_version(
    world: World,
    solution: Solution,
    training_type: str,
    at: float,
    *,
    name: str | None = None,
    tags: dict[str, str] | None = None,
    mode: str = FULL,
) -> SolutionVersion:
    """Create a version that is a snapshot of its solution; the training begins when it leaves `CREATE PENDING`."""
    number = solution.versions_created + 1
    world.store.replace(replace(solution, versions_created=number))
    identifier = identifiers.hex_id(world.seed, "solution-version", solution.arn, solution.serial, number)
    record = lifecycle.base(world, f"{solution.arn}/{identifier}", name) | dict.fromkeys(_TIMES, at)
    version = snapshot_solution(solution, record, training_type, mode)
    world.store.add(version, tags or {})
    lifecycle.schedule(world, version, at + world.durations.pending_seconds, "training begins")
    return version


def snapshot_solution(
    solution: Solution, record: Mapping[str, Any], training_type: str = MANUAL, mode: str = FULL
) -> SolutionVersion:
    """A version with the solution's configuration of now; `record` holds the fields that every resource has."""
    return SolutionVersion(
        **record,
        solution_arn=solution.arn,
        dataset_group_arn=solution.dataset_group_arn,
        recipe_arn=solution.recipe_arn,
        event_type=solution.event_type,
        perform_hpo=solution.perform_hpo,
        perform_auto_ml=solution.perform_auto_ml,
        perform_incremental_update=solution.perform_incremental_update,
        solution_config=copy.deepcopy(solution.solution_config),
        training_mode=mode,
        training_type=training_type,
    )


_TIMES = ("creation_date_time", "last_updated_date_time")


def training_begins(world: World, transition: Transition) -> None:
    """Take the snapshot of the data and fix how long the training will take."""
    version = lifecycle.current(world, transition, SolutionVersion)
    if version is None or version.status != statuses.CREATE_PENDING:
        return
    plan = plan_training(world, version, _facts(version.recipe_arn))
    if version.training_mode == UPDATE:
        base = auto_update.latest_full_version(world, version.solution_arn)
        plan = replace(plan, base_arn=base.arn if base is not None else None)
    world.training[version.arn] = plan
    started = replace(
        version,
        status=statuses.CREATE_IN_PROGRESS,
        last_updated_date_time=transition.due,
        training_started=transition.due,
    )
    world.store.replace(started)
    seconds = world.durations.training_seconds(plan.interactions if version.training_mode == FULL else 0)
    lifecycle.schedule(world, version, transition.due + seconds, "training ends")


def training_ends(world: World, transition: Transition) -> Work | None:
    """Really train, outside the lock."""
    version = lifecycle.current(world, transition, SolutionVersion)
    if version is None or version.status != statuses.CREATE_IN_PROGRESS:
        return None
    plan = world.training.pop(version.arn)
    base = world.trained[plan.base_arn] if plan.base_arn is not None else None

    def compute() -> ServedVersion | TrainingFailedError:
        if base is not None:
            return auto_update.successor(world, plan, base)
        try:
            return run_training(world, plan)
        except TrainingFailedError as error:
            return error

    return Work(compute, lambda result: _finish(world, transition, plan, result))


def _finish(
    world: World, transition: Transition, plan: TrainingPlan, result: ServedVersion | TrainingFailedError
) -> None:
    version = lifecycle.current(world, transition, SolutionVersion)
    if version is None or version.status != statuses.CREATE_IN_PROGRESS:
        return
    if isinstance(result, TrainingFailedError):
        failed = replace(version, status=statuses.CREATE_FAILED, failure_reason=str(result.args[0]))
        world.store.replace(replace(failed, last_updated_date_time=transition.due))
        return
    hours = (transition.due - (version.training_started or transition.due)) / 3600
    world.trained[version.arn] = result
    world.meter.train(v2=plan.facts.v2_pricing, interactions=plan.interactions, hours=hours)
    done = replace(
        version, status=statuses.ACTIVE, last_updated_date_time=transition.due, training_hours=round(hours, 3)
    )
    world.store.replace(done)
    sync_campaigns(world, version.solution_arn, transition.due)


def stop_solution_version_creation(world: World, params: dict[str, Any]) -> dict[str, Any]:
    """A pending training stops at once, a running one after a while; what it used is billed (reference §1.3)."""
    version = world.store.get(SolutionVersion, params["solutionVersionArn"])
    now = world.now()
    if version.status == statuses.CREATE_PENDING:
        world.store.replace(replace(version, status=statuses.CREATE_STOPPED, last_updated_date_time=now))
        return {}
    if version.status != statuses.CREATE_IN_PROGRESS:
        raise in_use(f"{version.arn} is {version.status}; only a pending or running training can be stopped.")
    plan = world.training.pop(version.arn, None)
    if plan is not None:
        elapsed = now - (version.training_started or now)
        share = elapsed / max(world.durations.training_seconds(plan.interactions), 1e-9)
        interactions = round(plan.interactions * min(share, 1))
        world.meter.train(v2=plan.facts.v2_pricing, interactions=interactions, hours=elapsed / 3600)
    world.store.replace(replace(version, status=statuses.CREATE_STOPPING, last_updated_date_time=now))
    lifecycle.schedule(world, version, now + world.durations.stopping_seconds, "training stopped")
    return {}


def training_stopped(world: World, transition: Transition) -> None:
    lifecycle.move(world, transition, statuses.CREATE_STOPPING, statuses.CREATE_STOPPED)


def describe_solution_version(world: World, params: dict[str, Any]) -> dict[str, Any]:
    return {
        "solutionVersion": as_wire(world.store.get(SolutionVersion, params["solutionVersionArn"]), "SolutionVersion")
    }


def list_solution_versions(world: World, params: dict[str, Any]) -> dict[str, Any]:
    wanted = params.get("solutionArn")
    if wanted is not None:
        world.store.get(Solution, wanted)
    records = world.store.select(SolutionVersion, lambda record: wanted in {None, record.solution_arn})
    return page(records, params, "solutionVersions", lambda record: as_wire(record, "SolutionVersionSummary"))


def get_solution_metrics(world: World, params: dict[str, Any]) -> dict[str, Any]:
    version = world.store.get(SolutionVersion, params["solutionVersionArn"])
    lifecycle.require_active(version)
    return {"solutionVersionArn": version.arn, "metrics": dict(world.trained[version.arn].model.metrics)}


def _versions(world: World, solution_arn: str) -> list[SolutionVersion]:
    return world.store.select(SolutionVersion, lambda version: version.solution_arn == solution_arn)


def _facts(recipe_arn: str) -> RecipeFacts:
    recipe = find_recipe(recipe_arn)
    return recipe if recipe is not None else RECIPES[recipe_arn]


HANDLERS: dict[str, Handler] = {
    "CreateSolutionVersion": create_solution_version,
    "DescribeSolutionVersion": describe_solution_version,
    "ListSolutionVersions": list_solution_versions,
    "GetSolutionMetrics": get_solution_metrics,
    "StopSolutionVersionCreation": stop_solution_version_creation,
}
STEPS: dict[str, Step] = {
    "training begins": training_begins,
    "training ends": training_ends,
    "training stopped": training_stopped,
}
