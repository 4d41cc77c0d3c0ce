from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tastemaker.errors import UnsupportedBySimulatorError
from tastemaker.simulator.durations import Durations
from tests.support.simulator import Lab, build_lab, interactions_csv, refused

if TYPE_CHECKING:
    from pathlib import Path

HOME = "arn:aws:personalize:us-east-1:123456789012:campaign/home"
ITEMS = "arn:aws:personalize:us-east-1:123456789012:dataset/shop/ITEMS"
USERS = "arn:aws:personalize:us-east-1:123456789012:dataset/shop/USERS"


def event(lab: Lab, item: str = "i04", **more: Any) -> dict[str, Any]:
    return {"eventType": "view", "sentAt": lab.clock.now(), "itemId": item, **more}


def put(lab: Lab, tracking_id: str, *events: dict[str, Any], user: str | None = "u01", session: str = "s") -> None:
    params = {"trackingId": tracking_id, "sessionId": session, "userId": user, "eventList": list(events)}
    assert lab.events("PutEvents", **params) == {}


def best(lab: Lab, user: str = "u01") -> str:
    item: str = lab.runtime("GetRecommendations", campaignArn=HOME, userId=user, numResults=1)["itemList"][0]["itemId"]
    return item


def trained_rows(lab: Lab) -> int:
    return int(lab.recipe.seen[-1].interactions.user.size)


def test_an_event_changes_the_next_recommendation(lab: Lab) -> None:
    group, _ = lab.serving()
    tracking_id = lab.tracker(group)
    assert best(lab) == "i09"
    put(lab, tracking_id, event(lab))
    assert best(lab) == "i04"
    assert best(lab, "u09") == "i07"


def test_an_event_that_the_solution_does_not_learn_from_changes_nothing(lab: Lab) -> None:
    group = lab.group()
    lab.load(lab.dataset(group), interactions_csv(users=100, events=40))
    config = {"eventValueThreshold": "3"}
    solution = lab.solution(group, "aws-user-personalization", eventType="buy", solutionConfig=config)
    lab.campaign(lab.version(solution))
    tracking_id = lab.tracker(group)
    before = best(lab)
    for kind, value in (("view", 9.0), ("buy", 2.5), ("buy", None)):
        put(lab, tracking_id, event(lab, "i02", eventType=kind, eventValue=value))
        assert best(lab) == before
    put(lab, tracking_id, event(lab, "i02", eventType="buy", eventValue=3.0))
    assert best(lab) == "i02"


def test_an_event_does_not_change_a_recipe_without_real_time(lab: Lab) -> None:
    group, _ = lab.serving("aws-popularity-count")
    before = best(lab)
    put(lab, lab.tracker(group), event(lab))
    assert best(lab) == before


def test_an_item_unknown_to_the_model_changes_nothing(lab: Lab) -> None:
    group, _ = lab.serving()
    put(lab, lab.tracker(group), event(lab, "new"))
    assert best(lab) == "i09"


def test_events_of_a_session_serve_its_id_and_belong_to_the_user_after_training(lab: Lab) -> None:
    group, _ = lab.serving()
    tracking_id = lab.tracker(group)
    put(lab, tracking_id, event(lab, "i04"), user=None, session="anonymous")
    assert best(lab, "anonymous") == "i04"
    put(lab, tracking_id, event(lab, "i06"), user="fresh", session="anonymous")
    assert best(lab, "fresh") == "i06"
    lab.version(lab.control("ListSolutions")["solutions"][0]["solutionArn"])
    table = lab.recipe.seen[-1].interactions
    assert "anonymous" not in table.user_ids
    mine = table.user == list(table.user_ids).index("fresh")
    assert [table.item_ids[code] for code in table.item[mine].tolist()] == ["i04", "i06"]


def test_a_repeated_event_id_counts_once(lab: Lab) -> None:
    group, _ = lab.serving()
    tracking_id = lab.tracker(group)
    put(lab, tracking_id, event(lab, "i04", eventId="e1"), event(lab, "i06", eventId="e1"))
    assert best(lab) == "i04"
    lab.version(lab.control("ListSolutions")["solutions"][0]["solutionArn"])
    assert trained_rows(lab) == 1_201


