from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.simulator import INTERACTIONS_SCHEMA, ITEMS_SCHEMA, Lab, refused

ARN = "arn:aws:personalize:us-east-1:123456789012:schema/s"


def items(*fields: dict[str, Any]) -> dict[str, Any]:
    return {**ITEMS_SCHEMA, "fields": [{"name": "ITEM_ID", "type": "string"}, *fields]}


def interactions(*fields: dict[str, Any]) -> dict[str, Any]:
    return {**INTERACTIONS_SCHEMA, "fields": [*INTERACTIONS_SCHEMA["fields"][:3], *fields]}


def test_a_schema_is_there_at_once_without_a_status(lab: Lab) -> None:
    text = json.dumps(INTERACTIONS_SCHEMA)
    assert lab.control("CreateSchema", name="s", schema=text) == {"schemaArn": ARN}
    schema = lab.control("DescribeSchema", schemaArn=ARN)["schema"]
    assert schema["schema"] == text
    assert sorted(schema) == ["creationDateTime", "lastUpdatedDateTime", "name", "schema", "schemaArn"]


def test_a_list_shows_no_schema_text(lab: Lab) -> None:
    lab.schema()
    assert sorted(lab.control("ListSchemas")["schemas"][0]) == [
        "creationDateTime",
        "lastUpdatedDateTime",
        "name",
        "schemaArn",
    ]


@pytest.mark.parametrize(
    ("avro", "message"),
    [
        ({"type": "array"}, "The schema must be an Avro record"),
        ({"type": "record", "fields": []}, "The schema is not valid Avro: "),
        ({**ITEMS_SCHEMA, "name": "Products"}, "The schema's name 'Products' must be one of: Interactions, Items, "),
        (
            {**ITEMS_SCHEMA, "fields": [{"name": "GENRE", "type": "string"}]},
            "The Items schema is missing the required fields: [ITEM_ID].",
        ),
        (items(), "The Items schema must have at least one metadata field."),
        (items({"name": "TAGS", "type": {"type": "array", "items": "string"}}), "Field TAGS has type "),
        (items({"name": "A", "type": ["int", "string"]}), 'Field A has type ["int", "string"]; allowed are float'),
        (
            items({"name": "AB_C", "type": "string"}, {"name": "A_BC", "type": "string"}),
            "Field names AB_C and A_BC must differ by more than underscores.",
        ),
        (
            items({"name": "A", "type": "int", "categorical": True}),
            "Field A is categorical and must be of type string.",
        ),
        (
            items({"name": "A", "type": "string", "textual": True}, {"name": "B", "type": "string", "textual": True}),
            "An Items schema may have one textual field.",
        ),
        (
            interactions({"name": "EVENT_TYPE", "type": "string", "categorical": True}),
            "Reserved field EVENT_TYPE must not be categorical.",
        ),
        (interactions({"name": "EVENT_VALUE", "type": "string"}), "Reserved field EVENT_VALUE must be of type float."),
        (
            interactions(*({"name": f"C{n}", "type": "string"} for n in range(6))),
            "The Interactions schema has 6 metadata fields; at most 5.",
        ),
        (
            {
                **INTERACTIONS_SCHEMA,
                "fields": [*INTERACTIONS_SCHEMA["fields"][:2], {"name": "TIMESTAMP", "type": "string"}],
            },
            "Field TIMESTAMP must be of type long and not nullable.",
        ),
    ],
)
def test_a_schema_that_breaks_a_rule_is_invalid(lab: Lab, avro: dict[str, Any], message: str) -> None:
    with refused("InvalidInputException", message):
        lab.control("CreateSchema", name="s", schema=json.dumps(avro))


def test_text_that_is_no_json_is_invalid(lab: Lab) -> None:
    with refused("InvalidInputException", "The schema is not valid Avro: Expecting value"):
        lab.control("CreateSchema", name="s", schema="nonsense")


def test_a_domain_wants_its_columns(lab: Lab) -> None:
    with refused("InvalidInputException", "missing the required fields: [PRICE, CATEGORY_L1]."):
        lab.control(
            "CreateSchema", name="s", domain="ECOMMERCE", schema=json.dumps(items({"name": "A", "type": "string"}))
        )


def test_the_record_name_is_compared_without_case(lab: Lab) -> None:
    assert lab.control("CreateSchema", name="s", schema=json.dumps({**ITEMS_SCHEMA, "name": "items"}))


def test_a_schema_in_use_cannot_be_deleted(lab: Lab) -> None:
    dataset = lab.dataset(lab.group())
    schema = lab.control("ListSchemas")["schemas"][0]["schemaArn"]
    with refused("ResourceInUseException", f"{schema} is used by {dataset}; delete the dataset first."):
        lab.control("DeleteSchema", schemaArn=schema)
    lab.control("DeleteDataset", datasetArn=dataset)
    lab.wait()
    lab.control("DeleteSchema", schemaArn=schema)
    with refused("ResourceNotFoundException", schema):
        lab.control("DescribeSchema", schemaArn=schema)
