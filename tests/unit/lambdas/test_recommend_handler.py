from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError, ReadTimeoutError

from lambdas.recommend import recommend
from lambdas.related import relate
from lambdas.shared.http import EXPOSED_HEADERS, respond
from lambdas.shared.tiers import Serving
from tests.support.aws_fakes import FakeClient, client_error
from tests.support.lambda_context import FakeContext, proxy_event

PERSONAL = "GET /users/{userId}/recommendations"
POPULAR = "GET /popular"
RELATED = "GET /items/{itemId}/related"
SETTINGS: dict[str, Any] = {"owner": {"campaignArn": "arn:campaign"}, "numResults": 25, "maxResults": 500}
UNSEEN = {"filter": "unseen", "filters": {"unseen": {"arn": "arn:filter", "parameters": {}}}}
ROUTES = {PERSONAL: {**SETTINGS, **UNSEEN}, POPULAR: SETTINGS, RELATED: SETTINGS}
FOUND = {
    "recommendationId": "RID-1",
    "itemList": [{"itemId": "a", "score": 0.5}, {"itemId": "b"}],
    "ResponseMetadata": {},
}


def _ask(event: dict[str, Any], client: FakeClient) -> tuple[dict[str, Any], dict[str, Any]]:
    """Proxy answer and its parsed body."""
    handle = relate if event["resource"].startswith("/items") else recommend
    answer = respond(
        event,
        FakeContext(),
        lambda request: handle(request, ROUTES, Serving(client, 2.0, lambda: 0.0)),
        clock=lambda: 0.0,
    )
    return answer, json.loads(answer["body"])


def _client(*answers: Any) -> FakeClient:
    return FakeClient({"get_recommendations": list(answers or (FOUND,))})


def test_items_come_back_in_the_services_order_and_without_invented_scores() -> None:
    answer, body = _ask(proxy_event(PERSONAL, path={"userId": "u1"}), _client())
    assert answer["statusCode"] == 200
    assert body == {
        "recommendationId": "RID-1",
        "items": [{"itemId": "a", "score": 0.5}, {"itemId": "b"}],
        "source": "campaign",
    }


def test_the_campaign_is_asked_with_the_routes_settings() -> None:
    client = _client()
    _ask(proxy_event(PERSONAL, path={"userId": "u1"}), client)
    assert client.calls == [
        (
            "get_recommendations",
            {"campaignArn": "arn:campaign", "numResults": 25, "userId": "u1", "filterArn": "arn:filter"},
        )
    ]


def test_what_is_no_json_never_leaves() -> None:
    found = {"itemList": [{"itemId": "a", "score": float("nan")}]}
    with pytest.raises(ValueError, match="not JSON compliant"):
        _ask(proxy_event(PERSONAL, path={"userId": "u1"}), _client(found))


def test_an_encoded_user_id_is_decoded_once() -> None:
    client = _client()
    _ask(proxy_event(PERSONAL, path={"userId": "a%2Fb%2541"}), client)
    assert client.calls[0][1]["userId"] == "a/b%41"


def test_the_caller_chooses_how_many() -> None:
    client = _client()
    _ask(proxy_event(PERSONAL, path={"userId": "u1"}, query={"numResults": "500"}), client)
    assert client.calls[0][1]["numResults"] == 500


def test_a_route_without_a_user_asks_for_nobody() -> None:
    client = _client()
    _ask(proxy_event(POPULAR), client)
    assert client.calls[0][1] == {"campaignArn": "arn:campaign", "numResults": 25}


def test_related_items_are_asked_for_an_item() -> None:
    client = _client()
    _ask(proxy_event(RELATED, path={"itemId": "i1"}), client)
    assert client.calls[0][1] == {"campaignArn": "arn:campaign", "numResults": 25, "itemId": "i1"}


def test_related_items_can_be_filtered_by_a_users_interactions() -> None:
    client = _client()
    _ask(proxy_event(RELATED, path={"itemId": "i1"}, query={"userId": "u1"}), client)
    assert client.calls[0][1]["userId"] == "u1"


def test_an_answer_for_a_user_is_stored_by_nobody_else() -> None:
    answer, _ = _ask(proxy_event(PERSONAL, path={"userId": "u1"}), _client())
    assert answer["headers"] == {
        "Content-Type": "application/json",
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Expose-Headers": EXPOSED_HEADERS,
        "Cache-Control": "private, no-cache",
        "X-Correlation-Id": "request-1",
        "X-Recommendation-Source": "campaign",
        "ETag": 'W/"b75e5c64bc78db449657"',
    }


def test_an_answer_for_nobody_may_be_stored() -> None:
    answer, _ = _ask(proxy_event(POPULAR), _client())
    assert answer["headers"]["Cache-Control"] == "public, no-cache"


def test_an_empty_answer_of_the_service_is_an_empty_list() -> None:
    _, body = _ask(proxy_event(PERSONAL, path={"userId": "u1"}), _client({}))
    assert body == {"items": [], "source": "campaign", "emptyBecause": "filter"}


