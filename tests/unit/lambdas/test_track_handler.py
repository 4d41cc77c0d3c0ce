from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import Any

import pytest

from lambdas.shared.events import EVENT
from lambdas.shared.http import respond
from lambdas.shared.sessions import Tracking, track_session
from lambdas.shared.tracking import TrackingId, read_parameter
from tests.support.aws_fakes import FakeClient, client_error
from tests.support.lambda_context import NOW_SECONDS, FakeContext, proxy_event

CLICK = {"eventType": "click", "itemId": "i1"}
RESERVED_REASON = "properties must not hold 'UserID'; it is a field of the event or the request."
PARAMETER = {"Parameter": {"Value": "tracking-1"}}


def _event(body: Any) -> dict[str, Any]:
    return proxy_event("POST /events", body=body)


def _session(*events: Any, **fields: Any) -> dict[str, Any]:
    return _event({"sessionId": "s1", "events": list(events), **fields})


def _tracking_id(ssm: FakeClient) -> TrackingId:
    return TrackingId(lambda: read_parameter(ssm, "/tracking-id"))


def _tracking(client: FakeClient, sqs: FakeClient | None = None, tracking_id: TrackingId | None = None) -> Tracking:
    tracking_id = tracking_id or _tracking_id(FakeClient({"get_parameter": [PARAMETER]}))
    return Tracking(client, tracking_id, sqs or FakeClient(), "queue", 2.0, lambda: 0.0)


