"""Trainings that nobody deploys: a solution learns from a part of its data, and the rest judges it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tastemaker.facts import statuses
from tastemaker.facts.recipes import RECIPES, find_recipe
from tastemaker.simulator.control.solution_versions import snapshot_solution
from tastemaker.simulator.records import Solution
from tastemaker.simulator.training import (
    fit,
    plan_training,
    select_interactions,
    selected_rows,
    take_rows,
    whole_interactions,
    whole_metadata,
)

if TYPE_CHECKING:
    from tastemaker.facts.recipes import RecipeFacts
    from tastemaker.simulator.recipes.base import BoolArray, InteractionTable, Model
    from tastemaker.simulator.recipes.histories import ObjectArray
    from tastemaker.simulator.training import TrainingPlan
    from tastemaker.simulator.world import World


@dataclass(frozen=True)
class Trial:
    """One solution on the data that its dataset group holds now.

    Attributes:
        interactions: what the solution selects, by event types and values.
        selected: which rows of `whole` these are, in the same order.
    """

    world: World
    plan: TrainingPlan
    interactions: InteractionTable
    selected: BoolArray

    @property
    def whole(self) -> InteractionTable:
        """Every interaction of the dataset group."""
        return whole_interactions(self.world, self.plan)

    @property
    def recipe(self) -> RecipeFacts:
        return self.plan.facts

    @property
    def item_ids(self) -> ObjectArray:
        """Ids of the Items dataset; empty without one."""
        items = whole_metadata(self.world, self.plan, "ITEMS")
        return np.empty(0, object) if items is None else items.ids

    def train(self, kept: BoolArray) -> Model:
        """The model that the solution would serve if `interactions` had these rows only.

        Raises:
            TrainingFailedError: with the service's failureReason.
        """
        return fit(self.world, self.plan, take_rows(self.interactions, kept)).model


def begin_trial(world: World, solution_arn: str) -> Trial:
    """Take the snapshot of a solution's data; nothing is created.

    Raises:
        TrainingFailedError: the data are fewer than the service needs.
    """
    solution = world.store.get(Solution, solution_arn)
    now = world.now()
    record = {
        "arn": f"{solution.arn}/trial", "name": None, "serial": 0, "status": statuses.CREATE_PENDING,
        "creation_date_time": now, "last_updated_date_time": now,
    }  # fmt: skip
    facts = find_recipe(solution.recipe_arn) or RECIPES[solution.recipe_arn]
    plan = plan_training(world, snapshot_solution(solution, record), facts)
    selected = selected_rows(plan, whole_interactions(world, plan))
    return Trial(world, plan, select_interactions(world, plan), selected)
