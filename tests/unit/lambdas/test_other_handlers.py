"""Ranking, actions, action interactions, records and the replay of queued events."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lambdas.act import act
from lambdas.put_records import put_records
from lambdas.rank import rank
from lambdas.replay import Replaying, replay
from lambdas.shared.events import ACTION_INTERACTION
from lambdas.shared.http import respond
from lambdas.shared.sessions import Tracking, track_session
from lambdas.shared.tiers import Serving
from lambdas.shared.tracking import TrackingId, read_dataset
from tests.support.aws_fakes import FakeClient, client_error
from tests.support.lambda_context import NOW_SECONDS, FakeContext, proxy_event

RANKING, ACTIONS, ITEMS = "POST /users/{userId}/ranking", "GET /users/{userId}/actions", "PUT /items"
OWNER = {"owner": {"campaignArn": "arn:campaign"}}
ROUTES: dict[str, Any] = {
    RANKING: {**OWNER, "maxResults": 3},
    ACTIONS: {**OWNER, "numResults": 5, "maxResults": 100, "fallback": {"items": ["a1"], "member": "actionId"}},
    ITEMS: {"member": "items", "idField": "itemId", "datasetArn": "arn:items", "maxPropertiesLength": 100},
    "POST /action-interactions": {"delivery": "direct"},
}
DOWN = client_error("InternalFailure", status=500)


def _rank(items: Any, *answers: Any) -> tuple[int, dict[str, Any]]:
    serving = Serving(FakeClient({"get_personalized_ranking": list(answers)}), 2.0, lambda: 0.0)
    event = proxy_event(RANKING, path={"userId": "u1"}, body={"items": items})
    answer = respond(event, FakeContext(), lambda request: rank(request, ROUTES, serving))
    return answer["statusCode"], json.loads(answer["body"])


def test_the_callers_own_members_survive_the_ranking() -> None:
    ranked = {"personalizedRanking": [{"itemId": "b", "score": 0.9}, {"itemId": "a"}], "recommendationId": "RID-1"}
    status, body = _rank([{"itemId": "a", "price": 3, "score": 7}, {"itemId": "b", "tags": ["x"]}], ranked)
    assert (status, body) == (
        200,
        {
            "recommendationId": "RID-1",
            "items": [{"itemId": "b", "tags": ["x"], "score": 0.9}, {"itemId": "a", "price": 3}],
            "source": "campaign",
        },
    )


def test_without_the_service_items_keep_the_callers_order() -> None:
    status, body = _rank(["b", "a", "b"], DOWN)
    assert (status, body) == (200, {"items": [{"itemId": "b"}, {"itemId": "a"}], "source": "input-order"})


@pytest.mark.parametrize(
    ("items", "detail"),
    [
        (None, "items must be an array, found null."),
        ([], "items must hold 1 to 3 items, found 0."),
        (["a"] * 4, "items must hold 1 to 3 items, found 4."),
        (["a", {"id": "b"}], "itemId of item 1 must be a string, found null."),
        (["null"], "itemId of item 0 is 'null': the client sent a missing value as text."),
    ],
)
def test_a_wrong_list_is_refused(items: Any, detail: str) -> None:
    status, body = _rank(items)
    assert (status, body["detail"]) == (400, detail)


def _act(*answers: Any) -> dict[str, Any]:
    serving = Serving(FakeClient({"get_action_recommendations": list(answers)}), 2.0, lambda: 0.0)
    event = proxy_event(ACTIONS, path={"userId": "u1"})
    answer = respond(event, FakeContext(), lambda request: act(request, ROUTES, serving))
    body: dict[str, Any] = json.loads(answer["body"])
    return body


def test_actions_come_back_in_the_services_order() -> None:
    found = {"actionList": [{"actionId": "a2", "score": 0.5}], "recommendationId": "RID-1"}
    assert _act(found) == {
        "recommendationId": "RID-1", "actions": [{"actionId": "a2", "score": 0.5}], "source": "campaign",
    }  # fmt: skip


def test_actions_of_the_project_file_answer_for_the_service() -> None:
    assert _act(DOWN) == {"actions": [{"actionId": "a1"}], "source": "static"}


def _act_on(interaction: dict[str, Any]) -> tuple[int, dict[str, Any], FakeClient]:
    client, dataset = FakeClient(), FakeClient({"describe_dataset": [{"dataset": {"trackingId": "t1"}}]})
    tracking = Tracking(client, TrackingId(lambda: read_dataset(dataset, "arn:d")), FakeClient(), "q", 2, lambda: 0.0)
    body = {"sessionId": "s1", "userId": "u1", "actionInteractions": [interaction]}
    event = proxy_event("POST /action-interactions", body=body)
    answer = respond(
        event,
        FakeContext(),
        lambda request: track_session(request, ROUTES, tracking, ACTION_INTERACTION, "actionInteractions"),
    )
    return answer["statusCode"], json.loads(answer["body"]), client


def test_an_action_interaction_is_sent_with_its_session_and_the_datasets_tracking_id() -> None:
    status, _, client = _act_on({"actionId": "a1", "eventType": "Not Taken", "eventId": "e1"})
    entry = {
        "sessionId": "s1", "userId": "u1", "actionId": "a1", "eventType": "Not Taken", "eventId": "e1",
        "timestamp": NOW_SECONDS,
    }  # fmt: skip
    assert status == 200
    assert client.calls == [("put_action_interactions", {"trackingId": "t1", "actionInteractions": [entry]})]


def test_an_action_interaction_has_one_of_three_event_types() -> None:
    status, body, _ = _act_on({"actionId": "a1", "eventType": "click"})
    assert status == 400
    assert body["events"][0]["reasons"] == [
        "eventType of an action interaction must be one of: Viewed, Taken, Not Taken."
    ]


def _put(records: Any, *answers: Any) -> tuple[int, dict[str, Any], FakeClient]:
    client = FakeClient({"put_items": list(answers or ({},))})
    event = proxy_event(ITEMS, body={"items": records})
    answer = respond(event, FakeContext(), lambda request: put_records(request, ROUTES, client))
    return answer["statusCode"], json.loads(answer["body"]), client


def test_records_are_sent_with_their_properties_as_text() -> None:
    status, body, client = _put([{"itemId": "i1", "properties": {"genres": "a|b"}}, {"itemId": "i2"}])
    assert (status, body["accepted"]) == (200, 2)
    assert client.calls == [
        (
            "put_items",
            {
                "datasetArn": "arn:items",
                "items": [{"itemId": "i1", "properties": '{"genres":"a|b"}'}, {"itemId": "i2"}],
            },
        )
    ]


def test_a_wrong_record_is_rejected_by_itself() -> None:
    status, body, _ = _put([{"itemId": "i1", "name": "x"}, {"itemId": "i2"}, "i3", {"itemId": "i4", "properties": []}])
    assert status == 207
    assert [line.get("reasons", ["-"])[0] for line in body["events"]] == [
        "Unknown field 'name'; known are itemId, properties.",
        "-",
        "A record must be an object, found a string.",
        "properties must be an object, found an array.",
    ]


def test_records_that_the_service_does_not_take_have_to_be_sent_again() -> None:
    status, body, _ = _put([{"itemId": "i1"}], client_error("ThrottlingException"))
    assert (status, body["retry"], body["type"]) == (503, 1, "urn:tastemaker:problem:overloaded")


def _record(name: str, *events: str) -> dict[str, Any]:
    parameters = {"sessionId": "s1", "eventList": [{"eventId": event, "eventType": "click"} for event in events]}
    times = {"ApproximateReceiveCount": "2", "ApproximateFirstReceiveTimestamp": str(NOW_SECONDS * 1000)}
    return {"messageId": name, "body": json.dumps({"sessionId": "s1", "parameters": parameters}), "attributes": times}


def _replay(client: FakeClient, *records: dict[str, Any]) -> tuple[list[str], FakeClient]:
    """Ids of the messages that are given back, and the client of the dead-letter queue."""
    sqs, tracking_id = FakeClient(), TrackingId(lambda: "t1")
    replaying = Replaying(client, {"eventList": tracking_id, "actionInteractions": tracking_id}, sqs, "dead")
    answer = replay({"Records": list(records)}, FakeContext(), replaying)
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]], sqs


def test_queued_events_are_sent_in_their_order() -> None:
    client = FakeClient()
    given_back, _ = _replay(client, _record("m1", "e1", "e2"), _record("m2", "e3"))
    sent = [[event["eventId"] for event in call["eventList"]] for call in client.parameters("put_events")]
    assert (given_back, sent) == ([], [["e1", "e2"], ["e3"]])


def test_the_first_message_that_fails_keeps_all_later_ones_behind_it() -> None:
    client = FakeClient({"put_events": [{}, client_error("ThrottlingException"), {}]})
    given_back, _ = _replay(client, _record("m1", "e1"), _record("m2", "e2"), _record("m3", "e3"))
    assert given_back == ["m2", "m3"]
    assert len(client.calls) == 2


def test_an_event_that_never_gets_better_goes_to_the_dead_letters_alone() -> None:
    def answer(parameters: dict[str, Any]) -> dict[str, Any]:
        if any(event["eventId"] == "poison" for event in parameters["eventList"]):
            raise client_error("InvalidInputException", "no such column")
        return {}

    given_back, sqs = _replay(FakeClient({"put_events": [answer]}), _record("m1", "a", "poison", "b"))
    assert given_back == []
    (message,) = sqs.parameters("send_message")
    body = json.loads(message["MessageBody"])
    assert message["QueueUrl"] == "dead"
    assert [event["eventId"] for event in body["parameters"]["eventList"]] == ["poison"]
    assert body["reasons"] == ["Amazon Personalize: no such column"]


def test_a_replay_is_counted(capsys: pytest.CaptureFixture[str]) -> None:
    _replay(
        FakeClient({"put_events": [{}, client_error("ThrottlingException")]}), _record("m1", "e1"), _record("m2", "e2")
    )
    line = json.loads(capsys.readouterr().out)
    counts = [line[name] for name in ("EventsReplayed", "EventsDeadLettered", "MessagesDelayed")]
    assert (counts, line["errorCode"]) == ([1, 0, 1], "ThrottlingException")
