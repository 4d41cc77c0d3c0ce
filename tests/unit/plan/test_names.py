"""Names of what exists already take the place of the names by rule."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tastemaker.model.schema import build_avro_schema
from tastemaker.plan.build import build_names, build_plan
from tastemaker.plan.names import content_hash
from tests.support.project_files import GOOD_PROJECT, read_project

if TYPE_CHECKING:
    from pathlib import Path

UNSEEN = 'EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("*")'
NAMES = f"""\
names:
  datasetGroup: Shop
  datasets: {{interactions: Clicks}}
  eventTracker: Tracker
  filters: {{unseen: {{name: Unseen, contentHash: '{content_hash(UNSEEN)}'}}}}
  solutions: {{for-you: ForYou}}
  campaigns: {{for-you: Home}}
"""


def _created(folder: Path, text: str, environment: str = "dev") -> dict[str, list[Any]]:
    resources = build_plan(read_project(folder, text), environment).resources
    sections = ("DatasetGroups", "Datasets", "EventTrackers", "Filters", "Solutions", "Campaigns")
    return {section: [entry["Create"]["Name"] for entry in resources[section]] for section in sections}


def test_what_exists_keeps_its_name_and_everything_else_follows_the_rule(tmp_path: Path) -> None:
    assert _created(tmp_path, GOOD_PROJECT + NAMES) == {
        "DatasetGroups": ["Shop"],
        "Datasets": ["Clicks"],
        "EventTrackers": ["Tracker"],
        "Filters": ["Unseen"],
        "Solutions": ["ForYou", "shop-dev-similar"],
        "Campaigns": ["Home", "shop-dev-similar"],
    }


def test_arns_carry_the_names_that_exist(tmp_path: Path) -> None:
    names = build_names(read_project(tmp_path, GOOD_PROJECT + NAMES), "dev")
    ends = [
        arn.rpartition(":")[2]
        for arn in (
            names.dataset_arn("INTERACTIONS"),
            names.filter_arn("unseen", UNSEEN),
            names.solution_arn("for-you"),
            names.campaign_arn("similar"),
        )
    ]
    assert ends == ["dataset/Shop/INTERACTIONS", "filter/Unseen", "solution/ForYou", "campaign/shop-dev-similar"]


def test_an_edited_filter_is_a_new_one_by_rule(tmp_path: Path) -> None:
    edited = (GOOD_PROJECT + NAMES).replace('IN ("*")', 'IN ("buy")')
    expression = 'EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("buy")'
    assert _created(tmp_path, edited)["Filters"] == [f"shop-dev-unseen-{content_hash(expression)}"]


def test_a_schema_keeps_its_name_until_its_columns_change(tmp_path: Path) -> None:
    interactions = read_project(tmp_path).datasets.interactions
    assert interactions is not None
    avro = build_avro_schema(interactions)
    text = f"{GOOD_PROJECT}names: {{schemas: {{interactions: {{name: Old, contentHash: '{content_hash(avro)}'}}}}}}\n"
    wider = text.replace("      EVENT_TYPE: string", "      DEVICE: string\n      EVENT_TYPE: string")
    found = [build_plan(read_project(tmp_path, one)).resources["Schemas"][0]["Create"]["Name"] for one in (text, wider)]
    assert found[0] == "Old"
    assert found[1].startswith("shop-dev-interactions-")


def test_names_may_belong_to_one_environment_only(tmp_path: Path) -> None:
    inside = "".join(f"    {line}\n" for line in NAMES.splitlines())
    text = f"{GOOD_PROJECT}environments:\n  prod:\n{inside}"
    assert _created(tmp_path, text, "prod")["Campaigns"] == ["Home", "shop-prod-similar"]
    assert _created(tmp_path, text)["DatasetGroups"] == ["shop-dev"]


def test_a_key_that_exists_encrypts_the_dataset_group(tmp_path: Path) -> None:
    key = "arn:aws:kms:eu-west-1:123456789012:key/0a1b"
    text = f"{GOOD_PROJECT}datasetGroup: {{kmsKeyArn: '{key}'}}\n"
    (group,) = build_plan(read_project(tmp_path, text)).resources["DatasetGroups"]
    assert group["Create"]["KmsKeyArn"] == key
