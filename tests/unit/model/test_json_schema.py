"""The JSON Schema that editors use says what the model says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from ruamel.yaml import YAML

from tastemaker.model.json_schema import build_json_schema
from tests.support.project_files import GOOD_PROJECT, edit

VALIDATOR = jsonschema_rs.Draft202012Validator(build_json_schema())


def _mistakes(text: str) -> list[str]:
    tree: Any = YAML(typ="safe").load(text)
    return [error.message for error in VALIDATOR.iter_errors(tree)]


def test_the_committed_schema_is_that_of_the_model() -> None:
    """After a change: python -m tastemaker.model.json_schema > docs/project.schema.json."""
    committed = json.loads(Path("docs/project.schema.json").read_text(encoding="utf-8"))
    assert committed == build_json_schema()


def test_it_is_a_schema_of_its_draft() -> None:
    jsonschema_rs.meta.validate(build_json_schema())


@pytest.mark.parametrize("example", ["movielens", "retail"])
def test_the_examples_are_valid_and_name_it(example: str) -> None:
    text = Path(f"examples/{example}/tastemaker.yaml").read_text(encoding="utf-8")
    assert _mistakes(text) == []
    assert text.startswith("# yaml-language-server: $schema=../../docs/project.schema.json\n")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("{solution: similar}", "{solution: similar, colour: red}"),
        ("{solution: similar}", "{minProvisionedTPS: 1}"),
        ("      TIMESTAMP: long", "      TIMESTAMP: date"),
        ("project: shop", "project: 5"),
        ("{recipe: aws-similar-items}", "{recipe: aws-similar-items, performAutoTraining: sometimes}"),
    ],
)
def test_what_the_model_refuses_the_schema_refuses(old: str, new: str) -> None:
    assert _mistakes(GOOD_PROJECT) == []
    assert _mistakes(edit(old, new)) != []


def test_text_of_the_api_may_be_written_as_a_number() -> None:
    numbers = "{recipe: aws-similar-items, eventValueThreshold: 3.5, eventType: x}"
    assert _mistakes(edit("{recipe: aws-similar-items}", numbers)) == []


def test_properties_are_described_by_the_attributes_of_the_model() -> None:
    properties = build_json_schema()["$defs"]["Campaign"]["properties"]
    assert properties["solution"]["description"] == "key in `solutions`."
    assert "aws-similar-items" in build_json_schema()["$defs"]["Solution"]["properties"]["recipe"]["examples"]
