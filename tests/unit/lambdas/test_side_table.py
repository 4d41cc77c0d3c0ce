"""Metadata from a table of the team's own; moto answers where the table's behaviour matters."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto import mock_aws

from lambdas.rank import rank
from lambdas.recommend import recommend
from lambdas.shared.http import respond
from lambdas.shared.tiers import Serving
from tests.support.aws_fakes import FakeClient, client_error
from tests.support.lambda_context import FakeContext, proxy_event

if TYPE_CHECKING:
    from collections.abc import Iterator

PERSONAL, POPULAR, RANKING = "GET /users/{userId}/recommendations", "GET /popular", "POST /users/{userId}/ranking"
SIDE_TABLE = {"table": "catalogue", "key": "sku", "attributes": ["title", "price", "new", "tags", "size"]}


def _settings(**more: Any) -> dict[str, Any]:
    owner = {"campaignArn": "arn:own"}
    return {"owner": owner, "numResults": 3, "maxResults": 500, "sideTable": SIDE_TABLE, **more}


def _serving(tables: Any, answer: Any = None, step: float = 0.0) -> Serving:
    moments = iter(range(10_000))
    items = [{"itemId": item} for item in ("a", "b", "c")]
    found = answer or {"itemList": items, "recommendationId": "RID-1"}
    client = FakeClient({"get_recommendations": [found], "get_personalized_ranking": [found]})
    return Serving(client, 3.0, lambda: next(moments) * step, tables=tables)


def _ask(serving: Serving, settings: dict[str, Any], route: str = PERSONAL) -> tuple[int, list[dict[str, Any]]]:
    path = {"userId": "u1"} if route == PERSONAL else None
    answer = respond(
        proxy_event(route, path=path), FakeContext(), lambda request: recommend(request, {route: settings}, serving)
    )
    return answer["statusCode"], json.loads(answer["body"])["items"]


@pytest.fixture
def tables() -> Iterator[Any]:
    with mock_aws():
        client = boto3.client("dynamodb", region_name="us-east-1")
        client.create_table(
            TableName="catalogue",
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "sku", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "sku", "AttributeType": "S"}],
        )
        first = {"sku": {"S": "a"}, "title": {"S": "Alien"}, "price": {"N": "9.5"}, "new": {"BOOL": True}}
        client.put_item(TableName="catalogue", Item={**first, "tags": {"SS": ["x"]}, "secret": {"S": "no"}})
        client.put_item(TableName="catalogue", Item={"sku": {"S": "c"}, "title": {"NULL": True}, "size": {"S": "xl"}})
        yield client


def test_items_carry_the_columns_that_the_route_names_as_texts(tables: Any) -> None:
    assert _ask(_serving(tables), _settings()) == (
        200,
        [
            {"itemId": "a", "metadata": {"title": "Alien", "price": "9.5", "new": "true"}},
            {"itemId": "b"},
            {"itemId": "c", "metadata": {"size": "xl"}},
        ],
    )


def test_more_than_a_hundred_items_are_read_in_batches(tables: Any) -> None:
    items = [{"itemId": f"i{number}"} for number in range(240)] + [{"itemId": "a"}]
    _, found = _ask(_serving(tables, {"itemList": items}), _settings(numResults=500))
    assert len(found) == 241
    assert found[-1]["metadata"]["title"] == "Alien"


def test_the_last_resort_has_metadata_as_well(tables: Any) -> None:
    serving = _serving(tables, client_error("InternalFailure", status=500))
    _, found = _ask(serving, _settings(fallback={"items": ["c", "z"]}))
    assert found == [{"itemId": "c", "metadata": {"size": "xl"}}, {"itemId": "z"}]


def test_ranked_items_keep_the_callers_members_beside_the_metadata(tables: Any) -> None:
    ranked = {"personalizedRanking": [{"itemId": "a", "score": 1}]}
    event = proxy_event(RANKING, path={"userId": "u1"}, body={"items": [{"itemId": "a", "note": "n"}]})
    answer = respond(
        event, FakeContext(), lambda request: rank(request, {RANKING: _settings()}, _serving(tables, ranked))
    )
    (item,) = json.loads(answer["body"])["items"]
    assert (item["note"], item["metadata"]["title"]) == ("n", "Alien")


@pytest.mark.parametrize(
    "error",
    [
        client_error("ResourceNotFoundException"),
        client_error("AccessDeniedException"),
        client_error("ProvisionedThroughputExceededException"),
        client_error("InternalServerError", status=500),
    ],
)
def test_a_table_that_fails_costs_the_metadata_and_not_the_answer(
    error: Exception, capsys: pytest.CaptureFixture[str]
) -> None:
    status, items = _ask(_serving(FakeClient({"batch_get_item": [error]})), _settings())
    assert (status, items) == (200, [{"itemId": "a"}, {"itemId": "b"}, {"itemId": "c"}])
    assert json.loads(capsys.readouterr().out)["ItemsUndescribed"] == 3


def test_keys_that_the_table_did_not_process_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    rows = {
        "Responses": {"catalogue": [{"sku": {"S": "a"}, "title": {"S": "Alien"}}]},
        "UnprocessedKeys": {"catalogue": {"Keys": [{"sku": {"S": "b"}}]}},
    }
    _, items = _ask(_serving(FakeClient({"batch_get_item": [rows]})), _settings())
    assert items[0]["metadata"] == {"title": "Alien"}
    assert json.loads(capsys.readouterr().out)["ItemsUndescribed"] == 1


def test_no_table_is_asked_when_the_time_is_up() -> None:
    tables = FakeClient()
    status, items = _ask(_serving(tables, step=2.5), _settings())
    assert (status, len(items), tables.calls) == (200, 3, [])


def test_a_list_is_kept_with_its_metadata_and_not_without() -> None:
    rows = {"Responses": {"catalogue": [{"sku": {"S": "a"}, "title": {"S": "Alien"}}]}}
    tables = FakeClient({"batch_get_item": [client_error("InternalServerError", status=500), rows]})
    serving, settings = _serving(tables), _settings(cacheSeconds=60)
    assert "metadata" not in _ask(serving, settings, POPULAR)[1][0]
    assert _ask(serving, settings, POPULAR)[1][0]["metadata"] == {"title": "Alien"}
    assert _ask(serving, settings, POPULAR)[1][0]["metadata"] == {"title": "Alien"}
    assert len(tables.calls) == 2


def test_an_empty_list_asks_no_table() -> None:
    tables = FakeClient()
    assert _ask(_serving(tables, {"itemList": []}), _settings()) == (200, [])
    assert tables.calls == []
