from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from tastemaker.errors import UnsupportedBySimulatorError
from tastemaker.simulator.clock import ManualClock
from tastemaker.simulator.durations import Durations
from tastemaker.simulator.service import Simulator
from tests.support.simulator import (
    START,
    CountingModel,
    CountingRecipe,
    FolderStore,
    Lab,
    build_lab,
    interactions_csv,
    items_csv,
    refused,
)

if TYPE_CHECKING:
    from pathlib import Path

    from tastemaker.simulator.recipes.base import FloatArray, Request, TrainingInput

HOME = "arn:aws:personalize:us-east-1:123456789012:campaign/home"


def ids(answer: dict[str, Any]) -> list[str]:
    return [entry["itemId"] for entry in answer["itemList"]]


def ask(lab: Lab, user: str = "u01", **more: Any) -> dict[str, Any]:
    return lab.runtime("GetRecommendations", **{"campaignArn": HOME, "userId": user, **more})


def make_filter(lab: Lab, group: str, expression: str, name: str = "f") -> str:
    arn: str = lab.control("CreateFilter", name=name, datasetGroupArn=group, filterExpression=expression)["filterArn"]
    lab.wait(60)
    return arn


def test_a_known_users_history_decides(lab: Lab) -> None:
    lab.serving()
    # The newest of u01's events are i09, i05, i07 (see interactions_csv); CountingModel puts the newest first.
    assert ids(ask(lab, numResults=3)) == ["i09", "i05", "i07"]


def test_an_unknown_user_gets_an_answer(lab: Lab) -> None:
    lab.serving()
    assert len(ids(ask(lab, "nobody"))) == 10


def test_scores_are_a_softmax_over_all_items(lab: Lab) -> None:
    lab.serving()
    answer = ask(lab)
    assert abs(sum(entry["score"] for entry in answer["itemList"]) - 1) < 1e-6
    part = ask(lab, numResults=3)
    assert [entry["score"] for entry in part["itemList"]] == [entry["score"] for entry in answer["itemList"][:3]]


def test_every_answer_has_an_id_of_forty_characters(lab: Lab) -> None:
    lab.serving()
    first, second = ask(lab)["recommendationId"], ask(lab)["recommendationId"]
    assert first[:4] == "RID-"
    assert (len(first), first != second) == (40, True)


def test_a_recipe_without_scores_shows_none(lab: Lab) -> None:
    lab.recipe.gives_scores = False
    lab.serving("aws-popularity-count")
    entry = lab.runtime("GetRecommendations", campaignArn=HOME)["itemList"][0]
    assert sorted(entry) == ["itemId"]


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"numResults": 501}, "numResults must be at most 500."),
        ({"numResults": 51, "metadataColumns": {"ITEMS": ["PRICE"]}}, "numResults must be at most 50 with"),
        ({"userId": ""}, "userId is required for recipe"),
        ({"recommenderArn": HOME.replace("campaign", "recommender")}, "Give either campaignArn or recommenderArn."),
        ({"campaignArn": None}, "Give either campaignArn or recommenderArn."),
        ({"filterValues": {"A": "1"}}, "filterValues needs a filterArn."),
        ({"metadataColumns": {"USERS": ["AGE"]}}, "metadataColumns takes the single key ITEMS."),
        ({"metadataColumns": {"ITEMS": ["A"] * 11}}, "metadataColumns may name at most 10 columns."),
        ({"context": {"DEVICE": "phone"}}, "context column DEVICE is not in the Interactions schema."),
    ],
)
def test_a_bad_request_is_invalid(lab: Lab, params: dict[str, Any], message: str) -> None:
    lab.serving()
    with refused("InvalidInputException", message):
        ask(lab, **params)


def test_an_absent_campaign_is_404(lab: Lab) -> None:
    with refused("ResourceNotFoundException", f"Resource not found: {HOME}", status=404):
        ask(lab)


