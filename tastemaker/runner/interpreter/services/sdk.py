"""Calls of AWS operations: `aws-sdk:<service>:<action>` and the optimised integrations that are plain calls."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from botocore.loaders import Loader
from botocore.model import OperationNotFoundError, ServiceModel

from tastemaker.errors import AwsError
from tastemaker.runner.interpreter.failures import RUNTIME, StateError
from tastemaker.runner.interpreter.payload import to_text
from tastemaker.runner.interpreter.services.arguments import find_argument_problems
from tastemaker.runner.interpreter.services.names import botocore_service, java_service, pascal_member, with_exception
from tastemaker.runner.interpreter.services.results import find_result_problems
from tastemaker.runner.interpreter.services.shapes import ArgumentError, Decoders, Encoders

if TYPE_CHECKING:
    from collections.abc import Callable

    from tastemaker.runner.interpreter.execution import Execution
    from tastemaker.runner.interpreter.services.patterns import SdkMetadata
    from tastemaker.runner.interpreter.services.shapes import Naming, Translation
    from tastemaker.runner.seams import AwsCaller

    ErrorNaming = Callable[["Service", AwsError], tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Service:
    """One service model with its compiled translations.

    Attributes:
        naming: how members are called in Arguments and results.
    """

    name: str
    model: Any
    naming: Naming
    encoders: Encoders
    decoders: Decoders

    @property
    def java_name(self) -> str:
        return java_service(self.model.metadata["serviceId"])

    def modelled_error(self, code: str) -> bool:
        """Whether the service's model knows an error with this code."""
        return code in _error_codes(self.model)


@cache
def _error_codes(model: Any) -> frozenset[str]:
    shapes = (model.shape_for(name) for name in model.shape_names)
    errors = [shape for shape in shapes if shape.metadata.get("exception")]
    return frozenset({shape.metadata.get("error", {}).get("code", shape.name) for shape in errors}).union(
        shape.name for shape in errors
    )


@cache
def _load_model(name: str) -> ServiceModel:
    """Read once in a process: the models of some services are megabytes of JSON."""
    return ServiceModel(Loader().load_service_model(name, "service-2"), service_name=name)


@cache
def _list_services() -> frozenset[str]:
    return frozenset(Loader().list_available_services("service-2"))


class Services:
    """Service models of botocore, loaded when they are first named."""

    def __init__(self) -> None:
        self._services: dict[tuple[str, Naming], Service] = {}

    def find(self, integration_name: str, naming: Naming = pascal_member) -> Service:
        """The service of `arn:aws:states:::aws-sdk:<integration_name>:…`; LookupError when there is none."""
        name = botocore_service(integration_name, _list_services())
        if name is None:
            raise LookupError(f"there is no AWS service '{integration_name}'")
        key = (name, naming)
        if key not in self._services:
            self._services[key] = Service(name, _load_model(name), naming, Encoders(naming), Decoders(naming))
        return self._services[key]


