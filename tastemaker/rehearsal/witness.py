"""What must hold at every step of a rehearsal, whatever goes wrong.

The witness judges by its own means: it reads the service's state and what state machines asked for, never what the
machines say about themselves, except where that is what it checks (the ledger).
"""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tastemaker.facts import statuses
from tastemaker.plan.specs import LEDGER_PARTITION_KEY
from tastemaker.plan.tokens import resolve_tokens
from tastemaker.rehearsal.traffic import EVENTS_AT_ONCE
from tastemaker.simulator.datasets import ERASED
from tastemaker.simulator.records import Campaign, Dataset, Recommender, SolutionVersion

if TYPE_CHECKING:
    from collections.abc import Callable

    from tastemaker.local import AwsCall, Local
    from tastemaker.runner.interpreter.execution import Progress

MOST_SHRINK = 0.2
RATE_WINDOW_SECONDS = 60
LONGEST_SECONDS = 4 * 86_400
"""No workflow of ours may take longer, whatever its definition says."""
_LEASED = frozenset({"import-data", "train", "release"})
_UNDER_WAY = frozenset({statuses.CREATE_PENDING, statuses.CREATE_IN_PROGRESS})


@dataclass(frozen=True)
class Violation:
    """Something that must never be.

    Attributes:
        at: epoch seconds of virtual time.
        invariant: its name, e.g. `one training of a solution at a time`.
    """

    at: float
    invariant: str
    what: str


