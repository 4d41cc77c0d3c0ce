"""`adopt` of a dataset group that something else made: names are kept, and what cannot be carried over is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.adoption import adopt, find_mutations, find_planned
from tests.support.aws_fakes import FakeClient
from tests.support.by_hand import LONG, SHARE, make_by_hand, make_neglected
from tests.support.workflows import deployed_shop

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tastemaker.errors import Finding
    from tastemaker.model.project import Project
    from tastemaker.plan.specs import Plan
    from tests.support.workflows import Shop

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Shop, Project, Plan, list[Finding]]]:
    """A group that somebody made by hand, adopted."""
    folder = tmp_path_factory.mktemp("by-hand")
    with deployed_shop(folder) as shop:
        make_by_hand(shop)
        metrics = FakeClient({"get_metric_statistics": [{"Datapoints": []}]})
        yield shop, *adopt(shop.local, "My_Shop", folder / "adopted.yaml", metrics=metrics)


def test_names_that_follow_no_rule_are_kept_and_nothing_changes(
    found: tuple[Shop, Project, Plan, list[Finding]],
) -> None:
    shop, project, plan, _ = found
    assert find_planned(plan) == []
    assert find_mutations(shop.local, plan) == []
    assert project.project == "adopted"
    assert project.names.model_dump(exclude_unset=True, exclude={"schemas", "filters"}) == {
        "dataset_group": "My_Shop",
        "datasets": {"interactions": "clicks"},
        "event_tracker": "Tracker_1",
        "solutions": {"Similar": "Similar", LONG[:29]: LONG},
        "campaigns": {"Home-Page": "Home-Page"},
    }
    assert project.names.schemas["interactions"].name == "ClicksSchema"
    assert project.names.filters["Seen"].name == "Seen"


def test_settings_are_carried_over_as_they_are(found: tuple[Shop, Project, Plan, list[Finding]]) -> None:
    _, project, _, _ = found
    similar = project.solutions["Similar"]
    assert (similar.recipe, similar.event_type, similar.event_value_threshold) == ("aws-sims", "buy", "1")
    assert similar.perform_hpo is True
    assert similar.hyperparameters == {"min_cointeraction_count": "2"}
    assert similar.hpo_config is not None
    assert similar.hpo_config.model_dump(mode="json", by_alias=True, exclude_unset=True) == {
        "hpoResourceConfig": {"maxNumberOfTrainingJobs": "1", "maxParallelTrainingJobs": "1"},
        "algorithmHyperParameterRanges": {"continuousHyperParameterRanges": [SHARE]},
    }
    automatic = project.solutions[LONG[:29]]
    assert automatic.perform_auto_training is True
    assert automatic.auto_training_config is not None
    assert automatic.auto_training_config.scheduling_expression == "rate(3 days)"
    assert project.campaigns["Home-Page"].min_provisioned_tps == 2
    assert project.campaigns["Home-Page"].enable_metadata_with_recommendations is True
    interactions = project.datasets.interactions
    assert interactions is not None
    assert interactions.path == "s3://shop-dev-data/full/interactions/interactions.csv"


def test_what_cannot_be_held_and_what_is_dangerous_is_told(found: tuple[Shop, Project, Plan, list[Finding]]) -> None:
    told = {(one.file, one.rule, one.severity) for one in found[3]}
    assert told == {
        ("dataset group My_Shop", "no-kms-key", "warning"),
        ("schema ClicksSchema", "schema-text", "warning"),
        ("campaign Home-Page", "not-carried-over", "error"),
        ("solution Similar", "hpo", "warning"),
        (f"solution {LONG}", "auto-training", "warning"),
        ("campaign Home-Page", "provisioned-tps", "warning"),
        ("campaign Home-Page", "idle", "warning"),
        ("dataset group My_Shop", "not-carried-over", "error"),
    }


def test_failures_and_missing_events_are_told(found: tuple[Shop, Project, Plan, list[Finding]], tmp_path: Path) -> None:
    shop = found[0]
    make_neglected(shop)
    project, plan, findings = adopt(shop.local, "Neglected", tmp_path / "adopted.yaml")
    untold, clicks, offers = {"no-kms-key", "schema-text"}, "dataset clicks", "dataset offers"
    assert {(one.file, one.rule): one.message for one in findings if one.rule not in untold} == {
        ("dataset group Neglected", "no-event-tracker"): (
            "dataset group Neglected has no event tracker, and its recipes react to live events"
        ),
        (clicks, "import-failed"): "the newest import of dataset clicks failed: Invalid Data location.",
        (clicks, "no-full-import"): "dataset clicks was never imported as a whole",
        (offers, "no-full-import"): "dataset offers was never imported as a whole",
        (offers, "not-carried-over"): (
            "dataset ACTIONS is left out: the project file holds INTERACTIONS, ITEMS, USERS"
        ),
        ("solution Offer", "recipe-needs-dataset"): (
            "solutions.Offer is left out: recipe `aws-next-best-action` needs the dataset ACTIONS, which is not "
            "supported yet"
        ),
        ("event tracker", "event-tracker-elsewhere"): (
            "the account's event trackers belong to other dataset groups: Tracker_1"
        ),
        ("solution Feed", "training-failed"): (
            "the newest training of solution Feed failed: Dataset has fewer than 1000 interactions"
        ),
    }
    assert list(project.solutions) == ["Feed"]
    assert find_planned(plan) == ["undeclared solution Offer", "undeclared dataset ACTIONS"]
    assert find_mutations(shop.local, plan) == []