@dataclass(frozen=True, slots=True)
class OperationIntegration:
    """One operation of one service, request and response.

    Attributes:
        texts: members that take any JSON value and are sent as text, e.g. `MessageBody`.
        name_error: error name and cause of a refused call.
        metadata: what optimised integrations add to results; None for `aws-sdk`.
    """

    resource: str
    resource_type: str
    service: Service
    operation: str
    aws: AwsCaller
    encode: Translation
    decode: Translation
    name_error: ErrorNaming
    texts: frozenset[str] = frozenset()
    metadata: SdkMetadata | None = None
    waits_for_token: bool = False

    def check(self, arguments: Any) -> list[str]:
        shape = self.service.model.operation_model(self.operation).input_shape
        if arguments is None or shape is None:
            return []
        arguments = _without_texts(arguments, self.texts)
        return list(find_argument_problems(arguments, shape, self.service.naming))

    def check_result(self, result: Any, *, strict: bool) -> list[str]:
        shape = self.service.model.operation_model(self.operation).output_shape
        if shape is None:
            return []
        return list(find_result_problems(result, shape, self.service.naming, strict=strict))

    def prepare(self, arguments: Any) -> Any:
        try:
            if not isinstance(arguments, dict):
                raise ArgumentError("The value for the field 'Arguments' must be an OBJECT")
            return self.encode(_without_texts(arguments, self.texts))
        except ArgumentError as error:
            cause = f"The Parameters '{to_text(arguments)}' could not be used to start the Task: [{error}]"
            raise StateError(RUNTIME, cause, of_state=True) from error

    def call(self, prepared: Any, caller: Execution) -> Any:
        result = self.send(self._signed(prepared, caller))
        if self.resource_type == "events" and result.get("FailedEntryCount", 0) > 0:
            raise StateError("EventBridge.FailedEntry", to_text(dict(sorted(result.items()))))
        return result if self.metadata is None else self.metadata.add(result, self.service.model.metadata)

    def _signed(self, prepared: Any, caller: Execution) -> Any:
        """Events of the optimised integration name whose they are. Source: developer guide, "EventBridge"."""
        if self.resource_type != "events":
            return prepared
        arns = [caller.arn, caller.machine_arn]
        entries = [{**entry, "Resources": [*entry.get("Resources", []), *arns]} for entry in prepared["Entries"]]
        return {**prepared, "Entries": entries}

    def send(self, params: Any) -> Any:
        """The answer to botocore's parameters; raises StateError when the service refuses."""
        try:
            return self.decode(self.aws.call(self.service.name, self.operation, params))
        except AwsError as error:
            raise StateError(*self.name_error(self.service, error)) from error

    def job(self, prepared: Any, response: Any) -> None:  # noqa: ARG002 - plain calls have no job
        return None


def _without_texts(arguments: Any, texts: frozenset[str]) -> Any:
    """Arguments in which members that hold any JSON are strings, at every depth."""
    if not texts:
        return arguments
    if isinstance(arguments, list):
        return [_without_texts(part, texts) for part in arguments]
    if not isinstance(arguments, dict):
        return arguments
    return {
        name: to_text(part) if name in texts and not isinstance(part, str) else _without_texts(part, texts)
        for name, part in arguments.items()
    }


def build_operation(
    service: Service,
    action: str,
    aws: AwsCaller,
    resource_type: str,
    name_error: ErrorNaming,
    texts: frozenset[str] = frozenset(),
    metadata: SdkMetadata | None = None,
) -> OperationIntegration:
    """The integration of a camelCase action; LookupError when the service has no such operation."""
    operation = action[:1].upper() + action[1:]
    try:
        model = service.model.operation_model(operation)
    except OperationNotFoundError:
        raise LookupError(f"the service '{service.name}' has no action '{action}'") from None
    nothing: Translation = dict
    return OperationIntegration(
        resource=action,
        resource_type=resource_type,
        service=service,
        operation=operation,
        aws=aws,
        encode=service.encoders.get(model.input_shape) if model.input_shape is not None else nothing,
        decode=service.decoders.get(model.output_shape) if model.output_shape is not None else nothing,
        name_error=name_error,
        texts=texts,
        metadata=metadata,
    )


def name_sdk_error(service: Service, error: AwsError) -> tuple[str, str]:
    """Error and cause of an `aws-sdk` task: the service's prefix, a code of its model or its general exception."""
    prefix = service.java_name
    code = with_exception(error.code) if service.modelled_error(error.code) else f"{prefix}Exception"
    where = f"Service: {prefix}, Status Code: {error.status}, Request ID: {error.request_id}"
    if service.name == "s3":
        where += f", Extended Request ID: {error.request_id}"
    return f"{prefix}.{code}", f"{error.message} ({where})"


def name_optimised_error(prefix: str, client: str) -> ErrorNaming:
    """Naming of the optimised integrations, which speak through the SDK for Java 1.

    Args:
        prefix: e.g. `DynamoDB`.
        client: service name of that SDK, e.g. `AmazonDynamoDBv2`; without `v2` it names the general exception.
    """

    def name(service: Service, error: AwsError) -> tuple[str, str]:
        general = f"{client.removesuffix('v2')}Exception"
        code = with_exception(error.code) if service.modelled_error(error.code) else general
        where = (
            f"Service: {client}; Status Code: {error.status}; Error Code: {error.code}; "
            f"Request ID: {error.request_id}; Proxy: null"
        )
        return f"{prefix}.{code}", f"{error.message} ({where})"

    return name
