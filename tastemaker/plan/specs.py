"""The records a plan is made of. Plain data: no AWS SDK, no CDK, no clock.

Strings may hold tokens (`tokens.py`). Names are what a user sees in the console, without the project's prefix.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tastemaker.model.deploy import Deploy
from tastemaker.plan.names import content_hash
from tastemaker.plan.tokens import ARCHIVE_QUEUE, EVENT_QUEUE, QueueTokens, api_key_id_token, find_tokens

LEDGER_PARTITION_KEY, LEDGER_SORT_KEY = "subject", "recorded"
"""Keys of the ledger table (`machines/ledger.py`): an ARN, and the moment with the execution."""
PAUSED_TAG = "tastemaker:paused"
"""Tag of a dataset group whose campaigns and recommenders are gone until `tastemaker resume`; value: since when."""
EXPERIMENT_TABLE = "experiments"
"""Name of the table of exposures and outcomes, without the project's prefix."""


@dataclass(frozen=True)
class MachineSpec:
    """One Step Functions state machine.

    Attributes:
        name: kebab-case, e.g. `import-data`.
        summary: one sentence for console and documentation.
        definition: Amazon States Language with QueryLanguage JSONata, as it is deployed and executed.
    """

    name: str
    summary: str
    definition: dict[str, Any]


@dataclass(frozen=True)
class FunctionSpec:
    """One Lambda function; all functions share one asset.

    Attributes:
        name: kebab-case, e.g. `recommend`.
        handler: dotted path as Lambda wants it, e.g. `lambdas.recommend.handler`.
        summary: one sentence.
        environment: variable name to value; exactly the variables that the handler reads.
        actions: IAM action to the resource ARNs it needs; exactly the calls that the handler makes.
        timeout_seconds: 29 is API Gateway's own limit for a REST API.
        memory_mb: also decides the CPU share.
    """

    name: str
    handler: str
    summary: str
    environment: dict[str, str] = field(default_factory=dict)
    actions: dict[str, tuple[str, ...]] = field(default_factory=dict)
    timeout_seconds: int = 10
    memory_mb: int = 512


@dataclass(frozen=True)
class ParameterSpec:
    """A request parameter of a route; becomes OpenAPI and API Gateway request validation.

    Attributes:
        where: `path`, `query` or `header`.
        schema: JSON Schema of the value.
    """

    name: str
    where: str
    summary: str
    required: bool
    schema: dict[str, Any]


@dataclass(frozen=True)
class RouteSpec:
    """One method on one path of the REST API.

    Attributes:
        path: API Gateway resource path, e.g. `/users/{userId}/recommendations`.
        function: name of the `FunctionSpec` that answers.
        settings: what the handler needs to know for this route (campaign, filter, numResults …); reaches it through
            the function's `ROUTES` variable under the key `METHOD path`.
        body: JSON Schema of the request body; None when the method has none.
        security: what API Gateway asks for: `api_key`, `user_pool`, `iam`, or nothing when empty.
    """

    method: str
    path: str
    function: str
    operation_id: str
    summary: str
    parameters: tuple[ParameterSpec, ...] = ()
    settings: dict[str, Any] = field(default_factory=dict)
    body: dict[str, Any] | None = None
    security: str = "api_key"

    @property
    def key(self) -> str:
        """How a request finds its settings: `event["httpMethod"] + " " + event["resource"]`."""
        return f"{self.method} {self.path}"


@dataclass(frozen=True)
class ClientSpec:
    """One API key with its usage plan.

    Attributes:
        name: kebab-case; the token of the key's id is made of it.
    """

    name: str
    rate_per_second: float = 100
    burst: int = 200

    @property
    def id_token(self) -> str:
        """Name of the token that stands for the key's id."""
        return find_tokens(api_key_id_token(self.name)).pop()


