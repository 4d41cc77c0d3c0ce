"""Everything one simulated account and Region consists of; handlers get it as their first argument."""

from __future__ import annotations

import itertools
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tastemaker.simulator import identifiers
from tastemaker.simulator.meter import Meter
from tastemaker.simulator.scheduler import Scheduler
from tastemaker.simulator.snapshots import Recent
from tastemaker.simulator.store import Store
from tastemaker.simulator.tables import Tables

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tastemaker.simulator.clock import Clock
    from tastemaker.simulator.datasets import DatasetData
    from tastemaker.simulator.durations import Durations
    from tastemaker.simulator.filtering import FilterCache
    from tastemaker.simulator.objects import ObjectStore
    from tastemaker.simulator.recipes.base import Recipe
    from tastemaker.simulator.serving import ServedVersion
    from tastemaker.simulator.training import TrainingPlan


@dataclass
class World:
    """State and collaborators.

    Attributes:
        lock: held for every change of state, never during imports and trainings.
        data: dataset ARN to what it holds.
        trained: solution version ARN to its model.
        training: solution version ARN to what its running training will read.
        interaction_tables, metadata_tables, filter_histories: built from snapshots, shared while they are recent.
        filters: filter ARN to its parsed and compiled forms.
    """

    clock: Clock
    objects: ObjectStore
    seed: int
    region: str
    account_id: str
    durations: Durations
    recipes: Mapping[str, Recipe]
    filters: FilterCache
    store: Store = field(default_factory=Store)
    scheduler: Scheduler = field(default_factory=Scheduler)
    lock: threading.RLock = field(default_factory=threading.RLock)
    tables: Tables = field(default_factory=Tables)
    data: dict[str, DatasetData] = field(default_factory=dict)
    trained: dict[str, ServedVersion] = field(default_factory=dict)
    training: dict[str, TrainingPlan] = field(default_factory=dict)
    meter: Meter = field(default_factory=Meter)
    interaction_tables: Recent = field(default_factory=lambda: Recent(2))
    metadata_tables: Recent = field(default_factory=Recent)
    filter_histories: Recent = field(default_factory=Recent)
    _requests: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def now(self) -> float:
        return self.clock.now()

    def arn(self, resource: str) -> str:
        """ARN in this account and Region, e.g. of `campaign/home`."""
        return f"arn:aws:personalize:{self.region}:{self.account_id}:{resource}"

    def request_id(self) -> str:
        return identifiers.uuid_id(self.seed, "request", next(self._requests))

    def dataset_arn(self, dataset_group_arn: str, dataset_type: str) -> str:
        """ARN of a group's dataset of this type, whether it exists or not (reference §1.2)."""
        return self.arn(f"dataset/{dataset_group_arn.rpartition('/')[2]}/{dataset_type}")

    def dataset_data(self, dataset_group_arn: str, dataset_type: str) -> DatasetData | None:
        """What a group's dataset of this type holds; None when the group has none."""
        return self.data.get(self.dataset_arn(dataset_group_arn, dataset_type))
