"""Every operation: its success fits botocore's shape, each modelled error can be reached, or it is refused by name.

Driven by HANDLERS and UNSUPPORTED: an operation that becomes real is tested here without a change, by its scenario.
"""

from __future__ import annotations

import itertools
import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

from tastemaker.errors import AwsError, UnsupportedBySimulatorError
from tastemaker.simulator.operations import HANDLERS, UNSUPPORTED
from tastemaker.simulator.shapes import service_model
from tastemaker.simulator.validation import check_shape
from tastemaker.simulator.wire import Endpoint
from tests.support.scenarios import SCENARIOS
from tests.support.shape_samples import all_operations, sample
from tests.support.stage import Stage
from tests.support.wire_requests import wire_request

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from botocore.model import Shape

_SLIP = "roleArn"
"""The model gives roles the pattern of a Personalize ARN, which no role can match, in some output shapes."""

HANDLED = [key for key in all_operations() if key in HANDLERS]
EXEMPT = {
    ("CreateDataset", "LimitExceededException"): "one dataset of each type: the second is ResourceAlreadyExists",
    ("CreateDatasetExportJob", "LimitExceededException"): "no documented quota of export jobs",
    ("CreateEventTracker", "LimitExceededException"): "one tracker in a group: the second is ResourceAlreadyExists",
    ("CreateMetricAttribution", "LimitExceededException"): "one in a group: the second is ResourceAlreadyExists",
    ("UpdateSolution", "LimitExceededException"): "no documented quota that an update could exceed",
    ("TagResource", "LimitExceededException"): "too many tags is TooManyTagsException",
    ("TagResource", "ResourceInUseException"): "tags may change in every state; no page names one that refuses",
    ("UntagResource", "ResourceInUseException"): "tags may change in every state; no page names one that refuses",
    ("ListTagsForResource", "ResourceInUseException"): "reading tags is possible in every state",
}
"""Modelled errors that no request reaches here, and why."""

ERRORS = [
    (service, operation, code)
    for service, operation in HANDLED
    for code in sorted({shape.name for shape in service_model(service).operation_model(operation).error_shapes})
    if (operation, code) not in EXEMPT
]

_ACTION_INTERACTIONS = ("CreateDataset/action-interactions", "DescribeDataset/action-interactions")
BUSY = {
    "CreateSolution": (("CreateDatasetGroup",), False),
    "CreateDataDeletionJob": (("CreateDatasetGroup",), False),
    "CreateMetricAttribution": (("CreateDatasetGroup",), False),
    "CreateDatasetExportJob": (("CreateDataset",), False),
    "CreateRecommender": (("CreateDatasetGroup/domain",), False),
    "PutActionInteractions": (_ACTION_INTERACTIONS, False),
    "StopSolutionVersionCreation": (("CreateSolutionVersion",), True),
    "DeleteSchema": (("CreateDataset",), True),
    "StartRecommender": (("CreateRecommender",), True),
}
"""What to play, and whether to wait for it each time, so that the request is refused as ResourceInUse.

For all others: what the scenario builds upon is still under way.
"""

RUNNING = ("StopSolutionVersionCreation",)
"""Succeeds only while what it builds upon is under way."""


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


def test_every_operation_has_a_scenario() -> None:
    assert [name for _, name in all_operations() if name not in SCENARIOS] == []


def test_exemptions_name_modelled_errors() -> None:
    modelled = {
        (operation, shape.name)
        for service, operation in all_operations()
        for shape in service_model(service).operation_model(operation).error_shapes
    }
    assert EXEMPT.keys() <= modelled


@pytest.mark.parametrize(("service", "operation"), HANDLED)
def test_a_handled_operation_succeeds_and_fits_its_shape(stage: Stage, service: str, operation: str) -> None:
    stage.reach(operation, busy=operation in RUNNING)
    answer = stage.send(operation, stage.params(operation))
    shape = service_model(service).operation_model(operation).output_shape
    if shape is None:
        assert answer == {}
    else:
        assert [error for error in check_shape(service, shape.name, answer) if _SLIP not in error] == []


@pytest.mark.parametrize(("service", "operation"), sorted(UNSUPPORTED))
def test_an_operation_that_is_not_simulated_is_501_on_the_wire(stage: Stage, service: str, operation: str) -> None:
    params = sample(service_model(service).operation_model(operation).input_shape, full=False)
    with pytest.raises(UnsupportedBySimulatorError, match=f"Not simulated: {service} {operation}\\."):
        stage.lab.simulator.call(service, operation, params)
    answer = Endpoint(stage.lab.simulator).answer(
        *wire_request(service, operation, json.dumps(params, default=datetime.timestamp))
    )
    assert answer.status == 501
    assert json.loads(answer.body)["message"].startswith(f"Not simulated: {service} {operation}.")