def test_context_that_the_model_would_not_use_is_refused_by_name(lab: Lab) -> None:
    lab.serving()
    with pytest.raises(UnsupportedBySimulatorError, match="context with recipe aws-user-personalization-v2"):
        ask(lab, context={"EVENT_TYPE": "view"})


def test_a_recipe_without_context_does_not_look_at_it(lab: Lab) -> None:
    lab.serving("aws-popularity-count")
    assert len(ids(ask(lab, context={"EVENT_TYPE": "view"}))) == 10


def test_a_ranking_campaign_does_not_recommend(lab: Lab) -> None:
    lab.serving("aws-personalized-ranking-v2")
    with refused("InvalidInputException", "aws-personalized-ranking-v2 do not support GetRecommendations."):
        ask(lab)


def test_related_items_need_an_item_and_no_user(lab: Lab) -> None:
    lab.serving("aws-similar-items")
    with refused("InvalidInputException", "itemId is required for recipe"):
        ask(lab)
    answer = lab.runtime("GetRecommendations", campaignArn=HOME, itemId="i04", numResults=1)
    assert ids(answer) == ["i04"]
    assert len(ids(lab.runtime("GetRecommendations", campaignArn=HOME, itemId="unknown"))) == 10


def test_metadata_is_text_by_column(lab: Lab) -> None:
    lab.serving()
    answer = ask(lab, numResults=1, metadataColumns={"ITEMS": ["GENRE", "PRICE"]})
    assert answer["itemList"][0]["metadata"] == {"GENRE": "comedy|crime", "PRICE": "9"}


def test_metadata_of_a_column_that_is_not_there_is_refused_by_name(lab: Lab) -> None:
    lab.serving()
    with refused("InvalidInputException", "metadataColumns names BRAND, which is not a column of the Items dataset."):
        ask(lab, metadataColumns={"ITEMS": ["GENRE", "BRAND"]})


@pytest.mark.parametrize(("count", "columns"), [(50, ["GENRE"]), (500, None)])
def test_there_are_fewer_results_with_metadata(lab: Lab, count: int, columns: list[str] | None) -> None:
    lab.serving()
    more: dict[str, Any] = {"metadataColumns": {"ITEMS": columns}} if columns else {}
    assert len(ids(ask(lab, numResults=count, **more))) == 10
    with refused("InvalidInputException", f"numResults must be at most {count}"):
        ask(lab, numResults=count + 1, **more)


def test_metadata_has_at_most_ten_columns(lab: Lab) -> None:
    lab.serving()
    with refused("InvalidInputException", "metadataColumns may name at most 10 columns."):
        ask(lab, metadataColumns={"ITEMS": [f"C{number}" for number in range(11)]})


def test_metadata_must_be_enabled_for_older_recipes(lab: Lab) -> None:
    lab.serving("aws-user-personalization")
    with refused("InvalidInputException", "does not have enableMetadataWithRecommendations."):
        ask(lab, metadataColumns={"ITEMS": ["GENRE"]})


def test_a_filter_on_items_keeps_only_what_it_includes(lab: Lab) -> None:
    group, _ = lab.serving("aws-user-personalization")
    arn = make_filter(lab, group, "INCLUDE ItemID WHERE Items.GENRE IN ($GENRE) AND Items.PRICE < 6")
    assert sorted(ids(ask(lab, filterArn=arn, filterValues={"GENRE": '"drama"'}))) == ["i00", "i02", "i04"]
    with refused("InvalidInputException", "GENRE"):
        ask(lab, filterArn=arn)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"GENRE": "drama"}, 'The value of $GENRE must be strings in double quotes, separated by commas, as in "'),
        ({"GENRE": "'drama'"}, 'The value of $GENRE must be strings in double quotes, separated by commas, as in "'),
        ({"genre": '"drama"'}, "filterValues has genre; the filter has no placeholder $genre."),
        ({"GENRE": '"drama"', "X": "1"}, "filterValues has X; the filter has no placeholder $X."),
        ({"GENRE": '"drama"', "MOST": '"6"'}, 'The value of $MOST must be a number without quotes; found "6".'),
    ],
)
def test_values_that_the_filter_cannot_use_are_refused_by_name(lab: Lab, values: dict[str, str], message: str) -> None:
    group, _ = lab.serving("aws-user-personalization")
    arn = make_filter(
        lab, group, "EXCLUDE ItemID WHERE Items.GENRE IN ($GENRE) | EXCLUDE ItemID WHERE Items.PRICE > $MOST"
    )
    assert len(ids(ask(lab, filterArn=arn, filterValues={"MOST": "6"}))) == 7
    with refused("InvalidInputException", message):
        ask(lab, filterArn=arn, filterValues=values)


