"""All 79 operations through real boto3 clients, inside the process and over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import ClientError

from tastemaker.errors import AwsError
from tastemaker.simulator.server import ServerSpec, build_personalize_app, serving
from tastemaker.simulator.transport import connect
from tests.support.echo_service import EchoService
from tests.support.shape_samples import SERVICES, all_operations, sample, service_model

if TYPE_CHECKING:
    from collections.abc import Iterator

MODELLED_ERRORS = [
    (service, operation, error.name)
    for service in SERVICES
    for operation, error in {
        error.name: (name, error)
        for name in service_model(service).operation_names
        for error in service_model(service).operation_model(name).error_shapes
    }.values()
]


class Face:
    """An echo service and one client of each service that reaches it."""

    def __init__(self, echo: EchoService, clients: dict[str, Any]) -> None:
        self.echo, self.clients = echo, clients

    def call(self, service: str, operation: str, params: dict[str, Any]) -> dict[str, Any]:
        answer: dict[str, Any] = getattr(self.clients[service], xform_name(operation))(**params)
        answer.pop("ResponseMetadata")
        return answer


def build_clients(endpoint_url: str | None) -> dict[str, Any]:
    session = boto3.Session("key", "secret", region_name="eu-west-1")
    config = Config(retries={"max_attempts": 0})
    return {name: session.client(name, endpoint_url=endpoint_url, config=config) for name in SERVICES}


@pytest.fixture(scope="module", params=["in process", "over HTTP"])
def face(request: pytest.FixtureRequest) -> Iterator[Face]:
    echo = EchoService()
    if request.param == "in process":
        clients = build_clients(None)
        for client in clients.values():
            connect(client, echo)
        yield Face(echo, clients)
        return
    with serving([ServerSpec(build_personalize_app(echo))]) as urls:
        clients = build_clients(urls[0])
        yield Face(echo, clients)
        for client in clients.values():
            client.close()


@pytest.mark.parametrize("full", [False, True], ids=["required", "full"])
@pytest.mark.parametrize(("service", "operation"), all_operations())
def test_the_service_receives_the_params_that_the_client_sent(
    face: Face, service: str, operation: str, full: bool
) -> None:
    params = sample(service_model(service).operation_model(operation).input_shape, full=full)
    face.call(service, operation, params)
    assert face.echo.calls[-1] == (service, operation, params)


@pytest.mark.parametrize("full", [False, True], ids=["required", "full"])
@pytest.mark.parametrize(("service", "operation"), all_operations())
def test_the_client_receives_the_result_that_the_service_gave(
    face: Face, service: str, operation: str, full: bool
) -> None:
    shape = service_model(service).operation_model(operation).output_shape
    result = sample(shape, full=full) if shape is not None else {}
    face.echo.answers[operation] = result
    try:
        assert face.call(service, operation, {**_required(service, operation)}) == result
    finally:
        del face.echo.answers[operation]


@pytest.mark.parametrize(("service", "operation", "code"), MODELLED_ERRORS)
def test_a_modelled_error_arrives_as_its_own_exception_class(
    face: Face, service: str, operation: str, code: str
) -> None:
    face.echo.answers[operation] = AwsError(service, code, "Because ü.", request_id="the-request")
    try:
        with pytest.raises(getattr(face.clients[service].exceptions, code)) as caught:
            face.call(service, operation, _required(service, operation))
    finally:
        del face.echo.answers[operation]
    shape = service_model(service).shape_for(code)
    assert caught.value.response["Error"] == {"Message": "Because ü.", "Code": code}
    assert caught.value.response["ResponseMetadata"]["RequestId"] == "the-request"
    expected_status = shape.metadata.get("error", {}).get("httpStatusCode", 400)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == expected_status


@pytest.mark.parametrize("service", SERVICES)
def test_an_error_outside_the_model_keeps_code_and_status(face: Face, service: str) -> None:
    operation = service_model(service).operation_names[0]
    face.echo.answers[operation] = AwsError(service, "ThrottlingException", "Rate exceeded", status=429)
    try:
        with pytest.raises(ClientError, match="Rate exceeded") as caught:
            face.call(service, operation, _required(service, operation))
    finally:
        del face.echo.answers[operation]
    assert caught.value.response["Error"]["Code"] == "ThrottlingException"
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 429


def test_the_three_models_have_the_79_operations() -> None:
    assert len(all_operations()) == 79


def _required(service: str, operation: str) -> dict[str, Any]:
    params: dict[str, Any] = sample(service_model(service).operation_model(operation).input_shape, full=False)
    return params
