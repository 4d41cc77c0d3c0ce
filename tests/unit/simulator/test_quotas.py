from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tastemaker.simulator.clock import ManualClock
from tastemaker.simulator.quotas import Quotas
from tastemaker.simulator.service import Simulator
from tests.support.simulator import RECIPE_NAMES, START, CountingRecipe, FolderStore, Lab, refused

if TYPE_CHECKING:
    from pathlib import Path

    from tastemaker.simulator.recipes.base import Recipe

HOME = "arn:aws:personalize:us-east-1:123456789012:campaign/home"
WORKFLOW = Quotas.workflow()


def limited(root: Path, quotas: Quotas) -> Lab:
    clock, objects, recipe = ManualClock(START), FolderStore(root), CountingRecipe()
    recipes: dict[str, Recipe] = dict.fromkeys(RECIPE_NAMES, recipe)
    return Lab(Simulator(clock=clock, objects=objects, recipes=recipes, quotas=quotas), clock, objects, recipe)


def test_an_operation_of_the_control_plane_is_answered_once_a_second(tmp_path: Path) -> None:
    lab = limited(tmp_path, WORKFLOW)
    lab.control("ListDatasetGroups")
    with refused("ThrottlingException", "Rate exceeded"):
        lab.control("ListDatasetGroups")
    lab.clock.advance(1)
    assert lab.control("ListDatasetGroups")["datasetGroups"] == []


def test_a_refused_request_does_not_push_the_next_one_back(tmp_path: Path) -> None:
    lab = limited(tmp_path, WORKFLOW)
    lab.control("ListDatasetGroups")
    lab.clock.advance(0.5)
    with refused("ThrottlingException", "Rate exceeded"):
        lab.control("ListDatasetGroups")
    lab.clock.advance(0.5)
    assert lab.control("ListDatasetGroups")["datasetGroups"] == []


def test_a_quiet_hour_saves_up_no_burst(tmp_path: Path) -> None:
    lab = limited(tmp_path, WORKFLOW)
    lab.wait()
    lab.control("ListDatasetGroups")
    with refused("ThrottlingException", "Rate exceeded"):
        lab.control("ListDatasetGroups")


def test_operations_do_not_share_their_rate(tmp_path: Path) -> None:
    lab = limited(tmp_path, WORKFLOW)
    lab.control("ListDatasetGroups")
    assert lab.control("ListSchemas")["schemas"] == []


def test_an_invalid_request_counts(tmp_path: Path) -> None:
    lab = limited(tmp_path, WORKFLOW)
    with refused("InvalidInputException", "validation error"):
        lab.control("CreateDatasetGroup", name="-")
    with refused("ThrottlingException", "Rate exceeded"):
        lab.control("CreateDatasetGroup", name="shop")


def test_operations_that_the_quota_does_not_list_are_free(tmp_path: Path) -> None:
    lab = limited(tmp_path, WORKFLOW)
    group = lab.group()
    for key in "abc":
        lab.control("TagResource", resourceArn=group, tags=[{"tagKey": key, "tagValue": "1"}])


def test_the_other_documented_error_can_be_chosen(tmp_path: Path) -> None:
    lab = limited(tmp_path, replace(WORKFLOW, rate_error="LimitExceededException"))
    lab.control("ListDatasetGroups")
    with refused("LimitExceededException", "The limit on the number of requests per second has been exceeded."):
        lab.control("ListDatasetGroups")


def test_without_rates_many_requests_come_at_once(lab: Lab) -> None:
    for _ in range(5):
        assert lab.control("ListDatasetGroups")["datasetGroups"] == []


def runtime_requests(lab: Lab, number: int, operation: str = "GetRecommendations", campaign: str = HOME) -> None:
    more: dict[str, Any] = {"inputList": ["i01"]} if operation == "GetPersonalizedRanking" else {}
    for _ in range(number):
        lab.runtime(operation, campaignArn=campaign, userId="u01", **more)


def test_a_campaign_answers_500_times_a_second(tmp_path: Path) -> None:
    lab = limited(tmp_path, replace(Quotas.service(), control_requests_per_second=None))
    lab.serving()
    runtime_requests(lab, 500)
    with refused("ThrottlingException", "Rate exceeded"):
        runtime_requests(lab, 1)
    lab.clock.advance(0.01)
    runtime_requests(lab, 5)
    with refused("ThrottlingException", "Rate exceeded"):
        runtime_requests(lab, 1)


