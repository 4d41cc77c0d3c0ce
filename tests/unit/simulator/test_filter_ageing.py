from __future__ import annotations

import pytest

from tests.support.newcomers import HOME, put_event
from tests.support.simulator import DAY, HOUR, Lab, interactions_csv

HEADER = "USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE,EVENT_VALUE\n"
SEEN = 'INCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("{}")'


def shown(lab: Lab, user_id: str, kind: str = "view") -> list[str]:
    """Items that the user had an event of this type with, as a filter sees it."""
    arn = f"arn:aws:personalize:us-east-1:123456789012:filter/{kind}"
    answer = lab.runtime("GetRecommendations", campaignArn=HOME, userId=user_id, filterArn=arn)
    return sorted(entry["itemId"] for entry in answer["itemList"] if "reason" not in entry)


@pytest.fixture
def shop(lab: Lab) -> str:
    """A group that serves with filters on views and on likes."""
    group, _ = lab.serving()
    for kind in ("view", "like"):
        lab.control("CreateFilter", name=kind, datasetGroupArn=group, filterExpression=SEEN.format(kind))
    lab.wait()
    return group


def extend(lab: Lab, group: str, rows: str, job: str) -> None:
    dataset = group.replace("dataset-group", "dataset") + "/INTERACTIONS"
    filler = "".join(f"filler,i00,{1_700_000_000 + n},view,\n" for n in range(1_000))
    lab.load(dataset, HEADER + rows + filler, job, "INCREMENTAL")
    lab.wait()


def test_a_user_is_forgotten_three_months_after_the_last_import(lab: Lab, shop: str) -> None:
    assert len(shown(lab, "u01")) == 5
    lab.wait(89 * DAY)
    assert len(shown(lab, "u01")) == 5
    lab.wait(2 * DAY)
    assert shown(lab, "u01") == []


def test_an_import_keeps_the_history_of_its_users_only(lab: Lab, shop: str) -> None:
    before = shown(lab, "u01")
    lab.wait(80 * DAY)
    extend(lab, shop, "u01,i01,1700000000,view,\n", "more")
    lab.wait(20 * DAY)
    assert shown(lab, "u01") == before
    assert shown(lab, "u02") == []


def test_after_three_months_only_what_is_new_counts(lab: Lab, shop: str) -> None:
    lab.wait(100 * DAY)
    extend(lab, shop, "u01,i03,1700000000,view,\n", "more")
    assert shown(lab, "u01") == ["i03"]


def test_a_streamed_event_keeps_a_history_alive(lab: Lab, shop: str) -> None:
    tracking_id, before = lab.tracker(shop), shown(lab, "u01")
    lab.wait(80 * DAY)
    put_event(lab, tracking_id, before[0], "u01")
    lab.wait(80 * DAY)
    assert shown(lab, "u01") == before
    lab.wait(11 * DAY)
    assert shown(lab, "u01") == []


def test_a_full_import_brings_everything_back(lab: Lab, shop: str) -> None:
    before = shown(lab, "u01")
    lab.wait(100 * DAY)
    lab.load(shop.replace("dataset-group", "dataset") + "/INTERACTIONS", interactions_csv(), "again")
    lab.wait(HOUR)
    assert shown(lab, "u01") == before


def test_an_imported_event_type_is_known_after_it_was_streamed_or_trained_on(lab: Lab, shop: str) -> None:
    tracking_id = lab.tracker(shop)
    extend(lab, shop, "u01,i04,1800000000,like,\n", "likes")
    assert shown(lab, "u01", "like") == []
    event = {"eventType": "Like", "sentAt": lab.clock.now(), "itemId": "i00"}
    lab.events("PutEvents", trackingId=tracking_id, sessionId="s", userId="u30", eventList=[event])
    assert shown(lab, "u01", "like") == ["i04"]


def test_the_index_is_ready_when_filters_see_an_import(lab: Lab, shop: str) -> None:
    world = lab.simulator._world
    extend(lab, shop, "u01,i04,1800000000,view,\n", "more")
    kept = list(world.filter_histories._values)
    shown(lab, "u01")
    assert list(world.filter_histories._values) == kept
    assert len(kept) == 1
