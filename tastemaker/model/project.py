"""The project file as a value."""

# Annotations are evaluated by pydantic when the classes are made, hence no `from __future__ import annotations`.

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, PrivateAttr, StringConstraints

from tastemaker.model.datasets import Datasets
from tastemaker.model.declared import Declared, Name
from tastemaker.model.deploy import Deploy
from tastemaker.model.endpoints import Endpoints
from tastemaker.model.environments import Environment, overlay
from tastemaker.model.existing import ExistingNames
from tastemaker.model.experiments import Experiment
from tastemaker.model.operations import (
    BatchJob,
    Consent,
    Forget,
    MetricAttribution,
    Notifications,
    Recommender,
    Traffic,
)
from tastemaker.model.preparation import Preparation
from tastemaker.model.schedules import Schedules
from tastemaker.model.solutions import Campaign, Release, Solution
from tastemaker.model.source import Locations

Reason = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]


class DatasetGroup(Declared):
    """`name` absent means the project's name.

    Attributes:
        domain: use cases with recommenders; cannot be changed later.
        customer_managed_key: encrypt the dataset group with the project's own KMS key; cannot be changed later.
        kms_key_arn: encrypt it with this key instead, whose policy lets the project's Personalize role use it; cannot
            be changed later.
    """

    name: Name | None = None
    domain: Literal["ECOMMERCE", "VIDEO_ON_DEMAND"] | None = None
    customer_managed_key: bool = False
    kms_key_arn: Annotated[str, StringConstraints(pattern=r"^arn:[a-z-]+:kms:.+")] | None = None


class EventTracker(Declared):
    name: Name


@dataclass(frozen=True)
class Origin:
    """Where a project was read from; takes no part in comparing projects."""

    file: Path = field(default=Path("tastemaker.yaml"), compare=False)
    locations: Locations = field(default_factory=Locations, compare=False)


class Project(Declared):
    """Everything a user declares.

    Attributes:
        project: kebab-case; prefix of every name on AWS.
        sources: raw table to file, relative to the project file.
        prepare: what runs the datasets' SQL on AWS.
        filters, solutions, campaigns, recommenders, batch, experiments: name to declaration, in the file's order.
        traffic: what the cost estimate assumes.
        budget: US dollars a month for one environment; `tastemaker check` refuses a plan that costs more, and an AWS
            Budget tells when the account's bill for Amazon Personalize does.
        silence: rule id to the reason why its findings do not matter here; `tastemaker check` lists them.
        tags: on every resource that takes tags; null takes a tag away, a tag that is left out stays as it is.
        deploy: what `cdk deploy` makes of the project.
        environments: name to what differs there; without any, every name is the same project.
        names: of what exists on AWS already, where they are not by the project's own rule.
    """

    project: str
    dataset_group: DatasetGroup = Field(default_factory=DatasetGroup)
    sources: dict[str, str] = Field(default_factory=dict)
    datasets: Datasets
    prepare: Preparation = Field(default_factory=Preparation)
    event_tracker: EventTracker | None = None
    filters: dict[str, str] = Field(default_factory=dict)
    solutions: dict[str, Solution] = Field(default_factory=dict)
    campaigns: dict[str, Campaign] = Field(default_factory=dict)
    recommenders: dict[str, Recommender] = Field(default_factory=dict)
    batch: dict[str, BatchJob] = Field(default_factory=dict)
    metric_attribution: MetricAttribution | None = None
    tags: dict[str, str | None] = Field(default_factory=dict)
    consent: Consent = Field(default_factory=Consent)
    notifications: Notifications = Field(default_factory=Notifications)
    forget: Forget = Field(default_factory=Forget)
    schedules: Schedules | None = None
    release: Release | None = None
    endpoints: Endpoints = Field(default_factory=Endpoints)
    experiments: dict[str, Experiment] = Field(default_factory=dict)
    deploy: Deploy = Field(default_factory=Deploy)
    environments: dict[str, Environment] = Field(default_factory=dict)
    names: ExistingNames = Field(default_factory=ExistingNames)
    traffic: Traffic = Field(default_factory=Traffic)
    budget: Annotated[float, Field(gt=0, strict=False)] | None = None
    silence: dict[str, Reason] = Field(default_factory=dict)

    _origin: Origin = PrivateAttr(default_factory=Origin)

    @property
    def dataset_group_name(self) -> str:
        name = self.dataset_group.name
        return self.project if name is None else name

    @property
    def file(self) -> Path:
        """The project file, as the user gave it."""
        return self._origin.file

    @property
    def root(self) -> Path:
        """The folder that all paths in the file are relative to."""
        return self._origin.file.parent

    @property
    def locations(self) -> Locations:
        """Where each declaration stands in the file."""
        return self._origin.locations

    def in_environment(self, name: str) -> Self:
        """The project as it is in this environment; one that the file does not name is the project itself."""
        merged: Self = overlay(self, self.environments[name]) if name in self.environments else self
        return merged

    def with_origin(self, file: Path, locations: Locations) -> Self:
        """The same project, knowing where it was read from."""
        return self.model_copy().set_origin(Origin(file, locations))

    def set_origin(self, origin: Origin) -> Self:
        self._origin = origin
        return self
