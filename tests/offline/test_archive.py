"""Accepted events into the archive by gateway, queue and function, as `tastemaker serve` runs them, and back again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tastemaker.data.prepare import prepare_datasets
from tastemaker.model.load import load_project
from tastemaker.simulator.faults import Fault, Kind
from tests.support.workflows import SHOP, START, deployed_shop

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.workflows import Shop

pytestmark = pytest.mark.slow

BUCKET = "shop-dev-data"
PROJECT = SHOP + "eventTracker: {name: clicks}\nendpoints: {events: {eventTracker: clicks}, archive: {}}\n"
REFUSED_ONCE = Fault(kind=Kind.THROTTLING, operation="PutEvents", count=1)
DAY = 86_400
NEW_YEAR, DAY_BEFORE = "events/day=2026-01-01/", "events/day=2025-12-31/"
AS_INTERACTIONS = """\
SELECT coalesce(userId, sessionUser) AS USER_ID, itemId AS ITEM_ID, CAST(sentAt AS BIGINT) AS TIMESTAMP,
  eventType AS EVENT_TYPE, eventValue AS EVENT_VALUE
FROM (
  SELECT *, max(userId) OVER (PARTITION BY sessionId) AS sessionUser,
    row_number() OVER (PARTITION BY sessionId, eventId) AS copy
  FROM events
)
WHERE copy = 1 AND coalesce(userId, sessionUser) IS NOT NULL
"""


def post(shop: Shop, session: str, *events: dict[str, Any], **user: str) -> int:
    body = {"sessionId": session, **user, "events": [{"eventType": "view", "sentAt": START, **one} for one in events]}
    answer = shop.local.gateway.handle(
        "POST", "/events", headers=[("x-api-key", "default")], body=json.dumps(body).encode()
    )
    return answer.status


def archived(shop: Shop) -> dict[str, list[dict[str, Any]]]:
    """Folder to its events."""
    listed = shop.local.aws.call("s3", "ListObjectsV2", {"Bucket": BUCKET, "Prefix": "events/"}).get("Contents", [])
    found: dict[str, list[dict[str, Any]]] = {}
    for entry in listed:
        body = shop.local.aws.call("s3", "GetObject", {"Bucket": BUCKET, "Key": entry["Key"]})["Body"].read()
        folder = entry["Key"].rpartition("/")[0] + "/"
        found.setdefault(folder, []).extend(json.loads(line) for line in body.splitlines())
    return {folder: events for folder, events in found.items() if events}


def pump(shop: Shop) -> None:
    for queue in shop.local.pumps.values():
        queue.drain()


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """Two users' sessions of two days; the first request was refused by the service and went through the queue."""
    with deployed_shop(tmp_path_factory.mktemp("shop"), PROJECT, REFUSED_ONCE) as shop:
        shop.run("ensure", shop.local.plan.resources)
        statuses = [
            post(shop, "s1", {"itemId": "i01", "eventId": "e1"}),
            post(shop, "s1", {"itemId": "i02", "eventId": "e2", "eventValue": 2.5}, userId="u1"),
            post(shop, "s2", {"itemId": "i03", "sentAt": START - DAY, "eventId": "e3"}, {"itemId": ""}, userId="u2"),
        ]
        assert statuses == [202, 202, 207]
        pump(shop)
        yield shop


def test_accepted_events_lie_in_folders_by_day_whether_they_were_queued_or_not(shop: Shop) -> None:
    found = archived(shop)
    assert {folder: sorted(event["eventId"] for event in events) for folder, events in found.items()} == {
        DAY_BEFORE: ["e3"],
        NEW_YEAR: ["e1", "e2"],
    }
    assert found[DAY_BEFORE] == [
        {
            "sessionId": "s2",
            "userId": "u2",
            "eventType": "view",
            "sentAt": START - DAY,
            "itemId": "i03",
            "eventId": "e3",
        }
    ]


def test_the_archive_becomes_interactions_again(shop: Shop, tmp_path: Path) -> None:
    """Downloaded as `aws s3 sync` does it."""
    for folder, events in archived(shop).items():
        (tmp_path / folder).mkdir(parents=True)
        lines = [json.dumps(event) for event in [*events, *events]]  # a batch that came twice
        (tmp_path / folder / "a.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (tmp_path / "interactions.sql").write_text(AS_INTERACTIONS, encoding="utf-8")
    text = PROJECT.replace("datasets:", "sources: {events: events/}\ndatasets:").replace(
        "path: interactions.csv", "sql: interactions.sql"
    )
    (tmp_path / "tastemaker.yaml").write_text(text, encoding="utf-8")
    files = prepare_datasets(load_project(tmp_path / "tastemaker.yaml"), tmp_path / "out")
    assert files["INTERACTIONS"].read_text().splitlines() == [
        "USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE,EVENT_VALUE",
        f"u2,i03,{START - DAY:.0f},view,",
        f"u1,i01,{START:.0f},view,",
        f"u1,i02,{START:.0f},view,2.5",
    ]


def test_forget_reaches_the_archive_and_what_the_session_did_before_it_had_a_user(shop: Shop) -> None:
    shop.local.aws.call("s3", "PutObject", {"Bucket": BUCKET, "Key": "erase/1.csv", "Body": b"USER_ID\nu1\n"})
    shop.run("forget", {**shop.local.plan.forget, "Request": "gdpr-1", "Users": "erase/1.csv"})
    assert {folder: len(events) for folder, events in archived(shop).items()} == {DAY_BEFORE: 1}
    key = {"Bucket": BUCKET, "Key": "forget-evidence/gdpr-1.json"}
    evidence = json.loads(shop.local.aws.call("s3", "GetObject", key)["Body"].read())
    assert {entry["What"]: entry["Removed"] for entry in evidence["objects"]} == {NEW_YEAR: 2, DAY_BEFORE: 0}
