"""Answers inside an experiment, and what is recorded of them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lambdas.rank import rank
from lambdas.recommend import recommend
from lambdas.shared.assignment import unit_key
from lambdas.shared.events import EVENT
from lambdas.shared.http import respond
from lambdas.shared.memory import Memory
from lambdas.shared.sessions import Tracking, track_session
from lambdas.shared.tiers import Serving
from lambdas.shared.tracking import TrackingId
from tests.support.aws_fakes import FakeClient, client_error
from tests.support.lambda_context import NOW_SECONDS, FakeContext, proxy_event

PERSONAL, POPULAR = "GET /users/{userId}/recommendations", "GET /popular"
RANKING, EVENTS = "POST /users/{userId}/ranking", "POST /events"
OWN = {"name": "own", "weight": 1, "owner": {"campaignArn": "arn:own"}}
NEW = {"name": "new", "weight": 1, "owner": {"campaignArn": "arn:new"}}
FIXED = {"name": "plain", "weight": 1, "items": ["s1", "s2", "s3"]}
CANARY = "canary-7f3a"


def _settings(*variants: dict[str, Any], mode: str = "split", **more: Any) -> dict[str, Any]:
    experiment = {"name": "home", "salt": "s", "mode": mode, "table": "records", "variants": list(variants)}
    owner = {"campaignArn": "arn:route"}
    return {"owner": owner, "numResults": 2, "maxResults": 500, "experiment": experiment, **more}


def _lists(parameters: dict[str, Any]) -> dict[str, Any]:
    name = parameters["campaignArn"].partition(":")[2]
    items = [{"itemId": f"{name}-{place}"} for place in range(parameters.get("numResults", 2))]
    return {"itemList": items, "recommendationId": f"RID-{name}"}


def _serving(tables: FakeClient, answer: Any = _lists, step: float = 0.0) -> Serving:
    moments = iter(range(1_000))
    client = FakeClient({"get_recommendations": [answer], "get_personalized_ranking": [answer]})
    return Serving(client, 3.0, lambda: next(moments) * step, tables=tables)


def _ask(
    settings: dict[str, Any],
    serving: Serving,
    *,
    route: str = PERSONAL,
    user: str = "u1",
    query: dict[str, str] | None = None,
    subject: str | None = None,
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Proxy answer and parsed body; `subject` is whom the caller's token names."""
    path = {"userId": user} if "{userId}" in route else None
    event = proxy_event(route, path=path, query=query)
    event["requestContext"]["authorizer"] = {"claims": {"sub": subject}}
    answer = respond(event, FakeContext(), lambda request: recommend(request, {route: settings}, serving))
    return answer, json.loads(answer["body"]) if answer["body"] else {}


def _user_of(variant: str, settings: dict[str, Any]) -> str:
    for number in range(100):
        _, body = _ask(settings, _serving(FakeClient()), user=f"u{number}")
        if body["variant"] == variant:
            return f"u{number}"
    raise AssertionError(variant)


@pytest.mark.parametrize("variant", ["own", "new"])
def test_the_variant_answers_and_the_answer_says_so(variant: str) -> None:
    settings = _settings(OWN, NEW)
    answer, body = _ask(settings, _serving(FakeClient()), user=_user_of(variant, settings))
    assert body == {
        "recommendationId": f"RID-{variant}",
        "items": [{"itemId": f"{variant}-0"}, {"itemId": f"{variant}-1"}],
        "source": "campaign",
        "experiment": "home",
        "variant": variant,
        "eventAttributionSource": f"home:{variant}",
    }
    assert (answer["headers"]["X-Experiment"], answer["headers"]["X-Experiment-Variant"]) == ("home", variant)
    assert {"X-Experiment", "X-Experiment-Variant"} <= set(
        answer["headers"]["Access-Control-Expose-Headers"].split(",")
    )


def test_a_control_without_personalisation_asks_nobody() -> None:
    settings = _settings(OWN, FIXED)
    serving = _serving(FakeClient())
    _, body = _ask(settings, serving, user=_user_of("plain", settings))
    assert (body["items"], body["source"]) == ([{"itemId": "s1"}, {"itemId": "s2"}], "control")
    assert serving.client.calls == []


