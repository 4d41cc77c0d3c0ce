"""Answers before botocore makes a request: for the caller nothing differs."""

from __future__ import annotations

from typing import Any

import botocore.session
import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from tastemaker.errors import AwsError
from tastemaker.simulator.transport import connect, install
from tests.support.echo_service import EchoService

ONCE = Config(retries={"mode": "standard", "total_max_attempts": 1})
ASK = {"campaignArn": "arn:aws:personalize:eu-west-1:123456789012:campaign/c", "userId": "u"}
FOUND: dict[str, Any] = {
    "itemList": [
        {"itemId": "ä", "score": 0.25, "reason": ["Popular item"], "metadata": {"GENRES": "Drama"}},
        {"itemId": "2", "score": 1e-9},
    ],
    "recommendationId": "RID-1",
}
CALLS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "get_recommendations": (ASK, FOUND),
    "get_personalized_ranking": (
        {**ASK, "inputList": ["1", "2"]},
        {"personalizedRanking": FOUND["itemList"], "recommendationId": "RID-2"},
    ),
    "get_action_recommendations": (ASK, {"actionList": [{"actionId": "a", "score": 0.5}], "recommendationId": "RID-3"}),
}
REFUSAL = AwsError("personalize-runtime", "ResourceNotFoundException", "There is no such campaign.", 404)
OPERATIONS = {name: "".join(part.capitalize() for part in name.split("_")) for name in CALLS}


def _client(service: str = "personalize-runtime", config: Config = ONCE) -> Any:
    session = botocore.session.Session()
    session.set_credentials("key", "secret")
    return session.create_client(service, "eu-west-1", config=config)


def _asked(echo: EchoService, method: str, *, early: bool, heard: list[str], config: Config = ONCE) -> Any:
    """What the method gives; `heard` notes when a request is sent."""
    with install(echo, early=early):
        client = _client(config=config)
        client.meta.events.register("before-send", lambda **_: heard.append(method))
        return getattr(client, method)(**CALLS[method][0])


@pytest.mark.parametrize("method", CALLS)
def test_an_early_answer_is_the_one_that_botocore_would_have_read(method: str) -> None:
    answers, sent = [], []
    for early in (False, True):
        heard: list[str] = []
        echo = EchoService({OPERATIONS[method]: CALLS[method][1]})
        answers.append(_asked(echo, method, early=early, heard=heard))
        sent.append(len(heard))
        assert len(echo.calls) == 1
    assert answers[0] == answers[1]
    assert sent == [1, 0]


def test_a_refusal_becomes_the_same_error_and_is_asked_for_once() -> None:
    errors = []
    for early in (False, True):
        echo = EchoService({"GetRecommendations": REFUSAL})
        with pytest.raises(ClientError) as caught:
            _asked(echo, "get_recommendations", early=early, heard=[])
        errors.append((type(caught.value).__name__, str(caught.value), caught.value.response))
        assert len(echo.calls) == 1
    assert errors[0] == errors[1]
    assert errors[0][0] == "ResourceNotFoundException"


def test_after_a_refusal_the_next_call_gets_an_answer_of_its_own() -> None:
    echo = EchoService({"GetRecommendations": REFUSAL})
    with install(echo, early=True):
        client = _client()
        for _ in range(2):
            with pytest.raises(ClientError):
                client.get_recommendations(**ASK)
        echo.answers["GetRecommendations"] = FOUND
        assert client.get_recommendations(**ASK)["itemList"] == FOUND["itemList"]
    assert len(echo.calls) == 3


def test_a_refusal_that_was_never_sent_answers_nobody_else() -> None:
    """Without credentials signing fails after the early answer; the next request, of another client, is a new one."""
    echo = EchoService({"GetRecommendations": REFUSAL})
    with install(echo, early=True):
        session = botocore.session.Session()
        session.set_credentials("key", "secret")
        client = session.create_client("personalize-runtime", "eu-west-1", config=ONCE)

        def fail(**_: Any) -> None:
            raise ConnectionError("before it was sent")

        client.meta.events.register("request-created", fail)
        with pytest.raises(ConnectionError):
            client.get_recommendations(**ASK)
        echo.answers["GetRecommendations"] = FOUND
        other = _client(config=Config(retries={"total_max_attempts": 2}))
        assert other.get_recommendations(**{**ASK, "userId": "other"})["recommendationId"] == "RID-1"


def test_whoever_tries_again_by_itself_is_answered_as_over_a_network() -> None:
    heard: list[str] = []
    echo = EchoService({"GetRecommendations": FOUND})
    config = Config(retries={"mode": "standard", "total_max_attempts": 2})
    _asked(echo, "get_recommendations", early=True, heard=heard, config=config)
    assert len(heard) == 1


def test_an_answer_with_a_timestamp_is_left_to_botocore() -> None:
    moment = 1_700_000_000
    echo = EchoService({"DescribeSchema": {"schema": {"name": "s", "creationDateTime": moment}}})
    with install(echo, early=True):
        found = _client("personalize").describe_schema(schemaArn="arn:aws:personalize:eu-west-1:1:schema/s")
    assert found["schema"]["creationDateTime"].timestamp() == moment


def test_an_operation_without_an_output_is_left_to_botocore() -> None:
    echo = EchoService()
    event = {"eventType": "watch", "itemId": "1", "sentAt": 1_700_000_000}
    with install(echo, early=True):
        answer = _client("personalize-events").put_events(trackingId="t", sessionId="s", eventList=[event])
    assert set(answer) == {"ResponseMetadata"}


def test_the_newest_installation_answers_although_an_older_one_would_be_earlier() -> None:
    older, newer = EchoService({"GetRecommendations": FOUND}), EchoService({"GetRecommendations": FOUND})
    with install(older, early=True), install(newer):
        _client().get_recommendations(**ASK)
    assert (len(older.calls), len(newer.calls)) == (0, 1)


def test_a_connected_client_is_answered_by_nobody_else() -> None:
    installed, mine = EchoService({"GetRecommendations": FOUND}), EchoService({"GetRecommendations": FOUND})
    with install(installed, early=True):
        client = _client()
        connect(client, mine)
        client.get_recommendations(**ASK)
    assert (len(installed.calls), len(mine.calls)) == (0, 1)


def test_after_closing_nobody_answers_early() -> None:
    echo = EchoService({"GetRecommendations": FOUND})
    with install(echo, early=True):
        client = _client(config=ONCE.merge(Config(connect_timeout=1, proxies={"https": "http://127.0.0.1:9"})))
    with pytest.raises(BotoCoreError):
        client.get_recommendations(**ASK)
    assert echo.calls == []


def test_a_defect_of_the_simulator_reaches_the_caller_as_it_is() -> None:
    echo = EchoService({"GetRecommendations": ZeroDivisionError("ours")})
    with pytest.raises(ZeroDivisionError):
        _asked(echo, "get_recommendations", early=True, heard=[])
