"""What a Task's Resource stands for: AWS operations, Lambda functions, nested workflows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tastemaker.runner.interpreter.services.function import InvokeFunction
from tastemaker.runner.interpreter.services.names import api_member
from tastemaker.runner.interpreter.services.nested import StartExecution
from tastemaker.runner.interpreter.services.sdk import (
    Services,
    build_operation,
    name_optimised_error,
    name_sdk_error,
)

if TYPE_CHECKING:
    from tastemaker.runner.interpreter.integrations import Integration
    from tastemaker.runner.interpreter.services.nested import Executions
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
}
"""Optimised integrations that only call: error prefix, client name in causes, members that take any JSON value."""

_NESTED = ("startExecution", "startExecution.sync", "startExecution.sync:2")


class TaskIntegrations:
    """Finds integrations; implements `interpreter.integrations.Integrations`."""

    def __init__(self, aws: AwsCaller, functions: FunctionInvoker, executions: Executions) -> None:
        self._aws, self._functions, self._executions = aws, functions, executions
        self._services = Services()
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
        if not isinstance(resource, str) or not resource.startswith(_PREFIX):
            raise LookupError(f"not built: Resource {resource!r}; a Resource starts with {_PREFIX}")
        name = resource.removeprefix(_PREFIX)
        kind, _, action = name.partition(":")
        if kind == "aws-sdk":
            return self._sdk(resource, action)
        if name == "lambda:invoke":
            return InvokeFunction(self._functions)
        if kind == "states" and action in _NESTED:
            return StartExecution(self._executions, action)
        if name in _PLAIN_CALLS:
            prefix, client, texts = _PLAIN_CALLS[name]
            naming = name_optimised_error(prefix, client)
            return build_operation(self._services.find(kind, api_member), action, self._aws, kind, naming, texts)
        raise LookupError(f"not built: Resource {resource}")

    def _sdk(self, resource: str, rest: str) -> Integration:
        service, _, action = rest.partition(":")
        if not service or not action.isalnum():
            raise LookupError(f"not built: Resource {resource}")
        return build_operation(self._services.find(service), action, self._aws, f"aws-sdk:{service}", name_sdk_error)