def _ask(
    event: dict[str, Any], tracking: Tracking, delivery: str = "direct", **settings: Any
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Proxy answer and its parsed body."""
    routes = {"POST /events": {"delivery": delivery, **settings}}
    answer = respond(event, FakeContext(), lambda request: track_session(request, routes, tracking, EVENT, "events"))
    return answer, json.loads(answer["body"])


def _send(
    event: dict[str, Any], *answers: Any, tracking_id: TrackingId | None = None
) -> tuple[dict[str, Any], dict[str, Any], FakeClient]:
    """Proxy answer, its parsed body, and the client that PutEvents was called on."""
    client = FakeClient({"put_events": list(answers or ({},))})
    answer, body = _ask(event, _tracking(client, tracking_id=tracking_id))
    return answer, body, client


def _reasons(event: Any) -> list[str]:
    _, body, client = _send(_session(event))
    assert client.calls == []
    reasons: list[str] = body["events"][0]["reasons"]
    return reasons


def test_an_event_is_sent_as_put_events_takes_it() -> None:
    event = {
        "eventType": "rating",
        "itemId": "i1",
        "sentAt": 1_600_000_000,
        "properties": {"numRatings": 3, "device": "téléphone"},
        "eventValue": 4.5,
        "recommendationId": "RID-1",
        "impression": ["i1", "i2"],
        "eventId": "e1",
    }
    answer, body, client = _send(_session(event, userId="u1"))
    assert (answer["statusCode"], body) == (
        200,
        {
            "accepted": 1,
            "buffered": 0,
            "rejected": 0,
            "retry": 0,
            "events": [{"index": 0, "status": "accepted", "eventId": "e1"}],
        },
    )
    assert client.parameters("put_events") == [
        {
            "trackingId": "tracking-1",
            "sessionId": "s1",
            "userId": "u1",
            "eventList": [{**event, "properties": '{"numRatings":3,"device":"téléphone"}'}],
        }
    ]


def test_an_anonymous_event_names_no_user() -> None:
    _, _, client = _send(_session(CLICK))
    assert "userId" not in client.parameters("put_events")[0]


@pytest.mark.parametrize(
    ("fields", "status"), [({"userId": "u1"}, 200), ({"userId": "u2"}, 403), ({}, 403), ({"sessionId": "u2"}, 403)]
)
def test_a_token_sends_events_of_its_own_user_only_and_never_anonymous_ones(
    fields: dict[str, str], status: int
) -> None:
    client = FakeClient({"put_events": [{}]})
    event = _session(CLICK, **fields)
    event["requestContext"]["authorizer"] = {"claims": {"sub": "u1"}}
    answer, _ = _ask(event, _tracking(client), userClaim="sub")
    assert (answer["statusCode"], len(client.calls)) == (status, int(status == 200))


def test_an_event_without_a_time_happened_when_the_request_came_in() -> None:
    _, _, client = _send(_session(CLICK))
    assert client.parameters("put_events")[0]["eventList"][0]["sentAt"] == NOW_SECONDS


def test_a_repeated_event_keeps_its_derived_id() -> None:
    event = {**CLICK, "sentAt": 1_600_000_000}
    _, first, _ = _send(_session(event))
    _, second, _ = _send(_session({"eventType": "view"}, event))
    assert first["events"][0]["eventId"] == second["events"][1]["eventId"]
    assert len(first["events"][0]["eventId"]) == 32


def test_another_session_gives_the_same_event_another_id() -> None:
    event = {**CLICK, "sentAt": 1_600_000_000}
    _, first, _ = _send(_session(event))
    _, second, _ = _send(_event({"sessionId": "s2", "events": [event]}))
    assert first["events"][0]["eventId"] != second["events"][0]["eventId"]


def test_events_go_out_in_order_in_chunks_of_ten() -> None:
    _, body, client = _send(_session(*({"eventType": "click", "eventId": f"e{number}"} for number in range(25))))
    sent = [[event["eventId"] for event in call["eventList"]] for call in client.parameters("put_events")]
    assert [len(chunk) for chunk in sent] == [10, 10, 5]
    assert [event_id for chunk in sent for event_id in chunk] == [f"e{number}" for number in range(25)]
    assert body["accepted"] == 25


def test_a_mixed_request_is_207_and_says_which() -> None:
    answer, body, client = _send(_session({"eventType": ""}, {**CLICK, "eventId": "e1"}))
    assert answer["statusCode"] == 207
    assert body == {
        "accepted": 1,
        "buffered": 0,
        "rejected": 1,
        "retry": 0,
        "events": [
            {"index": 0, "status": "rejected", "reasons": ["eventType must not be empty."]},
            {"index": 1, "status": "accepted", "eventId": "e1"},
        ],
    }
    assert len(client.parameters("put_events")[0]["eventList"]) == 1


def test_a_request_with_no_good_event_is_a_problem_with_the_report() -> None:
    answer, body, _ = _send(_session({}))
    assert (answer["statusCode"], body["type"]) == (400, "urn:tastemaker:problem:nothing-accepted")
    assert body["events"] == [{"index": 0, "status": "rejected", "reasons": ["eventType is missing."]}]


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"itemId": "null"}, "itemId is 'null': the client sent a missing value as text."),
        ({"itemId": "undefined"}, "itemId is 'undefined': the client sent a missing value as text."),
        ({"itemId": "NaN"}, "itemId is 'NaN': the client sent a missing value as text."),
        ({"itemId": ""}, "itemId must not be empty."),
        ({"itemId": 42}, "itemId must be a string, found a number."),
        ({"itemId": None}, "itemId must be a string, found null."),
        ({"itemId": "x" * 257}, "itemId must have at most 256 characters, found 257."),
        ({"itemId": "\ud800"}, "itemId holds half a surrogate pair, which is not Unicode text."),
        ({"sentAt": 1_700_000_000_000}, "sentAt must be in seconds; this looks like milliseconds: divide by 1000."),
        ({"sentAt": "2026-01-01"}, "sentAt must be a number, the seconds since 1970-01-01 UTC, found a string."),
        ({"sentAt": True}, "sentAt must be a number, the seconds since 1970-01-01 UTC, found a boolean."),
        ({"sentAt": -1}, "sentAt must not be negative."),
        ({"sentAt": NOW_SECONDS + 3601}, "sentAt is more than an hour in the future."),
        ({"eventAttributionSource": "ä"}, "eventAttributionSource must be printable ASCII."),
        ({"properties": "{}"}, "properties must be an object, found a string."),
        ({"properties": {"a": [1]}}, "properties.a must be a single value, found an array."),
        ({"properties": {"UserID": "u"}}, RESERVED_REASON),
        ({"properties": {"a": "x" * 1020}}, "properties must have at most 1024 characters as JSON."),
        ({"eventValue": "5"}, "eventValue must be a number, found a string."),
        ({"eventValue": 10**400}, "eventValue does not fit into a 32-bit float."),
        ({"recommendationId": "x" * 41}, "recommendationId must have at most 40 characters, found 41."),
        ({"impression": []}, "impression must be an array of 1 to 25 item ids."),
        ({"impression": ["i"] * 26}, "impression must be an array of 1 to 25 item ids."),
        ({"impression": ["i", 3]}, "An id in impression must be a string, found a number."),
        ({"eventId": ""}, "eventId must not be empty."),
    ],
)  # fmt: skip
def test_a_wrong_field_is_rejected_with_its_reason(fields: dict[str, Any], reason: str) -> None:
    assert _reasons({"eventType": "click", **fields}) == [reason]


def test_an_unknown_field_is_rejected_with_the_known_ones() -> None:
    known = (
        "eventType, itemId, sentAt, properties, eventValue, recommendationId, impression, "
        "eventAttributionSource, eventId"
    )
    assert _reasons({"eventType": "click", "item_id": "i1"}) == [f"Unknown field 'item_id'; known are {known}."]


def test_all_reasons_of_an_event_are_given_at_once() -> None:
    assert _reasons({"itemId": 1, "sentAt": -1}) == [
        "eventType is missing.",
        "itemId must be a string, found a number.",
        "sentAt must not be negative.",
    ]


def test_an_event_that_is_no_object_is_rejected() -> None:
    assert _reasons("click") == ["An event must be an object, found a string."]


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (None, "The body must be JSON."),
        ("{", "The body must be JSON."),
        ('{"sessionId": NaN}', "The body must be JSON."),
        ('{"sessionId": "s", "events": [{"eventType": "a", "eventValue": 1e999}]}', "The body must be JSON."),
        ("[" * 100_000, "The body must be JSON."),
        ("[]", "The body must be a JSON object."),
        ({"events": [CLICK]}, "sessionId must be a string, found null."),
        ({"sessionId": "s", "userId": None, "events": [CLICK]}, "userId must be a string, found null."),
        ({"sessionId": "s"}, "events must be an array, found null."),
        ({"sessionId": "s", "events": []}, "events must hold 1 to 100 events, found 0."),
        ({"sessionId": "s", "events": [CLICK] * 101}, "events must hold 1 to 100 events, found 101."),
        ({"sessionID": "s"}, "Unknown field 'sessionID'; known are sessionId, userId, events."),
    ],
)
def test_a_wrong_request_is_refused_as_a_whole(body: Any, detail: str) -> None:
    answer, problem, client = _send(_event(body))
    assert (answer["statusCode"], problem["detail"]) == (400, detail)
    assert client.calls == []


def test_a_base64_body_is_decoded() -> None:
    body = base64.b64encode(json.dumps({"sessionId": "s", "events": [CLICK]}).encode()).decode()
    answer, _, _ = _send({**_event(body), "isBase64Encoded": True})
    assert answer["statusCode"] == 200


def test_a_body_that_is_not_base64_is_refused() -> None:
    answer, problem, _ = _send({**_event("%"), "isBase64Encoded": True})
    assert (answer["statusCode"], problem["detail"]) == (400, "The body is not valid base64.")


def test_one_poison_event_does_not_take_its_chunk_with_it() -> None:
    def answer(parameters: dict[str, Any]) -> dict[str, Any]:
        if any(event["eventId"] == "poison" for event in parameters["eventList"]):
            raise client_error("InvalidInputException", "numRatings is no column")
        return {}

    proxy, body, _ = _send(_session(*({**CLICK, "eventId": name} for name in ("a", "poison", "b"))), answer)
    assert proxy["statusCode"] == 207
    assert body["events"] == [
        {"index": 0, "status": "accepted", "eventId": "a"},
        {"index": 1, "status": "rejected", "reasons": ["Amazon Personalize: numRatings is no column"]},
        {"index": 2, "status": "accepted", "eventId": "b"},
    ]


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
    answer, body = _ask(_session(*_numbered(25)), _tracking(client, sqs))
    assert answer["statusCode"] == 202
    assert [line["status"] for line in body["events"]] == ["accepted"] * 10 + ["buffered"] * 15
    assert len(client.calls) == 2
    assert [len(chunk) for chunk in _queued(sqs)] == [10, 5]


def test_a_queued_message_belongs_to_its_session_and_is_known_by_its_events() -> None:
    client, sqs = FakeClient({"put_events": [BUSY]}), FakeClient()
    _ask(_session(*_numbered(1)), _tracking(client, sqs))
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
    tracking = _tracking(client, sqs)
    _ask(_session(*_numbered(1)), tracking)
    _, body = _ask(_session(*_numbered(1, start=1)), tracking)
    assert body["buffered"] == 1
    assert _queued(sqs) == [["e0"], ["e1"]]


def test_another_session_does_not_wait_for_a_queued_one() -> None:
    client, sqs = FakeClient({"put_events": [BUSY, {}]}), FakeClient()
    tracking = _tracking(client, sqs)
    _ask(_session(*_numbered(1)), tracking)
    _, body = _ask(_event({"sessionId": "s2", "events": _numbered(1)}), tracking)
    assert body["accepted"] == 1


def test_queued_delivery_sends_nothing_directly() -> None:
    client, sqs = FakeClient(), FakeClient()
    answer, body = _ask(_session(*_numbered(12)), _tracking(client, sqs), delivery="queued")
    assert (answer["statusCode"], body["buffered"]) == (202, 12)
    assert client.calls == []
    assert [len(chunk) for chunk in _queued(sqs)] == [10, 2]


def test_a_request_that_takes_too_long_leaves_its_rest_to_the_queue() -> None:
    moments = iter([0.0, 0.0, 1.9, 1.9])
    client, sqs = FakeClient(), FakeClient()
    tracking = replace(_tracking(client, sqs), clock=lambda: next(moments))
    _, body = _ask(_session(*_numbered(25)), tracking)
    assert (body["accepted"], body["buffered"]) == (10, 15)


def test_what_not_even_the_queue_takes_has_to_be_sent_again() -> None:
    client, sqs = (
        FakeClient({"put_events": [{}, BUSY]}),
        FakeClient({"send_message": [client_error("Throttled", status=503)]}),
    )
    answer, body = _ask(_session(*_numbered(25)), _tracking(client, sqs))
    assert (answer["statusCode"], answer["headers"]["Retry-After"]) == (503, "1")
    assert [line["status"] for line in body["events"]] == ["accepted"] * 10 + ["retry"] * 15
    assert body["type"] == "urn:tastemaker:problem:unavailable"


def test_the_tracking_id_is_read_once() -> None:
    ssm = FakeClient({"get_parameter": [PARAMETER]})
    tracking_id = _tracking_id(ssm)
    for _ in range(3):
        _send(_session(CLICK), tracking_id=tracking_id)
    assert ssm.calls == [("get_parameter", {"Name": "/tracking-id"})]


def test_the_tracking_id_is_read_again_after_five_minutes() -> None:
    ssm = FakeClient({"get_parameter": [PARAMETER, {"Parameter": {"Value": "tracking-2"}}]})
    tracking_id = _tracking_id(ssm)
    read = [tracking_id.get(seconds) for seconds in (1000.0, 1300.0, 1300.1)]
    assert read == ["tracking-1", "tracking-1", "tracking-2"]


def test_a_replaced_tracker_loses_no_events() -> None:
    tracking_id = _tracking_id(FakeClient({"get_parameter": [PARAMETER, {"Parameter": {"Value": "new"}}]}))
    tracking_id.get(NOW_SECONDS - 60)

    def answer(parameters: dict[str, Any]) -> dict[str, Any]:
        if parameters["trackingId"] != "new":
            raise client_error("InvalidInputException")
        return {}

    proxy, _, client = _send(_session(CLICK), answer, tracking_id=tracking_id)
    assert proxy["statusCode"] == 200
    assert [call["trackingId"] for call in client.parameters("put_events")] == ["tracking-1", "new"]


def test_without_an_event_tracker_events_wait_in_the_queue() -> None:
    tracking_id = _tracking_id(FakeClient({"get_parameter": [client_error("ParameterNotFound")]}))
    client, sqs = FakeClient(), FakeClient()
    answer, _ = _ask(_session(*_numbered(1)), _tracking(client, sqs, tracking_id))
    assert (answer["statusCode"], _queued(sqs)) == (202, [["e0"]])
    assert client.calls == []


def test_the_log_counts_events(capsys: pytest.CaptureFixture[str]) -> None:
    _send(_session(CLICK, {}))
    line = json.loads(capsys.readouterr().out)
    counted = [line[f"Events{status}"] for status in ("Accepted", "Buffered", "Rejected", "Retry")]
    assert counted == [1, 0, 1, 0]


def test_events_that_the_archive_does_not_take_wait_although_the_service_has_them() -> None:
    def answer(parameters: dict[str, Any]) -> dict[str, Any]:
        if parameters["QueueUrl"] == "archive":
            raise client_error("ServiceUnavailable", status=503)
        return {}

    client, sqs = FakeClient(), FakeClient({"send_message": [answer]})
    _, body = _ask(_session(CLICK), replace(_tracking(client, sqs), archive_url="archive"))
    assert [line["status"] for line in body["events"]] == ["buffered"]
    assert [name for name, _ in client.calls] == ["put_events"]
    assert [parameters["QueueUrl"] for parameters in sqs.parameters("send_message")] == ["archive", "queue"]


def test_accepted_events_go_to_the_archive_as_the_service_took_them() -> None:
    client, sqs = FakeClient(), FakeClient()
    _ask(_session(CLICK, {"eventType": ""}, userId="u1"), replace(_tracking(client, sqs), archive_url="archive"))
    (message,) = sqs.parameters("send_message")
    (sent,) = client.parameters("put_events")
    assert json.loads(message["MessageBody"]) == {name: sent[name] for name in ("sessionId", "userId", "eventList")}
