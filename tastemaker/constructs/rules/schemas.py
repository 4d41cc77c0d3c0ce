"""Rules about schemas; `tastemaker.facts.avro` knows what the service refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tastemaker.constructs.rules.base import Rule, Severity, Violation
from tastemaker.constructs.rules.declared import declared
from tastemaker.facts.avro import read_schema
from tastemaker.facts.problems import SchemaError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tastemaker.constructs.rules.templates import Resource, Templates
    from tastemaker.facts.avro import DatasetSchema

SCHEMA = "AWS::Personalize::Schema"
LONGEST_IN_CLOUDFORMATION = 10_000
"""The API takes 20 000 characters. Source: CloudFormation, AWS::Personalize::Schema."""


def read_literal(schema: Resource) -> DatasetSchema | None:
    """The parsed schema; None for one that is computed or wrong, which has a finding of its own."""
    text, domain = schema.properties.get("Schema"), schema.properties.get("Domain")
    try:
        return read_schema(text, domain if isinstance(domain, str) else None) if isinstance(text, str) else None
    except SchemaError:
        return None


def _check_valid(templates: Templates) -> Iterator[Violation]:
    for schema in declared(templates, "Schema"):
        text = schema.literal("Schema")
        if isinstance(text, str):
            try:
                domain = schema.literal("Domain")
                read_schema(text, domain if isinstance(domain, str) else None)
            except SchemaError as error:
                yield Violation(schema.resource, schema.at("Schema"), str(error))


def _check_length(templates: Templates) -> Iterator[Violation]:
    for schema in templates.of_type(SCHEMA):
        size = len(str(schema.properties.get("Schema", "")))
        if size > LONGEST_IN_CLOUDFORMATION:
            message = f"the schema has {size} characters; CloudFormation takes {LONGEST_IN_CLOUDFORMATION}"
            yield Violation(schema, "Properties.Schema", message)


def _check_unused(templates: Templates) -> Iterator[Violation]:
    for schema in templates.of_type(SCHEMA):
        parsed = read_literal(schema)
        for column in parsed.custom if parsed is not None else ():
            plain_text = column.type == "string" and not (column.categorical or column.textual or column.item_name)
            if plain_text or column.type == "boolean":
                message = f"column {column.name} is {column.type} without a mark: no recipe learns from it"
                yield Violation(schema, "Properties.Schema", message)


VALID = Rule(
    "schema-invalid", "The service takes the schema.", "Correct the field that is named.",
    "developer guide, how-it-works-dataset-schema", Severity.ERROR, _check_valid,
)  # fmt: skip
LENGTH = Rule(
    "schema-length", "CloudFormation takes the schema.", "Leave white space out, or create it by the API.",
    "CloudFormation, AWS::Personalize::Schema", Severity.ERROR, _check_length,
)  # fmt: skip
UNUSED = Rule(
    "schema-unused-column", "Every column is learned from.",
    "Mark a string `categorical` or `textual`; write a boolean as a categorical string. Keep it for filters only.",
    "developer guide, how-it-works-dataset-schema", Severity.WARNING, _check_unused,
)  # fmt: skip
