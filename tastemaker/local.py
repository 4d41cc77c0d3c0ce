"""The composition root of everything offline: plan, runner and simulator joined, moto for every other AWS service.

    clock ──────────────┐
    simulator ── transport ─┐            (boto3 clients inside the handlers reach it)
    moto: S3, DynamoDB, SSM ┤
    engine ── LocalCaller ──┘            (state machines)
    gateway ── LocalFunctions            (Lambda handlers)

Only this module knows both the runner and the simulator.
"""

from __future__ import annotations

import atexit
import contextlib
import csv
import functools
import json
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from moto import mock_aws

from tastemaker.assets import stage_lambdas
from tastemaker.aws import (
    ACCOUNT_ID,
    PERSONALIZE_SERVICES,
    REGION,
    CloudWatchMetrics,
    S3Objects,
    environment,
    shared_service_models,
)
from tastemaker.aws_policies import AccountPolicies, create_data_access
from tastemaker.errors import AwsError, WorkflowFailedError
from tastemaker.local_athena import LocalAthena
from tastemaker.moto_caller import MotoCaller, answer_request, known_operations, shared_key_material
from tastemaker.plan.openapi import build_openapi, build_public_document
from tastemaker.plan.specs import LEDGER_PARTITION_KEY, LEDGER_SORT_KEY
from tastemaker.plan.tokens import machine_arn_token, pascal_case, resolve_tokens
from tastemaker.runner.callers import build_door
from tastemaker.runner.event_queue import EventQueuePump, create_event_queue
from tastemaker.runner.experiment_records import create_experiment_table, create_table
from tastemaker.runner.gateway import Gateway
from tastemaker.runner.handlers import LocalFunctions
from tastemaker.runner.interpreter.engine import Engine
from tastemaker.simulator import transport
from tastemaker.simulator.access import PolicyAccess
from tastemaker.simulator.clock import Clock, SystemClock
from tastemaker.simulator.faults import Faults
from tastemaker.simulator.quotas import Quotas, RateLimiter
from tastemaker.simulator.refusals import RefusalError
from tastemaker.simulator.service import Simulator
from tastemaker.simulator.wire import Endpoint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from tastemaker.plan.specs import Plan
    from tastemaker.runner.interpreter.execution import Execution, Progress
    from tastemaker.runner.seams import AwsCaller
    from tastemaker.wire import WireResponse


@functools.cache
def _stage_once(document: str) -> Path:
    """The functions' code with this OpenAPI document; nobody changes it, so all deployments of a process share it."""
    folder = tempfile.TemporaryDirectory(prefix="tastemaker-")
    atexit.register(folder.cleanup)
    return stage_lambdas(Path(folder.name) / "asset", json.loads(document))


class SwitchedClock:
    """One clock for all rooms: virtual while workflows run, the computer's own once a server has gone live."""

    def __init__(self, source: Clock) -> None:
        self.source = source

    def now(self) -> float:
        return self.source.now()


@dataclass(frozen=True)
class AwsCall:
    """What a state machine asked of AWS: either an answer or an error."""

    service: str
    operation: str
    params: Mapping[str, Any]
    answer: Mapping[str, Any] | None
    error: AwsError | None


