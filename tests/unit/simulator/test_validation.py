from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from tastemaker.simulator.refusals import RefusalError
from tastemaker.simulator.validation import check_request

ARN = "arn:aws:personalize:us-east-1:123456789012:solution/a"


def message(operation: str, params: dict[str, Any], service: str = "personalize") -> str:
    with pytest.raises(RefusalError) as caught:
        check_request(service, operation, params)
    assert caught.value.code == "InvalidInputException"
    return caught.value.message


def test_a_good_request_comes_back_as_an_equal_copy() -> None:
    params = {"name": "shop", "tags": [{"tagKey": "team", "tagValue": "a b"}]}
    checked = check_request("personalize", "CreateDatasetGroup", params)
    assert checked == params
    assert checked["tags"] is not params["tags"]


def test_a_name_of_63_characters_is_the_longest() -> None:
    assert check_request("personalize", "CreateDatasetGroup", {"name": "a" * 63})
    assert message("CreateDatasetGroup", {"name": "a" * 64}) == (
        f"1 validation error detected: Value '{'a' * 64}' at 'name' failed to satisfy constraint: "
        "Member must have length less than or equal to 63"
    )


def test_a_name_must_match_its_pattern_as_a_whole() -> None:
    assert message("CreateDatasetGroup", {"name": "-x"}) == (
        "1 validation error detected: Value '-x' at 'name' failed to satisfy constraint: "
        r"Member must satisfy regular expression pattern: ^[a-zA-Z0-9][a-zA-Z0-9\-_]*"
    )
    assert "at 'name'" in message("CreateDatasetGroup", {"name": "a b"})
    assert "at 'name'" in message("CreateDatasetGroup", {"name": "a\n"})


def test_all_faults_are_named_at_once() -> None:
    text = message("CreateDataset", {"name": "", "schemaArn": "x", "datasetType": "Items"})
    assert text.startswith("4 validation errors detected: ")
    assert "Value '' at 'name' failed to satisfy constraint: Member must have length greater than or equal to 1" in text
    assert "Value 'x' at 'schemaArn'" in text
    assert "Value 'null' at 'datasetGroupArn' failed to satisfy constraint: Member must not be null" in text


def test_an_unknown_member_is_named_with_what_is_possible() -> None:
    assert message("DescribeSchema", {"schemaArn": ARN, "shema": 1}) == (
        "1 validation error detected: Unknown member 'shema', must be one of: schemaArn"
    )


def test_an_enumeration_lists_its_values() -> None:
    assert "Member must satisfy enum value set: [ECOMMERCE, VIDEO_ON_DEMAND]" in message(
        "CreateDatasetGroup", {"name": "a", "domain": "MUSIC"}
    )


@pytest.mark.parametrize(
    ("tps", "constraint"),
    [
        (0, "Member must have value greater than or equal to 1"),
        (1.5, "Member must be of type integer"),
        (True, "Member must be of type integer"),
        ("1", "Member must be of type integer"),
    ],
)
def test_min_provisioned_tps_is_a_whole_number_from_1(tps: object, constraint: str) -> None:
    params = {"name": "home", "solutionVersionArn": ARN, "minProvisionedTPS": tps}
    assert message("CreateCampaign", params) == (
        f"1 validation error detected: Value '{tps}' at 'minProvisionedTPS' failed to satisfy constraint: {constraint}"
    )


def test_list_maxima_are_checked() -> None:
    events = [{"eventType": "view", "sentAt": 1}] * 11
    params = {"trackingId": "t", "sessionId": "s", "eventList": events}
    assert "at 'eventList' failed to satisfy constraint: Member must have length less than or equal to 10" in message(
        "PutEvents", params, "personalize-events"
    )


def test_map_keys_are_checked() -> None:
    params = {"campaignArn": ARN, "userId": "u", "filterValues": {"bad key": "1"}}
    assert "Value 'bad key' at 'filterValues.key'" in message("GetRecommendations", params, "personalize-runtime")


def test_a_double_has_a_range() -> None:
    config = {"eventsConfig": {"eventParametersList": [{"eventType": "view", "weight": 1.5}]}}
    params = {"name": "a", "datasetGroupArn": ARN, "solutionConfig": config}
    assert "at 'solutionConfig.eventsConfig.eventParametersList.1.member.weight'" in message("CreateSolution", params)


def test_tag_keys_may_use_letters_of_any_language() -> None:
    tags = [{"tagKey": "größe", "tagValue": "日本 +1"}]
    assert check_request("personalize", "CreateDatasetGroup", {"name": "a", "tags": tags})
    assert "at 'tags.1.member.tagKey'" in message(
        "CreateDatasetGroup", {"name": "a", "tags": [{"tagKey": "a;b", "tagValue": ""}]}
    )


@pytest.mark.parametrize(
    "moment",
    [
        1_553_631_760,
        1_553_631_760.0,
        "1553631760",
        "2019-03-26T20:22:40Z",
        datetime(2019, 3, 26, 20, 22, 40, tzinfo=UTC),
        datetime(2019, 3, 26, 21, 22, 40, tzinfo=timezone(timedelta(hours=1))),
    ],
)
def test_timestamps_are_taken_in_every_form_that_boto3_takes(moment: object) -> None:
    params = {"trackingId": "t", "sessionId": "s", "eventList": [{"eventType": "view", "sentAt": moment}]}
    checked = check_request("personalize-events", "PutEvents", params)
    assert checked["eventList"][0]["sentAt"] == 1_553_631_760.0


def test_a_value_that_is_no_timestamp_is_refused() -> None:
    params = {"trackingId": "t", "sessionId": "s", "eventList": [{"eventType": "view", "sentAt": "yesterday"}]}
    assert "Member must be a timestamp" in message("PutEvents", params, "personalize-events")


def test_none_is_the_same_as_absent() -> None:
    assert check_request("personalize", "CreateDatasetGroup", {"name": "a", "domain": None}) == {"name": "a"}


def test_structures_lists_and_maps_must_be_what_they_are() -> None:
    assert "Member must be a structure" in message("CreateSolution", {"solutionConfig": 1})
    assert "Member must be a list" in message("TagResource", {"resourceArn": ARN, "tags": {}})
    config: dict[str, Any] = {"algorithmHyperParameters": []}
    assert "Member must be a map" in message("CreateSolution", {"solutionConfig": config})
