"""The composition root of everything offline: plan, runner and simulator joined, moto for every other AWS service.

    clock ──────────────┐
    simulator ── transport ─┐            (boto3 clients inside the handlers reach it)
    moto: S3, DynamoDB, SSM ┤
    engine ── LocalCaller ──┘            (state machines)
    gateway ── LocalFunctions            (Lambda handlers)

Only this module knows both the runner and the simulator.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import boto3
from botocore import xform_name
from botocore.exceptions import BotoCoreError, ClientError
from moto import mock_aws

from tastemaker.assets import stage_lambdas
from tastemaker.errors import AwsError, TastemakerError, WorkflowFailedError
from tastemaker.plan.specs import LEDGER_PARTITION_KEY, LEDGER_SORT_KEY
from tastemaker.plan.tokens import machine_arn_token, resolve_tokens
from tastemaker.runner.gateway import Gateway
from tastemaker.runner.handlers import LocalFunctions
from tastemaker.runner.interpreter.engine import Engine
from tastemaker.simulator import transport
from tastemaker.simulator.clock import Clock, SystemClock
from tastemaker.simulator.service import Simulator

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tastemaker.plan.specs import Plan
    from tastemaker.runner.interpreter.execution import Execution, Progress

ACCOUNT_ID = "123456789012"
REGION = "us-east-1"
PERSONALIZE_SERVICES = frozenset({"personalize", "personalize-runtime", "personalize-events"})


class SwitchedClock:
    """One clock for all rooms: virtual while workflows run, the computer's own once a server has gone live."""

    def __init__(self, source: Clock) -> None:
        self.source = source

    def now(self) -> float:
        return self.source.now()


