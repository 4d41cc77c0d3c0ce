from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from tests.support.aws_fakes import FakeClient, client_error
from tests.support.lambda_context import NOW_SECONDS
from tests.support.tracked_sessions import (
    CLICK,
    ask,
    send,
    session_of,
    tracked_event,
    tracking_with,
)

RESERVED_REASON = "properties must not hold 'UserID'; it is a field of the event or the request."


def _reasons(event: Any) -> list[str]:
    _, body, client = send(session_of(event))
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
    answer, body, client = send(session_of(event, userId="u1"))
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
    _, _, client = send(session_of(CLICK))
    assert "userId" not in client.parameters("put_events")[0]


@pytest.mark.parametrize(
    ("fields", "status"), [({"userId": "u1"}, 200), ({"userId": "u2"}, 403), ({}, 403), ({"sessionId": "u2"}, 403)]
)
def test_a_token_sends_events_of_its_own_user_only_and_never_anonymous_ones(
    fields: dict[str, str], status: int
) -> None:
    client = FakeClient({"put_events": [{}]})
    event = session_of(CLICK, **fields)
    event["requestContext"]["authorizer"] = {"claims": {"sub": "u1"}}
    answer, _ = ask(event, tracking_with(client), userClaim="sub")
    assert (answer["statusCode"], len(client.calls)) == (status, int(status == 200))


def test_an_event_without_a_time_happened_when_the_request_came_in() -> None:
    _, _, client = send(session_of(CLICK))
    assert client.parameters("put_events")[0]["eventList"][0]["sentAt"] == NOW_SECONDS


def test_a_repeated_event_keeps_its_derived_id() -> None:
    event = {**CLICK, "sentAt": 1_600_000_000}
    _, first, _ = send(session_of(event))
    _, second, _ = send(session_of({"eventType": "view"}, event))
    assert first["events"][0]["eventId"] == second["events"][1]["eventId"]
    assert len(first["events"][0]["eventId"]) == 32


def test_another_session_gives_the_same_event_another_id() -> None:
    event = {**CLICK, "sentAt": 1_600_000_000}
    _, first, _ = send(session_of(event))
    _, second, _ = send(tracked_event({"sessionId": "s2", "events": [event]}))
    assert first["events"][0]["eventId"] != second["events"][0]["eventId"]


def test_events_go_out_in_order_in_chunks_of_ten() -> None:
    _, body, client = send(session_of(*({"eventType": "click", "eventId": f"e{number}"} for number in range(25))))
    sent = [[event["eventId"] for event in call["eventList"]] for call in client.parameters("put_events")]
    assert [len(chunk) for chunk in sent] == [10, 10, 5]
    assert [event_id for chunk in sent for event_id in chunk] == [f"e{number}" for number in range(25)]
    assert body["accepted"] == 25


def test_a_mixed_request_is_207_and_says_which() -> None:
    answer, body, client = send(session_of({"eventType": ""}, {**CLICK, "eventId": "e1"}))
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
    answer, body, _ = send(session_of({}))
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
    answer, problem, client = send(tracked_event(body))
    assert (answer["statusCode"], problem["detail"]) == (400, detail)
    assert client.calls == []


def test_a_base64_body_is_decoded() -> None:
    body = base64.b64encode(json.dumps({"sessionId": "s", "events": [CLICK]}).encode()).decode()
    answer, _, _ = send({**tracked_event(body), "isBase64Encoded": True})
    assert answer["statusCode"] == 200


def test_a_body_that_is_not_base64_is_refused() -> None:
    answer, problem, _ = send({**tracked_event("%"), "isBase64Encoded": True})
    assert (answer["statusCode"], problem["detail"]) == (400, "The body is not valid base64.")


def test_one_poison_event_does_not_take_its_chunk_with_it() -> None:
    def answer(parameters: dict[str, Any]) -> dict[str, Any]:
        if any(event["eventId"] == "poison" for event in parameters["eventList"]):
            raise client_error("InvalidInputException", "numRatings is no column")
        return {}

    proxy, body, _ = send(session_of(*({**CLICK, "eventId": name} for name in ("a", "poison", "b"))), answer)
    assert proxy["statusCode"] == 207
    assert body["events"] == [
        {"index": 0, "status": "accepted", "eventId": "a"},
        {"index": 1, "status": "rejected", "reasons": ["Amazon Personalize: numRatings is no column"]},
        {"index": 2, "status": "accepted", "eventId": "b"},
    ]
