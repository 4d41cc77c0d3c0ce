from __future__ import annotations

import re

from tests.support.simulator import Lab, refused

UNSEEN = 'EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("buy")'
UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"


def create_filter(lab: Lab, group: str, expression: str = UNSEEN, name: str = "unseen") -> str:
    arn: str = lab.control("CreateFilter", name=name, datasetGroupArn=group, filterExpression=expression)["filterArn"]
    return arn


def test_a_tracker_has_an_opaque_arn_and_a_tracking_id(lab: Lab) -> None:
    answer = lab.control("CreateEventTracker", name="clicks", datasetGroupArn=lab.group())
    assert re.fullmatch(
        r"arn:aws:personalize:us-east-1:123456789012:event-tracker/[0-9a-f]{8}", answer["eventTrackerArn"]
    )
    assert re.fullmatch(UUID, answer["trackingId"])
    lab.wait()
    tracker = lab.control("DescribeEventTracker", eventTrackerArn=answer["eventTrackerArn"])["eventTracker"]
    assert (tracker["status"], tracker["accountId"]) == ("ACTIVE", "123456789012")
    assert tracker["trackingId"] == answer["trackingId"]
    assert "trackingId" not in lab.control("ListEventTrackers")["eventTrackers"][0]


def test_a_group_has_one_tracker(lab: Lab) -> None:
    group = lab.group()
    lab.tracker(group)
    with refused("ResourceAlreadyExistsException", "event-tracker/"):
        lab.control("CreateEventTracker", name="more", datasetGroupArn=group)


def test_a_filter_takes_a_minute_and_is_listed_under_a_capital(lab: Lab) -> None:
    group = lab.group()
    lab.dataset(group)
    arn = create_filter(lab, group)
    assert lab.control("DescribeFilter", filterArn=arn)["filter"]["status"] == "CREATE PENDING"
    lab.clock.advance(60)
    described = lab.control("DescribeFilter", filterArn=arn)["filter"]
    assert (described["status"], described["filterExpression"]) == ("ACTIVE", UNSEEN)
    summary = lab.control("ListFilters", datasetGroupArn=group)["Filters"][0]
    assert (summary["filterArn"], "filterExpression" in summary) == (arn, False)


def test_a_bad_expression_is_invalid(lab: Lab) -> None:
    group = lab.group()
    lab.dataset(group)
    with refused("InvalidInputException", ""):
        create_filter(lab, group, "EXCLUDE ItemID Items.GENRE")


def test_a_column_that_is_not_in_the_schema_is_invalid(lab: Lab) -> None:
    group = lab.group()
    lab.dataset(group)
    lab.dataset(group, "Items")
    with refused("InvalidInputException", "NO_SUCH_COLUMN"):
        create_filter(lab, group, "INCLUDE ItemID WHERE Items.NO_SUCH_COLUMN = 1")


def test_a_filter_of_a_pending_group_is_invalid(lab: Lab) -> None:
    group = lab.control("CreateDatasetGroup", name="shop")["datasetGroupArn"]
    with refused("InvalidInputException", "must be ACTIVE and is CREATE PENDING."):
        create_filter(lab, group)


def test_a_31st_filter_is_over_the_quota(lab: Lab) -> None:
    group = lab.group()
    lab.dataset(group)
    for number in range(30):
        create_filter(lab, group, name=f"f{number}")
    with refused("LimitExceededException", "More than 30 resources in ACTIVE state."):
        create_filter(lab, group, name="f30")


def test_a_deleted_filter_disappears(lab: Lab) -> None:
    group = lab.group()
    lab.dataset(group)
    arn = create_filter(lab, group)
    lab.wait()
    lab.control("DeleteFilter", filterArn=arn)
    lab.wait()
    assert lab.control("ListFilters")["Filters"] == []


def test_tags_are_set_changed_listed_and_removed(lab: Lab) -> None:
    tags = [{"tagKey": "team", "tagValue": "a"}, {"tagKey": "stage", "tagValue": "b"}]
    arn = lab.control("CreateDatasetGroup", name="shop", tags=tags)["datasetGroupArn"]
    lab.control("TagResource", resourceArn=arn, tags=[{"tagKey": "team", "tagValue": "c"}])
    lab.control("UntagResource", resourceArn=arn, tagKeys=["stage", "absent"])
    assert lab.control("ListTagsForResource", resourceArn=arn) == {"tags": [{"tagKey": "team", "tagValue": "c"}]}


def test_a_resource_has_at_most_50_tags(lab: Lab) -> None:
    tags = [{"tagKey": f"k{n}", "tagValue": ""} for n in range(51)]
    with refused("TooManyTagsException", "A resource may have at most 50 tags; these would be 51."):
        lab.control("CreateDatasetGroup", name="shop", tags=tags)
    arn = lab.control("CreateDatasetGroup", name="shop", tags=tags[:50])["datasetGroupArn"]
    with refused("TooManyTagsException", "at most 50 tags"):
        lab.control("TagResource", resourceArn=arn, tags=tags[50:])
    with refused("TooManyTagKeysException", "At most 50 tag keys in one request."):
        lab.control("UntagResource", resourceArn=arn, tagKeys=[f"k{n}" for n in range(51)])


def test_tag_keys_are_unique_and_not_those_of_aws(lab: Lab) -> None:
    twice = [{"tagKey": "a", "tagValue": "1"}, {"tagKey": "a", "tagValue": "2"}]
    with refused("InvalidInputException", "A tag key may be given once only."):
        lab.control("CreateDatasetGroup", name="shop", tags=twice)
    with refused("InvalidInputException", "Tag keys that start with aws: are reserved."):
        lab.control("CreateDatasetGroup", name="shop", tags=[{"tagKey": "aws:x", "tagValue": "1"}])


def test_schemas_and_absent_resources_have_no_tags(lab: Lab) -> None:
    schema = lab.schema()
    with refused("InvalidInputException", "Schemas cannot be tagged."):
        lab.control("ListTagsForResource", resourceArn=schema)
    with refused("ResourceNotFoundException", schema + "x"):
        lab.control("ListTagsForResource", resourceArn=schema + "x")