def test_streamed_events_survive_a_full_import(lab: Lab) -> None:
    group, _ = lab.serving()
    put(lab, lab.tracker(group), event(lab, "i04", properties=json.dumps({"eventValue": 2})))
    dataset = lab.control("ListDatasets")["datasets"][0]["datasetArn"]
    lab.load(dataset, interactions_csv(users=60), "again")
    lab.version(lab.control("ListSolutions")["solutions"][0]["solutionArn"])
    assert trained_rows(lab) == 1_801
    assert float(lab.recipe.seen[-1].interactions.event_value[-1]) == 2.0


def test_a_training_can_live_on_events_alone(lab: Lab) -> None:
    group = lab.group()
    lab.dataset(group)
    tracking_id = lab.tracker(group)
    for number in range(100):
        batch = [event(lab, f"i{n}", sentAt=number * 10 + n) for n in range(10)]
        put(lab, tracking_id, *batch, user=f"u{number % 30}")
    version = lab.version(lab.solution(group))
    described = lab.control("DescribeSolutionVersion", solutionVersionArn=version)["solutionVersion"]
    assert described["status"] == "ACTIVE"
    assert trained_rows(lab) == 1_000


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"properties": "[1]"}, "properties of event must be a JSON object."),
        ({"properties": "{"}, "properties of event must be JSON: "),
        ({"properties": '{"USERID": "u"}'}, "properties must not contain the key USERID;"),
        ({"properties": '{"discount": 1}'}, "properties key discount is not a column of the Interactions schema."),
        ({"eventType": ""}, "Value '' at 'eventList.1.member.eventType'"),
        ({"recommendationId": "R" * 41}, "'eventList.1.member.recommendationId'"),
        ({"impression": ["i"] * 26}, "'eventList.1.member.impression'"),
        ({"properties": json.dumps({"eventValue": "x" * 1_100})}, "'eventList.1.member.properties'"),
        ({"properties": '{"eventValue": "much"}'}, "properties value of eventValue must be a number, it is 'much'."),
    ],
)
def test_a_bad_event_is_refused_and_no_event_of_the_batch_is_kept(lab: Lab, more: dict[str, Any], message: str) -> None:
    group, _ = lab.serving()
    tracking_id = lab.tracker(group)
    with refused("InvalidInputException", message):
        put(lab, tracking_id, event(lab, **more), event(lab))
    with refused("InvalidInputException", message.replace(".1.", ".2.")):
        put(lab, tracking_id, event(lab), event(lab, **more))
    assert best(lab) == "i09"


def test_a_batch_has_1_to_10_events(lab: Lab) -> None:
    group, _ = lab.serving()
    tracking_id = lab.tracker(group)
    put(lab, tracking_id, *[event(lab)] * 10)
    with refused("InvalidInputException", "length less than or equal to 10"):
        put(lab, tracking_id, *[event(lab)] * 11)
    with refused("InvalidInputException", "length greater than or equal to 1"):
        put(lab, tracking_id)


def test_an_unknown_tracker_or_one_that_is_not_ready_is_invalid(lab: Lab) -> None:
    with refused("InvalidInputException", "No event tracker has the trackingId nowhere."):
        put(lab, "nowhere", event(lab))
    group = lab.group()
    answer = lab.control("CreateEventTracker", name="t", datasetGroupArn=group)
    with refused("InvalidInputException", "must be ACTIVE and is CREATE PENDING."):
        put(lab, answer["trackingId"], event(lab))
    lab.wait()
    with refused("InvalidInputException", f"{group} has no Interactions dataset."):
        put(lab, answer["trackingId"], event(lab))


def test_a_source_in_a_group_without_a_metric_attribution_is_refused_by_name(lab: Lab) -> None:
    group, _ = lab.serving()
    tracking_id = lab.tracker(group)
    with pytest.raises(UnsupportedBySimulatorError, match="PutEvents with metricAttribution"):
        put(lab, tracking_id, event(lab, metricAttribution={"eventAttributionSource": "mail"}))


def make_unseen(lab: Lab, group: str) -> str:
    expression = 'EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("view")'
    arn: str = lab.control("CreateFilter", name="f", datasetGroupArn=group, filterExpression=expression)["filterArn"]
    lab.wait(60)
    return arn


def seen_by(lab: Lab, arn: str) -> set[str]:
    """What the filter hides from a user without imported history."""
    answer = lab.runtime("GetRecommendations", campaignArn=HOME, userId="fresh", filterArn=arn)
    return {f"i{n:02}" for n in range(10)} - {entry["itemId"] for entry in answer["itemList"]}


