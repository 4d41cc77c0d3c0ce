"""Solutions: a recipe with its configuration, and the automatic trainings that belong to it."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tastemaker.errors import UnsupportedBySimulatorError
from tastemaker.facts import limits, statuses
from tastemaker.simulator import catalogue_refresh, lifecycle
from tastemaker.simulator.control.automatic_training import start_chain
from tastemaker.simulator.control.recipes import get_recipe
from tastemaker.simulator.control.solution_config import check_config, check_updatable
from tastemaker.simulator.control.tags import read_tags
from tastemaker.simulator.pagination import page
from tastemaker.simulator.records import Campaign, DatasetGroup, Solution, SolutionUpdate, SolutionVersion
from tastemaker.simulator.refusals import in_use, invalid_input, too_many_active
from tastemaker.simulator.shapes import as_wire

if TYPE_CHECKING:
    from tastemaker.facts.recipes import RecipeFacts
    from tastemaker.simulator.lifecycle import Handler, Step
    from tastemaker.simulator.scheduler import Transition
    from tastemaker.simulator.world import World


def create_solution(world: World, params: dict[str, Any]) -> dict[str, Any]:
    """`performAutoTraining` is true unless the request says otherwise, as in the service."""
    group = world.store.get(DatasetGroup, params["datasetGroupArn"])
    recipe = _recipe(world, params)
    _check_switches(recipe, params)
    automatic = params.get("performAutoTraining", True)
    config = params.get("solutionConfig", {})
    check_config(recipe, config, params.get("eventType"))
    if automatic:
        config = {"autoTrainingConfig": {"schedulingExpression": limits.DEFAULT_TRAINING_SCHEDULE}, **config}
    record = Solution(
        **lifecycle.base(world, world.arn(f"solution/{params['name']}"), params["name"]),
        dataset_group_arn=group.arn,
        recipe_arn=recipe.arn,
        event_type=params.get("eventType"),
        perform_hpo=False,
        perform_auto_ml=False,
        perform_auto_training=automatic,
        perform_incremental_update=params.get("performIncrementalUpdate"),
        solution_config=config,
    )
    world.store.refuse_known(record.arn)
    lifecycle.require_active(group)
    if (
        len(world.store.select(Solution, lambda other: other.dataset_group_arn == group.arn))
        >= world.quotas.solutions_per_group
    ):
        raise too_many_active(world.quotas.solutions_per_group)
    lifecycle.begin_creation(world, record, world.durations.solution_seconds, read_tags(params), step="solution active")
    return {"solutionArn": record.arn}


def _recipe(world: World, params: dict[str, Any]) -> RecipeFacts:
    if params.get("performAutoML"):
        raise UnsupportedBySimulatorError("CreateSolution with performAutoML", "Name a recipe instead.")
    if "recipeArn" not in params:
        raise invalid_input("recipeArn is required unless performAutoML is true.")
    recipe = get_recipe(params["recipeArn"])
    if recipe.name not in world.recipes:
        raise UnsupportedBySimulatorError(
            f"recipe {recipe.name}", f"Simulated are: {', '.join(sorted(world.recipes))}."
        )
    return recipe


def _check_switches(recipe: RecipeFacts, params: dict[str, Any]) -> None:
    if params.get("performHPO"):
        raise UnsupportedBySimulatorError("CreateSolution with performHPO", "Set algorithmHyperParameters instead.")
    if params.get("performIncrementalUpdate") and not recipe.incremental_update:
        raise invalid_input(f"performIncrementalUpdate is not supported by recipe {recipe.arn}.")


def describe_solution(world: World, params: dict[str, Any]) -> dict[str, Any]:
    record = world.store.get(Solution, params["solutionArn"])
    wire = as_wire(record, "Solution")
    versions = world.store.select(SolutionVersion, lambda version: version.solution_arn == record.arn)
    if versions:
        wire["latestSolutionVersion"] = as_wire(versions[-1], "SolutionVersionSummary")
    return {"solution": wire}


def list_solutions(world: World, params: dict[str, Any]) -> dict[str, Any]:
    wanted = params.get("datasetGroupArn")
    records = world.store.select(Solution, lambda record: wanted in {None, record.dataset_group_arn})
    return page(records, params, "solutions", lambda record: as_wire(record, "SolutionSummary"))


def update_solution(world: World, params: dict[str, Any]) -> dict[str, Any]:
    record = world.store.get(Solution, params["solutionArn"])
    recipe = get_recipe(record.recipe_arn)
    _check_switches(recipe, params)
    check_updatable(recipe, params.get("solutionUpdateConfig", {}))
    lifecycle.require_active(record)
    latest = record.latest_solution_update
    if latest is not None and latest.status in statuses.UNDER_WAY:
        raise in_use(f"{record.arn} is being updated.")
    now = world.now()
    update = SolutionUpdate(
        solution_update_config=params.get("solutionUpdateConfig"),
        perform_auto_training=params.get("performAutoTraining"),
        perform_incremental_update=params.get("performIncrementalUpdate"),
        status=statuses.CREATE_PENDING,
        creation_date_time=now,
        last_updated_date_time=now,
    )
    world.store.replace(replace(record, latest_solution_update=update))
    seconds = world.durations.solution_update_seconds
    lifecycle.schedule(world, record, now + seconds / 2, "solution update progress")
    lifecycle.schedule(world, record, now + seconds, "solution updated")
    return {"solutionArn": record.arn}


def delete_solution(world: World, params: dict[str, Any]) -> dict[str, Any]:
    """Takes all versions along; refused while a campaign or a training needs one."""
    record = world.store.get(Solution, params["solutionArn"])
    for campaign in world.store.select(Campaign):
        if record.arn in campaign.solution_arns:
            raise in_use(f"{record.arn} is used by {campaign.arn}; delete the campaign first.")
    for version in _versions(world, record):
        if version.status in statuses.UNDER_WAY:
            raise in_use(f"{record.arn} has {version.arn}, which is {version.status}.")
    lifecycle.begin_deletion(world, record, step="solution gone")
    return {}


def solution_active(world: World, transition: Transition) -> None:
    lifecycle.activate(world, transition)
    record = lifecycle.current(world, transition, Solution)
    if record is not None and record.perform_auto_training:
        start_chain(world, record, transition.due)


def solution_update_progress(world: World, transition: Transition) -> None:
    record = lifecycle.current(world, transition, Solution)
    if record is not None and record.latest_solution_update is not None:
        update = replace(
            record.latest_solution_update,
            status=statuses.CREATE_IN_PROGRESS,
            last_updated_date_time=transition.due,
        )
        world.store.replace(replace(record, latest_solution_update=update))


def solution_updated(world: World, transition: Transition) -> None:
    """The new values take effect; switching automatic training on starts a new chain of trainings."""
    record = lifecycle.current(world, transition, Solution)
    update = record.latest_solution_update if record is not None else None
    if record is None or update is None:
        return
    was = (record.perform_auto_training, record.solution_config.get("autoTrainingConfig"))
    automatic = record.perform_auto_training if update.perform_auto_training is None else update.perform_auto_training
    incremental = update.perform_incremental_update
    config = {**record.solution_config, **copy.deepcopy(update.solution_update_config or {})}
    if automatic:
        config.setdefault("autoTrainingConfig", {"schedulingExpression": limits.DEFAULT_TRAINING_SCHEDULE})
    record = replace(
        record,
        perform_auto_training=automatic,
        perform_incremental_update=record.perform_incremental_update if incremental is None else incremental,
        solution_config=config,
        last_updated_date_time=transition.due,
        latest_solution_update=replace(update, status=statuses.ACTIVE, last_updated_date_time=transition.due),
    )
    world.store.replace(record)
    if incremental:
        catalogue_refresh.notice(world, record.dataset_group_arn, transition.due)
    if automatic and was != (automatic, config.get("autoTrainingConfig")):
        start_chain(world, record, transition.due)


def solution_gone(world: World, transition: Transition) -> None:
    record = lifecycle.current(world, transition, Solution)
    if record is None:
        return
    for version in _versions(world, record):
        world.store.remove(version.arn)
        world.trained.pop(version.arn, None)
        world.filters.forget(version.arn)
    world.store.remove(record.arn)


def _versions(world: World, solution: Solution) -> list[SolutionVersion]:
    return world.store.select(SolutionVersion, lambda version: version.solution_arn == solution.arn)


HANDLERS: dict[str, Handler] = {
    "CreateSolution": create_solution,
    "DescribeSolution": describe_solution,
    "ListSolutions": list_solutions,
    "UpdateSolution": update_solution,
    "DeleteSolution": delete_solution,
}
STEPS: dict[str, Step] = {
    "solution active": solution_active,
    "solution update progress": solution_update_progress,
    "solution updated": solution_updated,
    "solution gone": solution_gone,
}
