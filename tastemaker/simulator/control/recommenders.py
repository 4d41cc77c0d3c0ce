"""Recommenders: the use cases of Domain dataset groups, trained and deployed by the service itself."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tastemaker.errors import UnsupportedBySimulatorError
from tastemaker.facts import limits, statuses
from tastemaker.facts.recipes import find_recipe
from tastemaker.facts.use_cases import UseCase, find_use_case
from tastemaker.simulator import auto_update, lifecycle
from tastemaker.simulator.control.recommender_training import (
    adopt_update,
    begin_training,
    open_period,
    schedule_creation,
    use_case,
)
from tastemaker.simulator.control.tags import read_tags
from tastemaker.simulator.exploration import EXPLORATION_CONFIG, read_exploration
from tastemaker.simulator.pagination import page
from tastemaker.simulator.records import DatasetGroup, Recommender, RecommenderUpdate
from tastemaker.simulator.refusals import in_use, invalid_input, not_found, too_many_active
from tastemaker.simulator.shapes import as_wire

if TYPE_CHECKING:
    from tastemaker.simulator.lifecycle import Handler, Step
    from tastemaker.simulator.scheduler import Transition
    from tastemaker.simulator.world import World

_DEFAULTS = {"minRecommendationRequestsPerSecond": 1}
_COLUMNS = "trainingDataConfig"
_STOPPING, _STOPPED = "recommender stopping", "recommender stopped"
_STARTING, _STARTED = "recommender starting", "recommender started"
_UPDATE_PROGRESS, _UPDATED = "recommender update progress", "recommender updated"


def create_recommender(world: World, params: dict[str, Any]) -> dict[str, Any]:
    group = world.store.get(DatasetGroup, params["datasetGroupArn"])
    case = _use_case(world, params["recipeArn"])
    config = params.get("recommenderConfig", {})
    _check_config(case, config)
    base = lifecycle.base(world, world.arn(f"recommender/{params['name']}"), params["name"])
    record = Recommender(
        **base,
        dataset_group_arn=group.arn,
        recipe_arn=case.arn,
        recommender_config={**_DEFAULTS, **config},
        columns_as_of=base["creation_date_time"],
    )
    world.store.refuse_known(record.arn)
    _check_group(world, group, case)
    world.store.add(record, read_tags(params))
    schedule_creation(world, record)
    return {"recommenderArn": record.arn}


def _use_case(world: World, arn: str) -> UseCase:
    case = find_use_case(arn)
    if case is None and find_recipe(arn) is not None:
        raise invalid_input(f"Recipe {arn} is for custom solutions; recommenders take the recipe of a use case.")
    if case is None:
        raise not_found(arn)
    if case.based_on not in world.recipes:
        raise UnsupportedBySimulatorError(
            f"CreateRecommender with recipe {case.name}", f"It would need an algorithm like {case.based_on}."
        )
    return case


def _check_config(case: UseCase, config: dict[str, Any]) -> None:
    if config.get(EXPLORATION_CONFIG):
        if not case.explores:
            raise invalid_input(f"{EXPLORATION_CONFIG} is not supported by recipe {case.arn}.")
        read_exploration(config[EXPLORATION_CONFIG])


def _check_group(world: World, group: DatasetGroup, case: UseCase) -> None:
    if group.domain is None:
        raise invalid_input(f"{group.arn} is not a Domain dataset group; recommenders need one.")
    if group.domain != case.domain:
        raise invalid_input(f"Recipe {case.arn} is for domain {case.domain}; {group.arn} has domain {group.domain}.")
    lifecycle.require_active(group)
    for need in case.needs:
        if world.dataset_data(group.arn, need) is None:
            raise invalid_input(f"Training {case.arn} needs a dataset of type {need} in the dataset group.")
    siblings = world.store.select(Recommender, lambda other: other.dataset_group_arn == group.arn)
    if len(siblings) >= limits.MAX_RECOMMENDERS:
        raise too_many_active(limits.MAX_RECOMMENDERS)


def describe_recommender(world: World, params: dict[str, Any]) -> dict[str, Any]:
    return {"recommender": as_wire(world.store.get(Recommender, params["recommenderArn"]), "Recommender")}


def list_recommenders(world: World, params: dict[str, Any]) -> dict[str, Any]:
    wanted = params.get("datasetGroupArn")
    records = world.store.select(Recommender, lambda record: wanted in {None, record.dataset_group_arn})
    return page(records, params, "recommenders", lambda record: as_wire(record, "RecommenderSummary"))


def update_recommender(world: World, params: dict[str, Any]) -> dict[str, Any]:
    """What the request leaves out stays as it is (not documented); other training columns mean a full training."""
    record = world.store.get(Recommender, params["recommenderArn"])
    _check_config(use_case(record), params["recommenderConfig"])
    _require_idle(record, statuses.ACTIVE)
    now = world.now()
    config = {**record.recommender_config, **params["recommenderConfig"]}
    retrains = config.get(_COLUMNS) != record.recommender_config.get(_COLUMNS)
    update = RecommenderUpdate(
        recommender_config=config,
        status=statuses.CREATE_PENDING,
        creation_date_time=now,
        last_updated_date_time=now,
        training=record.trainings + 1 if retrains else 0,
    )
    record = replace(record, latest_recommender_update=update)
    world.store.replace(record)
    seconds = world.durations.campaign_seconds
    lifecycle.schedule(world, record, now + min(world.durations.pending_seconds, seconds / 2), _UPDATE_PROGRESS)
    if retrains:
        begin_training(world, record, now, now)
    else:
        lifecycle.schedule(world, record, now + seconds, _UPDATED)
    return {"recommenderArn": record.arn}


def stop_recommender(world: World, params: dict[str, Any]) -> dict[str, Any]:
    """Halts billing and the weekly trainings; the model is kept."""
    record = world.store.get(Recommender, params["recommenderArn"])
    _require_idle(record, statuses.ACTIVE)
    world.meter.close_recommender(record.arn, world.now())
    _switch(world, record, statuses.STOP_PENDING, _STOPPING, _STOPPED)
    return {"recommenderArn": record.arn}


def start_recommender(world: World, params: dict[str, Any]) -> dict[str, Any]:
    """Goes on with the model that there is."""
    record = world.store.get(Recommender, params["recommenderArn"])
    _require_idle(record, statuses.INACTIVE)
    _switch(world, record, statuses.START_PENDING, _STARTING, _STARTED)
    return {"recommenderArn": record.arn}


def _switch(world: World, record: Recommender, status: str, midway: str, end: str) -> None:
    now, seconds = world.now(), world.durations.recommender_switch_seconds
    world.store.replace(replace(record, status=status, last_updated_date_time=now))
    lifecycle.schedule(world, record, now + min(world.durations.pending_seconds, seconds / 2), midway)
    lifecycle.schedule(world, record, now + seconds, end)


def _require_idle(record: Recommender, status: str) -> None:
    if record.updating:
        raise in_use(f"{record.arn} is being updated.")
    if record.status != status:
        raise in_use(f"{record.arn} must be {status} and is {record.status}.")


def delete_recommender(world: World, params: dict[str, Any]) -> dict[str, Any]:
    record = world.store.get(Recommender, params["recommenderArn"])
    if record.updating or record.status in statuses.SWITCHING:
        raise in_use(f"{record.arn} is being updated, started or stopped.")
    lifecycle.begin_deletion(world, replace(record, model_metrics=None), step="recommender gone")
    world.meter.close_recommender(record.arn, world.now())
    return {}


def stopping(world: World, transition: Transition) -> None:
    lifecycle.move(world, transition, statuses.STOP_PENDING, statuses.STOP_IN_PROGRESS)


def stopped(world: World, transition: Transition) -> None:
    lifecycle.move(world, transition, statuses.STOP_IN_PROGRESS, statuses.INACTIVE)


def starting(world: World, transition: Transition) -> None:
    lifecycle.move(world, transition, statuses.START_PENDING, statuses.START_IN_PROGRESS)


def started(world: World, transition: Transition) -> None:
    lifecycle.move(world, transition, statuses.START_IN_PROGRESS, statuses.ACTIVE)
    record = lifecycle.current(world, transition, Recommender)
    if record is not None and record.status == statuses.ACTIVE:
        open_period(world, record, transition.due)
        auto_update.notice(world, record.dataset_group_arn, transition.due)


def update_progress(world: World, transition: Transition) -> None:
    record = lifecycle.current(world, transition, Recommender)
    update = record.latest_recommender_update if record is not None else None
    if record is not None and update is not None and update.status == statuses.CREATE_PENDING:
        under_way = replace(update, status=statuses.CREATE_IN_PROGRESS, last_updated_date_time=transition.due)
        world.store.replace(replace(record, latest_recommender_update=under_way))


def updated(world: World, transition: Transition) -> None:
    record = lifecycle.current(world, transition, Recommender)
    if record is not None and record.updating:
        adopt_update(world, record, transition.due)


def recommender_gone(world: World, transition: Transition) -> None:
    if lifecycle.current(world, transition, Recommender) is None:
        return
    world.store.remove(transition.arn)
    model = world.trained.pop(transition.arn, None)
    if model is not None:
        world.filters.forget(model.arn)


HANDLERS: dict[str, Handler] = {
    "CreateRecommender": create_recommender,
    "DescribeRecommender": describe_recommender,
    "ListRecommenders": list_recommenders,
    "UpdateRecommender": update_recommender,
    "StartRecommender": start_recommender,
    "StopRecommender": stop_recommender,
    "DeleteRecommender": delete_recommender,
}
STEPS: dict[str, Step] = {
    _STOPPING: stopping,
    _STOPPED: stopped,
    _STARTING: starting,
    _STARTED: started,
    _UPDATE_PROGRESS: update_progress,
    _UPDATED: updated,
    "recommender gone": recommender_gone,
}
