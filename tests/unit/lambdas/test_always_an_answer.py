from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from lambdas.recommend import recommend
from lambdas.shared.http import respond
from lambdas.shared.memory import Breaker
from lambdas.shared.tiers import Serving
from tests.support.aws_fakes import FakeClient, client_error
from tests.support.lambda_context import NOW_SECONDS, FakeContext, proxy_event

ROUTE = "GET /users/{userId}/recommendations"
BOTH = {"owner": {"campaignArn": "arn:popular"}, "items": ["s1", "s2", "s3"]}
SETTINGS: dict[str, Any] = {"owner": {"campaignArn": "arn:own"}, "numResults": 2, "maxResults": 500}
BUSY = client_error("ThrottlingException")
DOWN = client_error("InternalFailure", status=500)
GONE = client_error("ResourceNotFoundException", status=404)
SLOW = ReadTimeoutError(endpoint_url="https://x")


class Campaigns:
    """Answers of each campaign by its ARN, in order; the last one stays."""

    def __init__(self, **answers: list[Any]) -> None:
        self._answers = {f"arn:{name}": list(given) for name, given in answers.items()}
        self.client = FakeClient({"get_recommendations": [self._answer]})

    def _answer(self, parameters: dict[str, Any]) -> Any:
        given = self._answers[parameters["campaignArn"]]
        answer = given.pop(0) if len(given) > 1 else given[0]
        if isinstance(answer, Exception):
            raise answer
        return {"itemList": [{"itemId": item_id} for item_id in answer], "recommendationId": "RID-1"}

    @property
    def asked(self) -> list[str]:
        return [parameters["campaignArn"] for _, parameters in self.client.calls]


class Clock:
    """Moves by `step` seconds at each look."""

    def __init__(self, step: float = 0.0) -> None:
        self.now, self._step = 0.0, step

    def __call__(self) -> float:
        self.now += self._step
        return self.now


def _serving(campaigns: Campaigns, step: float = 0.0) -> Serving:
    return Serving(campaigns.client, 3.0, Clock(step))


def _ask(
    serving: Serving, fallback: Any = None, at_seconds: float = 0, **settings: Any
) -> tuple[int, str | None, list[str]]:
    """Status, source header and item ids."""
    more = {} if fallback is None else {"fallback": fallback}
    routes = {ROUTE: {**SETTINGS, **more, **settings}}
    event = proxy_event(ROUTE, path={"userId": "u1"})
    event["requestContext"]["requestTimeEpoch"] = int((NOW_SECONDS + at_seconds) * 1000)
    answer = respond(event, FakeContext(), lambda request: recommend(request, routes, serving))
    items = [item["itemId"] for item in json.loads(answer["body"]).get("items", [])]
    return answer["statusCode"], answer["headers"].get("X-Recommendation-Source"), items


def test_a_campaign_that_answers_is_asked_once() -> None:
    campaigns = Campaigns(own=[["a"]])
    assert _ask(_serving(campaigns)) == (200, "campaign", ["a"])
    assert campaigns.asked == ["arn:own"]


@pytest.mark.parametrize("error", [BUSY, DOWN, SLOW])
def test_what_fails_in_passing_is_tried_once_more(error: Exception) -> None:
    campaigns = Campaigns(own=[error, ["a"]])
    assert _ask(_serving(campaigns), BOTH | {"owner": {"campaignArn": "arn:own"}})[:2] == (200, "campaign")


def test_a_campaign_that_does_not_exist_is_not_tried_again() -> None:
    campaigns = Campaigns(own=[GONE], popular=[["p"]])
    assert _ask(_serving(campaigns), BOTH) == (200, "fallback-campaign", ["p"])
    assert campaigns.asked == ["arn:own", "arn:popular"]


def test_a_second_attempt_is_not_made_when_it_would_cost_the_fallback_its_time() -> None:
    campaigns = Campaigns(own=[SLOW], popular=[["p"]])
    # The first look starts the deadline, the second comes after one slow attempt: two thirds are left, less a moment.
    assert _ask(_serving(campaigns, step=1.01), BOTH) == (200, "fallback-campaign", ["p"])
    assert campaigns.asked == ["arn:own", "arn:popular"]


def test_without_the_service_the_list_of_the_project_file_answers() -> None:
    campaigns = Campaigns(own=[DOWN], popular=[DOWN])
    assert _ask(_serving(campaigns), BOTH) == (200, "static", ["s1", "s2"])


def test_the_last_good_list_is_fetched_before_it_is_needed() -> None:
    campaigns = Campaigns(own=[["a"], DOWN], popular=[["p"], DOWN])
    serving = _serving(campaigns)
    assert _ask(serving, BOTH)[1] == "campaign"
    assert _ask(serving, BOTH) == (200, "last-good", ["p"])


def test_the_last_good_list_is_renewed_after_a_quarter_of_an_hour() -> None:
    campaigns = Campaigns(own=[["a"]], popular=[["p"]])
    serving = _serving(campaigns)
    for seconds in (0, 899, 900):
        _ask(serving, BOTH, at_seconds=seconds)
    assert campaigns.asked.count("arn:popular") == 2


def test_a_fallback_is_asked_with_the_filter_but_without_promotions() -> None:
    campaigns = Campaigns(own=[GONE], popular=[["p"]])
    filters: dict[str, Any] = {"filter": "f", "filters": {"f": {"arn": "arn:filter", "parameters": {}}}}
    _ask(_serving(campaigns), BOTH, **filters, promotions=[{"name": "new"}])
    assert campaigns.client.calls[1][1] == {
        "campaignArn": "arn:popular", "numResults": 2, "userId": "u1", "filterArn": "arn:filter",
    }  # fmt: skip


@pytest.mark.parametrize(("error", "status"), [(BUSY, 429), (DOWN, 503), (SLOW, 504), (GONE, 404)])
def test_without_a_fallback_the_caller_sees_the_failure(error: Exception, status: int) -> None:
    assert _ask(_serving(Campaigns(own=[error])))[0] == status


def test_a_wrong_request_gets_no_other_answer() -> None:
    campaigns = Campaigns(own=[client_error("InvalidInputException")], popular=[["p"]])
    assert _ask(_serving(campaigns), BOTH)[0] == 400


def test_an_empty_list_is_no_failure() -> None:
    campaigns = Campaigns(own=[[]], popular=[["p"]])
    assert _ask(_serving(campaigns), BOTH) == (200, "campaign", [])


def test_after_five_failures_a_campaign_is_left_alone_for_ten_seconds() -> None:
    campaigns = Campaigns(own=[GONE], popular=[["p"]])
    serving = _serving(campaigns)
    sources = [_ask(serving, BOTH, at_seconds=seconds)[1] for seconds in (0, 1, 2, 3, 4, 5, 13.9, 14)]
    assert set(sources) == {"fallback-campaign"}
    assert campaigns.asked.count("arn:own") == 6


def test_one_answer_closes_the_circuit() -> None:
    breaker = Breaker(max_failures=2, pause_seconds=10)
    for moment in (0, 1):
        breaker.failed("arn", moment)
    assert [breaker.allows("arn", moment) for moment in (1, 10, 11)] == [False, False, True]
    breaker.succeeded("arn")
    assert breaker.allows("arn", 11)
