from __future__ import annotations

from typing import Any

import pytest

from tastemaker.errors import UnsupportedBySimulatorError
from tastemaker.facts.use_cases import USE_CASES
from tastemaker.simulator.validation import check_shape
from tests.support.domains import (
    ARN,
    RECIPE,
    ask,
    describe,
    domain_dataset,
    domain_group,
    events_csv,
    recommender,
    shop,
    stream,
)
from tests.support.simulator import HOUR, Lab, refused

FOR_YOU = "aws-ecomm-recommended-for-you"
VIEWED = "aws-ecomm-popular-items-by-views"


def test_a_recommender_trains_and_becomes_active_by_itself(lab: Lab) -> None:
    group = shop(lab)
    params = {"name": "home", "datasetGroupArn": group, "recipeArn": RECIPE + FOR_YOU}
    assert lab.control("CreateRecommender", **params) == {"recommenderArn": ARN}
    assert (describe(lab)["status"], "modelMetrics" in describe(lab)) == ("CREATE PENDING", False)
    lab.wait(10)
    assert describe(lab)["status"] == "CREATE IN_PROGRESS"
    lab.wait(HOUR)
    described = describe(lab)
    assert (described["status"], described["recipeArn"]) == ("ACTIVE", RECIPE + FOR_YOU)
    assert described["modelMetrics"] == {"coverage": 0.5, "precision_at_5": 0.25}
    assert described["recommenderConfig"] == {"minRecommendationRequestsPerSecond": 1}
    assert lab.control("ListSolutionVersions")["solutionVersions"] == []


def test_a_list_shows_summaries_of_one_group(lab: Lab) -> None:
    group = shop(lab)
    recommender(lab, group)
    other = domain_group(lab, "VIDEO_ON_DEMAND", "films")
    assert lab.control("ListRecommenders", datasetGroupArn=other)["recommenders"] == []
    entry = lab.control("ListRecommenders", datasetGroupArn=group)["recommenders"][0]
    assert (entry["name"], entry["status"], "modelMetrics" in entry) == ("home", "ACTIVE", False)


def test_the_table_of_use_cases_is_that_of_the_guide() -> None:
    rows = [(case.title, case.event_type, case.needs_user, case.needs_item, case.hides) for case in USE_CASES.values()]
    assert rows == [
        ("Most viewed", "View", True, False, None),
        ("Best sellers", "Purchase", True, False, None),
        ("Frequently bought together", "Purchase", False, True, None),
        ("Customers who viewed X also viewed", "View", True, True, "Purchase"),
        ("Recommended for you", None, True, False, "Purchase"),
        ("Because you watched X", "Watch", True, True, "Watch"),
        ("More like X", None, True, True, "Watch"),
        ("Most popular", "Watch", True, False, None),
        ("Trending now", None, False, False, None),
        ("Top picks for you", None, True, False, "Watch"),
    ]


def test_a_use_case_trains_on_its_event_type_only(lab: Lab) -> None:
    recommender(lab, shop(lab), "aws-ecomm-popular-items-by-purchases")
    table = lab.recipe.seen[-1].interactions
    assert (table.user.size, {table.event_types[code] for code in table.event_type.tolist()}) == (1_000, {"Purchase"})


def test_too_few_of_the_required_events_fail_the_recommender(lab: Lab) -> None:
    group = domain_group(lab)
    lab.load(domain_dataset(lab, group), events_csv("Purchase", "View", events=72), "interactions")
    recommender(lab, group, "aws-ecomm-popular-items-by-purchases")
    reason = "Dataset has fewer than 1000 interactions after filtering by event type: Purchase"
    assert (describe(lab)["status"], describe(lab)["failureReason"]) == ("CREATE FAILED", reason)
    with refused("InvalidInputException", f"Recommender {ARN} must be ACTIVE and is CREATE FAILED."):
        ask(lab)
    lab.control("DeleteRecommender", recommenderArn=ARN)


@pytest.mark.parametrize(
    ("domain", "recipe", "message"),
    [
        (None, FOR_YOU, "is not a Domain dataset group; recommenders need one."),
        ("VIDEO_ON_DEMAND", FOR_YOU, "is for domain ECOMMERCE; "),
        ("ECOMMERCE", "aws-sims", "is for custom solutions; recommenders take the recipe of a use case."),
        ("ECOMMERCE", FOR_YOU, "needs a dataset of type INTERACTIONS in the dataset group."),
    ],
)
def test_a_recommender_needs_its_domain_and_its_data(lab: Lab, domain: str | None, recipe: str, message: str) -> None:
    group = lab.group() if domain is None else domain_group(lab, domain)
    with refused("InvalidInputException", message):
        recommender(lab, group, recipe)


def test_more_like_x_needs_an_items_dataset(lab: Lab) -> None:
    group = domain_group(lab, "VIDEO_ON_DEMAND")
    domain_dataset(lab, group, "Interactions", "VIDEO_ON_DEMAND")
    with refused("InvalidInputException", "needs a dataset of type ITEMS in the dataset group."):
        recommender(lab, group, "aws-vod-more-like-x")


def test_what_has_no_algorithm_here_is_refused_by_name(lab: Lab) -> None:
    group = domain_group(lab, "VIDEO_ON_DEMAND")
    with pytest.raises(UnsupportedBySimulatorError, match="CreateRecommender with recipe aws-vod-trending-now"):
        recommender(lab, group, "aws-vod-trending-now")
    with refused("ResourceNotFoundException", RECIPE + "aws-vod-absent"):
        recommender(lab, group, "aws-vod-absent")


