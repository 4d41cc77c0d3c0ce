"""What is trained and what serves it: solutions, campaigns and the release gate between them."""

# Annotations are evaluated by pydantic when the classes are made, hence no `from __future__ import annotations`.

from typing import Annotated, Literal

from pydantic import Field

from tastemaker.model.declared import ApiText, Declared
from tastemaker.model.scaling import Scaling
from tastemaker.model.search import HpoConfig

DatasetKey = Literal["interactions", "items", "users"]
ColumnNames = Annotated[tuple[str, ...], Field(strict=False)]
Share = Annotated[float, Field(ge=0, le=1)]


class Canary(Declared):
    """Requests that a released version must answer well, or the campaign goes back to the version before.

    Attributes:
        requests: how many, when no users are named; they ask for users that nobody is.
        users, items: ids to ask for, e.g. of test accounts; they are part of the workflow's input and history.
        maximum_latency_milliseconds: as Step Functions sees it, some 20 to 50 more than a client does.
        minimum_overlap: share of the earlier answer's items that must come again; 0 does not look.
    """

    requests: Annotated[int, Field(ge=0, le=50)] = 3
    users: Annotated[tuple[str, ...], Field(strict=False, max_length=50)] = ()
    items: Annotated[tuple[str, ...], Field(strict=False, max_length=50)] = ()
    maximum_latency_milliseconds: Annotated[int, Field(ge=1)] = 2_000
    minimum_overlap: Share = 0.0


class Release(Declared):
    """When a new solution version may serve: the release gate.

    Attributes:
        metric: name as in GetSolutionMetrics; compared with the version that serves now.
        minimum: metric to the floor below which no version is released.
        maximum_drop: share by which `metric` may fall below the serving version's, 0.2 = 20 %.
        policy: `hold` keeps back what the gate refuses; `promote` writes the doubts down and lets the canary decide;
            `force` releases without gate and canary.
    """

    metric: str | None = None
    minimum: dict[str, float] = Field(default_factory=dict)
    maximum_drop: Share | None = None
    policy: Literal["hold", "promote", "force"] = "hold"
    canary: Canary = Field(default_factory=Canary)


class EventParameters(Declared):
    """One event type of `eventsConfig`; v2 recipes only."""

    event_type: str
    event_value_threshold: float | None = None
    weight: Share | None = None


class EventsConfig(Declared):
    event_parameters_list: Annotated[tuple[EventParameters, ...], Field(strict=False, min_length=1, max_length=10)]


class OptimizationObjective(Declared):
    item_attribute: str | None = None
    objective_sensitivity: Literal["OFF", "LOW", "MEDIUM", "HIGH"] | None = None


class AutoTrainingConfig(Declared):
    scheduling_expression: str


class Solution(Declared):
    """One solution: a recipe with its settings.

    Attributes:
        recipe: name or ARN.
        perform_auto_training: absent means that the schedules decide; null leaves it to the service, which trains
            weekly; true and false are sent as they are.
        hpo_config: what `performHPO` may try, and how often.
        hyperparameters: `algorithmHyperParameters` of the API.
        excluded_dataset_columns, included_dataset_columns: dataset key (`items` …) to column names.
        release: replaces the project's release gate for this solution, as a whole.
        replace: when something changed that the API cannot change, delete the solution with its versions and campaigns
            and create it anew; nothing serves until the next full training. Without it `ensure` refuses.
    """

    recipe: str
    perform_auto_training: bool | None = None
    perform_incremental_update: bool | None = None
    perform_hpo: bool | None = None
    hpo_config: HpoConfig | None = None
    event_type: str | None = None
    event_value_threshold: Annotated[ApiText, Field(pattern=r"^-?\d+(\.\d+)?$")] | None = None
    events_config: EventsConfig | None = None
    hyperparameters: dict[str, ApiText] = Field(default_factory=dict)
    feature_transformation_parameters: dict[str, ApiText] = Field(default_factory=dict)
    excluded_dataset_columns: dict[DatasetKey, ColumnNames] = Field(default_factory=dict)
    included_dataset_columns: dict[DatasetKey, ColumnNames] = Field(default_factory=dict)
    optimization_objective: OptimizationObjective | None = None
    auto_training_config: AutoTrainingConfig | None = None
    release: Release | None = None
    replace: bool = False


class Campaign(Declared):
    """One campaign; which solution version it serves is the release gate's decision.

    Attributes:
        solution: key in `solutions`.
        item_exploration_config: explorationWeight, explorationItemAgeCutOff; aws-user-personalization only.
        ranking_influence: POPULARITY and FRESHNESS, 0 to 1; aws-semantic-similarity only.
        scaling: who sets minProvisionedTPS after the campaign was created; absent means this file alone.
    """

    solution: str
    min_provisioned_tps: Annotated[int, Field(ge=1)] = 1
    enable_metadata_with_recommendations: bool | None = None
    item_exploration_config: dict[str, ApiText] | None = None
    ranking_influence: dict[Literal["POPULARITY", "FRESHNESS"], Share] | None = None
    scaling: Scaling | None = None
