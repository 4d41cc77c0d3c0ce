"""The retail example: raw invoice lines to an API with filters, a promotion, trends, and a file for a mailing."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tastemaker.cli.inspecting import check_project
from tastemaker.cli.journey import Run, deployed

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("retail")]

EXAMPLE = Path("examples/retail/tastemaker.yaml")


@pytest.fixture(scope="module")
def run() -> Iterator[Run]:
    checked = check_project(EXAMPLE, "dev")
    assert checked.data.findings == ()
    with deployed(checked, seed=0, start=None) as run:
        run.deploy()
        yield run


@pytest.fixture(scope="module")
def articles(run: Run) -> dict[str, dict[str, str]]:
    with run.files["ITEMS"].open(encoding="utf-8", newline="") as file:
        return {row["ITEM_ID"]: row for row in csv.DictReader(file, escapechar="\\")}


@pytest.fixture(scope="module")
def customers(run: Run) -> dict[str, str]:
    with run.files["USERS"].open(encoding="utf-8", newline="") as file:
        return {row["USER_ID"]: row["COUNTRY"] for row in csv.DictReader(file)}


def _ask(run: Run, path: str, **query: str) -> dict[str, Any]:
    response = run.local.gateway.handle("GET", path, [(key.replace("__", "."), value) for key, value in query.items()])
    assert response.status == 200, response.body
    answer: dict[str, Any] = json.loads(response.body)
    return answer


def _items(run: Run, path: str, **query: str) -> list[str]:
    return [str(item["itemId"]) for item in _ask(run, path, **query)["items"]]


def test_preparing_leaves_purchases_of_articles_by_known_customers(run: Run, articles: dict[str, Any]) -> None:
    with run.files["INTERACTIONS"].open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert (len(rows), len(articles)) == (178_219, 3_379)
    assert not [row for row in rows if not row["ITEM_ID"][:5].isdigit() or float(row["EVENT_VALUE"]) <= 0]


def test_every_machine_of_the_journey_succeeds(run: Run) -> None:
    assert {execution.status for execution in run.local.engine.executions} == {"SUCCEEDED"}


def test_a_price_in_the_request_bounds_the_answer(run: Run, articles: dict[str, Any]) -> None:
    user = run.example_user()
    cheap = _items(run, f"/users/{user}/recommendations", filter="up-to", filter__PRICE="1.25")
    anything = _items(run, f"/users/{user}/recommendations")
    assert len(cheap) == 20
    assert max(float(articles[item]["PRICE"]) for item in cheap) <= 1.25
    assert max(float(articles[item]["PRICE"]) for item in anything) > 1.25


def test_a_country_in_the_request_leaves_what_was_sold_there(run: Run, articles: dict[str, Any]) -> None:
    query = {"filter": "sold-in", "filter__COUNTRY": "Switzerland"}
    answer = _ask(run, f"/users/{run.example_user()}/recommendations", **query)["items"]
    others = [item["itemId"] for item in answer if "promotionName" not in item]  # a promotion has a filter of its own
    assert len(others) == 16
    assert all("Switzerland" in articles[item]["COUNTRIES"].split("|") for item in others)


def test_a_fifth_of_the_answer_is_promoted_bargains(run: Run, articles: dict[str, Any]) -> None:
    answer = _ask(run, f"/users/{run.example_user()}/recommendations")["items"]
    promoted = [item for item in answer if "promotionName" in item]
    assert len(promoted) == 4
    assert all(float(articles[item["itemId"]]["PRICE"]) < 0.85 for item in promoted)


def test_articles_that_go_together_are_related(run: Run, articles: dict[str, Any]) -> None:
    bag = next(item for item, row in articles.items() if row["DESCRIPTION"] == "JUMBO BAG RED RETROSPOT")
    related = [articles[item]["DESCRIPTION"] for item in _items(run, f"/items/{bag}/related")]
    assert sum("BAG" in name for name in related) >= 5, related


def test_trending_articles_are_sold_more_than_before(run: Run) -> None:
    trending = _items(run, "/trending")
    with run.files["INTERACTIONS"].open(encoding="utf-8", newline="") as file:
        late = [row["ITEM_ID"] for row in csv.DictReader(file) if int(row["TIMESTAMP"]) >= 1_291_593_600]
    assert len(trending) == 10
    assert set(trending) <= set(late)


def test_the_mailing_s_segments_hold_german_customers(run: Run, customers: dict[str, str]) -> None:
    schedule = next(one for one in run.local.plan.schedules if one.name == "batch-mailing")
    done = run.local.execute("batch", schedule.input).output["Jobs"][0]
    manifest = _read(run, done["Manifest"].removeprefix("s3://").partition("/")[2])
    (output,) = json.loads(manifest)["outputs"]
    lines = [json.loads(line) for line in _read(run, output["key"]).splitlines()]
    assert [line["input"]["itemId"] for line in lines] == ["22086", "22910", "22630"]
    for line in lines:
        users = line["output"]["recommendedUsers"]
        assert len(users) == 25
        assert {customers[user] for user in users} == {"Germany"}


def _read(run: Run, key: str) -> str:
    params = {"Bucket": "retail-dev-data", "Key": key}
    text: str = run.local.aws.call("s3", "GetObject", params)["Body"].read().decode()
    return text


def test_an_event_changes_the_next_recommendation(run: Run) -> None:
    user = run.example_user()
    before = _items(run, f"/users/{user}/recommendations")
    event = {"eventType": "Purchase", "itemId": "22086"}
    body = json.dumps({"sessionId": "s", "userId": user, "events": [event]}).encode()
    headers = (("content-type", "application/json"),)
    assert run.local.gateway.handle("POST", "/events", (), headers, body).status == 200
    assert _items(run, f"/users/{user}/recommendations") != before