def test_exploration_is_for_two_use_cases(lab: Lab) -> None:
    group = shop(lab)
    config = {"itemExplorationConfig": {"explorationWeight": "0.3"}}
    with refused("InvalidInputException", "itemExplorationConfig is not supported by recipe"):
        recommender(lab, group, VIEWED, recommenderConfig=config)
    arn = recommender(lab, group, FOR_YOU, recommenderConfig=config)
    described = lab.control("DescribeRecommender", recommenderArn=arn)["recommender"]["recommenderConfig"]
    assert described["itemExplorationConfig"] == {"explorationWeight": "0.3"}


def test_a_group_has_at_most_five(lab: Lab) -> None:
    group = shop(lab)
    for number in range(5):
        recommender(lab, group, name=f"r{number}")
    with refused("LimitExceededException", "More than 5 resources in ACTIVE state."):
        recommender(lab, group)


def test_a_name_is_taken_once(lab: Lab) -> None:
    group = shop(lab)
    recommender(lab, group)
    with refused("ResourceAlreadyExistsException", ARN):
        recommender(lab, group, VIEWED)


def test_no_scores_are_shown(lab: Lab) -> None:
    recommender(lab, shop(lab))
    entries = lab.runtime("GetRecommendations", recommenderArn=ARN, userId="u01")["itemList"]
    assert {key for entry in entries for key in entry} == {"itemId"}


def test_what_the_user_bought_is_never_returned(lab: Lab) -> None:
    recommender(lab, shop(lab))
    # u01 buys at events 0, 3, 6 …: odd items only (see interactions_csv).
    assert sorted(ask(lab)) == ["i00", "i02", "i04", "i06", "i08"]
    assert len(ask(lab, userId="nobody")) == 10


def test_the_built_in_filter_applies_besides_the_requests(lab: Lab) -> None:
    group = shop(lab)
    recommender(lab, group)
    expression = "INCLUDE ItemID WHERE Items.PRICE > 5"
    arn = lab.control("CreateFilter", name="f", datasetGroupArn=group, filterExpression=expression)["filterArn"]
    lab.wait(60)
    assert sorted(ask(lab, filterArn=arn)) == ["i06", "i08"]


def test_a_streamed_purchase_hides_its_item_when_filters_see_it(lab: Lab) -> None:
    group = shop(lab)
    recommender(lab, group)
    stream(lab, lab.tracker(group), "i04", "Purchase")
    assert ask(lab)[0] == "i04"  # the newest event decides what CountingModel puts first
    lab.wait(15 * 60)
    assert "i04" not in ask(lab)


def test_only_two_use_cases_react_to_events(lab: Lab) -> None:
    group = shop(lab)
    recommender(lab, group, VIEWED)
    before = ask(lab)
    stream(lab, lab.tracker(group), "i00")
    assert ask(lab) == before


@pytest.mark.parametrize(
    ("recipe", "params", "message"),
    [
        (VIEWED, {"userId": None}, f"userId is required for recipe {RECIPE}{VIEWED}."),
        (
            "aws-ecomm-customers-who-viewed-x-also-viewed",
            {},
            f"itemId is required for recipe {RECIPE}aws-ecomm-customers-who-viewed-x-also-viewed.",
        ),
        (FOR_YOU, {"metadataColumns": {"ITEMS": ["PRICE"]}}, f"Recommender {ARN} does not have enableMetadata"),
        (
            FOR_YOU,
            {"campaignArn": ARN.replace("recommender", "campaign")},
            "Give either campaignArn or recommenderArn.",
        ),
    ],
)
def test_a_bad_request_is_invalid(lab: Lab, recipe: str, params: dict[str, Any], message: str) -> None:
    recommender(lab, shop(lab), recipe)
    with refused("InvalidInputException", message):
        ask(lab, **params)


def test_frequently_bought_together_needs_an_item_and_no_user(lab: Lab) -> None:
    recommender(lab, shop(lab), "aws-ecomm-frequently-bought-together")
    assert ask(lab, userId=None, itemId="i04", numResults=1) == ["i04"]


def test_an_absent_recommender_is_404(lab: Lab) -> None:
    with refused("ResourceNotFoundException", f"Resource not found: {ARN}", status=404):
        ask(lab)


def test_metadata_needs_the_switch(lab: Lab) -> None:
    recommender(lab, shop(lab), recommenderConfig={"enableMetadataWithRecommendations": True})
    answer = lab.runtime(
        "GetRecommendations", recommenderArn=ARN, userId="u01", metadataColumns={"ITEMS": ["PRICE"]}, numResults=1
    )
    item = answer["itemList"][0]
    assert item["metadata"] == {"PRICE": item["itemId"][-1]}


def test_context_is_not_used_yet_and_other_use_cases_do_not_look_at_it(lab: Lab) -> None:
    group = shop(lab)
    recommender(lab, group)
    with pytest.raises(UnsupportedBySimulatorError, match=f"context with recipe {FOR_YOU}"):
        ask(lab, context={"EVENT_TYPE": "View"})
    with refused("InvalidInputException", "context column DEVICE is not in the Interactions schema."):
        ask(lab, context={"DEVICE": "phone"})


def test_a_custom_campaign_works_in_a_domain_group(lab: Lab) -> None:
    group = shop(lab)
    campaign = lab.campaign(lab.version(lab.solution(group)))
    answer = lab.runtime("GetRecommendations", campaignArn=campaign, userId="u01")
    assert len(answer["itemList"]) == 10


def test_answers_fit_their_shapes(lab: Lab) -> None:
    group = shop(lab)
    recommender(lab, group)
    lab.control("UpdateRecommender", recommenderArn=ARN, recommenderConfig={"minRecommendationRequestsPerSecond": 2})
    answer = lab.control("DescribeRecommender", recommenderArn=ARN)
    assert check_shape("personalize", "DescribeRecommenderResponse", answer) == []
    assert check_shape("personalize", "ListRecommendersResponse", lab.control("ListRecommenders")) == []
