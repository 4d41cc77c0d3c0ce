"""The event handler with fakes around it: a session goes in, the answer and what was asked of AWS come out."""

from __future__ import annotations

import json
from typing import Any

from lambdas.shared.events import EVENT
from lambdas.shared.http import respond
from lambdas.shared.sessions import Tracking, track_session
from lambdas.shared.tracking import TrackingId, read_parameter
from tests.support.aws_fakes import FakeClient
from tests.support.lambda_context import FakeContext, proxy_event

CLICK = {"eventType": "click", "itemId": "i1"}
PARAMETER = {"Parameter": {"Value": "tracking-1"}}


def tracked_event(body: Any) -> dict[str, Any]:
    return proxy_event("POST /events", body=body)


def session_of(*events: Any, **fields: Any) -> dict[str, Any]:
    return tracked_event({"sessionId": "s1", "events": list(events), **fields})


def tracking_id_of(ssm: FakeClient) -> TrackingId:
    return TrackingId(lambda: read_parameter(ssm, "/tracking-id"))


def tracking_with(client: FakeClient, sqs: FakeClient | None = None, tracking_id: TrackingId | None = None) -> Tracking:
    tracking_id = tracking_id or tracking_id_of(FakeClient({"get_parameter": [PARAMETER]}))
    return Tracking(client, tracking_id, sqs or FakeClient(), "queue", 2.0, lambda: 0.0)


def ask(
    event: dict[str, Any], tracking: Tracking, delivery: str = "direct", **settings: Any
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Proxy answer and its parsed body."""
    routes = {"POST /events": {"delivery": delivery, **settings}}
    answer = respond(event, FakeContext(), lambda request: track_session(request, routes, tracking, EVENT, "events"))
    return answer, json.loads(answer["body"])


def send(
    event: dict[str, Any], *answers: Any, tracking_id: TrackingId | None = None
) -> tuple[dict[str, Any], dict[str, Any], FakeClient]:
    """Proxy answer, its parsed body, and the client that PutEvents was called on."""
    client = FakeClient({"put_events": list(answers or ({},))})
    answer, body = ask(event, tracking_with(client, tracking_id=tracking_id))
    return answer, body, client
