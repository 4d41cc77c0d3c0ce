"""Trainings of recommenders: at creation, every seven days, and when an update changes the columns.

A recommender trains by itself and has no solution version to look at; each training makes one for its own use, which is
never stored. Its ARN is the recommender's with the training's number.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tastemaker.facts import statuses
from tastemaker.facts.recipes import RECIPES
from tastemaker.facts.use_cases import RETRAINING_DAYS, USE_CASES, UseCase, find_use_case
from tastemaker.simulator import auto_update, lifecycle
from tastemaker.simulator.filter_memory import hides_events, warm
from tastemaker.simulator.recipes.base import TrainingFailedError
from tastemaker.simulator.records import Recommender, SolutionVersion
from tastemaker.simulator.scheduler import Work
from tastemaker.simulator.training import plan_training, run_training

if TYPE_CHECKING:
    from tastemaker.simulator.lifecycle import Step
    from tastemaker.simulator.scheduler import Transition
    from tastemaker.simulator.serving import ServedVersion
    from tastemaker.simulator.world import World

_RETRAINING_SECONDS = RETRAINING_DAYS * 86_400
_BEGINS, _ENDS, _WEEKLY = "recommender training begins", "recommender training ends", "recommender weekly training"


def schedule_creation(world: World, record: Recommender) -> None:
    """The first training, and the first of the weekly ones."""
    start = record.creation_date_time
    lifecycle.schedule(world, record, start + world.durations.pending_seconds, _BEGINS)
    lifecycle.schedule(world, record, start + _RETRAINING_SECONDS, _WEEKLY)


def begin_training(world: World, record: Recommender, at: float, columns_as_of: float) -> Recommender:
    """Take the snapshot and schedule the end; gives the record with its new number of trainings."""
    case = use_case(record)
    record = replace(record, trainings=record.trainings + 1)
    world.store.replace(record)
    version = _version(record, case, at)
    plan = replace(
        plan_training(world, version, RECIPES[case.based_on]), facts=case.recipe, columns_as_of=columns_as_of
    )
    world.training[record.arn] = plan
    seconds = world.durations.training_seconds(plan.interactions) + world.durations.campaign_seconds
    lifecycle.schedule(world, record, at + seconds, _ENDS, record.trainings)
    return record


def use_case(record: Recommender) -> UseCase:
    found = find_use_case(record.recipe_arn)
    return found if found is not None else USE_CASES[record.recipe_arn]


def _version(record: Recommender, case: UseCase, at: float) -> SolutionVersion:
    """What the training code wants to know, from what the recommender is."""
    update = record.latest_recommender_update
    config = update.recommender_config if update is not None and record.updating else record.recommender_config
    columns = {"trainingDataConfig": config["trainingDataConfig"]} if "trainingDataConfig" in config else {}
    return SolutionVersion(
        arn=f"{record.arn}/{record.trainings}",
        name=None,
        serial=record.serial,
        status=statuses.CREATE_IN_PROGRESS,
        creation_date_time=at,
        last_updated_date_time=at,
        solution_arn=record.arn,
        dataset_group_arn=record.dataset_group_arn,
        recipe_arn=record.recipe_arn,
        event_type=case.event_type,
        perform_hpo=False,
        perform_auto_ml=False,
        perform_incremental_update=None,
        solution_config=columns,
        training_mode="FULL",
        training_type="AUTOMATIC",
    )


def creation_begins(world: World, transition: Transition) -> None:
    record = lifecycle.current(world, transition, Recommender)
    if record is None or record.status != statuses.CREATE_PENDING:
        return
    started = replace(record, status=statuses.CREATE_IN_PROGRESS, last_updated_date_time=transition.due)
    begin_training(world, started, transition.due, record.columns_as_of)


def weekly_training(world: World, transition: Transition) -> None:
    """Nothing is trained while the recommender is stopped, failed, or in the middle of an update."""
    record = lifecycle.current(world, transition, Recommender)
    if record is None:
        return
    if record.status == statuses.ACTIVE and not record.updating:
        begin_training(world, record, transition.due, record.columns_as_of)
    lifecycle.schedule(world, record, transition.due + _RETRAINING_SECONDS, _WEEKLY)


def training_ends(world: World, transition: Transition) -> Work | None:
    """Really train, outside the lock."""
    plan = world.training.get(transition.arn)
    if plan is None or plan.version.arn != f"{transition.arn}/{transition.detail}":
        return None  # a later training took its place
    world.training.pop(transition.arn)
    record = lifecycle.current(world, transition, Recommender)
    if record is None:
        return None
    filtered = hides_events(record)

    def compute() -> ServedVersion | TrainingFailedError:
        try:
            served = run_training(world, plan)
        except TrainingFailedError as error:
            return error
        warm(world, [served] if filtered else [], transition.due)
        return served

    return Work(compute, lambda result: _finish(world, transition, result))


def _finish(world: World, transition: Transition, result: ServedVersion | TrainingFailedError) -> None:
    """The first model, one that an update asked for, or the weekly one; the result of a stopped recommender is lost."""
    record = lifecycle.current(world, transition, Recommender)
    if record is None or record.status not in {statuses.CREATE_IN_PROGRESS, statuses.ACTIVE}:
        return
    if isinstance(result, TrainingFailedError):
        _failed(world, record, transition, str(result.args[0]))
        return
    before = world.trained.get(record.arn)
    world.trained[record.arn] = result
    if before is not None:
        world.filters.forget(before.arn)
    update = record.latest_recommender_update
    if update is not None and record.updating and update.training == transition.detail:
        adopt_update(world, record, transition.due)
    activate(world, transition, dict(result.model.metrics))


def activate(world: World, transition: Transition, metrics: dict[str, float]) -> None:
    record = lifecycle.current(world, transition, Recommender)
    if record is None:
        return
    if record.status == statuses.CREATE_IN_PROGRESS:
        record = replace(record, status=statuses.ACTIVE)
    open_period(world, record, transition.due)
    world.store.replace(replace(record, last_updated_date_time=transition.due, model_metrics=metrics))
    auto_update.notice(world, record.dataset_group_arn, transition.due)


def adopt_update(world: World, record: Recommender, at: float) -> None:
    """The values that an update asked for take effect."""
    update = record.latest_recommender_update
    if update is None:
        return
    changed = replace(
        record,
        recommender_config=update.recommender_config,
        columns_as_of=update.creation_date_time if update.training else record.columns_as_of,
        last_updated_date_time=at,
        latest_recommender_update=replace(update, status=statuses.ACTIVE, last_updated_date_time=at),
    )
    world.store.replace(changed)
    open_period(world, changed, at)


def open_period(world: World, record: Recommender, at: float) -> None:
    """A stretch of billing begins: the recommender became ACTIVE, changed its minimum or learnt of more users."""
    users = world.trained[record.arn].histories.user_ids.size
    minimum = record.recommender_config["minRecommendationRequestsPerSecond"]
    world.meter.open_recommender(record.arn, minimum, users, at)


def _failed(world: World, record: Recommender, transition: Transition, reason: str) -> None:
    """A weekly training that fails leaves the older model in place."""
    at, update = transition.due, record.latest_recommender_update
    if record.status == statuses.CREATE_IN_PROGRESS:
        failed = replace(record, status=statuses.CREATE_FAILED, failure_reason=reason, last_updated_date_time=at)
        world.store.replace(failed)
    elif update is not None and record.updating and update.training == transition.detail:
        failed_update = replace(update, status=statuses.CREATE_FAILED, failure_reason=reason, last_updated_date_time=at)
        world.store.replace(replace(record, latest_recommender_update=failed_update))


STEPS: dict[str, Step] = {_BEGINS: creation_begins, _ENDS: training_ends, _WEEKLY: weekly_training}
