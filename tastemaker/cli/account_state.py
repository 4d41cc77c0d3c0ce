"""What is there of a project in an account, read through the public APIs: nothing is written, nothing is started.

Clients are boto3's, of AWS or of a local endpoint. Control operations of Amazon Personalize allow one call a second;
the client's own retries wait where they are refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Any

from tastemaker.plan.specs import PAUSED_TAG

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

_NEWEST_VERSIONS = 3
_NEWEST_EXECUTIONS = 20
_FAILED_EXECUTIONS = ("FAILED", "TIMED_OUT", "ABORTED")
_MACHINES = (
    "ensure", "maintain", "import-data", "train", "release", "batch", "scale", "forget", "pause",
    "resume", "teardown",
)  # fmt: skip


@dataclass(frozen=True)
class Serving:
    """A campaign or recommender.

    Attributes:
        version: solution version that answers; empty for recommenders.
        since: when it began to; epoch seconds.
        trained_at: when the version's training ended; None where it cannot be told.
        update: status of an update under way or failed; empty otherwise.
        failure_reason: of the resource or of its update.
    """

    kind: str
    name: str
    status: str
    version: str
    since: float
    trained_at: float | None
    update: str
    failure_reason: str


@dataclass(frozen=True)
class Version:
    """One of the newest versions of a solution; metrics are empty until it is ACTIVE."""

    solution: str
    version: str
    status: str
    created: float
    training_mode: str
    metrics: dict[str, float]
    failure_reason: str


@dataclass(frozen=True)
class Imported:
    """The newest import of a dataset."""

    dataset_type: str
    job: str
    mode: str
    status: str
    at: float
    failure_reason: str


@dataclass(frozen=True)
class Run:
    """One execution of a state machine.

    Attributes:
        expected_end: of a running one, by the median of the earlier ones that succeeded; None when there are none.
        cause: of a failed one; empty otherwise.
    """

    machine: str
    name: str
    status: str
    started: float
    expected_end: float | None
    cause: str


@dataclass(frozen=True)
class AccountState:
    """Everything of one project and environment.

    Attributes:
        found: whether the dataset group exists.
        running: executions under way.
        failed: the newest execution of each machine, where it failed.
        paused_since: the moment as the dataset group's tag has it; empty when serving is not paused.
    """

    dataset_group: str
    found: bool
    serving: tuple[Serving, ...] = ()
    versions: tuple[Version, ...] = ()
    imports: tuple[Imported, ...] = ()
    running: tuple[Run, ...] = ()
    failed: tuple[Run, ...] = ()
    paused_since: str = ""

    @property
    def problems(self) -> tuple[str, ...]:
        """What needs somebody: failures that nothing newer has made good."""
        trainings = [one for one in _find_newest(self.versions) if one.failure_reason]
        return (
            *(
                f"{one.kind} {one.name}: {one.failure_reason or one.status}"
                for one in self.serving
                if self._is_bad(one)
            ),
            *(f"training of {one.solution}: {one.failure_reason}" for one in trainings),
            *(f"import of {one.dataset_type}: {one.failure_reason}" for one in self.imports if one.failure_reason),
            *(f"{one.machine} {one.name}: {one.cause}" for one in self.failed),
            *(
                f"{one.kind} {one.name} is {one.status} although serving is paused: tastemaker pause again"
                for one in self.serving
                if self.paused_since and one.status == "ACTIVE" and not self.running
            ),
        )

    def _is_bad(self, serving: Serving) -> bool:
        if serving.status == "INACTIVE":
            return not self.paused_since
        return "FAILED" in serving.status or "FAILED" in serving.update


def _find_newest(versions: tuple[Version, ...]) -> list[Version]:
    newest: dict[str, Version] = {}
    for version in versions:
        newest.setdefault(version.solution, version)
    return list(newest.values())


def read_account(personalize: Any, states: Any, dataset_group: str, prefix: str) -> AccountState:
    """Read one project's state.

    Args:
        personalize, states: clients of `personalize` and `stepfunctions`.
        dataset_group: its name.
        prefix: of state machines' names; a local Step Functions has none.

    Raises:
        ClientError, BotoCoreError: a call was refused or could not be made.
    """
    groups = _list(personalize, "list_dataset_groups", "datasetGroups")
    group = next((one["datasetGroupArn"] for one in groups if one["name"] == dataset_group), None)
    running, failed = _read_runs(states, prefix)
    if group is None:
        return AccountState(dataset_group, found=False, running=running, failed=failed)
    solutions = list(_list(personalize, "list_solutions", "solutions", datasetGroupArn=group))
    versions = {one["name"]: _read_versions(personalize, one) for one in solutions}
    trained = {version.version: version.created for found in versions.values() for version in found}
    return AccountState(
        dataset_group,
        found=True,
        serving=(
            *(one for solution in solutions for one in _read_campaigns(personalize, solution, trained)),
            *_read_recommenders(personalize, group),
        ),
        versions=tuple(version for found in versions.values() for version in found),
        imports=tuple(_read_imports(personalize, group)),
        running=running,
        failed=failed,
        paused_since=read_paused_since(personalize, group),
    )


def read_paused_since(personalize: Any, dataset_group_arn: str) -> str:
    """The moment at which serving was paused, ISO 8601; empty when it is not, or there is no such group."""
    try:
        tags = personalize.list_tags_for_resource(resourceArn=dataset_group_arn)["tags"]
    except personalize.exceptions.ResourceNotFoundException:
        return ""
    return next((str(tag["tagValue"]) for tag in tags if tag["tagKey"] == PAUSED_TAG), "")


def _list(client: Any, operation: str, key: str, **params: Any) -> Iterator[dict[str, Any]]:
    for page in client.get_paginator(operation).paginate(**params):
        yield from page[key]


def _epoch(moment: datetime) -> float:
    return moment.timestamp()


def _read_campaigns(client: Any, solution: dict[str, Any], trained: dict[str, float]) -> Iterator[Serving]:
    for listed in _list(client, "list_campaigns", "campaigns", solutionArn=solution["solutionArn"]):
        one = client.describe_campaign(campaignArn=listed["campaignArn"])["campaign"]
        update = one.get("latestCampaignUpdate", {})
        version = one["solutionVersionArn"].rpartition("/")[2]
        pending = update.get("status", "ACTIVE")
        yield Serving(
            kind="campaign",
            name=one["name"],
            status=one["status"],
            version=version,
            since=_epoch(update.get("lastUpdatedDateTime", one["lastUpdatedDateTime"])),
            trained_at=trained.get(version),
            update="" if pending == "ACTIVE" else pending,
            failure_reason=one.get("failureReason", "") or update.get("failureReason", ""),
        )


def _read_recommenders(client: Any, group: str) -> Iterator[Serving]:
    for listed in _list(client, "list_recommenders", "recommenders", datasetGroupArn=group):
        one = client.describe_recommender(recommenderArn=listed["recommenderArn"])["recommender"]
        since = _epoch(one["lastUpdatedDateTime"])
        pending = one.get("latestRecommenderUpdate", {}).get("status", "ACTIVE")
        update = "" if pending == "ACTIVE" else pending
        reason = one.get("failureReason", "")
        yield Serving("recommender", one["name"], one["status"], "", since, None, update, reason)


def _read_versions(client: Any, solution: dict[str, Any]) -> list[Version]:
    """The newest first."""
    arn = solution["solutionArn"]
    listed = sorted(
        _list(client, "list_solution_versions", "solutionVersions", solutionArn=arn),
        key=lambda one: one["creationDateTime"],
        reverse=True,
    )
    return [_read_version(client, solution["name"], one) for one in listed[:_NEWEST_VERSIONS]]


def _read_version(client: Any, solution: str, listed: dict[str, Any]) -> Version:
    arn = listed["solutionVersionArn"]
    active = listed["status"] == "ACTIVE"
    metrics = client.get_solution_metrics(solutionVersionArn=arn)["metrics"] if active else {}
    return Version(
        solution=solution,
        version=arn.rpartition("/")[2],
        status=listed["status"],
        created=_epoch(listed["lastUpdatedDateTime"]),
        training_mode=listed.get("trainingMode", ""),
        metrics={name: float(value) for name, value in metrics.items()},
        failure_reason=listed.get("failureReason", ""),
    )


def _read_imports(client: Any, group: str) -> Iterator[Imported]:
    for dataset in _list(client, "list_datasets", "datasets", datasetGroupArn=group):
        jobs = _list(client, "list_dataset_import_jobs", "datasetImportJobs", datasetArn=dataset["datasetArn"])
        newest = max(jobs, key=lambda job: job["creationDateTime"], default=None)
        if newest is not None:
            yield Imported(
                dataset_type=dataset["datasetType"],
                job=newest["jobName"],
                mode=newest.get("importMode", ""),
                status=newest["status"],
                at=_epoch(newest["lastUpdatedDateTime"]),
                failure_reason=newest.get("failureReason", ""),
            )


def _read_runs(client: Any, prefix: str) -> tuple[tuple[Run, ...], tuple[Run, ...]]:
    """Running executions, and the newest failed ones, of the project's machines."""
    wanted = {name: machine for machine in _MACHINES for name in (f"{prefix}-{machine}", machine)}
    running: list[Run] = []
    failed: list[Run] = []
    for listed in _list(client, "list_state_machines", "stateMachines"):
        machine, arn = wanted.get(listed["name"]), listed["stateMachineArn"]
        if machine is not None:
            found = client.list_executions(stateMachineArn=arn, maxResults=_NEWEST_EXECUTIONS)["executions"]
            usual = _find_usual_seconds(found)
            running += [_build_run(machine, one, usual, "") for one in found if one["status"] == "RUNNING"]
            failed += _read_failure(client, machine, found)
    return tuple(running), tuple(failed)


def _read_failure(client: Any, machine: str, executions: list[dict[str, Any]]) -> list[Run]:
    """The newest execution that has ended, where it failed."""
    ended = [one for one in executions if one["status"] != "RUNNING"]
    if not ended or ended[0]["status"] not in _FAILED_EXECUTIONS:
        return []
    described = client.describe_execution(executionArn=ended[0]["executionArn"])
    cause = f"{described.get('error', ended[0]['status'])}: {described.get('cause', 'no cause was given')}"
    return [_build_run(machine, ended[0], None, cause)]


def _find_usual_seconds(executions: list[dict[str, Any]]) -> float | None:
    done = [one for one in executions if one["status"] == "SUCCEEDED"]
    seconds = [(one["stopDate"] - one["startDate"]).total_seconds() for one in done]
    return median(seconds) if seconds else None


def _build_run(machine: str, execution: dict[str, Any], usual_seconds: float | None, cause: str) -> Run:
    started = _epoch(execution["startDate"])
    expected = None if usual_seconds is None else started + usual_seconds
    return Run(machine, execution["name"], execution["status"], started, expected, cause)
