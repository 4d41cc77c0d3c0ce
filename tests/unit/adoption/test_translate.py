"""What an inventory becomes, where no account can show it any more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tastemaker.adoption.inventory import FoundDataset, FoundSchedules, Inventory, Place, Resource
from tastemaker.adoption.keys import choose_filter_keys, choose_keys, find_identity
from tastemaker.adoption.settle import settle
from tastemaker.adoption.translate import translate
from tastemaker.errors import ProjectFileError
from tests.support.simulator import INTERACTIONS_SCHEMA

if TYPE_CHECKING:
    from tastemaker.adoption.draft import Draft

RECIPES = "arn:aws:personalize:::recipe/"


def resource(kind: str, name: str, **members: Any) -> Resource:
    return Resource(name, members, Place(f"{kind} {name}"))


def live(*solutions: Resource, **more: Any) -> Inventory:
    schema = resource("schema", "clicks-schema", schema=INTERACTIONS_SCHEMA)
    dataset = FoundDataset("INTERACTIONS", resource("dataset", "clicks"), schema)
    return Inventory(resource("dataset group", "Shop"), (dataset,), solutions=solutions, live=True, **more)


def settled(inventory: Inventory) -> tuple[str, Draft]:
    draft = translate(inventory, find_identity(inventory, None, None, "shop"))
    return settle(draft), draft


def told(draft: Draft) -> list[tuple[str, str]]:
    """Rule and message of what was left out."""
    return [(one.rule, one.message) for one in draft.findings if one.severity == "error"]


def test_a_live_solution_with_a_retired_recipe_is_left_out_with_its_campaign() -> None:
    old = resource("solution", "Old", recipeArn=f"{RECIPES}aws-hrnn", performAutoTraining=False)
    text, draft = settled(live(old, campaigns=(resource("campaign", "Home", solution="Old", minProvisionedTPS=1),)))
    assert "aws-hrnn" not in text
    assert "Home" not in text
    assert told(draft) == [
        ("recipe-withdrawn", (
            "solutions.Old is left out: recipe `aws-hrnn` is withdrawn; Amazon Personalize creates no new "
            "solution with it")),
        ("campaign-unknown-solution", "campaigns.Home is left out: unknown solution `Old`"),
    ]  # fmt: skip


def test_a_member_that_is_newer_than_this_version_is_told() -> None:
    one = resource("solution", "Feed", recipeArn=f"{RECIPES}aws-sims", performAutoTraining=False, performMagic=True)
    _, draft = settled(live(one))
    assert told(draft) == [("unknown-key", "unknown key `performMagic`, which is left out")]


def test_automatic_training_that_is_on_stays_on() -> None:
    one = resource("solution", "Feed", recipeArn=f"{RECIPES}aws-sims", performAutoTraining=True)
    text, draft = settled(live(one))
    assert "performAutoTraining: true" in text
    assert "auto-training" in {finding.rule for finding in draft.findings}


def test_a_campaign_that_follows_the_latest_version_is_told() -> None:
    one = resource("solution", "Feed", recipeArn=f"{RECIPES}aws-sims", performAutoTraining=False)
    config = {"syncWithLatestSolutionVersion": True}
    _, draft = settled(live(one, campaigns=(resource("campaign", "Home", solution="Feed", campaignConfig=config),)))
    (finding,) = (one for one in draft.findings if one.severity == "error")
    assert (finding.file, finding.rule) == ("campaign Home", "not-carried-over")
    assert finding.message == (
        "`campaignConfig.syncWithLatestSolutionVersion` of Home is left out: a campaign that follows the latest "
        "version serves whatever was trained, past the release gate; it goes on doing so until the project's first "
        "release, which ends it"
    )


def test_ranges_that_the_recipe_does_not_have_are_left_out_and_the_others_stay() -> None:
    ranges = {
        "integerHyperParameterRanges": [{"name": "training.bptt", "minValue": 2, "maxValue": 5}],
        "categoricalHyperParameterRanges": [{"name": "recency_mask", "values": ["true"]}],
        "continuousHyperParameterRanges": [],
    }
    config = {"hpoConfig": {"hpoObjective": {"type": "Maximize"}, "algorithmHyperParameterRanges": ranges}}
    recipe = {"recipeArn": f"{RECIPES}aws-user-personalization", "performAutoTraining": False, "performHPO": True}
    text, draft = settled(live(resource("solution", "Feed", **recipe, solutionConfig=config)))
    assert 'categoricalHyperParameterRanges: [{name: recency_mask, values: ["true"]}]' in text
    inside = "solutions.Feed.hpoConfig.algorithmHyperParameterRanges.integerHyperParameterRanges"
    assert told(draft) == [
        ("not-carried-over", (
            "`solutionConfig.hpoConfig.hpoObjective` of Feed is left out: the service chooses its objective itself and "
            "takes no other")),
        ("hyperparameter-search", f"{inside} is left out: `training.bptt` cannot be searched"),
    ]  # fmt: skip


def test_schedules_are_paused_because_something_else_may_go_on() -> None:
    text, _ = settled(live(schedules=FoundSchedules("rate(7 days)", None, "As often as until now.")))
    assert "# As often as until now. Paused: take that away once nothing else trains and imports.\n" in text
    assert "  full: rate(7 days)\n  timeZone: UTC\n  paused: true\n" in text


def test_a_group_without_a_readable_dataset_is_no_project() -> None:
    schema = resource("schema", "s", schema="{")
    inventory = Inventory(resource("dataset group", "Shop"), (FoundDataset("ITEMS", resource("dataset", "d"), schema),))
    with pytest.raises(ProjectFileError, match="the schema of items is no Avro record with a list of fields"):
        settled(inventory)


def test_keys_are_short_and_different() -> None:
    assert choose_keys(["shop-dev-home", "home", "x" * 40, "x" * 50], "shop-dev") == {
        "shop-dev-home": "home",
        "home": "home-2",
        "x" * 40: "x" * 29,
        "x" * 50: "x" * 27 + "-2",
    }


def test_the_hash_of_an_own_filter_is_no_part_of_its_key() -> None:
    assert choose_filter_keys(["shop-dev-seen-0a1b2c3d", "mine-0a1b2c3d"], "shop-dev") == {
        "shop-dev-seen-0a1b2c3d": "seen",
        "mine-0a1b2c3d": "mine-0a1b2c3d",
    }


def test_two_versions_of_an_own_filter_keep_their_hashes() -> None:
    names = ["shop-dev-seen-0a1b2c3d", "shop-dev-seen-11111111"]
    assert list(choose_filter_keys(names, "shop-dev").values()) == ["seen-0a1b2c3d", "seen-11111111"]
