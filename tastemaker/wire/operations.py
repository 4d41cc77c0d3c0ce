"""Per-operation tables, computed once from botocore's service models."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from botocore.loaders import Loader
from botocore.model import ServiceModel

from tastemaker.wire.shapes import compile_shape

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

JSON_TYPE = "application/x-amz-json-{version}"
REST_TYPE = "application/json"


@dataclass(frozen=True)
class Protocol:
    """What differs between AWS JSON and REST-JSON in a response."""

    content_type: str
    names_error_in_body: bool


@dataclass(frozen=True)
class Operation:
    """One operation on the wire.

    Attributes:
        convert: parsed JSON body to params with botocore's member names; raises WrongTypeError.
        has_output: False when the model has no output shape: success is an empty body.
        error_statuses: modelled error code to HTTP status.
    """

    service: str
    name: str
    protocol: Protocol
    convert: Callable[[Any], dict[str, Any]]
    has_output: bool
    error_statuses: Mapping[str, int]


@dataclass(frozen=True)
class OperationTable:
    """Operations by what addresses them: `X-Amz-Target` on `/`, method and path elsewhere."""

    by_target: Mapping[str, Operation]
    by_path: Mapping[tuple[str, str], Operation]


AWS_JSON = Protocol(JSON_TYPE.format(version="1.1"), names_error_in_body=True)
AWS_JSON_1_0 = Protocol(JSON_TYPE.format(version="1.0"), names_error_in_body=True)
REST_JSON = Protocol(REST_TYPE, names_error_in_body=False)


@cache
def load_operations(*services: str) -> OperationTable:
    """All operations of these services, by botocore's names; read from the installed botocore on the first call."""
    loader = Loader()
    by_target: dict[str, Operation] = {}
    by_path: dict[tuple[str, str], Operation] = {}
    for service in services:
        model = ServiceModel(loader.load_service_model(service, "service-2"), service)
        for operation in _build_operations(model):
            if operation.protocol.names_error_in_body:
                by_target[f"{model.metadata['targetPrefix']}.{operation.name}"] = operation
            else:
                http = model.operation_model(operation.name).http
                by_path[http["method"], http["requestUri"]] = operation
    return OperationTable(by_target, by_path)


def _protocol(metadata: Mapping[str, Any]) -> Protocol:
    if metadata["protocol"] != "json":
        return REST_JSON
    return AWS_JSON_1_0 if metadata["jsonVersion"] == "1.0" else AWS_JSON


def _build_operations(model: ServiceModel) -> list[Operation]:
    protocol = _protocol(model.metadata)
    statuses = {
        shape.error_code: shape.metadata.get("error", {}).get("httpStatusCode", 400) for shape in model.error_shapes
    }
    compiled: dict[str, Callable[[Any], Any]] = {}
    operations = []
    for name in model.operation_names:
        shapes = model.operation_model(name)
        operations.append(
            Operation(
                service=model.service_name,
                name=name,
                protocol=protocol,
                convert=compile_shape(shapes.input_shape, compiled),
                has_output=shapes.output_shape is not None,
                error_statuses=statuses,
            )
        )
    return operations
