from __future__ import annotations

from typing import Any

from tests.support.simulator import Lab, refused

HOME = "arn:aws:personalize:us-east-1:123456789012:campaign/home"
RECIPE = "aws-personalized-ranking-v2"


def rank(lab: Lab, items: list[str], **more: Any) -> list[dict[str, Any]]:
    answer = lab.runtime("GetPersonalizedRanking", campaignArn=HOME, userId="u01", inputList=items, **more)
    ranked: list[dict[str, Any]] = answer["personalizedRanking"]
    return ranked


def test_the_list_is_ordered_and_its_scores_sum_to_one(lab: Lab) -> None:
    lab.serving(RECIPE)
    ranked = rank(lab, ["i00", "i07", "i09"])
    assert [entry["itemId"] for entry in ranked] == ["i09", "i07", "i00"]
    assert abs(sum(entry["score"] for entry in ranked) - 1) < 1e-9


def test_unknown_items_come_last_without_a_score(lab: Lab) -> None:
    lab.serving(RECIPE)
    ranked = rank(lab, ["zz", "i00", "aa"])
    assert [entry["itemId"] for entry in ranked] == ["i00", "zz", "aa"]
    assert [("score" in entry) for entry in ranked] == [True, False, False]
    assert ranked[0]["score"] == 1.0


def test_only_unknown_items_come_back_as_they_are(lab: Lab) -> None:
    lab.serving(RECIPE)
    assert rank(lab, ["b", "a"]) == [{"itemId": "b"}, {"itemId": "a"}]


def test_a_filter_removes_items_from_the_list(lab: Lab) -> None:
    group, _ = lab.serving(RECIPE)
    expression = 'INCLUDE ItemID WHERE Items.GENRE IN ("drama")'
    arn = lab.control("CreateFilter", name="f", datasetGroupArn=group, filterExpression=expression)["filterArn"]
    lab.wait()
    assert [entry["itemId"] for entry in rank(lab, ["i00", "i01", "zz"], filterArn=arn)] == ["i00"]


def test_metadata_comes_with_the_items(lab: Lab) -> None:
    lab.serving(RECIPE)
    assert rank(lab, ["i02"], metadataColumns={"ITEMS": ["GENRE"]})[0]["metadata"] == {"GENRE": "drama"}


def test_the_list_has_1_to_500_items(lab: Lab) -> None:
    lab.serving(RECIPE)
    for items in ([], ["i00"] * 501):
        with refused("InvalidInputException", "inputList must have 1 to 500 items."):
            rank(lab, items)
    with refused("InvalidInputException", "inputList must have 1 to 50 items."):
        rank(lab, ["i00"] * 51, metadataColumns={"ITEMS": ["GENRE"]})


def test_only_ranking_campaigns_rank(lab: Lab) -> None:
    lab.serving()
    with refused("InvalidInputException", "do not support GetPersonalizedRanking."):
        rank(lab, ["i00"])
