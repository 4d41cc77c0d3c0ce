"""The Python client against the real handlers over HTTP, and against a server that fails."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tastemaker.client import Client
from tastemaker.errors import ApiError
from tastemaker.runner.http import build_gateway_app
from tastemaker.simulator.server import ServerSpec, serving
from tests.support.served_api import serve_api

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with (
        serve_api(tmp_path_factory.mktemp("api")) as api,
        serving([ServerSpec(build_gateway_app(api.gateway))]) as urls,
    ):
        yield Client(urls[0], api_key="web")


def test_lists_come_back_typed(client: Client) -> None:
    found = client.recommendations("u/01", count=3, filter="genre", filter_values={"GENRE": ["drama"], "PRICE": 9})
    assert (len(found.items), found.source) == (3, "campaign")
    assert found.recommendation_id is not None
    assert [int(item.item_id[1:]) % 2 for item in found.items] == [0, 0, 0]


def test_every_list_has_its_method(client: Client) -> None:
    lists = [client.related("i01", count=2), client.popular(count=2), client.trending(user_id="u01", count=2)]
    assert [len(found.items) for found in lists] == [2, 2, 2]


def test_an_answer_of_an_experiment_says_so_and_its_events_are_outcomes(client: Client) -> None:
    found = client.popular(session_id="s1", count=2)
    assert (found.experiment, found.variant in {"own", "plain"}) == ("home", True)
    assert found.attribution_source == f"home:{found.variant}"
    event = {"eventType": "view", "itemId": "i01", "eventAttributionSource": found.attribution_source}
    assert client.send_events("s1", [event]).taken == 1
    mixed = client.related("i01", user_id="u01", count=2)
    assert (mixed.variant, mixed.recommendation_id, mixed.attribution_source) == ("interleaved", None, None)
    assert all(item.members["eventAttributionSource"].startswith("beside:") for item in mixed.items)
    assert client.popular(count=2).experiment is None


def test_a_ranking_keeps_the_callers_members(client: Client) -> None:
    ranked = client.rank("u01", [{"itemId": "i01", "price": 3}, "i02"])
    assert {item.item_id: item.members.get("price") for item in ranked.items} == {"i01": 3, "i02": None}


def test_a_refusal_tells_status_kind_and_detail(client: Client) -> None:
    with pytest.raises(ApiError, match="numResults must be a whole number from 1 to 500, found '0'") as caught:
        client.popular(count=0)
    assert (caught.value.status, caught.value.kind) == (400, "bad-parameter")


def test_an_option_that_does_not_exist_is_a_mistake_of_the_program(client: Client) -> None:
    with pytest.raises(TypeError, match="unknown option 'size'"):
        client.popular(size=3)


def test_events_are_reported_one_by_one(client: Client) -> None:
    events = [{"eventType": "view", "itemId": "i01"}, {"eventType": ""}]
    report = client.send_events("s1", events, user_id="u01")
    assert (report.taken, report.rejected) == (1, {1: ("eventType must not be empty.",)})


class Failing:
    """Answers POST /events with what it is told to, in turn; the last one stays."""

    def __init__(self, *answers: tuple[int, dict[str, Any]]) -> None:
        self.answers, self.sent = list(answers), list[list[str]]()

    async def __call__(self, _scope: Any, receive: Any, send: Any) -> None:
        body = json.loads((await receive())["body"])
        self.sent.append([event["eventId"] for event in body["events"]])
        status, answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        content = json.dumps(answer).encode()
        headers = [(b"content-length", str(len(content)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": content})


def _report(*statuses: str) -> dict[str, Any]:
    return {"events": [{"status": status} for status in statuses]}


def _send(failing: Failing, count: int = 2) -> tuple[int, list[float]]:
    """How many events were taken, and the pauses."""
    pauses: list[float] = []
    with serving([ServerSpec(failing)]) as urls:
        client = Client(urls[0], sleep=pauses.append)
        events = [{"eventType": "click", "eventId": f"e{number}"} for number in range(count)]
        return client.send_events("s1", events, max_attempts=3).taken, pauses


def test_what_has_to_be_sent_again_is_sent_again_with_growing_pauses() -> None:
    failing = Failing((503, _report("accepted", "retry")), (500, {}), (200, _report("buffered")))
    assert _send(failing) == (2, [1.0, 2.0])
    assert failing.sent == [["e0", "e1"], ["e1"], ["e1"]]


def test_many_events_go_out_in_requests_of_a_hundred() -> None:
    failing = Failing((200, _report(*["accepted"] * 100)), (200, _report(*["accepted"] * 50)))
    assert _send(failing, 150) == (150, [])
    assert [len(sent) for sent in failing.sent] == [100, 50]


def test_an_outage_ends_after_the_last_attempt() -> None:
    failing = Failing((503, {"type": "urn:tastemaker:problem:overloaded", "detail": "later"}))
    with pytest.raises(ApiError, match="503 overloaded: later"):
        _send(failing)
    assert len(failing.sent) == 3


def test_a_server_that_is_not_there_is_an_api_error() -> None:
    with pytest.raises(ApiError, match="does not answer") as caught:
        Client("http://127.0.0.1:9").popular()
    assert caught.value.status == 0


def test_a_url_of_another_kind_is_refused() -> None:
    with pytest.raises(ApiError, match="no http or https URL"):
        Client("file:///etc/passwd")
