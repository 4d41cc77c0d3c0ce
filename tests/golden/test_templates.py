"""Templates as reviewers and CloudFormation see them; `UPDATE_GOLDEN=1 pytest tests/golden` writes them anew.

`stateful.json` is what CloudFormation must not replace: an upgrade that changes a line of it loses data. It is written
anew by `ACCEPT_REPLACEMENT=1` alone, and such a change needs a way for the data and a line in CHANGELOG.md.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.support.example_templates import synthesise_example, without_machine

pytestmark = pytest.mark.xdist_group("golden templates")

FOLDER = Path(__file__).parent / "templates"
STATEFUL = Path(__file__).parent / "stateful.json"
STACKS = ("data", "observability", "serving", "workflow")

KEEPS = {
    "AWS::S3::Bucket": ("BucketName",),
    "AWS::KMS::Key": ("KeySpec", "KeyUsage", "MultiRegion", "Origin"),
    "AWS::DynamoDB::Table": ("TableName", "KeySchema", "AttributeDefinitions"),
    "AWS::SQS::Queue": ("QueueName", "FifoQueue"),
    "AWS::Events::EventBus": ("Name",),
    "AWS::SNS::Topic": ("TopicName", "FifoTopic"),
    "AWS::ApiGateway::RestApi": (),
    "AWS::ApiGateway::ApiKey": ("Name",),
}
"""Type to the properties whose change makes CloudFormation replace the resource.

Source: CloudFormation resource reference, "Update requires: Replacement"; a bus, a topic, an API and its keys are
known to others by name, ARN or address.
"""


@pytest.fixture(scope="module")
def templates(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    return synthesise_example(tmp_path_factory.mktemp("golden"))


def test_the_golden_files_are_those_of_the_stacks(templates: dict[str, dict[str, Any]]) -> None:
    assert sorted(templates) == list(STACKS)
    assert {path.stem for path in FOLDER.glob("*.json")} == set(STACKS)


@pytest.mark.parametrize("stack", STACKS)
def test_the_template_equals_its_golden_file(stack: str, templates: dict[str, dict[str, Any]]) -> None:
    text = json.dumps(without_machine(templates[stack]), indent=1) + "\n"
    golden = FOLDER / f"{stack}.json"
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")


def test_an_upgrade_replaces_nothing_that_holds_data_or_that_others_know(templates: dict[str, dict[str, Any]]) -> None:
    found = {name: _stateful(template) for name, template in templates.items()}
    if os.environ.get("ACCEPT_REPLACEMENT"):
        STATEFUL.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    assert found == json.loads(STATEFUL.read_text(encoding="utf-8"))


def _stateful(template: dict[str, Any]) -> dict[str, Any]:
    """Logical id to type and what must not change."""
    return {
        logical_id: {
            "Type": resource["Type"],
            **{
                name: resource["Properties"][name] for name in KEEPS[resource["Type"]] if name in resource["Properties"]
            },
        }
        for logical_id, resource in template["Resources"].items()
        if resource["Type"] in KEEPS
    }
