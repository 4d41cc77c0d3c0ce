"""Where accepted events go: to the service, to the queue when it is busy, to the archive."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from tests.support.aws_fakes import FakeClient, client_error
from tests.support.lambda_context import NOW_SECONDS
from tests.support.tracked_sessions import (
    CLICK,
    PARAMETER,
    ask,
    send,
    session_of,
    tracked_event,
    tracking_id_of,
    tracking_with,
)

BUSY = client_error("ThrottlingException")


def _numbered(count: int, start: int = 0) -> list[dict[str, Any]]:
    return [{"eventType": "click", "eventId": f"e{number}"} for number in range(start, start + count)]


def _queued(sqs: FakeClient) -> list[list[str]]:
    """Ids of the events of each message."""
    bodies = [json.loads(call["MessageBody"]) for call in sqs.parameters("send_message")]
    return [[event["eventId"] for event in body["parameters"]["eventList"]] for body in bodies]


@pytest.mark.parametrize(
    "error", [BUSY, client_error("InternalFailure", status=500), client_error("AccessDeniedException", status=403)]
)
def test_what_the_service_does_not_take_goes_to_the_queue_with_everything_after_it(error: Exception) -> None:
    client, sqs = FakeClient({"put_events": [{}, error]}), FakeClient()
    answer, body = ask(session_of(*_numbered(25)), tracking_with(client, sqs))
    assert answer["statusCode"] == 202
    assert [line["status"] for line in body["events"]] == ["accepted"] * 10 + ["buffered"] * 15
    assert len(client.calls) == 2
    assert [len(chunk) for chunk in _queued(sqs)] == [10, 5]


def test_a_queued_message_belongs_to_its_session_and_is_known_by_its_events() -> None:
    client, sqs = FakeClient({"put_events": [BUSY]}), FakeClient()
    ask(session_of(*_numbered(1)), tracking_with(client, sqs))
    message = sqs.parameters("send_message")[0]
    assert message["QueueUrl"] == "queue"
    assert message["MessageGroupId"] == "e8bc163c82eee18733288c7d4ac636db3a6deb013ef2d37b68322be20edc45cc"
    assert message["MessageDeduplicationId"] == "8fae9a1d07866bc4026c1639957c46a647ba2596c7f02627a71b86699c9f76f0"
    assert json.loads(message["MessageBody"]) == {
        "parameters": {
            "sessionId": "s1",
            "eventList": [{"eventType": "click", "eventId": "e0", "sentAt": NOW_SECONDS}],
        },
        "sessionId": "s1",
    }


def test_later_events_of_a_session_follow_its_queued_ones() -> None:
    client, sqs = FakeClient({"put_events": [BUSY, {}]}), FakeClient()
    tracking = tracking_with(client, sqs)
    ask(session_of(*_numbered(1)), tracking)
    _, body = ask(session_of(*_numbered(1, start=1)), tracking)
    assert body["buffered"] == 1
    assert _queued(sqs) == [["e0"], ["e1"]]


def test_another_session_does_not_wait_for_a_queued_one() -> None:
    client, sqs = FakeClient({"put_events": [BUSY, {}]}), FakeClient()
    tracking = tracking_with(client, sqs)
    ask(session_of(*_numbered(1)), tracking)
    _, body = ask(tracked_event({"sessionId": "s2", "events": _numbered(1)}), tracking)
    assert body["accepted"] == 1


def test_queued_delivery_sends_nothing_directly() -> None:
    client, sqs = FakeClient(), FakeClient()
    answer, body = ask(session_of(*_numbered(12)), tracking_with(client, sqs), delivery="queued")
    assert (answer["statusCode"], body["buffered"]) == (202, 12)
    assert client.calls == []
    assert [len(chunk) for chunk in _queued(sqs)] == [10, 2]


def test_a_request_that_takes_too_long_leaves_its_rest_to_the_queue() -> None:
    moments = iter([0.0, 0.0, 1.9, 1.9])
    client, sqs = FakeClient(), FakeClient()
    tracking = replace(tracking_with(client, sqs), clock=lambda: next(moments))
    _, body = ask(session_of(*_numbered(25)), tracking)
    assert (body["accepted"], body["buffered"]) == (10, 15)


def test_what_not_even_the_queue_takes_has_to_be_sent_again() -> None:
    client, sqs = (
        FakeClient({"put_events": [{}, BUSY]}),
        FakeClient({"send_message": [client_error("Throttled", status=503)]}),
    )
    answer, body = ask(session_of(*_numbered(25)), tracking_with(client, sqs))
    assert (answer["statusCode"], answer["headers"]["Retry-After"]) == (503, "1")
    assert [line["status"] for line in body["events"]] == ["accepted"] * 10 + ["retry"] * 15
    assert body["type"] == "urn:tastemaker:problem:unavailable"


def test_the_tracking_id_is_read_once() -> None:
    ssm = FakeClient({"get_parameter": [PARAMETER]})
    tracking_id = tracking_id_of(ssm)
    for _ in range(3):
        send(session_of(CLICK), tracking_id=tracking_id)
    assert ssm.calls == [("get_parameter", {"Name": "/tracking-id"})]


def test_the_tracking_id_is_read_again_after_five_minutes() -> None:
    ssm = FakeClient({"get_parameter": [PARAMETER, {"Parameter": {"Value": "tracking-2"}}]})
    tracking_id = tracking_id_of(ssm)
    read = [tracking_id.get(seconds) for seconds in (1000.0, 1300.0, 1300.1)]
    assert read == ["tracking-1", "tracking-1", "tracking-2"]


def test_a_replaced_tracker_loses_no_events() -> None:
    tracking_id = tracking_id_of(FakeClient({"get_parameter": [PARAMETER, {"Parameter": {"Value": "new"}}]}))
    tracking_id.get(NOW_SECONDS - 60)

    def answer(parameters: dict[str, Any]) -> dict[str, Any]:
        if parameters["trackingId"] != "new":
            raise client_error("InvalidInputException")
        return {}

    proxy, _, client = send(session_of(CLICK), answer, tracking_id=tracking_id)
    assert proxy["statusCode"] == 200
    assert [call["trackingId"] for call in client.parameters("put_events")] == ["tracking-1", "new"]


def test_without_an_event_tracker_events_wait_in_the_queue() -> None:
    tracking_id = tracking_id_of(FakeClient({"get_parameter": [client_error("ParameterNotFound")]}))
    client, sqs = FakeClient(), FakeClient()
    answer, _ = ask(session_of(*_numbered(1)), tracking_with(client, sqs, tracking_id))
    assert (answer["statusCode"], _queued(sqs)) == (202, [["e0"]])
    assert client.calls == []


def test_the_log_counts_events(capsys: pytest.CaptureFixture[str]) -> None:
    send(session_of(CLICK, {}))
    line = json.loads(capsys.readouterr().out)
    counted = [line[f"Events{status}"] for status in ("Accepted", "Buffered", "Rejected", "Retry")]
    assert counted == [1, 0, 1, 0]


def test_events_that_the_archive_does_not_take_wait_although_the_service_has_them() -> None:
    def answer(parameters: dict[str, Any]) -> dict[str, Any]:
        if parameters["QueueUrl"] == "archive":
            raise client_error("ServiceUnavailable", status=503)
        return {}

    client, sqs = FakeClient(), FakeClient({"send_message": [answer]})
    _, body = ask(session_of(CLICK), replace(tracking_with(client, sqs), archive_url="archive"))
    assert [line["status"] for line in body["events"]] == ["buffered"]
    assert [name for name, _ in client.calls] == ["put_events"]
    assert [parameters["QueueUrl"] for parameters in sqs.parameters("send_message")] == ["archive", "queue"]


def test_accepted_events_go_to_the_archive_as_the_service_took_them() -> None:
    client, sqs = FakeClient(), FakeClient()
    ask(session_of(CLICK, {"eventType": ""}, userId="u1"), replace(tracking_with(client, sqs), archive_url="archive"))
    (message,) = sqs.parameters("send_message")
    (sent,) = client.parameters("put_events")
    assert json.loads(message["MessageBody"]) == {name: sent[name] for name in ("sessionId", "userId", "eventList")}
