from __future__ import annotations

from typing import TYPE_CHECKING

from tastemaker.model.datasets import ItemsDataset
from tastemaker.model.schema import build_avro_schema
from tests.support.project_files import read_project

if TYPE_CHECKING:
    from pathlib import Path


def test_a_schema_has_the_services_name_namespace_version_and_order(tmp_path: Path) -> None:
    interactions = read_project(tmp_path).datasets.interactions
    assert interactions is not None
    assert build_avro_schema(interactions) == {
        "type": "record",
        "name": "Interactions",
        "namespace": "com.amazonaws.personalize.schema",
        "fields": [
            {"name": "USER_ID", "type": "string"},
            {"name": "ITEM_ID", "type": "string"},
            {"name": "TIMESTAMP", "type": "long"},
            {"name": "EVENT_TYPE", "type": "string"},
            {"name": "EVENT_VALUE", "type": ["null", "float"]},
        ],
        "version": "1.0",
    }


def test_attributes_that_were_written_are_kept_false_included() -> None:
    columns = {
        "ITEM_ID": "string",
        "TITLE": {"type": "string", "textual": True, "itemName": True},
        "GENRES": {"type": "string", "categorical": True, "nullable": True},
        "NOTE": {"type": "string", "categorical": False},
    }
    schema = build_avro_schema(ItemsDataset.model_validate({"schema": columns, "path": "items.csv"}))
    assert schema["name"] == "Items"
    assert schema["fields"][1:] == [
        {"name": "TITLE", "type": "string", "textual": True, "itemName": True},
        {"name": "GENRES", "type": ["null", "string"], "categorical": True},
        {"name": "NOTE", "type": "string", "categorical": False},
    ]
