"""What a Task's Resource stands for: AWS operations, Lambda functions, nested workflows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tastemaker.runner.interpreter.services.function import FunctionArn, InvokeFunction
from tastemaker.runner.interpreter.services.item_reader import read_items
from tastemaker.runner.interpreter.services.jobs import JOB_KINDS
from tastemaker.runner.interpreter.services.names import api_member
from tastemaker.runner.interpreter.services.nested import StartExecution
from tastemaker.runner.interpreter.services.patterns import TOKEN_SUFFIX, SdkMetadata, WithToken
from tastemaker.runner.interpreter.services.polling import RunJob
from tastemaker.runner.interpreter.services.result_writer import write_results
from tastemaker.runner.interpreter.services.sdk import (
    Services,
    build_operation,
    name_optimised_error,
    name_sdk_error,
)

if TYPE_CHECKING:
    from random import Random

    from tastemaker.runner.interpreter.dataset import Item
    from tastemaker.runner.interpreter.integrations import Integration
    from tastemaker.runner.interpreter.map_runs import MapRun
    from tastemaker.runner.interpreter.services.jobs import JobKind
    from tastemaker.runner.interpreter.services.nested import Executions
    from tastemaker.runner.interpreter.services.sdk import ErrorNaming, OperationIntegration
    from tastemaker.runner.seams import AwsCaller, FunctionInvoker

_PREFIX = "arn:aws:states:::"

_PLAIN_CALLS: dict[str, tuple[str, str, frozenset[str]]] = {
    "dynamodb:getItem": ("DynamoDB", "AmazonDynamoDBv2", frozenset()),
    "dynamodb:putItem": ("DynamoDB", "AmazonDynamoDBv2", frozenset()),
    "dynamodb:updateItem": ("DynamoDB", "AmazonDynamoDBv2", frozenset()),
    "dynamodb:deleteItem": ("DynamoDB", "AmazonDynamoDBv2", frozenset()),
    "sns:publish": ("SNS", "AmazonSNS", frozenset({"Message"})),
    "sqs:sendMessage": ("SQS", "AmazonSQS", frozenset({"MessageBody"})),
    "events:putEvents": ("EventBridge", "AmazonEventBridge", frozenset({"Detail"})),
    "athena:stopQueryExecution": ("Athena", "AmazonAthena", frozenset()),
    "athena:getQueryExecution": ("Athena", "AmazonAthena", frozenset()),
    "athena:getQueryResults": ("Athena", "AmazonAthena", frozenset()),
}
"""Optimised integrations that only call: error prefix, client name in causes, members that take any JSON value."""

_NOT_SIMULATED = frozenset({
    "apigateway", "athena", "batch", "bedrock", "codebuild", "databrew", "ecs", "eks", "elasticmapreduce",
    "emr-containers", "emr-serverless", "glue", "http", "mediaconvert", "sagemaker", "states",
})  # fmt: skip
"""Services with optimised integrations of which some or all are not built. Source: developer guide, "Integrating
optimized services with Step Functions"."""

_SYNC = ".sync"
_NESTED = ("startExecution", "startExecution.sync", "startExecution.sync:2")


class S3MapStorage:
    """Implements `interpreter.integrations.MapStorage`."""

    def __init__(self, aws: AwsCaller) -> None:
        self._aws = aws

    def read(self, reader: dict[str, Any]) -> list[Item]:
        return read_items(reader, self._aws)

    def write(self, writer: dict[str, Any], run: MapRun, now: float) -> dict[str, str]:
        return write_results(writer, run, self._aws, now)


class TaskIntegrations:
    """Finds integrations; implements `interpreter.integrations.Integrations`."""

    def __init__(self, aws: AwsCaller, functions: FunctionInvoker, executions: Executions, chance: Random) -> None:
        self._aws, self._functions, self._executions, self._chance = aws, functions, executions, chance
        self._services, self._metadata = Services(), SdkMetadata(executions.now)
        self.storage = S3MapStorage(aws)
        self._found: dict[str, Integration] = {}

    def find(self, resource: str) -> Integration:
        """The integration of a Resource, the same object each time.

        Raises:
            LookupError: it is not built; the message names it.
        """
        if resource not in self._found:
            self._found[resource] = self._build(resource)
        return self._found[resource]

    def _build(self, resource: str) -> Integration:
        if resource.startswith("arn:") and resource.split(":")[2] == "lambda":
            return FunctionArn(self._functions, self._chance, resource)
        if not resource.startswith(_PREFIX):
            raise _unknown(resource)
        if resource.endswith(TOKEN_SUFFIX):
            return WithToken(self.find(resource.removesuffix(TOKEN_SUFFIX)))
        name = resource.removeprefix(_PREFIX)
        kind, _, action = name.partition(":")
        if kind == "aws-sdk":
            return self._sdk(resource, action)
        return self._optimised(resource, name, kind, action)

    def _optimised(self, resource: str, name: str, kind: str, action: str) -> Integration:
        if name == "lambda:invoke":
            return InvokeFunction(self._functions, self._metadata, self._chance)
        if kind == "states" and action in _NESTED:
            return StartExecution(self._executions, self._metadata, action)
        if name in _PLAIN_CALLS:
            prefix, client, texts = _PLAIN_CALLS[name]
            return self._operation(kind, action, name_optimised_error(prefix, client), texts, self._metadata)
        if name.removesuffix(_SYNC) in JOB_KINDS:
            return self._job(kind, action, JOB_KINDS[name.removesuffix(_SYNC)])
        if kind in _NOT_SIMULATED:
            raise LookupError(f"not built: Resource {resource}")
        raise _unknown(resource)

    def _job(self, kind: str, action: str, job: JobKind) -> Integration:
        """The start alone, or with `.sync` the wait for the end."""
        naming = name_optimised_error(job.prefix, job.client)
        start = self._operation(kind, action.removesuffix(_SYNC), naming, metadata=self._metadata)
        if not action.endswith(_SYNC):
            return start
        return RunJob(start, self._operation(kind, job.describe, naming), self._operation(kind, job.stop, naming), job)

    def _operation(
        self,
        kind: str,
        action: str,
        naming: ErrorNaming,
        texts: frozenset[str] = frozenset(),
        metadata: SdkMetadata | None = None,
    ) -> OperationIntegration:
        service = self._services.find(kind, api_member)
        return build_operation(service, action, self._aws, kind, naming, texts, metadata)

    def _sdk(self, resource: str, rest: str) -> Integration:
        service, _, action = rest.partition(":")
        try:
            found = self._services.find(service)
            return build_operation(found, action, self._aws, f"aws-sdk:{service}", name_sdk_error)
        except LookupError as error:
            raise _unknown(resource) from error


def _unknown(resource: str) -> LookupError:
    """The service's words for a Resource that it does not have."""
    return LookupError(
        f"The resource provided {resource} is not recognized. "
        "The value is not a valid resource ARN, or the resource is not available in this region."
    )
