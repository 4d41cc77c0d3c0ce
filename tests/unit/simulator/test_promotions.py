from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tastemaker.simulator.validation import check_shape
from tests.support.domains import recommender, shop
from tests.support.simulator import Lab, build_lab, refused

if TYPE_CHECKING:
    from pathlib import Path

HOME = "arn:aws:personalize:us-east-1:123456789012:campaign/home"
CHEAP = "INCLUDE ItemID WHERE Items.PRICE < 3"


def make_filter(lab: Lab, group: str, expression: str = CHEAP, name: str = "promoted") -> str:
    arn: str = lab.control("CreateFilter", name=name, datasetGroupArn=group, filterExpression=expression)["filterArn"]
    lab.wait(60)
    return arn


def ask(lab: Lab, filter_arn: str, percent: int = 40, **more: Any) -> list[dict[str, Any]]:
    promotion = {"name": "sale", "percentPromotedItems": percent, "filterArn": filter_arn, **more.pop("promotion", {})}
    params = {"campaignArn": HOME, "userId": "u01", "numResults": 5, "promotions": [promotion], **more}
    answer = lab.runtime("GetRecommendations", **params)
    assert check_shape("personalize-runtime", "GetRecommendationsResponse", answer) == []
    entries: list[dict[str, Any]] = answer["itemList"]
    return entries


def promoted(entries: list[dict[str, Any]]) -> list[str]:
    return [entry["itemId"] for entry in entries if entry.get("promotionName") == "sale"]


def others(entries: list[dict[str, Any]]) -> list[str]:
    return [entry["itemId"] for entry in entries if "promotionName" not in entry]


def plain(lab: Lab) -> list[str]:
    """All items in the order in which u01 gets them without a promotion."""
    answer = lab.runtime("GetRecommendations", campaignArn=HOME, userId="u01")
    return [entry["itemId"] for entry in answer["itemList"]]


def test_a_share_of_the_items_is_promoted_each_part_in_its_own_order(lab: Lab) -> None:
    group, _ = lab.serving("aws-user-personalization")
    entries = ask(lab, make_filter(lab, group))
    order = plain(lab)
    cheap = [item for item in order if item in {"i00", "i01", "i02"}]
    assert promoted(entries) == cheap[:2]
    assert others(entries) == [item for item in order if item not in cheap[:2]][:3]


@pytest.mark.parametrize(("percent", "slots"), [(1, 1), (20, 1), (21, 2), (60, 3)])
def test_a_fraction_of_an_item_is_rounded_up(lab: Lab, percent: int, slots: int) -> None:
    group, _ = lab.serving("aws-user-personalization")
    assert len(promoted(ask(lab, make_filter(lab, group), percent))) == slots


def test_not_enough_items_are_all_promoted_and_the_rest_fills_up(lab: Lab) -> None:
    group, _ = lab.serving("aws-user-personalization")
    entries = ask(lab, make_filter(lab, group), 100)
    assert (sorted(promoted(entries)), len(entries)) == (["i00", "i01", "i02"], 5)


def test_the_requests_filter_is_for_the_rest_only(lab: Lab) -> None:
    group, _ = lab.serving("aws-user-personalization")
    sale = make_filter(lab, group)
    dear = make_filter(lab, group, "INCLUDE ItemID WHERE Items.PRICE > 6", "dear")
    entries = ask(lab, sale, filterArn=dear)
    assert set(promoted(entries)) < {"i00", "i01", "i02"}
    assert sorted(others(entries)) == ["i07", "i08", "i09"]


def test_the_promotions_filter_has_its_own_values(lab: Lab) -> None:
    group, _ = lab.serving("aws-user-personalization")
    arn = make_filter(lab, group, "INCLUDE ItemID WHERE Items.PRICE < $MOST")
    entries = ask(lab, arn, 100, promotion={"filterValues": {"MOST": "2"}})
    assert sorted(promoted(entries)) == ["i00", "i01"]
    with refused("InvalidInputException", "MOST"):
        ask(lab, arn, filterValues=None)


def test_places_differ_from_user_to_user_and_are_the_same_for_the_same_request(lab: Lab, tmp_path: Path) -> None:
    group, _ = lab.serving("aws-user-personalization")
    arn = make_filter(lab, group)

    def places(one: Lab, user: str) -> tuple[int, ...]:
        entries = ask(one, arn, userId=user)
        return tuple(place for place, entry in enumerate(entries) if "promotionName" in entry)

    users = [f"u{number:02}" for number in range(20)]
    seen = {user: places(lab, user) for user in users}
    assert len(set(seen.values())) > 3
    twin = build_lab(tmp_path / "twin")
    twin_group, _ = twin.serving("aws-user-personalization")
    make_filter(twin, twin_group)
    assert {user: places(twin, user) for user in reversed(users)} == seen


def test_v2_gives_the_reason(lab: Lab) -> None:
    group, _ = lab.serving()
    entries = ask(lab, make_filter(lab, group))
    reasons = [entry.get("reason") for entry in entries if "promotionName" in entry]
    assert reasons == [["Promoted item"], ["Promoted item"]]
    assert all("score" in entry for entry in entries)


@pytest.mark.parametrize("member", ["name", "percentPromotedItems", "filterArn"])
def test_a_promotion_is_given_whole(lab: Lab, member: str) -> None:
    group, _ = lab.serving()
    with refused("InvalidInputException", f"promotions needs {member}."):
        ask(lab, make_filter(lab, group), promotion={member: None})


def test_one_promotion_and_a_percentage_from_1_to_100(lab: Lab) -> None:
    group, _ = lab.serving()
    arn = make_filter(lab, group)
    with refused("InvalidInputException", "Value '101' at 'promotions.1.member.percentPromotedItems'"):
        ask(lab, arn, 101)
    two = [{"name": name, "percentPromotedItems": 1, "filterArn": arn} for name in ("a", "b")]
    with refused("InvalidInputException", "length less than or equal to 1"):
        lab.runtime("GetRecommendations", campaignArn=HOME, userId="u01", promotions=two)


def test_the_filter_must_exist_and_be_one_for_items(lab: Lab) -> None:
    group, _ = lab.serving()
    arn = make_filter(lab, group)
    with refused("ResourceNotFoundException", arn + "x", status=404):
        ask(lab, arn + "x")


def test_promotions_work_for_related_items_and_popular_items(lab: Lab) -> None:
    group, _ = lab.serving("aws-similar-items")
    assert len(promoted(ask(lab, make_filter(lab, group), itemId="i04"))) == 2


def test_a_recommender_promotes_nothing_that_its_built_in_filter_hides(lab: Lab) -> None:
    group = shop(lab)
    arn = recommender(lab, group)
    # u01 bought every odd item
    entries = ask(lab, make_filter(lab, group), 100, campaignArn=None, recommenderArn=arn)
    assert sorted(promoted(entries)) == ["i00", "i02"]
    assert sorted(others(entries)) == ["i04", "i06", "i08"]
