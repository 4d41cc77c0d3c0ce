from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.simulator import Lab, refused

ACTIONS = "arn:aws:personalize:us-east-1:123456789012:dataset/shop/ACTIONS"
ACTION_INTERACTIONS = "arn:aws:personalize:us-east-1:123456789012:dataset/shop/ACTION_INTERACTIONS"
ACTIONS_SCHEMA = {
    "type": "record",
    "name": "Actions",
    "namespace": "com.amazonaws.personalize.schema",
    "fields": [
        {"name": "ACTION_ID", "type": "string"},
        {"name": "VALUE", "type": ["null", "long"]},
        {"name": "REPEAT_FREQUENCY", "type": ["null", "long"]},
        {"name": "MEMBERSHIP", "type": ["null", "string"], "categorical": True},
    ],
    "version": "1.0",
}
EVENTS_SCHEMA = {
    "type": "record",
    "name": "ActionInteractions",
    "namespace": "com.amazonaws.personalize.schema",
    "fields": [
        {"name": "USER_ID", "type": "string"},
        {"name": "ACTION_ID", "type": "string"},
        {"name": "EVENT_TYPE", "type": "string"},
        {"name": "TIMESTAMP", "type": "long"},
        {"name": "DEVICE", "type": ["null", "string"]},
    ],
    "version": "1.0",
}


def actions(lab: Lab) -> str:
    return lab.dataset(lab.group(), "Actions", avro=ACTIONS_SCHEMA)


def tracker(lab: Lab) -> str:
    arn = lab.dataset(lab.group(), "Action_Interactions", avro=EVENTS_SCHEMA)
    tracking_id: str = lab.control("DescribeDataset", datasetArn=arn)["dataset"]["trackingId"]
    return tracking_id


def interaction(lab: Lab, **more: Any) -> dict[str, Any]:
    return {
        "actionId": "a1",
        "sessionId": "s",
        "userId": "u",
        "timestamp": lab.clock.now(),
        "eventType": "Taken",
        **more,
    }


def put(lab: Lab, tracking_id: str, *entries: dict[str, Any]) -> None:
    assert lab.events("PutActionInteractions", trackingId=tracking_id, actionInteractions=list(entries)) == {}


def failure(lab: Lab, job: str) -> str | None:
    reason: str | None = lab.control("DescribeDatasetImportJob", datasetImportJobArn=job)["datasetImportJob"].get(
        "failureReason"
    )
    return reason


def test_both_datasets_are_part_of_a_custom_group(lab: Lab) -> None:
    assert actions(lab) == ACTIONS
    lab.dataset(
        ACTIONS.replace("dataset/", "dataset-group/").removesuffix("/ACTIONS"), "Action_Interactions", EVENTS_SCHEMA
    )
    described = lab.control("DescribeDataset", datasetArn=ACTION_INTERACTIONS)["dataset"]
    assert (described["datasetType"], len(described["trackingId"])) == ("ACTION_INTERACTIONS", 36)
    assert "trackingId" not in lab.control("DescribeDataset", datasetArn=ACTIONS)["dataset"]


def test_their_schemas_have_no_domain(lab: Lab) -> None:
    with refused("InvalidInputException", "A schema for Actions must not have a domain."):
        lab.control("CreateSchema", name="a", domain="ECOMMERCE", schema=json.dumps(ACTIONS_SCHEMA))


def test_actions_are_imported(lab: Lab) -> None:
    dataset = actions(lab)
    assert (
        failure(lab, lab.load(dataset, "ACTION_ID,VALUE,REPEAT_FREQUENCY,MEMBERSHIP\na1,10,30,gold\na2,,,\n")) is None
    )


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("a1,11,,", "VALUE must be from 1 to 10."),
        ("a1,0,,", "VALUE must be from 1 to 10."),
        ("a1,,31,", "REPEAT_FREQUENCY must be from 0 to 30."),
        ("x" * 257 + ",,,", "Length cannot be more than 256 characters for ACTION_ID"),
    ],
)
def test_values_of_actions_have_limits(lab: Lab, row: str, reason: str) -> None:
    job = lab.load(actions(lab), f"ACTION_ID,VALUE,REPEAT_FREQUENCY,MEMBERSHIP\n{row}\n")
    assert failure(lab, job) == reason


def test_action_interactions_are_imported_without_a_minimum(lab: Lab) -> None:
    tracker(lab)
    text = "USER_ID,ACTION_ID,EVENT_TYPE,TIMESTAMP,DEVICE\nu,a1,TAKEN,1,\n"
    assert failure(lab, lab.load(ACTION_INTERACTIONS, text)) is None