@dataclass(frozen=True)
class EventQueueSpec:
    """A queue of events and its dead-letter queue; the defaults are those of events that the service did not take.

    Attributes:
        name, dead_letter_name: without the project's prefix; SQS demands that both end in `.fifo` where order matters.
        consumer: name of the `FunctionSpec` that takes batches and reports their failures.
        batching_window_seconds: how long a batch waits for more; SQS knows none where order matters.
        visibility_timeout_seconds: six times the consumer's timeout and the window, as Lambda's guide advises.
        max_receives: attempts before a message becomes a dead letter; with the visibility timeout an outage of hours.
    """

    name: str = "events.fifo"
    dead_letter_name: str = "events-dead.fifo"
    consumer: str = "replay"
    batch_size: int = 10
    batching_window_seconds: int = 0
    max_concurrency: int = 2
    visibility_timeout_seconds: int = 180
    max_receives: int = 200
    retention_days: int = 14
    tokens: QueueTokens = EVENT_QUEUE

    @property
    def is_fifo(self) -> bool:
        return self.name.endswith(".fifo")


ARCHIVE = EventQueueSpec(
    name="archive",
    dead_letter_name="archive-dead",
    consumer="archive",
    batch_size=5_000,
    batching_window_seconds=300,
    visibility_timeout_seconds=660,
    max_receives=50,
    tokens=ARCHIVE_QUEUE,
)
"""Of accepted events. A batch ends after five minutes or at 6 MB, Lambda's own limit, or at so many messages."""


@dataclass(frozen=True)
class ExperimentTableSpec:
    """The DynamoDB table of exposures and outcomes.

    Attributes:
        name: without the project's prefix.
        partition_key: who was exposed, as a hash.
        sort_key: `exposure#<variant>` or `outcome#<hash of the event's id>`.
        expiry: attribute with the moment from which DynamoDB may delete the record.
    """

    name: str = EXPERIMENT_TABLE
    partition_key: str = "unit"
    sort_key: str = "record"
    expiry: str = "expiresAt"


@dataclass(frozen=True)
class ScheduleSpec:
    """One EventBridge Scheduler schedule that starts a state machine.

    Attributes:
        expression: `rate(…)`, `cron(…)` or `at(…)`, as EventBridge Scheduler takes it.
        time_zone: IANA name; daylight saving follows it.
        input: the execution's input.
        jitter_minutes: starts are spread over as many minutes; offline they come at once.
        paused: it exists and does not fire.
    """

    name: str
    summary: str
    machine: str
    expression: str
    time_zone: str
    input: dict[str, Any]
    jitter_minutes: int = 0
    paused: bool = False


@dataclass(frozen=True)
class ArrivalSpec:
    """An object whose arrival in the data bucket starts a state machine.

    Attributes:
        key: of the object.
        input: the execution's input.
    """

    name: str
    summary: str
    machine: str
    key: str
    input: dict[str, Any]
    paused: bool = False


@dataclass(frozen=True)
class CampaignSpec:
    """What alarms and dashboard need to know of a campaign.

    Attributes:
        name: key in the project file.
        requests_metric: metric of its requests in `AWS/Personalize`; None for actions, which have none.
        usd_per_1000_requests: what a request costs, provisioned ones included.
        offline_metric: that the release gate compares.
    """

    name: str
    arn: str
    requests_metric: str | None
    usd_per_1000_requests: float
    offline_metric: str


@dataclass(frozen=True)
class TableSpec:
    """One source as Athena reads it; attributes as in `model/preparation.py`."""

    prefix: str
    format: str
    columns: dict[str, str]


@dataclass(frozen=True)
class PreparationSpec:
    """How Athena reads the raw data; what it runs stands in the input of `maintain`.

    Attributes:
        database, work_group: names in Glue and Athena.
        tables: source to its table in the raw bucket.
        maximum_scanned_bytes: more cancels a query.
        samples: source to the file that stands for it on a laptop.
    """

    database: str
    work_group: str
    bucket: str
    tables: dict[str, TableSpec]
    maximum_scanned_bytes: int
    samples: dict[str, str]

    @property
    def token_values(self) -> dict[str, str]:
        """What its tokens stand for, on AWS and offline alike."""
        return {"RawBucketName": self.bucket, "RawDatabaseName": self.database, "WorkGroupName": self.work_group}


@dataclass(frozen=True)
class UploadSpec:
    """One dataset file that `run` and `deploy` put into the data bucket.

    Attributes:
        dataset_type: `INTERACTIONS`, `ITEMS`, …
        key: object key inside the data bucket.
    """

    dataset_type: str
    key: str