def test_a_filter_on_events_hides_what_the_user_bought(lab: Lab) -> None:
    group, _ = lab.serving("aws-user-personalization")
    arn = make_filter(lab, group, 'EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("BUY")')
    # u01 buys at events 0, 3, 6 …: items i01, i07, i03, i09, i05 in turn (even steps advance by 1, odd ones by 2).
    bought = {f"i{(1 + event * (1 + event % 2)) % 10:02}" for event in range(0, 30, 3)}
    assert sorted(ids(ask(lab, filterArn=arn))) == sorted({f"i{n:02}" for n in range(10)} - bought)


def test_a_filter_knows_the_user(lab: Lab) -> None:
    group = lab.trained_group()
    lab.load(lab.dataset(group, "Users"), "USER_ID,AGE\nu01,70\nu02,\n", "users")
    lab.campaign(lab.version(lab.solution(group, "aws-user-personalization")))
    arn = make_filter(lab, group, 'EXCLUDE ItemID WHERE Items.GENRE IN ("drama") IF CurrentUser.AGE > 60')
    assert ids(ask(lab, "u01", filterArn=arn)) == ["i09", "i05", "i07", "i01", "i03"]
    assert len(ids(ask(lab, "u02", filterArn=arn))) == 10
    assert len(ids(ask(lab, "nobody", filterArn=arn))) == 10


def test_a_filter_on_the_current_item_needs_related_items(lab: Lab) -> None:
    group, _ = lab.serving()
    arn = make_filter(lab, group, "INCLUDE ItemID WHERE Items.PRICE < CurrentItem.PRICE")
    with refused("InvalidInputException", "uses CurrentItem, which needs a related-items recipe."):
        ask(lab, filterArn=arn)


def test_a_filter_must_select_items_and_may_need_a_user(lab: Lab) -> None:
    group = lab.trained_group()
    lab.load(lab.dataset(group, "Users"), "USER_ID,AGE\nu01,70\n", "users")
    lab.campaign(lab.version(lab.solution(group, "aws-popularity-count")))
    with refused("InvalidInputException", "filters UserID; recommendations need ItemID."):
        ask(lab, filterArn=make_filter(lab, group, "INCLUDE UserID WHERE Users.AGE > 3"))
    arn = make_filter(lab, group, 'EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("buy")', "g")
    with refused("InvalidInputException", "needs a userId."):
        lab.runtime("GetRecommendations", campaignArn=HOME, filterArn=arn)


def test_a_filter_must_be_active_exist_and_belong_to_the_group(lab: Lab) -> None:
    group, _ = lab.serving()
    expression = 'EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("buy")'
    arn = lab.control("CreateFilter", name="f", datasetGroupArn=group, filterExpression=expression)["filterArn"]
    with refused("InvalidInputException", "must be ACTIVE and is CREATE PENDING."):
        ask(lab, filterArn=arn)
    with refused("ResourceNotFoundException", arn + "x", status=404):
        ask(lab, filterArn=arn + "x")
    other = lab.group("other")
    params = {"name": "d", "schemaArn": lab.schema(name="o"), "datasetGroupArn": other, "datasetType": "Interactions"}
    lab.control("CreateDataset", **params)
    with refused("InvalidInputException", "belongs to another dataset group"):
        ask(lab, filterArn=make_filter(lab, other, expression, "g"))


