"""Training options through the API, on recipes that really train."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.newcomers import HOME, V1, V2, ask, build_lab
from tests.support.simulator import INTERACTIONS_SCHEMA, ITEMS_SCHEMA, ROLE, USERS_SCHEMA, Lab

if TYPE_CHECKING:
    from pathlib import Path

ITEMS, USERS, EVENTS = 20, 60, 20
DEVICE = {"name": "DEVICE", "type": ["null", "string"], "categorical": True}


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    return build_lab(tmp_path)


def with_field(schema: dict[str, Any], field: dict[str, Any]) -> dict[str, Any]:
    changed = copy.deepcopy(schema)
    changed["fields"].append(field)
    return changed


def devices_csv() -> str:
    """Everybody takes even items on the phone in the morning and odd ones on television in the evening."""
    lines = ["USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE,EVENT_VALUE,DEVICE"]
    for user in range(USERS):
        for event in range(EVENTS):
            item = 2 * ((user * 3 + event * 7) % (ITEMS // 2)) + event % 2
            device = "tv" if event % 2 else "phone"
            lines.append(f"u{user:02},i{item:02},{1_799_900_000 + user * 600 + event * 20},view,,{device}")
    return "\n".join(lines) + "\n"


def group_with_devices(lab: Lab) -> str:
    group = lab.group()
    lab.load(lab.dataset(group, avro=with_field(INTERACTIONS_SCHEMA, DEVICE)), devices_csv(), "interactions")
    return group


def parity(items: list[str]) -> set[int]:
    return {int(item[1:]) % 2 for item in items}


@pytest.mark.parametrize("recipe", [V1, V2])
def test_context_changes_what_new_users_are_recommended(lab: Lab, recipe: str) -> None:
    lab.campaign(lab.version(lab.solution(group_with_devices(lab), recipe)))
    assert parity(ask(lab, "new", wanted=8, context={"DEVICE": "phone"})) == {0}
    assert parity(ask(lab, "new", wanted=8, context={"DEVICE": "tv"})) == {1}
    assert parity(ask(lab, "new", wanted=20)) == {0, 1}


def test_an_excluded_context_column_has_no_effect(lab: Lab) -> None:
    config = {"trainingDataConfig": {"excludedDatasetColumns": {"INTERACTIONS": ["DEVICE"]}}}
    lab.campaign(lab.version(lab.solution(group_with_devices(lab), V2, solutionConfig=config)))
    assert ask(lab, "new", context={"DEVICE": "tv"}) == ask(lab, "new")


def test_included_columns_leave_the_others_out(lab: Lab) -> None:
    config = {"trainingDataConfig": {"includedDatasetColumns": {"INTERACTIONS": ["EVENT_TYPE"]}}}
    lab.campaign(lab.version(lab.solution(group_with_devices(lab), V2, solutionConfig=config)))
    assert ask(lab, "new", context={"DEVICE": "tv"}) == ask(lab, "new")


def test_a_new_user_with_metadata_is_like_users_with_the_same(lab: Lab) -> None:
    group = lab.group()
    lab.load(lab.dataset(group), two_parities_csv(), "interactions")
    field = {"name": "COUNTRY", "type": ["null", "string"], "categorical": True}
    rows = [f"u{user:02},,{'FR' if user % 2 else 'GB'}" for user in range(USERS + 2)]
    lab.load(
        lab.dataset(group, "Users", avro=with_field(USERS_SCHEMA, field)),
        "\n".join(["USER_ID,AGE,COUNTRY", *rows]) + "\n",
        "users",
    )
    lab.campaign(lab.version(lab.solution(group, V2)))
    assert parity(ask(lab, "u60", wanted=8)) == {0}
    assert parity(ask(lab, "u61", wanted=8)) == {1}


def two_parities_csv() -> str:
    """Even users take even items, odd users odd ones."""
    lines = ["USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE,EVENT_VALUE"]
    for user in range(USERS):
        for event in range(EVENTS):
            item = 2 * ((user + event * 3) % (ITEMS // 2)) + user % 2
            lines.append(f"u{user:02},i{item:02},{1_799_800_000 + user * 600 + event},view,")
    return "\n".join(lines) + "\n"


def test_batch_lines_know_the_users_metadata_too(lab: Lab) -> None:
    test_a_new_user_with_metadata_is_like_users_with_the_same(lab)
    version = lab.control("DescribeCampaign", campaignArn=HOME)["campaign"]["solutionVersionArn"]
    lab.objects.put("s3://bucket/in.json", b'{"userId": "u61"}\n')
    lab.control(
        "CreateBatchInferenceJob",
        jobName="mail",
        solutionVersionArn=version,
        jobInput={"s3DataSource": {"path": "s3://bucket/in.json"}},
        jobOutput={"s3DataDestination": {"path": "s3://bucket/out/"}},
        roleArn=ROLE,
        numResults=8,
    )
    lab.wait()
    assert ask(lab, "u61", wanted=8) == written(lab)


def written(lab: Lab) -> list[str]:
    line = (lab.objects.root / "bucket/out/in.json.out").read_text(encoding="utf-8").splitlines()[0]
    found: list[str] = json.loads(line)["output"]["recommendedItems"]
    return found


PRICE = {"name": "COST", "type": "float"}


def test_an_objective_brings_dearer_items_and_its_metric(lab: Lab) -> None:
    group = group_with_devices(lab)
    rows = [f"i{item:02},drama,,{item}" for item in range(ITEMS)]
    lab.load(
        lab.dataset(group, "Items", avro=with_field(ITEMS_SCHEMA, PRICE)),
        "\n".join(["ITEM_ID,GENRE,PRICE,COST", *rows]) + "\n",
        "items",
    )
    config = {"optimizationObjective": {"itemAttribute": "COST", "objectiveSensitivity": "HIGH"}}
    version = lab.version(lab.solution(group, V1, solutionConfig=config))
    lab.campaign(version)
    lab.campaign(lab.version(lab.solution(group, V1, name="plain")), "plain")
    assert "average_rewards_at_k" in lab.control("GetSolutionMetrics", solutionVersionArn=version)["metrics"]
    dear, plain = (
        sum(int(item[1:]) for item in ask(lab, "new", campaign=HOME.replace("home", name), wanted=10))
        for name in ("home", "plain")
    )
    assert dear > plain