@dataclass(frozen=True)
class Plan:
    """Everything that will exist and happen for one project in one environment.

    Attributes:
        resources: input of `ensure`: the desired Personalize resources (`resources.py`).
        maintenance: input of `maintain` by mode, `FULL` and `INCREMENTAL`; the schedules send the same.
        machines, functions, routes, schedules: in the order in which they are shown.
        clients: who gets an API key.
        event_queue: None when no route takes events.
        archive_queue: None when accepted events are not archived.
        archive_keep_days: how long what was archived, now or earlier, stays in the data bucket.
        experiment_table: None where the project has no experiments.
        user_pool_arn: whose tokens the API takes instead of keys; None for no pool.
        explanations: per solution, sentences that say what each scheduled run will do; shown by `tastemaker plan`.
        forget: input of `forget` without the request and the users.
        emails: who gets a message of each outcome.
        deploy: settings of the stacks.
        tags: on the stacks, besides project and environment.
        arrivals: what starts when files have come; nothing offline.
        campaigns: in the project's order.
        preparation: None where nothing prepares on AWS.
        budget_usd: a month, for Amazon Personalize in the whole account; None for no AWS Budget.
    """

    project: str
    environment: str
    resources: dict[str, Any]
    machines: tuple[MachineSpec, ...]
    functions: tuple[FunctionSpec, ...]
    routes: tuple[RouteSpec, ...]
    schedules: tuple[ScheduleSpec, ...]
    uploads: tuple[UploadSpec, ...]
    explanations: dict[str, tuple[str, ...]]
    maintenance: dict[str, dict[str, Any]] = field(default_factory=dict)
    forget: dict[str, Any] = field(default_factory=dict)
    emails: tuple[str, ...] = ()

    clients: tuple[ClientSpec, ...] = (ClientSpec("default"),)
    event_queue: EventQueueSpec | None = None
    archive_queue: EventQueueSpec | None = None
    archive_keep_days: int = 365
    experiment_table: ExperimentTableSpec | None = None
    user_pool_arn: str | None = None
    deploy: Deploy = field(default_factory=Deploy)
    tags: dict[str, str] = field(default_factory=dict)
    arrivals: tuple[ArrivalSpec, ...] = ()
    campaigns: tuple[CampaignSpec, ...] = ()
    preparation: PreparationSpec | None = None
    budget_usd: float | None = None

    @property
    def watch(self) -> ScheduleSpec | None:
        """What looks after ages, capacity and quality of the models once a day; None without alarms and dashboard."""
        return next((schedule for schedule in self.schedules if schedule.machine == "watch"), None)

    @property
    def serving(self) -> frozenset[str]:
        """Names of the functions that belong to the API: those that answer and the consumers of its queues."""
        consumers = (queue.consumer for queue in self.queues)
        return frozenset((*(route.function for route in self.routes), *consumers))

    @property
    def queues(self) -> tuple[EventQueueSpec, ...]:
        """The event queue, then the archive's; those that exist."""
        return tuple(queue for queue in (self.event_queue, self.archive_queue) if queue is not None)

    @property
    def aliased(self) -> frozenset[str]:
        """Names of the functions that the API reaches by an alias."""
        return frozenset(route.function for route in self.routes) if self.deploy.api.aliased else frozenset()

    @property
    def side_tables(self) -> dict[str, str]:
        """Name to partition key of the team's own tables that hold metadata of items; nobody deploys them."""
        found = [route.settings["sideTable"] for route in self.routes if "sideTable" in route.settings]
        return {table["table"]: table["key"] for table in found}

    @property
    def publishes_metrics(self) -> bool:
        """Whether Amazon Personalize writes metrics of an attribution to CloudWatch."""
        return bool(self.resources.get("MetricAttributions"))

    @property
    def fingerprint(self) -> str:
        """Of what `ensure` is asked for and how it works; the same one means that there is nothing to ensure."""
        return content_hash([self.resources, [machine.definition for machine in self.machines]])

    @property
    def prefix(self) -> str:
        """First part of every physical name."""
        return f"{self.project}-{self.environment}"

    def machine(self, name: str) -> MachineSpec:
        """The machine with this name; KeyError when the plan has none."""
        return next(machine for machine in self.machines if machine.name == name)