class Boto3Caller:
    """AWS operations through boto3; moto answers them offline."""

    def __init__(self, region: str) -> None:
        self._region = region
        self._clients: dict[str, Any] = {}

    def client(self, service: str) -> Any:
        """The one client per service, made when first asked for."""
        if service not in self._clients:
            self._clients[service] = boto3.client(service, region_name=self._region)
        return self._clients[service]

    def call(self, service: str, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """See `AwsCaller`."""
        try:
            result: dict[str, Any] = getattr(self.client(service), xform_name(operation))(**params)
        except ClientError as error:
            raise aws_error(service, error) from error
        except BotoCoreError as error:  # refused before it was sent, e.g. a missing parameter
            raise AwsError(service, "SdkClientException", str(error)) from error
        result.pop("ResponseMetadata", None)
        return result


class LocalCaller:
    """State machines' way to AWS: Personalize goes straight to the simulator, the rest through boto3 to moto."""

    def __init__(self, simulator: Simulator, others: Boto3Caller) -> None:
        self._simulator, self._others = simulator, others

    def call(self, service: str, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """See `AwsCaller`."""
        if service in PERSONALIZE_SERVICES:
            return self._simulator.call(service, operation, params)
        return self._others.call(service, operation, params)


class S3Objects:
    """The simulator's `ObjectStore` over S3; objects are cached as files by ETag."""

    def __init__(self, caller: Boto3Caller, folder: Path) -> None:
        self._caller, self._folder = caller, folder

    def fetch(self, location: str) -> list[Path]:
        bucket, _, key = location.removeprefix("s3://").partition("/")
        if not key.endswith("/") and "." in key.rpartition("/")[2]:
            head = self._caller.call("s3", "HeadObject", {"Bucket": bucket, "Key": key})
            return [self._download(bucket, key, head["ETag"])]
        listed = self._caller.call("s3", "ListObjectsV2", {"Bucket": bucket, "Prefix": key, "Delimiter": "/"})
        return [
            self._download(bucket, found["Key"], found["ETag"])
            for found in sorted(listed.get("Contents", ()), key=lambda entry: str(entry["Key"]))
            if found["Size"] > 0
        ]

    def put(self, location: str, body: bytes) -> None:
        bucket, _, key = location.removeprefix("s3://").partition("/")
        self._caller.call("s3", "PutObject", {"Bucket": bucket, "Key": key, "Body": body})

    def _download(self, bucket: str, key: str, etag: str) -> Path:
        target = self._folder / bucket / etag.strip('"') / Path(key).name
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            self._caller.client("s3").download_file(bucket, key, str(target))
        return target


class Local:
    """One project's plan, deployed on this computer. Use it as a context manager; nothing outlives it.

    Args:
        on_event: hears of executions and states.
        log: takes function name and line of what the handlers log.

    Attributes:
        plan, simulator, engine, functions, gateway: the parts, for those who need one alone.
    """

    def __init__(
        self,
        plan: Plan,
        *,
        start_time: float,
        seed: int = 0,
        on_event: Callable[[Progress], None] = lambda _event: None,
        log: Callable[[str, str], None] = lambda _function, _line: None,
    ) -> None:
        self.plan, self.seed = plan, seed
        self._start_time, self._on_event, self._log = start_time, on_event, log
        self._stack = contextlib.ExitStack()
        self.values = {
            "Partition": "aws",
            "Region": REGION,
            "AccountId": ACCOUNT_ID,
            "DataBucketName": f"{plan.prefix}-data",
            "PersonalizeRoleArn": f"arn:aws:iam::{ACCOUNT_ID}:role/{plan.prefix}-personalize",
            "DataKeyArn": f"arn:aws:kms:{REGION}:{ACCOUNT_ID}:key/00000000-0000-0000-0000-000000000000",
            "LedgerTableName": f"{plan.prefix}-ledger",
        }

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tastemaker-")))
            stack.enter_context(_environment({"AWS_DEFAULT_REGION": REGION, "AWS_REGION": REGION}))
            stack.enter_context(mock_aws())
            self._build(folder)
            stack.callback(self.functions.close)
            stack.enter_context(transport.install(self.simulator))
            self._provision()
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._stack.close()

    def _build(self, folder: Path) -> None:
        self.aws = Boto3Caller(REGION)
        self.clock = SwitchedClock(SystemClock())
        self.simulator = Simulator(
            clock=self.clock,
            objects=S3Objects(self.aws, folder / "objects"),
            seed=self.seed,
            region=REGION,
            account_id=ACCOUNT_ID,
        )
        asset = stage_lambdas(folder / "asset")
        self.functions = LocalFunctions(asset, self.plan.functions, self.values, log=self._log)
        self.engine = Engine(
            aws=LocalCaller(self.simulator, self.aws),
            functions=self.functions,
            start_time=self._start_time,
            seed=self.seed,
            region=REGION,
            account_id=ACCOUNT_ID,
        )
        self.engine.listeners.append(self._on_event)
        self.clock.source = self.engine
        self.gateway = Gateway(self.plan.routes, self.functions, now=self.clock.now)

    def _provision(self) -> None:
        """What CloudFormation makes on AWS: bucket, ledger table, state machines."""
        bucket, table = self.values["DataBucketName"], self.values["LedgerTableName"]
        self.aws.call("s3", "CreateBucket", {"Bucket": bucket})
        keys = {LEDGER_PARTITION_KEY: "HASH", LEDGER_SORT_KEY: "RANGE"}
        self.aws.call(
            "dynamodb",
            "CreateTable",
            {
                "TableName": table,
                "BillingMode": "PAY_PER_REQUEST",
                "KeySchema": [{"AttributeName": name, "KeyType": kind} for name, kind in keys.items()],
                "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name in keys],
            },
        )
        for machine in self.plan.machines:
            token = machine_arn_token(machine.name)[2:-1]
            self.values[token] = f"arn:aws:states:{REGION}:{ACCOUNT_ID}:stateMachine:{machine.name}"
        for machine in self.plan.machines:
            self.engine.register(machine.name, resolve_tokens(machine.definition, self.values))

    def upload(self, files: Mapping[str, Path]) -> None:
        """Put prepared dataset files where the import looks for them; `files` maps dataset type to file."""
        for upload in self.plan.uploads:
            body = files[upload.dataset_type].read_bytes()
            params = {"Bucket": self.values["DataBucketName"], "Key": upload.key, "Body": body}
            self.aws.call("s3", "PutObject", params)

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

    def go_live(self) -> None:
        """From now on time passes by itself, from the virtual moment that was reached."""
        live = SystemClock()
        self.clock.source = SystemClock(offset_seconds=self.engine.now() - live.now())


def aws_error(service: str, error: ClientError) -> AwsError:
    """Botocore's error in our tree."""
    details = error.response.get("Error", {})
    metadata = error.response.get("ResponseMetadata", {})
    return AwsError(
        service,
        str(details.get("Code", "Unknown")),
        str(details.get("Message", "")),
        status=int(metadata.get("HTTPStatusCode", 400)),
        request_id=str(metadata.get("RequestId", "")),
    )


@contextlib.contextmanager
def _environment(values: Mapping[str, str]) -> Any:
    """Environment variables that the SDK reads inside handlers, put back afterwards."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


__all__ = ["ACCOUNT_ID", "REGION", "Boto3Caller", "Local", "LocalCaller", "TastemakerError", "aws_error"]