@pytest.mark.parametrize(("service", "operation", "code"), ERRORS)
def test_a_modelled_error_can_be_reached(stage: Stage, service: str, operation: str, code: str) -> None:
    codes = [_code(stage, operation, params) for params in _PROVOKE[code](stage, operation)]
    assert code in codes, f"{operation} answered {codes}"
    shape = service_model(service).shape_for(code)
    assert all(
        status == shape.metadata.get("error", {}).get("httpStatusCode", 400) for status in _statuses(codes, code)
    )


class _Code(str):
    """An error code that remembers its HTTP status."""

    __slots__ = ("status",)
    status: int


def _code(stage: Stage, operation: str, params: dict[str, Any]) -> _Code:
    """The error code of a request; empty when it succeeds."""
    try:
        stage.send(operation, params)
    except AwsError as error:
        code = _Code(error.code)
        code.status = error.status
        return code
    return _Code("")


def _statuses(codes: list[_Code], wanted: str) -> list[int]:
    return [code.status for code in codes if code == wanted]


def _invalid(stage: Stage, operation: str) -> Iterator[dict[str, Any]]:
    stage.reach(operation)
    params = stage.params(operation)
    service = next(service for service, name in all_operations() if name == operation)
    for name, shape in service_model(service).operation_model(operation).input_shape.members.items():
        wrong = _break(shape)
        if wrong is not None:
            yield {**params, name: wrong}
            return


def _break(shape: Shape) -> Any:
    """A value outside the shape's limits; None where it has none."""
    if shape.type_name == "string" and ("pattern" in shape.metadata or "max" in shape.metadata):
        return "?" * (shape.metadata.get("max", 0) + 1)
    if shape.type_name == "integer" and "min" in shape.metadata:
        return shape.metadata["min"] - 1
    return None


def _missing(stage: Stage, operation: str) -> Iterator[dict[str, Any]]:
    """The request with one ARN after the other replaced by one that names nothing."""
    stage.reach(operation)
    params = stage.params(operation)
    for name, value in params.items():
        if isinstance(value, str) and (value.startswith("arn:aws:personalize:") or name == "trackingId"):
            yield {**params, name: value + "-absent"}


def _again(stage: Stage, operation: str) -> Iterator[dict[str, Any]]:
    stage.reach(operation)
    params = stage.params(operation)
    yield params
    stage.lab.wait()
    yield params


def _busy(stage: Stage, operation: str) -> Iterator[dict[str, Any]]:
    if operation in BUSY:
        labels, wait = BUSY[operation]
        for label in labels:
            stage.play(label, wait=wait)
    else:
        stage.reach(operation, busy=True)
    yield stage.params(operation)


def _crowd(stage: Stage, operation: str) -> Iterator[dict[str, Any]]:
    """The same create under new names until the quota is reached."""
    stage.reach(operation)
    yield from itertools.islice(_renamed(stage.params(operation)), 501)


def _renamed(params: dict[str, Any]) -> Iterator[dict[str, Any]]:
    name = "jobName" if "jobName" in params else "name"
    return ({**params, name: f"{params[name]}-{number}"} for number in itertools.count())


def _tags(stage: Stage, operation: str) -> Iterator[dict[str, Any]]:
    stage.reach(operation)
    tags = [{"tagKey": f"key {number}", "tagValue": ""} for number in range(51)]
    yield {**stage.params(operation), "tags": tags}


def _tag_keys(stage: Stage, operation: str) -> Iterator[dict[str, Any]]:
    stage.reach(operation)
    yield {**stage.params(operation), "tagKeys": [f"key {number}" for number in range(51)]}


def _foreign_token(stage: Stage, operation: str) -> Iterator[dict[str, Any]]:
    stage.reach(operation)
    yield {**stage.params(operation), "nextToken": "AAAA"}


_PROVOKE: dict[str, Callable[[Stage, str], Iterator[dict[str, Any]]]] = {
    "InvalidInputException": _invalid,
    "ResourceNotFoundException": _missing,
    "ResourceAlreadyExistsException": _again,
    "ResourceInUseException": _busy,
    "LimitExceededException": _crowd,
    "TooManyTagsException": _tags,
    "TooManyTagKeysException": _tag_keys,
    "InvalidNextTokenException": _foreign_token,
}
"""Error code to requests of which at least one has to be refused with it."""
