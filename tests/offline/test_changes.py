"""`find_changes`: what `ensure` would do to what a deployed shop holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import boto3
import pytest

from tastemaker.changes.find import find_changes
from tastemaker.changes.records import Origin, Verb
from tastemaker.simulator.faults import Fault, Kind
from tests.support.changes import changes_of, edited_plan
from tests.support.workflows import SHOP, START, deployed_shop

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.workflows import Shop

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """Released once."""
    with deployed_shop(tmp_path_factory.mktemp("shop")) as shop:
        shop.deploy()
        yield shop


def test_a_project_that_is_deployed_has_no_changes(shop: Shop) -> None:
    found = changes_of(shop)
    assert (found.changes, found.calls, found.undeclared, found.notes) == ((), (), (), ())
    assert {change.verb for change in found.resources} == {Verb.KEEP}


def test_a_field_that_changed_says_from_what_to_what_and_what_it_costs(shop: Shop) -> None:
    found = changes_of(
        shop, ("similar: {solution: similar}", "similar: {solution: similar, minProvisionedTPS: 3}")
    ).changes
    assert [(one.kind, one.name, one.verb, one.origin) for one in found] == [
        ("campaign", "shop-dev-similar", Verb.UPDATE, Origin.PROJECT)
    ]
    assert [(one.path, one.old, one.new) for one in found[0].fields] == [("minProvisionedTPS", 1, 3)]
    assert found[0].reason == "UpdateCampaign changes it in place"
    assert found[0].serving == "keeps answering as before until the update is ACTIVE, some minutes later"
    assert found[0].idle_usd == pytest.approx(2 * 2_592 * 0.0556)


def test_a_change_in_the_console_is_drift_and_an_edit_is_not(shop: Shop) -> None:
    arn = "arn:aws:personalize:us-east-1:123456789012:solution/shop-dev-popular"
    shop.call("UpdateSolution", solutionArn=arn, performAutoTraining=True)
    shop.wait(600)
    found = changes_of(shop, ("  similar: {solution: similar}", "  similar: {solution: similar, minProvisionedTPS: 2}"))
    shop.call("UpdateSolution", solutionArn=arn, performAutoTraining=False)
    shop.wait(600)
    assert [(one.name, one.kind, one.origin) for one in found.changes] == [
        ("shop-dev-popular", "solution", Origin.DRIFT),
        ("shop-dev-similar", "campaign", Origin.PROJECT),
    ]
    assert found.drifted == found.changes[:1]
    assert found.changes[0].training == "the service stops training by itself"
    assert found.ensured_at == START


def test_without_step_functions_drift_is_not_told_and_that_is_said(shop: Shop) -> None:
    plan = edited_plan(shop, ("  similar: {solution: similar}", "  similar: {solution: similar, minProvisionedTPS: 2}"))
    found = find_changes(plan, boto3.client("personalize", region_name="us-east-1"))
    assert [one.origin for one in found.changes] == [Origin.UNKNOWN]
    assert found.notes == (
        "No execution of ensure that succeeded is known here, so nothing tells drift from edits of the project.",
    )


def test_all_refusals_come_at_once_with_the_way_out_and_what_else_would_be_done(shop: Shop) -> None:
    found = changes_of(
        shop,
        ("similar: {recipe: aws-sims}", "similar: {recipe: aws-similar-items}"),
        ("EVENT_VALUE:", "DEVICE: {type: string, nullable: true}, EVENT_VALUE:"),
        ("popular: {solution: popular}", "popular: {solution: popular, minProvisionedTPS: 2}"),
    )
    assert [(one.verb.value, one.kind) for one in found.changes] == [
        ("forbidden", "dataset"), ("forbidden", "solution"), ("update in place", "campaign"), ("create", "schema"),
    ]  # fmt: skip
    dataset, solution, *_ = found.refusals
    assert dataset.reason.endswith("Start a new dataset group, or restore the columns")
    assert [(field.path, field.old, field.new) for field in dataset.fields] == [
        ("columns.DEVICE", None, "string or null")
    ]
    assert "give the solution another name, or set replace: true on it" in solution.reason


def test_another_key_of_the_dataset_group_is_refused_and_nothing_beyond_is_compared(shop: Shop) -> None:
    found = changes_of(shop, ("datasets:\n", "datasetGroup: {customerManagedKey: true}\ndatasets:\n"))
    assert [(one.kind, one.verb) for one in found.resources] == [("dataset group", Verb.FORBIDDEN)]
    assert found.notes == ("The dataset group itself is refused, so nothing beyond it was compared.",)


SIMILAR_GOES = (("  similar: {recipe: aws-sims}\n", ""), ("  similar: {solution: similar}\n", ""))


def test_what_is_undeclared_stays_and_says_what_it_costs(shop: Shop) -> None:
    found = changes_of(shop, *SIMILAR_GOES)
    assert found.changes == ()
    stays = "not in the project; it stays, as consent.removeUndeclared is not set"
    assert [(one.kind, one.reason) for one in found.undeclared] == [
        ("campaign", f"{stays}; it costs $144.12 a month by existing"),
        ("solution", stays),
    ]


def test_what_is_undeclared_goes_with_consent_and_the_bill_falls(shop: Shop) -> None:
    found = changes_of(shop, *SIMILAR_GOES, more="consent: {removeUndeclared: true}\n")
    assert [(one.verb.value, one.kind, one.serving) for one in found.changes] == [
        ("delete", "campaign", "answers nothing any more"), ("delete", "solution", ""),
    ]  # fmt: skip
    assert found.idle_usd == pytest.approx(-2_592 * 0.0556)


def test_a_replaced_solution_says_that_its_campaign_answers_nothing_meanwhile(shop: Shop) -> None:
    found = changes_of(shop, ("recipe: aws-sims", "recipe: aws-similar-items, replace: true"))
    solution, campaign = found.changes
    assert (solution.verb, solution.reason) == (Verb.REPLACE, "a recipe is create-only; replace: true is set")
    assert (campaign.verb, campaign.reason) == (Verb.REPLACE, "its solution is replaced")
    assert campaign.serving == (
        "deleted with its solution, and answers nothing until a full maintenance has trained and released it: "
        "an hour or more"
    )


def test_an_edited_filter_is_one_change_from_the_old_expression_to_the_new(shop: Shop) -> None:
    (found,) = changes_of(shop, ('IN ("*")', 'IN ("buy")')).changes
    assert (found.verb, found.kind, [call.operation for call in found.calls]) == (
        Verb.REPLACE, "filter", ["CreateFilter", "DeleteFilter"],
    )  # fmt: skip
    assert [(field.old[-9:], field.new[-11:]) for field in found.fields] == [(' IN ("*")', ' IN ("buy")')]


def test_tags_alone_mean_nothing_for_serving_and_training(shop: Shop) -> None:
    found = changes_of(shop, more="tags: {team: shop}\n").changes
    assert {(one.verb, one.reason, one.serving, one.training) for one in found} == {
        (Verb.UPDATE, "tags are set in place", "", "")
    }


def test_what_failed_to_be_made_is_refused_in_the_words_of_ensure(tmp_path: Path) -> None:
    fault = Fault(kind=Kind.FAILURE, operation="CreateFilter", reason="There is no room.", count=1)
    with deployed_shop(tmp_path, beside("stall"), fault) as shop:
        failure = shop.failure("ensure", shop.local.plan.resources)
        refused = next(one for one in changes_of(shop).changes if one.verb is Verb.FORBIDDEN)
    assert refused.reason == "filter stall-dev-unseen-7abdf361 ended CREATE FAILED: There is no room."
    assert failure.endswith(refused.reason)


def test_a_pause_is_told(shop: Shop) -> None:
    group = "arn:aws:personalize:us-east-1:123456789012:dataset-group/shop-dev"
    shop.call("TagResource", resourceArn=group, tags=[{"tagKey": "tastemaker:paused", "tagValue": "2026-01-05T10:00Z"}])
    notes = changes_of(shop).notes
    shop.call("UntagResource", resourceArn=group, tagKeys=["tastemaker:paused"])
    assert notes == ("Serving is paused since 2026-01-05T10:00Z: tastemaker resume makes what answers again.",)


def beside(name: str) -> str:
    """The shop's project under another name, which may be deployed beside it."""
    return SHOP.replace("project: shop", f"project: {name}")