def test_the_first_exposure_is_written_once_without_the_users_id(capsys: pytest.CaptureFixture[str]) -> None:
    tables = FakeClient()
    serving, settings = _serving(tables), _settings(OWN, NEW)
    for _ in range(3):
        _, body = _ask(settings, serving, user=CANARY)
    (written,) = tables.parameters("update_item")
    assert written["TableName"] == "records"
    assert written["Key"] == {
        "unit": {"S": unit_key("s", "home", CANARY)},
        "record": {"S": f"exposure#{body['variant']}"},
    }
    assert written["ExpressionAttributeValues"][":at"] == {"N": str(NOW_SECONDS)}
    assert written["UpdateExpression"].startswith("SET #experiment = if_not_exists(#experiment, :experiment)")
    assert CANARY not in json.dumps(written) + capsys.readouterr().out


def test_the_log_counts_exposures_by_experiment_and_variant(capsys: pytest.CaptureFixture[str]) -> None:
    _, body = _ask(_settings(OWN, NEW), _serving(FakeClient()))
    line = json.loads(capsys.readouterr().out)
    assert (line["Experiment"], line["Variant"]) == ("home", body["variant"])
    assert (line["Exposures"], line["ExposuresLost"]) == (1, 0)
    directives = line["_aws"]["CloudWatchMetrics"]
    assert [["Experiment", "Variant"]] in [directive["Dimensions"] for directive in directives]


def test_an_exposure_that_cannot_be_written_is_counted_and_the_answer_stays(
    capsys: pytest.CaptureFixture[str],
) -> None:
    tables = FakeClient({"update_item": [client_error("ProvisionedThroughputExceededException")]})
    answer, _ = _ask(_settings(OWN, NEW), _serving(tables))
    assert answer["statusCode"] == 200
    assert json.loads(capsys.readouterr().out)["ExposuresLost"] == 1


def test_an_exposure_is_not_written_after_the_time_is_up(capsys: pytest.CaptureFixture[str]) -> None:
    tables = FakeClient()
    answer, _ = _ask(_settings(OWN, NEW), _serving(tables, step=2.5))
    assert (answer["statusCode"], tables.calls) == (200, [])
    assert json.loads(capsys.readouterr().out)["ExposuresLost"] == 1


def test_a_variant_that_fails_falls_back_and_stays_the_users_variant() -> None:
    def failing(parameters: dict[str, Any]) -> dict[str, Any]:
        raise client_error("InternalFailure", status=500)

    _, body = _ask(_settings(OWN, NEW, fallback={"items": ["f1"]}), _serving(FakeClient(), failing))
    assert (body["source"], body["items"], body["experiment"]) == ("static", [{"itemId": "f1"}], "home")


def test_a_route_for_nobody_takes_part_by_session() -> None:
    settings = _settings(OWN, NEW)
    seen = {
        _ask(settings, _serving(FakeClient()), route=POPULAR, query={"sessionId": f"s{n}"})[1]["variant"]
        for n in range(20)
    }
    assert seen == {"own", "new"}
    answer, body = _ask(settings, _serving(FakeClient()), route=POPULAR)
    assert (body["items"][0]["itemId"], "experiment" in body) == ("route-0", False)
    assert answer["headers"]["Cache-Control"] == "public, no-cache"


def test_the_answer_of_an_experiment_is_kept_by_its_caller_alone_and_each_variant_in_memory_for_itself() -> None:
    serving, settings = _serving(FakeClient()), _settings(OWN, NEW, cacheSeconds=60)
    for number in range(20):
        answer, body = _ask(settings, serving, route=POPULAR, query={"sessionId": f"s{number}"})
        assert body["items"][0]["itemId"] == f"{body['variant']}-0"
        assert answer["headers"]["Cache-Control"] == "private, max-age=60"
    assert len(serving.client.calls) == 2


def test_a_session_that_is_no_id_is_refused() -> None:
    answer, _ = _ask(_settings(OWN, NEW), _serving(FakeClient()), route=POPULAR, query={"sessionId": "undefined"})
    assert answer["statusCode"] == 400


def test_a_token_takes_part_as_its_own_user_only() -> None:
    tables, settings = FakeClient(), _settings(OWN, NEW, userClaim="sub")
    statuses = [
        _ask(settings, _serving(tables), route=POPULAR, query={"sessionId": session}, subject="u1")[0]["statusCode"]
        for session in ("u1", "u2")
    ]
    assert (statuses, len(tables.calls)) == ([200, 403], 1)


