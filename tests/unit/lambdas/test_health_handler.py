from __future__ import annotations

from lambdas.health import handler
from tests.support.lambda_context import FakeContext, proxy_event


def test_health_answers_ok_and_is_not_stored() -> None:
    answer = handler(proxy_event("GET /healthz"), FakeContext())
    assert (answer["statusCode"], answer["body"]) == (200, '{"status":"ok"}')
    assert answer["headers"]["Cache-Control"] == "private, no-store"