def test_actions_are_put(lab: Lab) -> None:
    dataset = actions(lab)
    entries = [{"actionId": "a1", "properties": '{"value": 3, "membership": "gold"}'}, {"actionId": "a2"}]
    assert lab.events("PutActions", datasetArn=dataset, actions=entries) == {}
    with refused("InvalidInputException", "VALUE must be from 1 to 10, it is 11."):
        lab.events("PutActions", datasetArn=dataset, actions=[{"actionId": "a", "properties": '{"value": 11}'}])
    with refused("InvalidInputException", "length less than or equal to 10"):
        lab.events("PutActions", datasetArn=dataset, actions=[{"actionId": f"a{n}"} for n in range(11)])


def test_actions_go_only_to_their_dataset(lab: Lab) -> None:
    lab.trained_group()
    items = ACTIONS.replace("ACTIONS", "ITEMS")
    with refused("InvalidInputException", "is a dataset of type ITEMS, not ACTIONS."):
        lab.events("PutActions", datasetArn=items, actions=[{"actionId": "a"}])
    with refused("ResourceNotFoundException", ACTIONS, status=404):
        lab.events("PutActions", datasetArn=ACTIONS, actions=[{"actionId": "a"}])


@pytest.mark.parametrize("kind", ["Taken", "TAKEN", "Not Taken", "not_taken", "NOT TAKEN", "Viewed", "viewed"])
def test_event_types_are_taken_in_every_spelling_of_the_guide(lab: Lab, kind: str) -> None:
    put(lab, tracker(lab), interaction(lab, eventType=kind))


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"eventType": "Clicked"}, "eventType 'Clicked' must be one of: TAKEN, NOT_TAKEN, VIEWED."),
        ({"properties": '{"UserId": "u"}'}, "properties must not contain the key UserId;"),
        (
            {"properties": '{"colour": "red"}'},
            "properties key colour is not a column of the ActionInteractions schema.",
        ),
        ({"properties": "[]"}, "properties of action interaction must be a JSON object."),
        ({"impression": ["a"] * 26}, "'actionInteractions.1.member.impression'"),
        ({"recommendationId": "R" * 41}, "'actionInteractions.1.member.recommendationId'"),
    ],
)
def test_a_bad_action_interaction_is_refused(lab: Lab, more: dict[str, Any], message: str) -> None:
    tracking_id = tracker(lab)
    with refused("InvalidInputException", message):
        put(lab, tracking_id, interaction(lab, **more))


def test_a_batch_has_1_to_10_action_interactions(lab: Lab) -> None:
    tracking_id = tracker(lab)
    put(lab, tracking_id, *[interaction(lab, properties='{"device": "phone"}')] * 10)
    with refused("InvalidInputException", "length less than or equal to 10"):
        put(lab, tracking_id, *[interaction(lab)] * 11)


def test_a_repeated_event_id_is_accepted(lab: Lab) -> None:
    tracking_id = tracker(lab)
    put(lab, tracking_id, interaction(lab, eventId="e"), interaction(lab, eventId="e"))
    put(lab, tracking_id, interaction(lab, eventId="e"))


def test_an_unknown_tracker_is_404_and_a_dataset_that_is_not_ready_in_use(lab: Lab) -> None:
    with refused("ResourceNotFoundException", "Resource not found: nowhere", status=404):
        put(lab, "nowhere", interaction(lab))
    tracking_id = tracker(lab)
    lab.control("DeleteDataset", datasetArn=ACTION_INTERACTIONS)
    with refused("ResourceInUseException", "must be ACTIVE and is DELETE PENDING.", status=409):
        put(lab, tracking_id, interaction(lab))


def test_the_tracker_of_events_is_not_that_of_action_interactions(lab: Lab) -> None:
    tracking_id = lab.tracker(lab.trained_group())
    with refused("ResourceNotFoundException", tracking_id, status=404):
        put(lab, tracking_id, interaction(lab))


def test_other_campaigns_recommend_no_actions(lab: Lab) -> None:
    _, campaign = lab.serving()
    with refused("InvalidInputException", "aws-user-personalization-v2 do not support GetActionRecommendations."):
        lab.runtime("GetActionRecommendations", campaignArn=campaign, userId="u01")
    with refused("ResourceNotFoundException", campaign + "x", status=404):
        lab.runtime("GetActionRecommendations", campaignArn=campaign + "x", userId="u01")
    with refused("InvalidInputException", "campaignArn is required."):
        lab.runtime("GetActionRecommendations", userId="u01")
