"""Every resource the simulator knows, one frozen record each; a change is a new record in the same place.

Field names are the API's members in snake case (`shapes.py` matches them), times are epoch seconds. Nested
configuration keeps the API's own dictionaries.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from tastemaker.facts.statuses import UNDER_WAY


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
class DatasetUpdate:
    """What UpdateDataset asked for; shown as `latestDatasetUpdate`."""

    schema_arn: str
    status: str
    creation_date_time: float
    last_updated_date_time: float
    failure_reason: str | None = None


@dataclass(frozen=True, kw_only=True)
class Dataset(Record):
    """A dataset.

    Attributes:
        tracking_id: where PutActionInteractions sends to; None for every other type.
    """

    arn_member = "datasetArn"
    dataset_group_arn: str
    dataset_type: str
    schema_arn: str
    tracking_id: str | None = None
    latest_dataset_update: DatasetUpdate | None = None


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
    tuned_hpo_params: dict[str, Any] | None = None


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
class RecommenderUpdate:
    """What UpdateRecommender asked for; shown as `latestRecommenderUpdate`.

    Attributes:
        training: number of the retraining that the update waits for; 0 for none.
    """

    recommender_config: dict[str, Any]
    status: str
    creation_date_time: float
    last_updated_date_time: float
    failure_reason: str | None = None
    training: int = 0


@dataclass(frozen=True, kw_only=True)
class Recommender(Record):
    """A recommender.

    Attributes:
        model_metrics: None until the first training is done, and again while it is deleted.
        trainings: how many trainings ever began.
        columns_as_of: columns that joined a schema later than this take no part in training.
    """

    arn_member = "recommenderArn"
    dataset_group_arn: str
    recipe_arn: str
    recommender_config: dict[str, Any]
    columns_as_of: float
    model_metrics: dict[str, float] | None = None
    latest_recommender_update: RecommenderUpdate | None = None
    trainings: int = 0

    @property
    def updating(self) -> bool:
        return self.latest_recommender_update is not None and self.latest_recommender_update.status in UNDER_WAY


@dataclass(frozen=True, kw_only=True)
class MetricAttribution(Record):
    """A metric attribution; `metrics` are the API's own dictionaries with names and event types in upper case."""

    arn_member = "metricAttributionArn"
    dataset_group_arn: str
    metrics: tuple[dict[str, str], ...]
    metrics_output_config: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class AttributedMetric(Record):
    """One metric of a metric attribution, as ListMetricAttributionMetrics shows it; never stored."""

    arn_member = "metricAttributionArn"
    event_type: str
    metric_name: str
    expression: str


@dataclass(frozen=True, kw_only=True)
class Recipe(Record):
    arn_member = "recipeArn"
    domain: str | None = None


@dataclass(frozen=True, kw_only=True)
class BatchJob(Record):
    """What both kinds of batch job have."""

    name_member = "jobName"
    solution_version_arn: str
    dataset_group_arn: str
    filter_arn: str | None = None
    num_results: int
    job_input: dict[str, Any]
    job_output: dict[str, Any]
    role_arn: str


@dataclass(frozen=True, kw_only=True)
class BatchInferenceJob(BatchJob):
    arn_member = "batchInferenceJobArn"
    batch_inference_job_config: dict[str, Any] | None = None
    batch_inference_job_mode: str


@dataclass(frozen=True, kw_only=True)
class BatchSegmentJob(BatchJob):
    arn_member = "batchSegmentJobArn"


@dataclass(frozen=True, kw_only=True)
class ExportJob(Record):
    arn_member = "datasetExportJobArn"
    name_member = "jobName"
    dataset_arn: str
    dataset_group_arn: str
    ingestion_mode: str
    role_arn: str
    job_output: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class DataDeletionJob(Record):
    arn_member = "dataDeletionJobArn"
    name_member = "jobName"
    dataset_group_arn: str
    data_source: dict[str, Any]
    role_arn: str
    num_deleted: int | None = None
