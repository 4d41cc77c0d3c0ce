"""No request, however broken, makes the local Personalize fail other than the service would.

Every operation gets valid requests with hostile members, straight and as bytes. Reproducible: the cases are the same
in every run.
"""

from __future__ import annotations

import itertools
import json
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tastemaker.errors import AwsError, UnsupportedBySimulatorError
from tastemaker.simulator.operations import HANDLERS
from tastemaker.simulator.shapes import service_model
from tastemaker.simulator.wire import Endpoint, WireResponse
from tests.support.hostile import hostile_params
from tests.support.shape_samples import all_operations, sample
from tests.support.stage import Stage
from tests.support.wire_requests import wire_request

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow


EXAMPLES = 25
fuzz = settings(
    derandomize=True, database=None, deadline=None, max_examples=EXAMPLES, suppress_health_check=list(HealthCheck)
)


def build_stage(root: Path, service: str, operation: str) -> tuple[Stage, dict[str, Any]]:
    """A stage where the operation would succeed, and the request that would."""
    stage = Stage(root)
    if (service, operation) not in HANDLERS:
        shape = service_model(service).operation_model(operation).input_shape
        params: dict[str, Any] = sample(shape, full=False)
        return stage, params
    stage.reach(operation)
    return stage, stage.params(operation)


@pytest.mark.parametrize(("service", "operation"), all_operations())
def test_no_request_breaks_the_simulator(tmp_path: Path, service: str, operation: str) -> None:
    stage, valid = build_stage(tmp_path, service, operation)
    shape = service_model(service).operation_model(operation).input_shape
    known = sorted({*stage.known.values(), "shop", "u01", "i00"})
    endpoint, numbers = Endpoint(stage.lab.simulator), itertools.count()

    @fuzz
    @given(hostile_params(shape, valid, known))
    def check(params: dict[str, Any]) -> None:
        name = "jobName" if "jobName" in valid else "name"
        if params.get(name) == valid.get(name) and name in params:  # else only the first create would come far
            params = {**params, name: f"{params[name]}-{next(numbers)}"}
        check_call(stage, service, operation, params)
        body = json.dumps(params, default=_seconds)
        check_answer(service, endpoint.answer(*wire_request(service, operation, body)))
        stage.lab.wait(1)

    check()
    stage.lab.wait(24 * 3_600)  # what was accepted must not break what happens later


def check_call(stage: Stage, service: str, operation: str, params: dict[str, Any]) -> None:
    """Every other exception ends the test; so does a refusal that no client could have caused."""
    status = 400
    try:
        stage.lab.simulator.call(service, operation, params)
    except AwsError as error:
        status = error.status
    except UnsupportedBySimulatorError:
        pass
    assert 400 <= status < 500


def check_answer(service: str, answer: WireResponse) -> None:
    """Success, a refusal in the service's own encoding, or the documented 501."""
    assert answer.status in {200, 501} or 400 <= answer.status < 500
    content = json.loads(answer.body or b"{}")
    if answer.status == 200:
        return
    in_body = service_model(service).metadata["protocol"] == "json"
    code = content.get("__type") if in_body else answer.headers.get("x-amzn-ErrorType")
    assert code
    assert content["message"]
    assert set(content) == ({"__type", "message"} if in_body else {"message"})
    assert (answer.status == 501) == (code == "UnsupportedBySimulator")


def _seconds(value: Any) -> float:
    return value.timestamp() if isinstance(value, datetime) else 0.0


@fuzz
@given(
    st.sampled_from(all_operations()),
    st.one_of(
        st.binary(max_size=40),
        st.sampled_from(
            [b"[" * 100_000, b'{"a":' * 50_000, b"null", b"[]", b'"', b"{}{}", b"\xff\xfe{}", b"1" * 5_000]
        ),
    ),
)
def test_bytes_that_are_no_request_are_refused(operation: tuple[str, str], body: bytes) -> None:
    endpoint = Endpoint(_Silent())
    answer = endpoint.answer(*wire_request(*operation, body))
    assert answer.status in {200, 400, 501}
    check_answer(operation[0], answer)


class _Silent:
    def call(self, *_: Any) -> dict[str, Any]:
        return {}


@pytest.mark.parametrize("sent_at", [0, -1, 2**31, 2**53, 253_402_300_799, datetime(1, 1, 1, tzinfo=UTC)])
def test_events_of_any_time_leave_a_dataset_that_can_be_trained_on(tmp_path: Path, sent_at: Any) -> None:
    stage = Stage(tmp_path)
    stage.reach("GetRecommendations")
    stage.play("CreateEventTracker")
    params = stage.params("PutEvents")
    with suppress(AwsError):
        stage.send("PutEvents", {**params, "eventList": [{**params["eventList"][0], "sentAt": sent_at}]})
    answer = stage.send("CreateSolutionVersion", {**stage.params("CreateSolutionVersion"), "name": "next"})
    stage.lab.wait(3 * 3_600)
    arn = answer["solutionVersionArn"]
    version = stage.lab.control("DescribeSolutionVersion", solutionVersionArn=arn)["solutionVersion"]
    assert version["status"] == "ACTIVE"
