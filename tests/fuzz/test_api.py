"""Schemathesis over the generated OpenAPI document, against the real handlers through the local gateway.

A small simulator answers behind it, so that most valid requests get as far as Amazon Personalize.
"""

from __future__ import annotations

import json
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tastemaker.runner.http import build_gateway_app
from tests.support.served_api import ServedApi, serve_api

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("fuzz")]
CHECKS = (not_a_server_error, status_code_conformance, response_schema_conformance, content_type_conformance)
CASES_PER_OPERATION = {GenerationMode.POSITIVE: 300, GenerationMode.NEGATIVE: 250}
WITHOUT_PARAMETERS = ("/healthz", "/openapi.json")
ODD_TYPES = (
    "text/plain", "text/html", "application/xml", "multipart/form-data", "multipart/form-data; boundary=x",
    "application/x-www-form-urlencoded", "application/json; charset=utf-16", "application/octet-stream", "", "/", "*/*",
)  # fmt: skip


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedApi]:
    with serve_api(tmp_path_factory.mktemp("api")) as served:
        yield served


def test_five_thousand_requests_are_answered_as_documented(api: ServedApi) -> None:
    schema = schemathesis.openapi.from_asgi("/openapi.json", build_gateway_app(api.gateway))
    sent: dict[int, int] = {}
    operations: list[Any] = [found.ok() for found in schema.get_all_operations()]  # type: ignore[union-attr]
    for operation, mode in product(operations, CASES_PER_OPERATION):
        if mode is GenerationMode.NEGATIVE and operation.path in WITHOUT_PARAMETERS:
            continue

        @settings(
            max_examples=CASES_PER_OPERATION[mode],
            deadline=None,
            derandomize=True,
            database=None,
            phases=(Phase.explicit, Phase.generate),
            suppress_health_check=list(HealthCheck),
        )
        def ask(case: Any) -> None:
            response = case.call_and_validate(headers=api.headers, checks=CHECKS)
            sent[response.status_code] = sent.get(response.status_code, 0) + 1

        given(operation.as_strategy(generation_mode=mode))(ask)()  # type: ignore[no-untyped-call]
    assert sum(sent.values()) >= 5_000
    assert {200, 400} <= set(sent)


@pytest.mark.parametrize("content_type", ODD_TYPES)
@pytest.mark.parametrize(
    "body", [b"", b"{}", b"\xff\xfe", b"--x\r\n\r\n--x--", b"a=1", b'{"sessionId":"s","events":[{}]}']
)
def test_an_odd_content_type_or_body_is_a_problem_and_no_failure(
    api: ServedApi, content_type: str, body: bytes
) -> None:
    headers = [*api.headers.items(), ("content-type", content_type)]
    for method, path in (("POST", "/events"), ("PUT", "/items"), ("POST", "/users/u1/ranking")):
        response = api.gateway.handle(method, path, headers=headers, body=body)
        assert response.status in (400, 415)
        assert json.loads(response.body)["type"].startswith("urn:tastemaker:problem:")
