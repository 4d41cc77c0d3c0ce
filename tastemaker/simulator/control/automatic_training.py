"""Trainings that the service starts by itself: within the hour after a solution is ACTIVE, then every N days.

Source: developer guide, solution-config-auto-training (reference §3.4).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tastemaker.facts import statuses
from tastemaker.facts.recipes import find_recipe
from tastemaker.simulator import lifecycle
from tastemaker.simulator.action_serving import events_dataset
from tastemaker.simulator.control.solution_config import interval_days
from tastemaker.simulator.control.solution_versions import AUTOMATIC, FULL, begin_version, missing_datasets
from tastemaker.simulator.records import Solution, SolutionVersion

if TYPE_CHECKING:
    from tastemaker.simulator.lifecycle import Step
    from tastemaker.simulator.scheduler import Transition
    from tastemaker.simulator.world import World

_DAY_SECONDS = 86_400
_FIRST, _NEXT = "first automatic training", "next automatic training"


def start_chain(world: World, solution: Solution, at: float) -> None:
    """Schedule the first training; a chain that was running before ends."""
    chain = solution.auto_chain + 1
    world.store.replace(replace(solution, auto_chain=chain))
    due = at + world.durations.first_automatic_training_seconds
    lifecycle.schedule(world, solution, due, _FIRST, chain)


def first_training(world: World, transition: Transition) -> None:
    """Skipped when a version was created by hand meanwhile."""
    _tick(world, transition, since=transition.due - world.durations.first_automatic_training_seconds)


def next_training(world: World, transition: Transition) -> None:
    _tick(world, transition, since=None)


def _tick(world: World, transition: Transition, since: float | None) -> None:
    solution = lifecycle.current(world, transition, Solution)
    if solution is None or not solution.perform_auto_training or solution.status != statuses.ACTIVE:
        return
    if transition.detail != solution.auto_chain:
        return
    versions = world.store.select(
        SolutionVersion, lambda version: version.solution_arn == solution.arn and version.training_mode == FULL
    )
    by_hand = since is not None and any(version.creation_date_time >= since for version in versions)
    if not by_hand and _has_new_data(world, solution, versions):
        begin_version(world, solution, AUTOMATIC, transition.due)
    due = transition.due + interval_days(solution.solution_config) * _DAY_SECONDS
    lifecycle.schedule(world, solution, due, _NEXT, solution.auto_chain)


def _has_new_data(world: World, solution: Solution, versions: list[SolutionVersion]) -> bool:
    """Whether interactions, or action interactions of a recipe for actions, arrived since the last training began."""
    if missing_datasets(world, solution):
        return False
    recipe = find_recipe(solution.recipe_arn)
    # a recipe for actions can be trained for the first time without any action interaction
    watched = events_dataset(recipe) if recipe is not None and versions else "INTERACTIONS"
    data = world.dataset_data(solution.dataset_group_arn, watched)
    if data is None or data.changed is None:
        return False
    return all(data.changed > (version.training_started or version.creation_date_time) for version in versions[-1:])


STEPS: dict[str, Step] = {_FIRST: first_training, _NEXT: next_training}
