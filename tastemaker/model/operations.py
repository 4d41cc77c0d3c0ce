"""What runs beside trainings and campaigns, and consent to what loses things."""

# Annotations are evaluated by pydantic when the classes are made, hence no `from __future__ import annotations`.

from typing import Annotated, Literal

from pydantic import Field

from tastemaker.model.declared import ApiText, Declared, Name
from tastemaker.model.scaling import Scaling
from tastemaker.model.solutions import ColumnNames, DatasetKey


class BatchJob(Declared):
    """One batch job that comes again and again; each run has a name and an output folder of its own.

    Attributes:
        solution: key in `solutions`; the version that its campaign serves answers, else its newest.
        kind: `inference`, `themes` (aws-similar-items) or `segments` (aws-item-affinity, aws-item-attribute-affinity).
        input: key or prefix in the data bucket, JSON Lines.
        file: what lies at `input` when the project runs on a laptop, relative to the project file.
        schedule: EventBridge Scheduler expression; absent means after each full maintenance.
        filter: key in `filters`.
        item_name_column: of the Items dataset; themes only.
    """

    solution: str
    kind: Literal["inference", "themes", "segments"] = "inference"
    input: str
    file: str | None = None
    schedule: str | None = None
    num_results: Annotated[int, Field(ge=1, le=5_000_000)] | None = None
    filter: str | None = None
    item_name_column: str | None = None


class Recommender(Declared):
    """A recommender of a domain dataset group.

    Attributes:
        recipe: name or ARN of a use case, e.g. aws-ecomm-recommended-for-you.
        excluded_dataset_columns, included_dataset_columns: dataset key (`items` …) to column names; a change
            trains anew.
        replace: when the use case changed, delete the recommender and create it anew; nothing serves meanwhile.
    """

    recipe: str
    min_recommendation_requests_per_second: Annotated[int, Field(ge=1)] = 1
    enable_metadata_with_recommendations: bool | None = None
    item_exploration_config: dict[str, ApiText] | None = None
    excluded_dataset_columns: dict[DatasetKey, ColumnNames] = Field(default_factory=dict)
    included_dataset_columns: dict[DatasetKey, ColumnNames] = Field(default_factory=dict)
    scaling: Scaling | None = None
    replace: bool = False


class AttributedMetric(Declared):
    """`expression` is SAMPLECOUNT(), SUM(Items.COLUMN) or SUM(Interactions.COLUMN)."""

    event_type: str
    expression: str


class MetricAttribution(Declared):
    """What recommendations bring in, measured by the service.

    Attributes:
        metrics: metric name to what it counts; at most ten.
    """

    name: Name
    metrics: Annotated[dict[str, AttributedMetric], Field(min_length=1, max_length=10)]


class Forget(Declared):
    """Where else user data lies that a deletion has to reach.

    Attributes:
        tables: DynamoDB table to the name of its partition key, which holds the user id as text.
    """

    tables: dict[str, str] = Field(default_factory=dict)


class Traffic(Declared):
    """What `tastemaker cost` assumes; each absent value is a default that it prints.

    Attributes:
        requests_per_day: for each route under `endpoints` that asks a campaign or recommender.
        events_per_day: through the API.
        interactions: rows that trainings learn from; absent means those of the prepared data.
        batch_lines: of one batch job's input.
        raw_gigabytes: for each source that Athena reads, all objects of its table together; absent means the size of
            the file that stands for it on this machine.
    """

    requests_per_day: dict[str, Annotated[int, Field(ge=0)]] = Field(default_factory=dict)
    events_per_day: Annotated[int, Field(ge=0)] | None = None
    interactions: Annotated[int, Field(ge=0)] | None = None
    batch_lines: Annotated[int, Field(ge=0)] | None = None
    raw_gigabytes: dict[str, Annotated[float, Field(ge=0)]] = Field(default_factory=dict)


class Consent(Declared):
    """What may be lost; without it the workflows refuse and say what they would have done.

    Attributes:
        remove_undeclared: `ensure` deletes campaigns, recommenders, solutions and filters of the dataset group that
            the project no longer declares. Datasets are never deleted that way.
        teardown: deleting the stack deletes everything in the dataset group, data included.
    """

    remove_undeclared: bool = False
    teardown: bool = False


class Notifications(Declared):
    """Who hears of each maintenance.

    Attributes:
        email: addresses; AWS asks each for a confirmation.
    """

    email: Annotated[tuple[str, ...], Field(strict=False)] = ()