class LocalCaller:
    """State machines' way to AWS: Personalize goes straight to the simulator, the rest through boto3 to moto.

    Args:
        rates: what limits state machines. Their clock moves while they wait; who calls the simulator directly may do
            so many times in one virtual moment and is not limited here.
    """

    def __init__(self, simulator: Simulator, others: AwsCaller, rates: RateLimiter, clock: Clock) -> None:
        self._simulator, self._others = simulator, others
        self._rates, self._clock = rates, clock
        self.listeners: list[Callable[[AwsCall], None]] = []

    def call(self, service: str, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """See `AwsCaller`; listeners hear of it when it has been answered."""
        try:
            answer = self._answer(service, operation, params)
        except AwsError as error:
            self._tell(AwsCall(service, operation, params, None, error))
            raise
        self._tell(AwsCall(service, operation, params, answer, None))
        return answer

    def _tell(self, call: AwsCall) -> None:
        for listener in self.listeners:
            listener(call)

    def _answer(self, service: str, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
        if service not in PERSONALIZE_SERVICES:
            return self._others.call(service, operation, params)
        try:
            self._rates.take(service, operation, params, self._clock.now())
        except RefusalError as refusal:
            raise AwsError(service, refusal.code, refusal.message) from refusal
        return self._simulator.call(service, operation, params)


class Local:
    """One project's plan, deployed on this computer. Use it as a context manager; nothing outlives it but
    the functions' code, which goes with the process.

    Args:
        on_event: hears of executions and states.
        log: takes function name and line of what the handlers log.
        faults: what goes wrong in Amazon Personalize.
        quotas: of the account. State machines keep to the control plane's rate; nothing limits who calls directly.

    Attributes:
        plan, simulator, engine, functions, gateway: the parts, for those who need one alone.
        asset: folder of the functions' code.
        caller: what the state machines ask AWS through; others may listen.
        athena: prepares the raw data; None where the project does not use it.

        pumps: queue's name to what takes its messages to their function.
    """

    def __init__(
        self,
        plan: Plan,
        *,
        start_time: float,
        seed: int = 0,
        on_event: Callable[[Progress], None] = lambda _event: None,
        log: Callable[[str, str], None] = lambda _function, _line: None,
        faults: Faults = Faults(),  # noqa: B008 - frozen
        quotas: Quotas = Quotas.workflow(),  # noqa: B008 - frozen
    ) -> None:
        self.plan, self.seed = plan, seed
        self._faults, self._quotas = faults, quotas
        self._start_time, self._on_event, self._log = start_time, on_event, log
        self._stack = contextlib.ExitStack()
        self.pumps: dict[str, EventQueuePump] = {}
        self.values = {
            "Partition": "aws",
            "Region": REGION,
            "AccountId": ACCOUNT_ID,
            "DataBucketName": f"{plan.prefix}-data",
            "PersonalizeRoleArn": f"arn:aws:iam::{ACCOUNT_ID}:role/{plan.prefix}-personalize",
            "DataKeyArn": f"arn:aws:kms:{REGION}:{ACCOUNT_ID}:key/00000000-0000-0000-0000-000000000000",
            "LedgerTableName": f"{plan.prefix}-ledger",
            "EventBusName": plan.prefix,
            "TopicArn": f"arn:aws:sns:{REGION}:{ACCOUNT_ID}:{plan.prefix}-outcomes",
            **({} if plan.preparation is None else plan.preparation.token_values),
            **{client.id_token: f"key-{client.name}" for client in plan.clients},
        }

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tastemaker-")))
            stack.enter_context(environment({"AWS_DEFAULT_REGION": REGION, "AWS_REGION": REGION}))
            stack.enter_context(shared_service_models())
            stack.enter_context(mock_aws())
            stack.enter_context(shared_key_material())
            stack.enter_context(known_operations())
            self._build(folder)
            stack.callback(self.functions.close)
            stack.enter_context(transport.install(self.simulator, early=True))
            self._provision()
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._stack.close()

    def _build(self, folder: Path) -> None:
        self.aws = MotoCaller(REGION)
        self.clock = SwitchedClock(SystemClock())
        self.simulator = Simulator(
            clock=self.clock,
            objects=S3Objects(self.aws, folder / "objects"),
            seed=self.seed,
            region=REGION,
            account_id=ACCOUNT_ID,
            faults=self._faults,
            quotas=replace(self._quotas, control_requests_per_second=None),
            access=PolicyAccess(AccountPolicies(self.aws)),
            metric_sink=CloudWatchMetrics(self.aws),
        )
        self._personalize = Endpoint(self.simulator)
        document = build_openapi(self.plan.project, self.plan.routes, user_pool_arn=self.plan.user_pool_arn)
        self.asset = _stage_once(json.dumps(build_public_document(document, self.plan.routes)))
        self.functions = LocalFunctions(self.asset, self.plan.functions, self.values, log=self._log)
        self.athena = None
        if self.plan.preparation is not None:
            self.athena = LocalAthena(self.aws, self.plan.preparation, folder / "raw")
        self.caller = LocalCaller(self.simulator, self.athena or self.aws, RateLimiter(self._quotas), self.clock)
        self.engine = Engine(
            aws=self.caller,
            functions=self.functions,
            start_time=self._start_time,
            seed=self.seed,
            region=REGION,
            account_id=ACCOUNT_ID,
        )
        self.engine.listeners.append(self._on_event)
        self.clock.source = self.engine
        self.gateway = Gateway(
            self.plan.routes, self.functions, now=self.clock.now, door=build_door(self.plan, self.values)
        )

    def _provision(self) -> None:
        """What CloudFormation makes on AWS: bucket, role, key, ledger table, event bus, topic, state machines."""
        bucket, table = self.values["DataBucketName"], self.values["LedgerTableName"]
        self.aws.call("s3", "CreateBucket", {"Bucket": bucket})
        role_name = self.values["PersonalizeRoleArn"].rpartition("/")[2]
        self.values["DataKeyArn"] = create_data_access(
            self.aws,
            bucket=bucket,
            role_name=role_name,
            region=REGION,
            account_id=ACCOUNT_ID,
            publishes_metrics=self.plan.publishes_metrics,
        )
        create_table(self.aws, table, LEDGER_PARTITION_KEY, LEDGER_SORT_KEY)
        if self.plan.experiment_table is not None:
            create_experiment_table(self.aws, self.plan.prefix, self.plan.experiment_table)
        for name, key in self.plan.side_tables.items():
            create_table(self.aws, name, key)
        self.aws.call("events", "CreateEventBus", {"Name": self.values["EventBusName"]})
        self.aws.call("sns", "CreateTopic", {"Name": self.values["TopicArn"].rpartition(":")[2]})
        for function in self.plan.functions:
            arn = f"arn:aws:lambda:{REGION}:{ACCOUNT_ID}:function:{self.plan.prefix}-{function.name}"
            self.values[f"{pascal_case(function.name)}FunctionArn"] = arn

        for queue in self.plan.queues:
            self.values |= create_event_queue(self.aws, self.plan.prefix, queue)
            self.pumps[queue.name] = EventQueuePump(self.aws, self.functions, queue, self.values)
        if self.athena is not None:
            self.athena.provision(bucket)
        for machine in self.plan.machines:
            token = machine_arn_token(machine.name)[2:-1]
            self.values[token] = f"arn:aws:states:{REGION}:{ACCOUNT_ID}:stateMachine:{machine.name}"
            self.values[token.replace("Arn", "Name")] = machine.name
        for machine in self.plan.machines:
            self.engine.register(machine.name, resolve_tokens(machine.definition, self.values))

    @property
    def event_queue(self) -> EventQueuePump | None:
        """Takes queued events to the function that replays them; None where no route queues any."""
        spec = self.plan.event_queue
        return None if spec is None else self.pumps[spec.name]

    def upload(self, files: Mapping[str, Path]) -> None:
        """Put prepared dataset files where the import looks for them; `files` maps dataset type to file."""
        for upload in self.plan.uploads:
            self.put_dataset(upload.key, files[upload.dataset_type])

    def put_dataset(self, key: str, file: Path) -> None:
        """One dataset file with its number of rows beside it, which the import compares with the last one's."""
        with file.open(encoding="utf-8", newline="") as text:
            rows = sum(1 for _ in csv.reader(text)) - 1
        params = {
            "Bucket": self.values["DataBucketName"],
            "Key": key,
            "Body": file.read_bytes(),
            "Metadata": {"rows": str(rows)},
        }
        self.aws.call("s3", "PutObject", params)

    def fill_table(self, name: str, items: Iterable[Mapping[str, str]]) -> None:
        """Put items into one of the team's own tables, all values as texts."""
        for item in items:
            written = {attribute: {"S": value} for attribute, value in item.items()}
            self.aws.call("dynamodb", "PutItem", {"TableName": name, "Item": written})

    def execute(self, machine: str, machine_input: dict[str, Any]) -> Execution:
        """Run a machine of the plan to its end on the virtual clock; tokens in the input are resolved first.

        Raises:
            WorkflowFailedError: the execution ended otherwise than SUCCEEDED, with its error and cause.
        """
        execution = self.engine.start(machine, resolve_tokens(machine_input, self.values))
        self.engine.run(execution)
        if execution.status != "SUCCEEDED":
            raise WorkflowFailedError(
                machine, execution.name, execution.error or execution.status, execution.cause or "no cause was given"
            )
        return execution

    def deploy(self) -> None:
        """What `cdk deploy` and the first weekly schedule do: ensure, then a full maintain."""
        self.execute("ensure", self.plan.resources)
        self.execute("maintain", self.plan.maintenance["FULL"])

    def answer(self, method: str, url: str, headers: Mapping[str, str | bytes], body: bytes) -> WireResponse:
        """A request that botocore would send to AWS, from functions in another process; see `wire.remote.Aws`."""
        path = transport.personalize_path(url)
        if path is None:
            return answer_request(method, url, headers, body)
        return self._personalize.answer(method, path, headers, body)

    def go_live(self) -> None:
        """From now on time passes by itself, from the virtual moment that was reached, and callers may come."""
        self.simulator.warm_up()
        live = SystemClock()
        self.clock.source = SystemClock(offset_seconds=self.engine.now() - live.now())