@pytest.mark.parametrize("text", ["abc", "0", "501", "-1", "1.5", "", " 5", "٣", "9" * 5000])
def test_a_wrong_count_is_refused_without_asking(text: str) -> None:
    client = _client()
    answer, body = _ask(proxy_event(PERSONAL, path={"userId": "u1"}, query={"numResults": text}), client)
    assert answer["statusCode"] == 400
    assert body["detail"] == f"numResults must be a whole number from 1 to 500, found {text[:40]!r}."
    assert client.calls == []


@pytest.mark.parametrize(
    ("user_id", "detail"),
    [
        ("%20", "userId must not be empty."),
        ("undefined", "userId is 'undefined': the client sent a missing value as text."),
        ("x" * 257, "userId must have at most 256 characters, found 257."),
    ],
)
def test_a_wrong_id_is_refused_as_problem_json(user_id: str, detail: str) -> None:
    answer, body = _ask(proxy_event(PERSONAL, path={"userId": user_id}), _client())
    assert answer["statusCode"] == 400
    assert answer["headers"]["Content-Type"] == "application/problem+json"
    assert body == {
        "type": "urn:tastemaker:problem:bad-parameter",
        "title": "Bad parameter",
        "status": 400,
        "detail": detail,
        "requestId": "request-1",
    }


def test_an_id_of_256_characters_is_accepted() -> None:
    answer, _ = _ask(proxy_event(PERSONAL, path={"userId": "x" * 256}), _client())
    assert answer["statusCode"] == 200


def test_a_route_that_the_function_was_not_told_about_is_404() -> None:
    answer, body = _ask(proxy_event("GET /trending"), _client())
    assert (answer["statusCode"], body["detail"]) == (404, "There is no GET /trending.")


@pytest.mark.parametrize(
    ("error", "status", "kind"),
    [
        (client_error("ThrottlingException"), 429, "too-many-requests"),
        (client_error("Unknown", status=429), 429, "too-many-requests"),
        (client_error("InvalidInputException"), 400, "refused"),
        (client_error("ResourceNotFoundException", status=404), 404, "not-deployed"),
        (client_error("AccessDeniedException", status=403), 502, "misconfigured"),
        (client_error("ServiceUnavailable", status=503), 503, "unavailable"),
        (client_error("InternalFailure", status=500), 503, "unavailable"),
        (ReadTimeoutError(endpoint_url="https://x"), 504, "timeout"),
        (EndpointConnectionError(endpoint_url="https://x"), 502, "unreachable"),
    ],
)
def test_each_refusal_of_the_service_has_a_status(error: Exception, status: int, kind: str) -> None:
    answer, body = _ask(proxy_event(PERSONAL, path={"userId": "u1"}), _client(error))
    assert (answer["statusCode"], body["type"]) == (status, f"urn:tastemaker:problem:{kind}")


@pytest.mark.parametrize("error", [client_error("ThrottlingException"), client_error("Down", status=500)])
def test_a_caller_is_told_when_to_try_again(error: Exception) -> None:
    answer, _ = _ask(proxy_event(PERSONAL, path={"userId": "u1"}), _client(error))
    assert answer["headers"]["Retry-After"] == "1"


def test_the_account_number_stays_inside() -> None:
    error = client_error("InvalidInputException", "Bad arn:aws:personalize:us-east-1:123456789012:campaign/x, sorry")
    _, body = _ask(proxy_event(PERSONAL, path={"userId": "u1"}), _client(error))
    assert body["detail"] == "Bad …, sorry"


def test_one_line_per_request_is_log_and_metric(capsys: pytest.CaptureFixture[str]) -> None:
    _ask(proxy_event(PERSONAL, path={"userId": "u1"}), _client())
    line = json.loads(capsys.readouterr().out)
    directives = line.pop("_aws")
    line.pop("ColdStarts")  # 1 for the first request of the process
    assert line == {
        "level": "INFO",
        "requestId": "request-1",
        "correlationId": "request-1",
        "invocationId": "invocation-1",
        "status": 200,
        "Function": "function",
        "Route": "GET /users/{userId}/recommendations",
        "Source": "campaign",
        "Requests": 1,
        "ClientErrors": 0,
        "ServerErrors": 0,
        "ItemsReturned": 2,
        "Fallbacks": 0,
        "EmptyByFilter": 0,
        "Latency": 0.0,
    }
    assert directives["Timestamp"] == 1_700_000_000_000
    assert [(entry["Namespace"], entry["Dimensions"]) for entry in directives["CloudWatchMetrics"]] == [
        ("Tastemaker", [["Function", "Route"]]),
        ("Tastemaker", [["Route", "Source"]]),
    ]
    assert [metric["Name"] for metric in directives["CloudWatchMetrics"][1]["Metrics"]] == ["Requests", "Latency"]


def test_a_failure_of_the_service_is_logged_with_its_code(capsys: pytest.CaptureFixture[str]) -> None:
    _ask(proxy_event(PERSONAL, path={"userId": "u1"}), _client(client_error("InternalFailure", "secret", 500)))
    line = json.loads(capsys.readouterr().out)
    assert (line["level"], line["errorCode"], line["ServerErrors"]) == ("ERROR", "InternalFailure", 1)


def test_a_defect_is_not_hidden_from_lambda() -> None:
    with pytest.raises(ZeroDivisionError, match="defect"):
        _ask(proxy_event(PERSONAL, path={"userId": "u1"}), _client(ZeroDivisionError("defect")))
