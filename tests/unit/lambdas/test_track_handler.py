from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from lambdas.shared.delivery import TrackingId
from lambdas.shared.http import respond
from lambdas.track import track
from tests.support.aws_fakes import FakeClient, client_error
from tests.support.lambda_context import NOW_SECONDS, FakeContext, proxy_event

CLICK = {"eventType": "click", "itemId": "i1"}
RESERVED_REASON = "properties must not hold 'UserID'; it is a field of the event or the request."
PARAMETER = {"Parameter": {"Value": "tracking-1"}}


def _event(body: Any) -> dict[str, Any]:
    return proxy_event("POST /events", body=body)


def _session(*events: Any, **fields: Any) -> dict[str, Any]:
    return _event({"sessionId": "s1", "events": list(events), **fields})


def _send(
    event: dict[str, Any], *answers: Any, tracking_id: TrackingId | None = None
) -> tuple[dict[str, Any], dict[str, Any], FakeClient]:
    """Proxy answer, its parsed body, and the client that PutEvents was called on."""
    client = FakeClient({"put_events": list(answers or ({},))})
    tracking_id = tracking_id or TrackingId(FakeClient({"get_parameter": [PARAMETER]}), "/tracking-id")
    answer = respond(event, FakeContext(), lambda request: track(request, tracking_id, client))
    return answer, json.loads(answer["body"]), client


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
        {"accepted": 1, "rejected": 0, "events": [{"index": 0, "status": "accepted", "eventId": "e1"}]},
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
        "rejected": 1,
        "events": [
            {"index": 0, "status": "rejected", "reasons": ["eventType must not be empty."]},
            {"index": 1, "status": "accepted", "eventId": "e1"},
        ],
    }
    assert len(client.parameters("put_events")[0]["eventList"]) == 1


def test_a_request_with_no_good_event_is_a_problem_with_the_report() -> None:
    answer, body, _ = _send(_session({}))
    assert (answer["statusCode"], body["type"]) == (400, "urn:tastemaker:problem:no-event-accepted")
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
    known = "eventType, itemId, sentAt, properties, eventValue, recommendationId, impression, eventId"
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


def test_what_is_refused_for_load_is_503_and_later_events_are_not_tried() -> None:
    events = ({"eventType": "click", "eventId": f"e{number}"} for number in range(25))
    answer, body, client = _send(_session(*events), {}, client_error("ThrottlingException"))
    assert (answer["statusCode"], answer["headers"]["Retry-After"]) == (503, "1")
    assert len(client.calls) == 2
    assert [line["status"] for line in body["events"]] == ["accepted"] * 10 + ["retry"] * 15
    assert body["type"] == "urn:tastemaker:problem:overloaded"


def test_the_tracking_id_is_read_once() -> None:
    ssm = FakeClient({"get_parameter": [PARAMETER]})
    tracking_id = TrackingId(ssm, "/tracking-id")
    for _ in range(3):
        _send(_session(CLICK), tracking_id=tracking_id)
    assert ssm.calls == [("get_parameter", {"Name": "/tracking-id"})]


def test_the_tracking_id_is_read_again_after_five_minutes() -> None:
    ssm = FakeClient({"get_parameter": [PARAMETER, {"Parameter": {"Value": "tracking-2"}}]})
    tracking_id = TrackingId(ssm, "/tracking-id")
    read = [tracking_id.get(seconds) for seconds in (1000.0, 1300.0, 1300.1)]
    assert read == ["tracking-1", "tracking-1", "tracking-2"]


def test_a_replaced_tracker_loses_no_events() -> None:
    tracking_id = TrackingId(FakeClient({"get_parameter": [PARAMETER, {"Parameter": {"Value": "new"}}]}), "/id")
    tracking_id.get(NOW_SECONDS - 60)

    def answer(parameters: dict[str, Any]) -> dict[str, Any]:
        if parameters["trackingId"] != "new":
            raise client_error("InvalidInputException")
        return {}

    proxy, _, client = _send(_session(CLICK), answer, tracking_id=tracking_id)
    assert proxy["statusCode"] == 200
    assert [call["trackingId"] for call in client.parameters("put_events")] == ["tracking-1", "new"]


def test_without_an_event_tracker_the_caller_is_asked_to_come_back() -> None:
    tracking_id = TrackingId(FakeClient({"get_parameter": [client_error("ParameterNotFound")]}), "/id")
    answer, body, client = _send(_session(CLICK), tracking_id=tracking_id)
    assert (answer["statusCode"], body["detail"]) == (
        503,
        "There is no event tracker yet; try again after the deployment.",
    )
    assert client.calls == []


def test_the_log_counts_events(capsys: pytest.CaptureFixture[str]) -> None:
    _send(_session(CLICK, {}))
    line = json.loads(capsys.readouterr().out)
    assert (line["EventsAccepted"], line["EventsRejected"], line["EventsRefused"]) == (1, 1, 0)
