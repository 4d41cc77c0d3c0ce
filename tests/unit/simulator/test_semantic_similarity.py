"""Semantic-Similarity in the service: campaigns, influence, batch jobs and incremental updates."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.action_labs import build_lab
from tests.support.batches import results, run_job
from tests.support.simulator import HOUR, START, Lab, interactions_csv, refused

if TYPE_CHECKING:
    from pathlib import Path

RECIPE = "aws-semantic-similarity"
CAMPAIGN = "arn:aws:personalize:us-east-1:123456789012:campaign/home"
ITEMS = "arn:aws:personalize:us-east-1:123456789012:dataset/shop/ITEMS"
SOLUTION = "arn:aws:personalize:us-east-1:123456789012:solution/feed"
SCHEMA = {
    "type": "record",
    "name": "Items",
    "namespace": "com.amazonaws.personalize.schema",
    "fields": [
        {"name": "ITEM_ID", "type": "string"},
        {"name": "TITLE", "type": "string", "itemName": True},
        {"name": "ABOUT", "type": ["null", "string"], "textual": True},
        {"name": "CREATION_TIMESTAMP", "type": ["null", "long"]},
    ],
    "version": "1.0",
}
BOAT, TRUCK = "sailing on the river with a boat", "driving on the road with a truck"
CSV = "ITEM_ID,TITLE,ABOUT,CREATION_TIMESTAMP\n" + "".join(
    f'i{n:02},{"boat" if n % 2 == 0 else "truck"},"{BOAT if n % 2 == 0 else TRUCK}",{int(START) - n * 86_400 * 30}\n'
    for n in range(10)
)


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    return build_lab(tmp_path)


def load(lab: Lab, *, interactions: bool = False) -> str:
    group = lab.group()
    lab.load(lab.dataset(group, "Items", SCHEMA), CSV, "items")
    if interactions:
        # i08 has the most distinct users
        rows = [f"u{user:03},i{item:02},{int(START) - 999 + user}" for item in range(10) for user in range(20 * item)]
        text = "\n".join(["USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE,EVENT_VALUE", *(f"{row},view," for row in rows)])
        lab.load(lab.dataset(group), text + "\n" + "\n".join(interactions_csv(30, 10).splitlines()[1:]) + "\n", "views")
    return group


def serve(lab: Lab, group: str, config: dict[str, Any] | None = None, **more: Any) -> str:
    version = lab.version(lab.solution(group, RECIPE, **more))
    return lab.campaign(version, campaignConfig=config or {})


def related(lab: Lab, item_id: str, **more: Any) -> list[str]:
    answer = lab.runtime("GetRecommendations", campaignArn=CAMPAIGN, itemId=item_id, **more)
    assert all("score" not in entry for entry in answer["itemList"])
    return [entry["itemId"] for entry in answer["itemList"]]


def put(lab: Lab, item_id: str, title: str, about: str) -> None:
    entry = {"itemId": item_id, "properties": json.dumps({"title": title, "about": about})}
    lab.events("PutItems", datasetArn=ITEMS, items=[entry])


def test_items_alone_are_enough(lab: Lab) -> None:
    serve(lab, load(lab))
    assert set(related(lab, "i00", numResults=4)) == {"i02", "i04", "i06", "i08"}


def test_an_unknown_item_is_answered_with_popular_items(lab: Lab) -> None:
    serve(lab, load(lab, interactions=True))
    assert related(lab, "nothing", numResults=2) == ["i09", "i08"]


def test_popularity_and_freshness_have_the_influence_that_the_campaign_gives_them(lab: Lab) -> None:
    serve(lab, load(lab, interactions=True), {"rankingInfluence": {"POPULARITY": 1.0}})
    assert related(lab, "i00", numResults=4) == ["i08", "i06", "i04", "i02"]
    lab.control("UpdateCampaign", campaignArn=CAMPAIGN, campaignConfig={"rankingInfluence": {"FRESHNESS": 1.0}})
    lab.wait()
    assert related(lab, "i00", numResults=4) == ["i02", "i04", "i06", "i08"]


@pytest.mark.parametrize(
    ("influence", "message"),
    [({"POPULARITY": 1.5}, "rankingInfluence"), ({"PRICE": 0.5}, "rankingInfluence")],
)
def test_an_influence_out_of_range_is_refused(lab: Lab, influence: dict[str, float], message: str) -> None:
    version = lab.version(lab.solution(load(lab), RECIPE))
    config = {"rankingInfluence": influence}
    with refused("InvalidInputException", message):
        lab.control("CreateCampaign", name="home", solutionVersionArn=version, campaignConfig=config)


def test_metadata_come_without_being_enabled(lab: Lab) -> None:
    serve(lab, load(lab))
    answer = lab.runtime(
        "GetRecommendations", campaignArn=CAMPAIGN, itemId="i00", numResults=1, metadataColumns={"ITEMS": ["TITLE"]}
    )
    assert answer["itemList"][0]["metadata"] == {"TITLE": "boat"}


def test_batch_inference_takes_items_and_influence(lab: Lab) -> None:
    version = lab.version(lab.solution(load(lab, interactions=True), RECIPE))
    config = {"rankingInfluence": {"POPULARITY": 1.0}}
    lines = [{"itemId": "i00"}]
    run_job(lab, "CreateBatchInferenceJob", version, lines, numResults=2, batchInferenceJobConfig=config)
    assert results(lab)[0]["output"] == {"recommendedItems": ["i08", "i06"]}


def test_with_incremental_updates_a_new_item_is_found_within_half_an_hour(lab: Lab) -> None:
    serve(lab, load(lab), performIncrementalUpdate=True)
    put(lab, "new", "boat", BOAT)
    assert "new" not in related(lab, "i00")
    lab.wait(30 * 60)
    assert "new" in related(lab, "i00", numResults=5)
    assert set(related(lab, "new", numResults=5)) == {"i00", "i02", "i04", "i06", "i08"}


def test_with_incremental_updates_a_changed_text_moves_its_item(lab: Lab) -> None:
    serve(lab, load(lab), performIncrementalUpdate=True)
    put(lab, "i02", "truck", TRUCK)
    lab.wait(30 * 60)
    assert "i02" in related(lab, "i01", numResults=5)


def test_without_them_new_items_wait_for_the_next_training(lab: Lab) -> None:
    serve(lab, load(lab))
    put(lab, "new", "boat", BOAT)
    lab.wait(3 * HOUR)
    assert "new" not in related(lab, "i00")


def test_incremental_updates_are_switched_by_update_solution(lab: Lab) -> None:
    serve(lab, load(lab))
    put(lab, "new", "boat", BOAT)
    lab.control("UpdateSolution", solutionArn=SOLUTION, performIncrementalUpdate=True)
    lab.wait()
    assert "new" in related(lab, "i00", numResults=5)
    described = lab.control("DescribeSolution", solutionArn=SOLUTION)["solution"]
    assert described["performIncrementalUpdate"] is True


def test_other_recipes_have_no_incremental_update(lab: Lab) -> None:
    with refused("InvalidInputException", "performIncrementalUpdate is not supported by recipe"):
        lab.solution(load(lab), "aws-similar-items", performIncrementalUpdate=True)


def test_without_a_name_column_the_training_fails_with_a_reason(lab: Lab) -> None:
    group = lab.group()
    fields = [{key: value for key, value in field.items() if key != "itemName"} for field in SCHEMA["fields"]]  # type: ignore[attr-defined]
    lab.load(lab.dataset(group, "Items", {**SCHEMA, "fields": fields}), CSV, "items")
    version = lab.version(lab.solution(group, RECIPE))
    described = lab.control("DescribeSolutionVersion", solutionVersionArn=version)["solutionVersion"]
    assert described["status"] == "CREATE FAILED"
    assert described["failureReason"].startswith("The Items dataset has no column with itemName")


@pytest.mark.parametrize(
    ("mark", "message"),
    [("TITLE", "An Items schema may have one field with itemName."), ("CREATION_TIMESTAMP", "is itemName: allowed")],
)
def test_a_name_column_is_one_string_of_items(lab: Lab, mark: str, message: str) -> None:
    extra = {"name": "OTHER", "type": "string", "itemName": True}
    fields = (
        [*SCHEMA["fields"], extra]
        if mark == "TITLE"
        else [
            *SCHEMA["fields"][:1],
            {"name": mark, "type": "long", "itemName": True},
        ]
    )
    with refused("InvalidInputException", message):
        lab.schema("Items", avro={**SCHEMA, "fields": fields})