def test_v2_pads_with_popular_items_that_the_filter_allows(lab: Lab) -> None:
    lab.recipe.only = "i00"
    group, _ = lab.serving()
    arn = make_filter(lab, group, 'INCLUDE ItemID WHERE Items.GENRE IN ("drama")')
    entries = ask(lab, filterArn=arn, numResults=3)["itemList"]
    assert [entry["itemId"] for entry in entries] == ["i00", "i02", "i04"]
    assert [entry.get("reason") for entry in entries] == [None, ["Popular item"], ["Popular item"]]
    assert ["score" in entry for entry in entries] == [True, False, False]


def test_other_recipes_return_fewer_items(lab: Lab) -> None:
    lab.recipe.only = "i00"
    lab.serving("aws-user-personalization")
    assert ids(ask(lab)) == ["i00"]


def test_imported_rows_count_in_filters_fifteen_minutes_after_the_job(lab: Lab) -> None:
    group, _ = lab.serving("aws-user-personalization")
    arn = make_filter(lab, group, "INCLUDE ItemID WHERE Items.PRICE > 100")
    dataset = lab.control("ListDatasets")["datasets"][1]["datasetArn"]
    lab.objects.put("s3://bucket/i.csv", items_csv().replace(",3\n", ",300\n").encode())
    source = {"dataLocation": "s3://bucket/i.csv"}
    lab.control("CreateDatasetImportJob", jobName="i", datasetArn=dataset, dataSource=source)
    lab.wait(15 * 60)
    assert ids(ask(lab, filterArn=arn)) == []
    lab.wait(15 * 60)
    assert ids(ask(lab, filterArn=arn)) == ["i03"]


def test_imported_interactions_change_nothing_before_the_next_training(lab: Lab) -> None:
    lab.serving()
    before = ids(ask(lab))
    dataset = lab.control("ListDatasets")["datasets"][0]["datasetArn"]
    lab.load(dataset, interactions_csv(users=90), "more")
    assert ids(ask(lab)) == before


def test_a_history_counts_a_hundred_events_of_each_type_in_filters(tmp_path: Path) -> None:
    lab = build_lab(tmp_path, durations=Durations(filter_event_seconds=0, filter_bulk_seconds=0))
    group = lab.group()
    rows = "".join(f"u{n % 30},x{n % 7},{n},view,\n" for n in range(1_000))
    old = "".join(f"me,old,{n},view,\n" for n in range(5_000, 5_010))
    new = "".join(f"me,new,{n},view,\n" for n in range(6_000, 6_100))
    header = "USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE,EVENT_VALUE\n"
    lab.load(lab.dataset(group), header + rows + old + new)
    lab.campaign(lab.version(lab.solution(group, "aws-user-personalization")))
    arn = make_filter(lab, group, 'INCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("view")')
    assert ids(ask(lab, "me", filterArn=arn)) == ["new"]


@dataclass(frozen=True)
class ContextualModel(CountingModel):
    """Puts the item that the context names first."""

    uses_context: bool = True

    def score(self, request: Request) -> FloatArray:
        scores = super().score(request)
        scores[self.item_ids == request.context.get("EVENT_TYPE")] = 99
        return scores


class ContextualRecipe(CountingRecipe):
    def train(self, data: TrainingInput) -> CountingModel:
        plain = super().train(data)
        return ContextualModel(plain.item_ids, plain.counts)


def test_a_model_that_uses_context_gets_it(tmp_path: Path) -> None:
    clock, objects, recipe = ManualClock(START), FolderStore(tmp_path), ContextualRecipe()
    recipes = {"aws-user-personalization-v2": recipe}
    lab = Lab(Simulator(clock=clock, objects=objects, recipes=recipes), clock, objects, recipe)
    lab.serving()
    assert ids(ask(lab, numResults=1, context={"EVENT_TYPE": "i02"})) == ["i02"]
