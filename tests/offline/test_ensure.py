"""`ensure`: adopts, updates in place, refuses, replaces with consent, changes nothing twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tastemaker.model.load import load_project
from tastemaker.plan.build import build_plan
from tests.support.simulator import ROLE
from tests.support.workflows import SHOP, Shop, deployed_shop

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.slow

TAGGED = SHOP + "tags: {team: shop, old: null}\neventTracker: {name: events}\n"


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """Ensured, nothing imported."""
    with deployed_shop(tmp_path, TAGGED) as shop:
        shop.run("ensure", shop.local.plan.resources)
        yield shop


def resources_of(shop: Shop, text: str) -> dict[str, Any]:
    """What an edited project file wants."""
    file = shop.folder / "edited.yaml"
    file.write_text(text, encoding="utf-8")
    return build_plan(load_project(file)).resources


def ensured_again(shop: Shop, text: str) -> list[str]:
    """Mutating calls of an `ensure` of the edited project."""
    first = len(shop.executions)
    shop.run("ensure", resources_of(shop, text))
    return shop.mutations(first)


def test_a_second_run_calls_nothing_that_changes_anything(shop: Shop) -> None:
    assert ensured_again(shop, TAGGED) == []


def test_a_second_run_does_not_even_write_the_tracking_id_again(shop: Shop) -> None:
    execution = shop.local.execute("ensure", shop.local.plan.resources)
    written = [event for event in execution.history if "putParameter" in str(event.get("taskScheduledEventDetails"))]
    assert written == []


def test_what_exists_already_is_adopted(tmp_path: Path) -> None:
    with deployed_shop(tmp_path) as shop:
        shop.call("CreateDatasetGroup", name="shop-dev")
        shop.wait(3_600)
        shop.run("ensure", shop.local.plan.resources)
        assert shop.mutations().count("createDatasetGroup") == 0


def test_automatic_training_is_switched_off_in_place(shop: Shop) -> None:
    arn = shop.call("ListSolutions")["solutions"][0]["solutionArn"]
    shop.call("UpdateSolution", solutionArn=arn, performAutoTraining=True)
    shop.wait(3_600)
    assert ensured_again(shop, TAGGED) == ["updateSolution"]
    assert shop.call("DescribeSolution", solutionArn=arn)["solution"]["performAutoTraining"] is False


def test_a_new_column_of_items_replaces_the_schema_in_place(shop: Shop) -> None:
    wider = TAGGED.replace(
        "PRICE: {type: float, nullable: true}}",
        "PRICE: {type: float, nullable: true}, NEW: {type: int, nullable: true}}",
    )
    assert ensured_again(shop, wider) == ["createSchema", "updateDataset"]


def test_another_schema_of_interactions_is_refused_because_streamed_events_would_be_lost(shop: Shop) -> None:
    wider = TAGGED.replace("EVENT_VALUE:", "DEVICE: {type: string, nullable: true}, EVENT_VALUE:")
    failure = shop.failure("ensure", resources_of(shop, wider))
    assert failure.startswith("Tastemaker.SchemaForbidden: dataset shop-dev-interactions has schema ")
    assert "would lose the events that were streamed, so nothing is done" in failure


def test_a_column_of_items_that_goes_is_refused_before_anything_is_asked_of_the_service(shop: Shop) -> None:
    failure = shop.failure("ensure", resources_of(shop, TAGGED.replace(", PRICE: {type: float, nullable: true}", "")))
    assert failure == (
        "Tastemaker.SchemaForbidden: dataset shop-dev-items cannot have this schema: PRICE goes; every column stays as "
        "it is, and a new one is nullable. Restore the columns, or start a new dataset group"
    )
    assert "updateDataset" not in shop.calls()


def test_columns_of_items_that_change_or_must_be_there_are_named_in_the_refusal(shop: Shop) -> None:
    text = TAGGED.replace("PRICE: {type: float, nullable: true}", "PRICE: {type: int, nullable: true}, MAKER: string")
    assert "PRICE changes, MAKER is new and not nullable; every column" in shop.failure(
        "ensure", resources_of(shop, text)
    )


def test_another_recipe_is_refused_with_two_ways_out(shop: Shop) -> None:
    failure = shop.failure("ensure", resources_of(shop, TAGGED.replace("aws-sims", "aws-similar-items")))
    assert failure.startswith("Tastemaker.SolutionForbidden: solution shop-dev-similar was created with ")
    assert "give the solution another name, or set replace: true on it" in failure


def test_another_recipe_replaces_the_solution_with_consent(shop: Shop) -> None:
    text = TAGGED.replace("recipe: aws-sims", "recipe: aws-similar-items, replace: true")
    assert ensured_again(shop, text) == ["deleteSolution", "createSolution"]


def test_a_replaced_solution_loses_its_campaigns_first(tmp_path: Path) -> None:
    with deployed_shop(tmp_path) as shop:
        shop.deploy()
        text = SHOP.replace("recipe: aws-sims", "recipe: aws-similar-items, replace: true")
        assert ensured_again(shop, text) == ["deleteCampaign", "deleteSolution", "createSolution"]
        assert [found["name"] for found in shop.call("ListCampaigns")["campaigns"]] == ["shop-dev-popular"]


def test_other_hyperparameters_are_refused(shop: Shop) -> None:
    text = TAGGED.replace("recipe: aws-sims", "recipe: aws-sims, hyperparameters: {popularity_discount_factor: 0.9}")
    assert shop.failure("ensure", resources_of(shop, text)).startswith("Tastemaker.SolutionForbidden")


def test_an_edited_filter_is_active_before_its_predecessor_goes_half_an_hour_later(shop: Shop) -> None:
    before = shop.local.engine.now()
    edited = TAGGED.replace('IN ("*")', 'IN ("buy")')
    assert ensured_again(shop, edited) == ["createFilter", "deleteFilter"]
    assert shop.local.engine.now() - before > 1_800
    names = [found["name"] for found in shop.call("ListFilters")["Filters"]]
    assert len(names) == 1
    assert names[0].startswith("shop-dev-unseen-")


def test_tags_are_set_on_everything_that_takes_them(shop: Shop) -> None:
    arns = [
        shop.call("ListDatasetGroups")["datasetGroups"][0]["datasetGroupArn"],
        shop.call("ListEventTrackers")["eventTrackers"][0]["eventTrackerArn"],
        *(found["solutionArn"] for found in shop.call("ListSolutions")["solutions"]),
    ]
    tags = [shop.call("ListTagsForResource", resourceArn=arn)["tags"] for arn in arns]
    assert tags == [[{"tagKey": "team", "tagValue": "shop"}]] * 4


def test_a_tag_that_is_null_is_taken_away_and_one_that_nobody_mentions_stays(shop: Shop) -> None:
    arn = shop.call("ListSolutions")["solutions"][0]["solutionArn"]
    strange = [{"tagKey": "old", "tagValue": "x"}, {"tagKey": "cost", "tagValue": "7"}]
    shop.call("TagResource", resourceArn=arn, tags=strange)
    assert ensured_again(shop, TAGGED) == ["untagResource"]
    tags = shop.call("ListTagsForResource", resourceArn=arn)["tags"]
    assert sorted(tag["tagKey"] for tag in tags) == ["cost", "team"]


def test_what_the_project_no_longer_declares_is_reported_billable_things_first(tmp_path: Path) -> None:
    with deployed_shop(tmp_path) as shop:
        shop.deploy()
        first = len(shop.executions)
        report = shop.run("ensure", resources_of(shop, _without_similar()))
        assert shop.mutations(first) == []
        assert [(found["Kind"], found["Billable"]) for found in report["Undeclared"]] == [
            ("campaign", True), ("solution", False),
        ]  # fmt: skip


def test_what_the_project_no_longer_declares_goes_with_consent_in_the_right_order(tmp_path: Path) -> None:
    with deployed_shop(tmp_path) as shop:
        shop.deploy()
        text = _without_similar() + "consent: {removeUndeclared: true}\n"
        assert ensured_again(shop, text) == ["deleteCampaign", "deleteSolution"]
        assert [found["name"] for found in shop.call("ListSolutions")["solutions"]] == ["shop-dev-popular"]


def _without_similar() -> str:
    return SHOP.replace("  similar: {recipe: aws-sims}\n", "").replace("  similar: {solution: similar}\n", "")


def test_a_dataset_that_is_no_longer_declared_is_never_deleted(tmp_path: Path) -> None:
    with deployed_shop(tmp_path) as shop:
        shop.run("ensure", shop.local.plan.resources)
        lines = [line for line in SHOP.splitlines() if "items" not in line and "ITEM_ID: string, GENRE" not in line]
        text = "\n".join(lines) + "\nconsent: {removeUndeclared: true}\n"
        assert ensured_again(shop, text) == []
        assert len(shop.call("ListDatasets")["datasets"]) == 2


def test_configuration_of_a_campaign_is_updated_without_a_release(tmp_path: Path) -> None:
    with deployed_shop(tmp_path) as shop:
        shop.deploy()
        text = SHOP.replace("similar: {solution: similar}", "similar: {solution: similar, minProvisionedTPS: 3}")
        assert ensured_again(shop, text) == ["updateCampaign"]


def test_a_campaign_that_was_never_released_is_left_to_the_first_release(shop: Shop) -> None:
    assert "createCampaign" not in shop.mutations()


def test_metrics_of_an_attribution_come_and_go_in_place(tmp_path: Path) -> None:
    attribution = "metricAttribution: {name: sales, metrics: {sold: {eventType: buy, expression: SAMPLECOUNT()}%s}}\n"
    with deployed_shop(tmp_path, SHOP + attribution % "") as shop:
        shop.run("ensure", shop.local.plan.resources)
        again = ensured_again(shop, SHOP + attribution % "")
        more = SHOP + attribution % ", seen: {eventType: view, expression: SAMPLECOUNT()}"
        assert (again, ensured_again(shop, more)) == ([], ["updateMetricAttribution"])


def test_an_attribution_by_another_name_is_the_one_that_the_group_has(tmp_path: Path) -> None:
    attribution = "metricAttribution: {name: %s, metrics: {sold: {eventType: buy, expression: SAMPLECOUNT()}}}\n"
    with deployed_shop(tmp_path, SHOP + attribution % "sales") as shop:
        shop.run("ensure", shop.local.plan.resources)
        assert ensured_again(shop, SHOP + attribution % "income") == []


def test_a_campaign_whose_solution_is_replaced_is_not_updated_meanwhile(tmp_path: Path) -> None:
    with deployed_shop(tmp_path) as shop:
        shop.deploy()
        text = SHOP.replace("recipe: aws-sims", "recipe: aws-similar-items, replace: true").replace(
            "similar: {solution: similar}", "similar: {solution: similar, minProvisionedTPS: 3}"
        )
        assert ensured_again(shop, text) == ["deleteCampaign", "deleteSolution", "createSolution"]


def test_another_domain_than_that_of_the_dataset_group_is_refused(shop: Shop) -> None:
    resources = resources_of(shop, TAGGED)
    resources["DatasetGroups"][0]["Create"] |= {"Domain": "ECOMMERCE", "RoleArn": ROLE}
    assert shop.failure("ensure", resources).startswith(
        "Tastemaker.DatasetGroupForbidden: dataset group shop-dev exists"
    )