def test_the_key_of_a_group_stands_for_that_of_a_stack_that_nothing_tells(tmp_path: Path) -> None:
    text = beside("store").replace("datasets:\n", "datasetGroup: {customerManagedKey: true}\ndatasets:\n")
    with deployed_shop(tmp_path, text) as shop:
        shop.run("ensure", shop.local.plan.resources)
        found = find_changes(shop.local.plan, boto3.client("personalize", region_name="us-east-1"))
        assert found.changes == ()
        assert found.notes[-1] == "Nothing tells the key of the stack; that of the dataset group is taken for it."
        assert changes_of(shop).notes == ()


def test_what_is_not_in_the_project_is_no_drift_when_nothing_tells_who_made_it(shop: Shop) -> None:
    group = "arn:aws:personalize:us-east-1:123456789012:dataset-group/shop-dev"
    expression = 'INCLUDE ItemID WHERE Items.GENRE IN ("drama")'
    arn = shop.call("CreateFilter", name="by-hand", datasetGroupArn=group, filterExpression=expression)["filterArn"]
    shop.wait(600)
    (found,) = changes_of(shop).undeclared
    shop.call("DeleteFilter", filterArn=arn)
    shop.wait(600)
    assert (found.name, found.origin) == ("by-hand", Origin.UNKNOWN)


def test_what_was_deleted_in_the_console_is_made_again_as_drift(tmp_path: Path) -> None:
    with deployed_shop(tmp_path, beside("kiosk")) as shop:
        shop.run("ensure", shop.local.plan.resources)
        arn = "arn:aws:personalize:us-east-1:123456789012:solution/kiosk-dev-popular"
        shop.call("DeleteSolution", solutionArn=arn)
        shop.wait(600)
        (found,) = changes_of(shop).changes
    assert (found.verb, found.name, found.origin) == (Verb.CREATE, "kiosk-dev-popular", Origin.DRIFT)
