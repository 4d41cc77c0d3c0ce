"""Filters, context, caching and callers of the recommendation routes."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from lambdas.recommend import recommend
from lambdas.shared.http import respond
from lambdas.shared.tiers import Serving
from tests.support.aws_fakes import FakeClient
from tests.support.lambda_context import FakeContext, proxy_event

PERSONAL, POPULAR = "GET /users/{userId}/recommendations", "GET /popular"
SETTINGS: dict[str, Any] = {"owner": {"campaignArn": "arn:campaign"}, "numResults": 25, "maxResults": 500}
FILTERS = {
    "filter": "unseen",
    "filters": {
        "unseen": {"arn": "arn:unseen", "parameters": {}},
        "genre": {"arn": "arn:genre", "parameters": {"GENRE": "texts", "YEAR": "number"}},
        "member": {"arn": "arn:member", "parameters": {"LEVEL": "text"}},
    },
}
CONTEXT = {
    "context": {
        "DEVICE": "device", "COUNTRY": "country", "HOUR": "hour", "DAY": "weekday", "SEASON": "season", "MOOD": "query",
    },
    "timeZone": "Europe/Berlin",
}  # fmt: skip
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Mobile/15E148"
LAPTOP = "Mozilla/5.0 (X11; Linux x86_64) Firefox/130.0"


def _respond(event: dict[str, Any], serving: Serving, **settings: Any) -> dict[str, Any]:
    routes = {PERSONAL: {**SETTINGS, **settings}, POPULAR: {**SETTINGS, **settings}}
    return respond(event, FakeContext(), lambda request: recommend(request, routes, serving))


def _serving(*answers: Any) -> Serving:
    found = {"itemList": [{"itemId": "a"}], "recommendationId": "RID-1"}
    return Serving(FakeClient({"get_recommendations": list(answers or (found,))}), 2.0, lambda: 0.0)


def _asked(event: dict[str, Any], **settings: Any) -> dict[str, Any]:
    """What the service was asked."""
    serving = _serving()
    answer = _respond(event, serving, **settings)
    assert answer["statusCode"] == 200, answer["body"]
    parameters: dict[str, Any] = serving.client.calls[0][1]
    return parameters


def _personal(**event: Any) -> dict[str, Any]:
    return proxy_event(PERSONAL, path={"userId": "u1"}, **event)


def _with_values(**values: list[str]) -> dict[str, Any]:
    many = {name.replace("_", "."): given for name, given in values.items()}
    last = {name: given[-1] for name, given in many.items()}
    return {**_personal(query=last), "multiValueQueryStringParameters": many}


def _detail(event: dict[str, Any], **settings: Any) -> str:
    serving = _serving()
    answer = _respond(event, serving, **settings)
    assert (answer["statusCode"], serving.client.calls) == (400, [])
    detail: str = json.loads(answer["body"])["detail"]
    return detail


def test_the_routes_own_filter_is_used_when_none_is_named() -> None:
    assert _asked(_personal(), **FILTERS)["filterArn"] == "arn:unseen"


def test_values_of_a_named_filter_are_quoted_and_numbers_are_not() -> None:
    asked = _asked(
        _with_values(filter=["genre"], filter_GENRE=["Drama", "Film, Noir"], filter_YEAR=["1999"]), **FILTERS
    )
    assert asked["filterArn"] == "arn:genre"
    assert asked["filterValues"] == {"GENRE": '"Drama","Film, Noir"', "YEAR": "1999"}


NO_QUOTES = "filter.GENRE must be printable text without quotes and backslashes."
TOO_LONG = "filter.GENRE is too long; 1000 characters are allowed, quotes included."


@pytest.mark.parametrize(
    ("values", "detail"),
    [
        ({"filter": ["secret"]}, "There is no filter 'secret' on this route."),
        ({"filter": ["genre"], "filter_GENRE": ["x"]}, "The filter needs filter.YEAR."),
        ({"filter": ["genre"], "filter_GENRE": ['x","y'], "filter_YEAR": ["1"]}, NO_QUOTES),
        ({"filter": ["genre"], "filter_GENRE": ["x"], "filter_YEAR": ["1 OR 2"]}, "filter.YEAR must be a number."),
        ({"filter": ["genre"], "filter_GENRE": ["x" * 999], "filter_YEAR": ["1"]}, TOO_LONG),
        ({"filter": ["member"], "filter_LEVEL": ["gold", "silver"]}, "filter.LEVEL takes one value."),
        ({"filter_LEVEL": ["gold"]}, "The filter has no value 'LEVEL'."),
    ],
)  # fmt: skip
def test_a_wrong_filter_is_refused_without_asking(values: dict[str, list[str]], detail: str) -> None:
    assert _detail(_with_values(**values), **FILTERS) == detail


def test_circumstances_come_from_the_headers() -> None:
    headers = {"User-Agent": PHONE, "CloudFront-Viewer-Country": "DE"}
    # 2023-11-14 22:13 UTC is 23:13 in Berlin.
    assert _asked(_personal(headers=headers), **CONTEXT)["context"] == {
        "DEVICE": "mobile", "COUNTRY": "DE", "HOUR": "23", "DAY": "tuesday", "SEASON": "autumn",
    }  # fmt: skip


def test_the_viewers_time_zone_wins_over_the_routes() -> None:
    context = _asked(_personal(headers={"CloudFront-Viewer-Time-Zone": "Asia/Tokyo"}), **CONTEXT)["context"]
    assert (context["HOUR"], context["DAY"]) == ("7", "wednesday")


def test_the_callers_time_zone_wins_over_both() -> None:
    event = _personal(query={"timeZone": "America/New_York"}, headers={"CloudFront-Viewer-Time-Zone": "Asia/Tokyo"})
    assert _asked(event, **CONTEXT)["context"]["HOUR"] == "17"


@pytest.mark.parametrize(("moment", "hour"), [("2026-03-29T00:59:59", "1"), ("2026-03-29T01:00:00", "3")])
def test_daylight_saving_follows_the_zone(moment: str, hour: str) -> None:
    event = _personal()
    seconds = datetime.fromisoformat(moment).replace(tzinfo=UTC).timestamp()
    event["requestContext"]["requestTimeEpoch"] = int(seconds * 1000)
    assert _asked(event, **CONTEXT)["context"]["HOUR"] == hour


def test_seasons_are_turned_round_south_of_the_equator() -> None:
    assert _asked(_personal(headers={"cloudfront-viewer-country": "AU"}), **CONTEXT)["context"]["SEASON"] == "spring"


@pytest.mark.parametrize(
    ("headers", "device"),
    [
        ({"CloudFront-Is-Tablet-Viewer": "true", "User-Agent": PHONE}, "tablet"),
        ({"Sec-CH-UA-Mobile": "?1", "User-Agent": LAPTOP}, "mobile"),
        ({"User-Agent": LAPTOP}, "desktop"),
    ],
)
def test_a_device_is_told_by_the_best_witness(headers: dict[str, str], device: str) -> None:
    assert _asked(_personal(headers=headers), **CONTEXT)["context"]["DEVICE"] == device


def test_the_query_says_what_headers_cannot_and_wins() -> None:
    event = _personal(query={"context.MOOD": "calm", "context.DEVICE": "watch"}, headers={"User-Agent": PHONE})
    context = _asked(event, **CONTEXT)["context"]
    assert (context["MOOD"], context["DEVICE"]) == ("calm", "watch")


@pytest.mark.parametrize(
    ("query", "detail"),
    [
        ({"context.COLOUR": "red"}, "This route has no context column 'COLOUR'."),
        ({"context.MOOD": ""}, "context.MOOD must have 1 to 1000 characters."),
        ({"timeZone": "Mars/Phobos"}, "timeZone must be the IANA name of a time zone, such as Europe/Berlin."),
        ({"timeZone": "../../etc/passwd"}, "timeZone must be the IANA name of a time zone, such as Europe/Berlin."),
    ],
)
def test_wrong_circumstances_are_refused_without_asking(query: dict[str, str], detail: str) -> None:
    assert _detail(_personal(query=query), **CONTEXT) == detail


def test_promotions_and_metadata_columns_are_asked_for() -> None:
    promotions = [{"name": "new", "percentPromotedItems": 20, "filterArn": "arn:new"}]
    asked = _asked(_personal(), promotions=promotions, metadataColumns=["TITLE"])
    assert (asked["promotions"], asked["metadataColumns"]) == (promotions, {"ITEMS": ["TITLE"]})


def test_equal_content_is_not_sent_twice() -> None:
    serving = _serving(
        {"itemList": [{"itemId": "a"}], "recommendationId": "RID-1"},
        {"itemList": [{"itemId": "a"}], "recommendationId": "RID-2"},
    )
    tag = _respond(_personal(), serving)["headers"]["ETag"]
    answer = _respond(_personal(headers={"If-None-Match": f'W/"other", {tag}'}), serving)
    assert (answer["statusCode"], answer["body"]) == (304, "")
    assert answer["headers"]["X-Recommendation-Source"] == "campaign"


@pytest.mark.parametrize("given", ["{strong}", "*", '"other", {strong}', " {weak} "])
def test_a_tag_is_compared_without_its_mark_of_weakness(given: str) -> None:
    serving = _serving({"itemList": [{"itemId": "a"}]})
    weak = _respond(_personal(), serving)["headers"]["ETag"]
    sent = given.format(strong=weak.removeprefix("W/"), weak=weak)
    assert _respond(_personal(headers={"If-None-Match": sent}), serving)["statusCode"] == 304


def test_other_content_is_sent() -> None:
    serving = _serving({"itemList": [{"itemId": "a"}]}, {"itemList": [{"itemId": "b"}]})
    tag = _respond(_personal(), serving)["headers"]["ETag"]
    assert _respond(_personal(headers={"If-None-Match": tag}), serving)["statusCode"] == 200


def test_a_list_for_nobody_is_kept_for_its_time() -> None:
    serving = _serving()
    event = proxy_event(POPULAR)
    for seconds in (0, 59.9, 60):
        event["requestContext"]["requestTimeEpoch"] = int((1_700_000_000 + seconds) * 1000)
        answer = _respond(event, serving, cacheSeconds=60)
    assert len(serving.client.calls) == 2
    assert answer["headers"]["Cache-Control"] == "public, max-age=60"


def test_a_list_for_a_user_is_kept_by_the_caller_alone() -> None:
    serving = _serving()
    answers = [_respond(_personal(), serving, cacheSeconds=60) for _ in range(2)]
    assert len(serving.client.calls) == 2
    assert answers[0]["headers"]["Cache-Control"] == "private, max-age=60"


def test_requests_that_differ_share_no_kept_list() -> None:
    serving = _serving()
    for count in ("1", "2"):
        _respond(proxy_event(POPULAR, query={"numResults": count}), serving, cacheSeconds=60)
    assert len(serving.client.calls) == 2


def test_a_key_of_another_client_may_not_use_the_route() -> None:
    event = _personal()
    event["requestContext"]["identity"] = {"apiKeyId": "key-web"}
    statuses = [_respond(event, _serving(), apiKeyIds=[name])["statusCode"] for name in ("key-web", "key-backend")]
    assert statuses == [200, 403]


def test_a_token_speaks_for_its_own_user_only() -> None:
    statuses = []
    for subject in ("u1", "u2"):
        event = _personal()
        event["requestContext"]["authorizer"] = {"claims": {"sub": subject}}
        statuses.append(_respond(event, _serving(), userClaim="sub")["statusCode"])
    assert statuses == [200, 403]


def test_a_callers_correlation_id_is_taken_over_when_it_is_a_uuid() -> None:
    uuid = "0f8fad5b-d9cb-469f-a165-70867728950e"
    given = [
        _respond(_personal(headers={"X-Correlation-Id": value}), _serving())["headers"]["X-Correlation-Id"]
        for value in (uuid, "user-42")
    ]
    assert given == [uuid, "request-1"]