def test_a_filter_sees_an_event_after_fifteen_minutes(lab: Lab) -> None:
    group, _ = lab.serving()
    arn, tracking_id = make_unseen(lab, group), lab.tracker(group)
    put(lab, tracking_id, event(lab), user="fresh")
    assert seen_by(lab, arn) == set()
    lab.wait(15 * 60)
    assert seen_by(lab, arn) == {"i04"}


def test_a_filter_sees_an_event_at_once_when_durations_say_so(tmp_path: Path) -> None:
    lab = build_lab(tmp_path, durations=Durations(filter_event_seconds=0))
    group, _ = lab.serving()
    arn = make_unseen(lab, group)
    put(lab, lab.tracker(group), event(lab), user="fresh")
    assert seen_by(lab, arn) == {"i04"}


def test_an_item_that_is_put_replaces_the_old_one_in_filters_and_trainings(lab: Lab) -> None:
    group, _ = lab.serving()
    item = {"itemId": "i03", "properties": json.dumps({"genre": ["western", "drama"], "price": 300})}
    lab.events("PutItems", datasetArn=ITEMS, items=[item, {"itemId": "new"}])
    lab.wait()
    expression = 'INCLUDE ItemID WHERE Items.GENRE IN ("western")'
    arn = lab.control("CreateFilter", name="f", datasetGroupArn=group, filterExpression=expression)["filterArn"]
    lab.wait()
    answer = lab.runtime("GetRecommendations", campaignArn=HOME, userId="u01", filterArn=arn)
    assert [entry["itemId"] for entry in answer["itemList"]] == ["i03"]
    lab.version(lab.control("ListSolutions")["solutions"][0]["solutionArn"])
    items = lab.recipe.seen[-1].items
    assert items is not None
    assert (items.columns["GENRE"][3], items.columns["PRICE"][3], items.ids[-1]) == ("western|drama", 300.0, "new")
    assert items.columns["GENRE"][-1] is None


def test_users_are_put_into_users(lab: Lab) -> None:
    group = lab.trained_group()
    lab.dataset(group, "Users")
    lab.events("PutUsers", datasetArn=USERS, users=[{"userId": "u01", "properties": '{"age": 7}'}])
    lab.version(lab.solution(group))
    users = lab.recipe.seen[-1].users
    assert users is not None
    assert (list(users.ids), users.columns["AGE"].tolist()) == (["u01"], [7.0])


@pytest.mark.parametrize(
    ("properties", "message"),
    [
        ({"age": 7.5}, "properties value of age must be a whole number, it is 7.5."),
        ({"age": "x"}, "properties value of age must be a number, it is 'x'."),
        ({"age": 7, "tier": {"a": 1}}, "properties value of tier must be a string."),
        ({"age": 7, "tier": "x" * 1_001}, "Length cannot be more than 1000 characters for TIER"),
        ({"tier": "gold"}, "properties lack the value of AGE, which must not be null."),
    ],
)
def test_a_property_must_fit_its_column(lab: Lab, properties: dict[str, Any], message: str) -> None:
    fields = [
        {"name": "USER_ID", "type": "string"},
        {"name": "AGE", "type": "int"},
        {"name": "TIER", "type": ["null", "string"]},
    ]
    lab.dataset(lab.group(), "Users", avro={"type": "record", "name": "Users", "fields": fields})
    with refused("InvalidInputException", message):
        lab.events("PutUsers", datasetArn=USERS, users=[{"userId": "u", "properties": json.dumps(properties)}])


def test_records_go_only_to_an_active_dataset_of_their_type(lab: Lab) -> None:
    lab.trained_group()
    with refused("InvalidInputException", "is a dataset of type ITEMS, not USERS."):
        lab.events("PutUsers", datasetArn=ITEMS, users=[{"userId": "u"}])
    with refused("ResourceNotFoundException", USERS, status=404):
        lab.events("PutUsers", datasetArn=USERS, users=[{"userId": "u"}])
    with refused("InvalidInputException", "properties value of price must be a number, it is 'much'."):
        lab.events("PutItems", datasetArn=ITEMS, items=[{"itemId": "i", "properties": '{"price": "much"}'}])
    lab.control("DeleteDataset", datasetArn=ITEMS)
    with refused("ResourceInUseException", "must be ACTIVE and is DELETE PENDING.", status=409):
        lab.events("PutItems", datasetArn=ITEMS, items=[{"itemId": "i"}])