def test_an_interleaved_list_is_known_again_although_its_items_carry_new_ids() -> None:
    settings = _settings(OWN, NEW, mode="interleave", numResults=4)
    asked = iter(range(100))

    def found(parameters: dict[str, Any]) -> dict[str, Any]:
        return {**_lists(parameters), "recommendationId": f"RID-{next(asked)}"}

    (first, one), (second, other) = (_ask(settings, _serving(FakeClient(), found)) for _ in range(2))
    assert one["items"] != other["items"]
    assert first["headers"]["ETag"] == second["headers"]["ETag"]


def test_interleaved_items_say_who_picked_them() -> None:
    tables = FakeClient()
    answer, body = _ask(_settings(OWN, NEW, mode="interleave", numResults=4), _serving(tables))
    assert {item["variant"] for item in body["items"][:2]} == {"own", "new"}
    assert len(body["items"]) == 4
    for item in body["items"]:
        team = item["itemId"].partition("-")[0]
        assert item == {
            "itemId": item["itemId"],
            "recommendationId": f"RID-{team}",
            "eventAttributionSource": f"home:{team}",
            "variant": team,
        }
    assert (body["variant"], "recommendationId" in body) == ("interleaved", False)
    assert answer["headers"]["X-Experiment-Variant"] == "interleaved"
    assert tables.calls[0][1]["Key"]["record"] == {"S": "exposure#interleaved"}


@pytest.mark.parametrize(("failing", "shown", "source"), [("own", "f1", "static"), ("new", "own-0", "campaign")])
def test_an_interleaving_with_one_list_is_an_answer_outside_the_experiment(
    failing: str, shown: str, source: str
) -> None:
    def answer(parameters: dict[str, Any]) -> dict[str, Any]:
        if parameters["campaignArn"] == f"arn:{failing}":
            raise client_error("InternalFailure", status=500)
        return _lists(parameters)

    tables = FakeClient()
    _, body = _ask(_settings(OWN, NEW, mode="interleave", fallback={"items": ["f1"]}), _serving(tables, answer))
    assert (body["items"][0]["itemId"], body["source"], "experiment" in body) == (shown, source, False)
    assert tables.calls == []


def test_a_ranking_is_asked_of_the_users_variant() -> None:
    def ranked(parameters: dict[str, Any]) -> dict[str, Any]:
        return {"personalizedRanking": [{"itemId": "b", "score": 1}, {"itemId": "a", "score": 0}]}

    serving = _serving(FakeClient(), ranked)
    # A ranking is a POST, which is answered in full whatever its caller has.
    event = proxy_event(RANKING, path={"userId": "u1"}, body={"items": ["a", "b"]}, headers={"If-None-Match": "*"})
    answer = respond(event, FakeContext(), lambda request: rank(request, {RANKING: _settings(OWN, NEW)}, serving))
    body = json.loads(answer["body"])
    assert [item["itemId"] for item in body["items"]] == ["b", "a"]
    assert serving.client.calls[0][1]["campaignArn"] == f"arn:{body['variant']}"


def _post(
    tables: FakeClient,
    *events: dict[str, Any],
    user: str | None = CANARY,
    service: FakeClient | None = None,
    linked: Memory | None = None,
    **more: Any,
) -> dict[str, Any]:
    known = {"home": {"salt": "s", "table": "records", "variants": ["own", "new"]}}
    tracking = Tracking(
        service or FakeClient(),
        TrackingId(lambda: "t"),
        FakeClient(),
        "queue",
        3.0,
        lambda: 0.0,
        tables=tables,
        linked=linked or Memory(10),
    )
    body = {"sessionId": "s1", "events": list(events), **({} if user is None else {"userId": user})}
    settings = {"delivery": "direct", "experiments": known, **more}
    return respond(
        proxy_event(EVENTS, body=body),
        FakeContext(),
        lambda request: track_session(request, {EVENTS: settings}, tracking, EVENT, "events"),
    )


def _outcomes(tables: FakeClient) -> list[list[dict[str, Any]]]:
    """The items of each batch of outcomes."""
    batches = [
        [entry["PutRequest"]["Item"] for entry in written["RequestItems"]["records"]] for _, written in tables.calls
    ]
    return [batch for batch in batches if batch[0]["record"]["S"].startswith("outcome#")]


def _click(event_id: str, source: str = "home:own") -> dict[str, Any]:
    return {"eventType": "click", "itemId": CANARY, "eventId": event_id, "eventAttributionSource": source}


