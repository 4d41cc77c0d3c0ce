"""Every resource the simulator knows, one frozen record each; a change is a new record in the same place.

Field names are the API's members in snake case (`shapes.py` matches them), times are epoch seconds. Nested
configuration keeps the API's own dictionaries.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar


@dataclass(frozen=True, kw_only=True)
class Record:
    """What all resources have.

    Attributes:
        serial: counts creations; a deleted and re-created resource has the same ARN and another serial.
    """

    arn_member: ClassVar[str]
    name_member: ClassVar[str] = "name"

    arn: str
    name: str | None
    serial: int
    status: str
    creation_date_time: float
    last_updated_date_time: float
    failure_reason: str | None = None


@dataclass(frozen=True, kw_only=True)
class DatasetGroup(Record):
    arn_member = "datasetGroupArn"
    role_arn: str | None = None
    kms_key_arn: str | None = None
    domain: str | None = None


@dataclass(frozen=True, kw_only=True)
class Schema(Record):
    arn_member = "schemaArn"
    schema: str
    domain: str | None = None


@dataclass(frozen=True, kw_only=True)
class Dataset(Record):
    arn_member = "datasetArn"
    dataset_group_arn: str
    dataset_type: str
    schema_arn: str


@dataclass(frozen=True, kw_only=True)
class ImportJob(Record):
    arn_member = "datasetImportJobArn"
    name_member = "jobName"
    dataset_arn: str
    data_source: dict[str, Any]
    role_arn: str | None = None
    import_mode: str
    publish_attribution_metrics_to_s3: bool | None = None


@dataclass(frozen=True, kw_only=True)
class EventTracker(Record):
    arn_member = "eventTrackerArn"
    dataset_group_arn: str
    tracking_id: str
    account_id: str


@dataclass(frozen=True, kw_only=True)
class Filter(Record):
    arn_member = "filterArn"
    dataset_group_arn: str
    filter_expression: str


@dataclass(frozen=True, kw_only=True)
class SolutionUpdate:
    """What UpdateSolution asked for; shown as `latestSolutionUpdate`."""

    solution_update_config: dict[str, Any] | None
    perform_auto_training: bool | None
    perform_incremental_update: bool | None
    status: str
    creation_date_time: float
    last_updated_date_time: float


@dataclass(frozen=True, kw_only=True)
class Solution(Record):
    """A solution.

    Attributes:
        auto_chain: counts how often automatic training was switched on; an older chain of ticks ends by itself.
        versions_created: how many solution versions there ever were.
    """

    arn_member = "solutionArn"
    dataset_group_arn: str
    recipe_arn: str
    event_type: str | None
    perform_hpo: bool
    perform_auto_ml: bool
    perform_auto_training: bool
    perform_incremental_update: bool | None
    solution_config: dict[str, Any]
    latest_solution_update: SolutionUpdate | None = None
    auto_chain: int = 0
    versions_created: int = 0


@dataclass(frozen=True, kw_only=True)
class SolutionVersion(Record):
    arn_member = "solutionVersionArn"
    solution_arn: str
    dataset_group_arn: str
    recipe_arn: str
    event_type: str | None
    perform_hpo: bool
    perform_auto_ml: bool
    perform_incremental_update: bool | None
    solution_config: dict[str, Any]
    training_mode: str
    training_type: str
    training_hours: float | None = None
    training_started: float | None = None


@dataclass(frozen=True, kw_only=True)
class CampaignUpdate:
    """What UpdateCampaign asked for; shown as `latestCampaignUpdate` while the old values keep serving."""

    solution_version_arn: str
    min_provisioned_tps: int
    campaign_config: dict[str, Any]
    status: str
    creation_date_time: float
    last_updated_date_time: float
    failure_reason: str | None = None


@dataclass(frozen=True, kw_only=True)
class Campaign(Record):
    arn_member = "campaignArn"
    solution_version_arn: str
    min_provisioned_tps: int
    campaign_config: dict[str, Any]
    latest_campaign_update: CampaignUpdate | None = None

    @property
    def solution_arn(self) -> str:
        return self.solution_version_arn.rpartition("/")[0]

    @property
    def solution_arns(self) -> set[str]:
        """Solutions in use: the one that serves, and the one that an update brings."""
        update = self.latest_campaign_update
        coming = {update.solution_version_arn.rpartition("/")[0]} if update is not None else set()
        return {self.solution_arn} | coming


@dataclass(frozen=True, kw_only=True)
class Recipe(Record):
    arn_member = "recipeArn"