class Witness:
    """Listens to a `Local` from its beginning; `violations` grows while the story goes on."""

    def __init__(self, local: Local) -> None:
        self._local = local
        self.violations: list[Violation] = []
        self._asked: defaultdict[str, deque[float]] = defaultdict(deque)
        self._served: dict[str, str] = {}
        self._passed: defaultdict[str, set[str]] = defaultdict(set)
        self._gates = _gates(local)
        self._deadlines = {machine.name: float(machine.definition["TimeoutSeconds"]) for machine in local.plan.machines}
        self._checks: dict[str, Callable[[AwsCall], None]] = {
            "CreateSolutionVersion": self._check_training,
            "CreateDatasetImportJob": self._check_import,
            "CreateCampaign": self._check_release,
            "UpdateCampaign": self._check_release,
        }
        local.caller.listeners.append(self._hear_call)
        local.engine.listeners.append(self._hear_progress)

    def _hear_call(self, call: AwsCall) -> None:
        if call.service != "personalize":
            return
        self._check_serving()
        self._check_rate(call)
        check = self._checks.get(call.operation)
        if check is not None and call.error is None:
            check(call)

    def _hear_progress(self, event: Progress) -> None:
        if event.kind == "execution started":
            self._check_lease()
        if event.kind == "execution ended":
            self._check_serving()
            self._check_end(event)

    def _report(self, invariant: str, what: str) -> None:
        self.violations.append(Violation(self._local.engine.now(), invariant, what))

    def _check_rate(self, call: AwsCall) -> None:
        """Over a minute no operation is asked more than once a second."""
        now, asked = self._local.engine.now(), self._asked[call.operation]
        asked.append(now)
        while asked[0] <= now - RATE_WINDOW_SECONDS:
            asked.popleft()
        if len(asked) > RATE_WINDOW_SECONDS:
            self._report("at most one request a second", f"{call.operation}: {len(asked)} requests within a minute")

    def _check_training(self, call: AwsCall) -> None:
        solution = call.params["solutionArn"]
        running = self._local.simulator.world.store.select(
            SolutionVersion, lambda one: one.solution_arn == solution and one.status in _UNDER_WAY
        )
        if len(running) > 1:
            self._report("one training of a solution at a time", f"{_name(solution)} is in {len(running)} trainings")

    def _check_import(self, call: AwsCall) -> None:
        """A full import never replaces the data by much less."""
        if call.params.get("importMode", "FULL") != "FULL":
            return
        dataset, rows = call.params["datasetArn"], self._count_rows(call.params["dataSource"]["dataLocation"])
        before = self._bulk_rows(dataset)
        if rows < before * (1 - MOST_SHRINK):
            self._report("no full import over fewer rows", f"{_name(dataset)}: {rows} rows over {before}")

    def _bulk_rows(self, dataset: str) -> int:
        data = self._local.simulator.world.data.get(dataset)
        return sum(table.rows for table in data.tables) if data is not None else 0

    def _count_rows(self, location: str) -> int:
        bucket, _, key = location.removeprefix("s3://").partition("/")
        listed = self._local.aws.call("s3", "ListObjectsV2", {"Bucket": bucket, "Prefix": key})
        client = self._local.aws.client("s3")
        bodies = (client.get_object(Bucket=bucket, Key=found["Key"])["Body"] for found in listed.get("Contents", ()))
        return sum(body.read().count(b"\n") - 1 for body in bodies)

    def _check_release(self, call: AwsCall) -> None:
        """The gate's verdict, reached anew: floors, then the drop against what serves now."""
        version = call.params.get("solutionVersionArn")
        arn = str(call.params.get("campaignArn") or (call.answer or {}).get("campaignArn"))
        serving = self._served.get(arn)
        if version is None or version in self._passed[arn]:  # the way back to what had passed before
            return
        reason = self._refusal(arn, version, serving)
        if reason is not None:
            self._report("no release of what the gate refuses", f"{_name(arn)} took {_name(version)}: {reason}")

    def _refusal(self, arn: str, version: str, serving: str | None) -> str | None:
        gate, new = self._gates.get(arn, {}), self._metrics(version)
        for metric, floor in gate.get("Minimum", {}).items():
            if new.get(metric, -1.0) < floor:
                return f"{metric} {new.get(metric)} is below {floor}"
        if serving is None or "MaximumDrop" not in gate:
            return None
        metric, old = gate["Metric"], self._metrics(serving)
        if metric not in new or metric not in old:
            return f"{metric} is missing"
        fell = new[metric] < old[metric] * (1 - gate["MaximumDrop"])
        return f"{metric} fell from {old[metric]} to {new[metric]}" if fell else None

    def _metrics(self, version: str) -> dict[str, float]:
        trained = self._local.simulator.world.trained.get(version)
        return dict(trained.model.metrics) if trained is not None else {}

    def _check_serving(self) -> None:
        """A campaign that served once never stops, and what serves has been trained."""
        self._local.simulator.settle()
        world = self._local.simulator.world
        campaigns = {campaign.arn: campaign for campaign in world.store.select(Campaign)}
        for arn in self._served:
            campaign = campaigns.get(arn)
            if campaign is None or campaign.status != statuses.ACTIVE:
                self._report("what serves keeps serving", f"{_name(arn)} is {campaign.status if campaign else 'gone'}")
        for campaign in campaigns.values():
            if campaign.status == statuses.ACTIVE:
                self._served[campaign.arn] = campaign.solution_version_arn
                self._passed[campaign.arn].add(campaign.solution_version_arn)
                if campaign.solution_version_arn not in world.trained:
                    self._report("what serves has been trained", _name(campaign.arn))

    def _check_lease(self) -> None:
        """Imports, trainings and releases that run at one time all belong to one maintenance."""
        running = (one for one in self._local.engine.executions if one.status == "RUNNING")
        owners = {one.parent for one in running if one.machine in _LEASED and one.parent is not None}
        if len(owners) > 1:
            names = ", ".join(sorted(owner.rpartition(":")[2] for owner in owners))
            self._report("one maintenance at a time", f"{names} work on one dataset group")

    def _check_end(self, event: Progress) -> None:
        execution = event.execution
        if execution.status not in {"SUCCEEDED", "ABORTED"} and not (execution.error and execution.cause):
            what = f"{execution.machine} {execution.name} ended {execution.status}"
            self._report("every failure has a named cause", f"{what}: error {execution.error}, cause {execution.cause}")
        if event.at - execution.started_at > self._deadlines.get(execution.machine, float("inf")) + 1:
            self._report("every execution ends within its deadline", f"{execution.machine} {execution.name}")

    def conclude(self, accepted_events: int) -> None:
        """What must hold when the story is over.

        Args:
            accepted_events: how many events the endpoint said it took, into the service or its queue.
        """
        self._check_serving()
        running = [execution for execution in self._local.engine.executions if execution.status == "RUNNING"]
        now = self._local.engine.now()
        for execution in running:
            if now - execution.started_at > self._deadlines[execution.machine] + 1:
                self._report("every execution ends within its deadline", f"{execution.machine} {execution.name}")
        self._check_orphans(any(execution.machine == "train" for execution in running))
        if not running:
            self._check_ledger()
        self._check_events(accepted_events)

    def _check_orphans(self, training: bool) -> None:
        """Nothing is billed that nobody asked for: trainings without a workflow, campaigns outside the plan."""
        store = self._local.simulator.world.store
        if not training:
            for version in store.select(SolutionVersion, lambda one: one.status in _UNDER_WAY):
                self._report("no billable orphan", f"{_name(version.arn)} is {version.status} and no workflow waits")
        for one in [*store.select(Campaign), *store.select(Recommender)]:
            if one.arn not in self._gates:
                self._report("no billable orphan", f"{_name(one.arn)} is not in the plan")

    def _check_ledger(self) -> None:
        """The newest release of each campaign in the ledger is what serves, or an update that was late after it."""
        for arn, serving in self._served.items():
            told = self._told_to_serve(arn)
            if told and serving not in told:
                self._report("the ledger tells what serves", f"{_name(arn)}: {_name(told[-1])}, not {_name(serving)}")

    def _told_to_serve(self, arn: str) -> list[str]:
        """What a campaign serves by the ledger: late updates, newest first, then the newest release or way back."""
        params = {
            "TableName": self._local.values["LedgerTableName"],
            "KeyConditionExpression": f"{LEDGER_PARTITION_KEY} = :arn",
            "ExpressionAttributeValues": {":arn": {"S": arn}},
            "ScanIndexForward": False,
        }
        told = []
        for item in self._local.aws.call("dynamodb", "Query", params)["Items"]:
            decision = item.get("decision", {}).get("S")
            if decision in {"RELEASED", "ROLLED_BACK", "LATE"}:
                told.append(str(item["serving" if decision == "ROLLED_BACK" else "candidate"]["S"]))
            if decision in {"RELEASED", "ROLLED_BACK"}:
                break
        return told

    def _check_events(self, accepted: int) -> None:
        world = self._local.simulator.world
        kept = sum(
            sum(event is not ERASED for event in world.data[dataset.arn].events)
            for dataset in world.store.select(Dataset, lambda one: one.dataset_type == "INTERACTIONS")
            if dataset.arn in world.data
        )
        queue = self._local.event_queue
        waiting = queue.waiting() if queue is not None else 0
        if not accepted - waiting * EVENTS_AT_ONCE <= kept <= accepted - waiting:
            what = f"the endpoint took {accepted}, the service holds {kept}, {waiting} messages wait"
            self._report("no event is lost or doubled", what)


def _gates(local: Local) -> dict[str, dict[str, Any]]:
    """Campaign ARN to its gate, from the plan."""
    job = resolve_tokens(local.plan.maintenance["FULL"], local.values)
    return {
        campaign["CampaignArn"]: campaign["Gate"] for solution in job["Solutions"] for campaign in solution["Campaigns"]
    }


def _name(arn: str) -> str:
    return arn.rpartition(":")[2]