@pytest.mark.parametrize(("user", "unit"), [(CANARY, CANARY), (None, "s1")])
def test_an_event_with_the_answers_source_is_an_outcome_of_the_same_unit(user: str | None, unit: str) -> None:
    tables = FakeClient()
    _post(tables, _click("e1"), user=user)
    (((item,)),) = _outcomes(tables)
    assert item["unit"] == {"S": unit_key("s", "home", unit)}
    assert (item["variant"], item["eventType"]) == ({"S": "own"}, {"S": "click"})
    assert CANARY not in json.dumps(tables.calls)


@pytest.mark.parametrize("source", ["home", "home:other", "elsewhere:own", "newsletter", ":", "home:own:x"])
def test_other_attribution_sources_are_no_outcomes(source: str) -> None:
    tables = FakeClient()
    assert _post(tables, _click("e1", source))["statusCode"] == 200
    assert _outcomes(tables) == []


def test_an_event_that_is_sent_twice_is_one_record() -> None:
    tables = FakeClient()
    _post(tables, _click("e1"), _click("e1"), _click("e2"))
    _post(tables, _click("e1"))
    first, again = _outcomes(tables)
    assert len(first) == 2
    assert again[0]["record"] == first[0]["record"]


def test_rejected_events_are_no_outcomes() -> None:
    tables = FakeClient()
    _post(tables, {**_click("e1"), "sentAt": -1}, _click("e2"))
    assert [len(batch) for batch in _outcomes(tables)] == [1]


def test_many_outcomes_go_in_batches(capsys: pytest.CaptureFixture[str]) -> None:
    tables = FakeClient()
    _post(tables, *(_click(f"e{number}") for number in range(60)))
    assert [len(batch) for batch in _outcomes(tables)] == [25, 25, 10]
    assert json.loads(capsys.readouterr().out)["Outcomes"] == 60


def test_events_with_user_and_session_note_once_whose_session_it_is_as_hashes() -> None:
    tables, linked = FakeClient(), Memory(10)
    for _ in range(2):
        _post(tables, _click("e1", "newsletter"), linked=linked)
    ((_, written),) = tables.calls
    (entry,) = written["RequestItems"]["records"]
    assert entry["PutRequest"]["Item"] == {
        "unit": {"S": unit_key("s", "home", CANARY)},
        "record": {"S": f"session#{unit_key('s', 'home', 's1')}"},
        "expiresAt": {"N": str(int(NOW_SECONDS) + 180 * 86_400)},
    }


def test_an_anonymous_session_is_nobodys() -> None:
    tables = FakeClient()
    _post(tables, _click("e1", "newsletter"), user=None)
    assert tables.calls == []


def test_a_session_that_cannot_be_noted_is_counted_and_tried_again(capsys: pytest.CaptureFixture[str]) -> None:
    tables, linked = FakeClient({"batch_write_item": [client_error("InternalFailure", status=500), {}]}), Memory(10)
    for _ in range(2):
        assert _post(tables, _click("e1", "newsletter"), linked=linked)["statusCode"] == 200
    counts = [json.loads(line).get("SessionsUnlinked") for line in capsys.readouterr().out.splitlines()]
    assert (counts, len(tables.calls)) == ([1, None], 2)


@pytest.mark.parametrize(
    "answer",
    [client_error("InternalFailure", status=500), {"UnprocessedItems": {"records": [{"PutRequest": {}}]}}],
)
def test_an_outcome_that_cannot_be_written_is_counted_and_the_event_stays_accepted(
    answer: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    given = _post(FakeClient({"batch_write_item": [answer]}), _click("e1"))
    assert (given["statusCode"], json.loads(given["body"])["accepted"]) == (200, 1)
    assert json.loads(capsys.readouterr().out)["OutcomesLost"] == 1


@pytest.mark.parametrize(
    ("source", "more", "sent"),
    [
        ("home:own", {}, None),
        ("home:own", {"attributed": True}, {"eventAttributionSource": "home:own"}),
        ("newsletter", {}, {"eventAttributionSource": "newsletter"}),
    ],
)
def test_an_experiments_source_goes_to_the_service_only_for_a_metric_attribution(
    source: str, more: dict[str, Any], sent: dict[str, str] | None
) -> None:
    service = FakeClient()
    _post(FakeClient(), _click("e1", source), service=service, **more)
    assert service.parameters("put_events")[0]["eventList"][0].get("metricAttribution") == sent
