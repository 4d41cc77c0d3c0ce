"""Events that Amazon Personalize refuses, through handler, queue and replay, as `tastemaker serve` runs them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tastemaker.simulator.faults import Fault, Faults, Kind
from tests.support.served_api import serve_api

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.served_api import ServedApi

pytestmark = pytest.mark.slow

HOUR = 3600
CANARY = "canary-7f3a"


def _post(api: ServedApi, *events: dict[str, Any]) -> tuple[int, list[str]]:
    """Status and what became of each event."""
    body = json.dumps({"sessionId": f"{CANARY}-session", "userId": CANARY, "events": events}).encode()
    response = api.gateway.handle("POST", "/events", headers=list(api.headers.items()), body=body)
    return response.status, [line["status"] for line in json.loads(response.body)["events"]]


def _recommended(api: ServedApi) -> set[str]:
    response = api.gateway.handle("GET", f"/users/{CANARY}/recommendations", headers=list(api.headers.items()))
    return {item["itemId"] for item in json.loads(response.body)["items"]}


def test_a_refused_event_waits_arrives_later_and_changes_the_answer(tmp_path: Path) -> None:
    refusals = Faults((Fault(kind=Kind.THROTTLING, operation="PutEvents", count=2),))
    with serve_api(tmp_path, refusals) as api:
        assert _post(api, {"eventType": "view", "itemId": "i03", "eventId": "e1"}) == (202, ["buffered"])
        assert _post(api, {"eventType": "view", "itemId": "i04", "eventId": "e2"}) == (202, ["buffered"])
        assert {"i03", "i04"} <= _recommended(api)
        assert [api.pump.drain(), api.pump.drain()] in ([0, 2], [2, 0])
        api.lab.wait(HOUR)  # filters see new events after some 20 minutes
        # The route's filter leaves out what the user has seen.
        assert {"i03", "i04"} & _recommended(api) == set()
        assert [line for line in api.lines if CANARY in line] == []


def test_an_event_that_the_service_finds_wrong_does_not_hold_up_the_others(tmp_path: Path) -> None:
    refusals = Faults((Fault(kind=Kind.SERVICE_UNAVAILABLE, operation="PutEvents", count=1),))
    wrong = {"eventType": "view", "itemId": "i05", "eventId": "e1", "properties": {"noSuchColumn": "x"}}
    with serve_api(tmp_path, refusals) as api:
        assert _post(api, wrong, {"eventType": "view", "itemId": "i06", "eventId": "e2"})[1] == ["buffered"] * 2
        assert api.pump.drain() == 1
        api.lab.wait(HOUR)  # filters see new events after some 20 minutes
        assert "i06" not in _recommended(api)