def test_the_account_has_a_rate_over_all_campaigns(tmp_path: Path) -> None:
    lab = limited(tmp_path, Quotas(get_requests_per_second_per_campaign=2, get_requests_per_second=3))
    _, first = lab.serving()
    version = lab.control("DescribeCampaign", campaignArn=first)["campaign"]["solutionVersionArn"]
    second = lab.campaign(version, "second")
    runtime_requests(lab, 2, campaign=first)
    runtime_requests(lab, 1, campaign=second)
    with refused("ThrottlingException", "Rate exceeded"):
        runtime_requests(lab, 1, campaign=second)
    lab.clock.advance(1 / 3)
    runtime_requests(lab, 1, campaign=second)


def test_put_events_has_a_rate_for_each_dataset_group(tmp_path: Path) -> None:
    lab = limited(tmp_path, replace(Quotas.service(), control_requests_per_second=None))
    group = lab.trained_group()
    tracking_id = lab.tracker(group)
    event = {"eventType": "view", "sentAt": START, "itemId": "i01"}
    for _ in range(1_000):
        lab.events("PutEvents", trackingId=tracking_id, sessionId="s", eventList=[event])
    with refused("ThrottlingException", "Rate exceeded"):
        lab.events("PutEvents", trackingId=tracking_id, sessionId="s", eventList=[event])


def test_put_items_and_put_users_have_ten_requests_a_second_each(tmp_path: Path) -> None:
    lab = limited(tmp_path, replace(Quotas.service(), control_requests_per_second=None))
    group = lab.group()
    items, users = lab.dataset(group, "Items"), lab.dataset(group, "Users")
    for _ in range(10):
        lab.events("PutItems", datasetArn=items, items=[{"itemId": "i", "properties": '{"price": 1}'}])
    with refused("ThrottlingException", "Rate exceeded"):
        lab.events("PutItems", datasetArn=items, items=[{"itemId": "i"}])
    lab.events("PutUsers", datasetArn=users, users=[{"userId": "u", "properties": '{"age": 1}'}])


def wide_items(columns: int) -> dict[str, Any]:
    fields: list[dict[str, Any]] = [{"name": "ITEM_ID", "type": "string"}]
    fields += [{"name": f"C{number:02}", "type": ["null", "float"]} for number in range(columns)]
    return {"type": "record", "name": "Items", "namespace": "shop", "fields": fields, "version": "1.0"}


def create_filter(lab: Lab, group: str, name: str, columns: range) -> None:
    tests = " AND ".join(f"Items.C{number:02} = 1" for number in columns)
    lab.control("CreateFilter", name=name, datasetGroupArn=group, filterExpression=f"EXCLUDE ItemID WHERE {tests}")


def test_all_filters_of_a_group_use_at_most_twenty_fields(lab: Lab) -> None:
    group = lab.group()
    lab.dataset(group, "Items", wide_items(21))
    create_filter(lab, group, "a", range(10))
    create_filter(lab, group, "b", range(10, 20))
    create_filter(lab, group, "c", range(5))
    with refused("LimitExceededException", "More than 20 distinct dataset fields over all filters."):
        create_filter(lab, group, "d", range(19, 21))


def test_a_filter_that_exists_is_said_to_exist_before_its_fields_are_counted(tmp_path: Path) -> None:
    lab = limited(tmp_path, Quotas(filter_fields_per_group=1))
    group = lab.group()
    lab.dataset(group, "Items", wide_items(3))
    create_filter(lab, group, "a", range(1))
    with refused("ResourceAlreadyExistsException", "filter/a"):
        create_filter(lab, group, "a", range(3))


def test_a_filter_with_a_mistake_is_said_to_have_it(tmp_path: Path) -> None:
    lab = limited(tmp_path, Quotas(filter_fields_per_group=0))
    group = lab.group()
    with refused("InvalidInputException", ""):
        lab.control("CreateFilter", name="f", datasetGroupArn=group, filterExpression="EXCLUDE")


def test_an_adjustable_quota_can_be_raised(tmp_path: Path) -> None:
    lab = limited(tmp_path, Quotas(dataset_groups=6))
    for number in range(6):
        lab.control("CreateDatasetGroup", name=f"g{number}")
    with refused("LimitExceededException", "More than 6 resources in ACTIVE state. Please delete some and try again."):
        lab.control("CreateDatasetGroup", name="g6")


def test_imports_under_way_are_counted(tmp_path: Path) -> None:
    lab = limited(tmp_path, Quotas(pending_imports=0))
    dataset = lab.dataset(lab.group())
    with refused("LimitExceededException", "More than 0 resources with PENDING or IN_PROGRESS status."):
        lab.load(dataset, "")
