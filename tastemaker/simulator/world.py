"""Everything one simulated account and Region consists of; handlers get it as their first argument."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tastemaker.simulator import identifiers
from tastemaker.simulator.access import AuthorizedObjects, Job
from tastemaker.simulator.meter import Meter
from tastemaker.simulator.metric_sink import CollectedMetrics
from tastemaker.simulator.recent import Recent
from tastemaker.simulator.records import DatasetGroup
from tastemaker.simulator.scheduler import Scheduler
from tastemaker.simulator.store import Store
from tastemaker.simulator.tables import Tables

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tastemaker.simulator.access import AccessPolicy
    from tastemaker.simulator.attribution import Observation
    from tastemaker.simulator.clock import Clock
    from tastemaker.simulator.datasets import DatasetData
    from tastemaker.simulator.durations import Durations
    from tastemaker.simulator.faults import FaultInjector
    from tastemaker.simulator.filtering import FilterCache
    from tastemaker.simulator.metric_sink import MetricSink
    from tastemaker.simulator.objects import ObjectStore
    from tastemaker.simulator.quotas import Quotas, RateLimiter
    from tastemaker.simulator.recipes.base import Recipe
    from tastemaker.simulator.scheduler import Transition
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
        refreshed_models: of recipes that refresh themselves, as they were at their newest refreshes.
        filters: filter ARN to its parsed and compiled forms.
        access: what a role may do; None lets every role read and write every object.
        updates_pending: solution version or recommender whose next automatic update is scheduled, ARN to serial.
        in_flight: transitions whose computation runs outside the lock, with the plan of a training.
        metric_sink: where metric attributions report to.
        observations: metric attribution ARN and what it has to report, in the order of arrival.
        attribution_sources: metric attribution ARN to every eventAttributionSource that events named.
        requests: number of request ids given; counted under a lock of its own.
    """

    clock: Clock
    objects: ObjectStore
    seed: int
    region: str
    account_id: str
    durations: Durations
    recipes: Mapping[str, Recipe]
    filters: FilterCache
    quotas: Quotas
    rates: RateLimiter
    faults: FaultInjector
    access: AccessPolicy | None = None
    store: Store = field(default_factory=Store)
    scheduler: Scheduler = field(default_factory=Scheduler)
    lock: threading.RLock = field(default_factory=threading.RLock)
    tables: Tables = field(default_factory=Tables)
    data: dict[str, DatasetData] = field(default_factory=dict)
    trained: dict[str, ServedVersion] = field(default_factory=dict)
    training: dict[str, TrainingPlan] = field(default_factory=dict)
    updates_pending: dict[str, int] = field(default_factory=dict)
    meter: Meter = field(default_factory=Meter)
    interaction_tables: Recent = field(default_factory=lambda: Recent(2))
    metadata_tables: Recent = field(default_factory=Recent)
    filter_histories: Recent = field(default_factory=Recent)
    refreshed_models: Recent = field(default_factory=Recent)
    in_flight: dict[Transition, TrainingPlan | None] = field(default_factory=dict)
    metric_sink: MetricSink = field(default_factory=CollectedMetrics)
    observations: list[tuple[str, Observation]] = field(default_factory=list)
    attribution_sources: dict[str, frozenset[str]] = field(default_factory=dict)
    requests: int = 0
    _counting: threading.Lock = field(default_factory=threading.Lock)

    def now(self) -> float:
        return self.clock.now()

    def arn(self, resource: str) -> str:
        """ARN in this account and Region, e.g. of `campaign/home`."""
        return f"arn:aws:personalize:{self.region}:{self.account_id}:{resource}"

    def request_id(self) -> str:
        with self._counting:
            self.requests += 1
            number = self.requests
        return identifiers.uuid_id(self.seed, "request", number)

    def objects_for(self, role_arn: str | None, dataset_group_arn: str, *places: dict[str, str]) -> ObjectStore:
        """The objects as a job of this dataset group reaches them with its role; checked where `access` is given.

        Args:
            places: the request's locations, whose keys the job needs as well.
        """
        if self.access is None:
            return self.objects
        keys = tuple(place["kmsKeyArn"] for place in places if "kmsKeyArn" in place)
        return AuthorizedObjects(self.objects, self.access, self._job(role_arn, dataset_group_arn, keys))

    def role_denial(self, role_arn: str, dataset_group_arn: str, action: str) -> str | None:
        """Why a role may not do what names no resource; None when it may, or nothing is checked here."""
        if self.access is None:
            return None
        return self.access.role_denial(self._job(role_arn, dataset_group_arn), action)

    def _job(self, role_arn: str | None, dataset_group_arn: str, data_keys: tuple[str, ...] = ()) -> Job:
        group = self.store.find(dataset_group_arn)
        key_arn = group.kms_key_arn if isinstance(group, DatasetGroup) else None
        return Job(self.region, self.account_id, role_arn, key_arn, data_keys)

    def dataset_arn(self, dataset_group_arn: str, dataset_type: str) -> str:
        """ARN of a group's dataset of this type, whether it exists or not (reference §1.2)."""
        return self.arn(f"dataset/{dataset_group_arn.rpartition('/')[2]}/{dataset_type}")

    def dataset_data(self, dataset_group_arn: str, dataset_type: str) -> DatasetData | None:
        """What a group's dataset of this type holds; None when the group has none."""
        return self.data.get(self.dataset_arn(dataset_group_arn, dataset_type))
