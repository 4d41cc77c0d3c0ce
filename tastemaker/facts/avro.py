"""Avro schemas by the rules of Amazon Personalize (reference §2.1, §2.2)."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

import fastavro
from fastavro.schema import SchemaParseException, UnknownType

from tastemaker.facts.domain_schemas import check_domain
from tastemaker.facts.fields import AVRO_TYPES, DATASETS, DOMAIN_REQUIRED, DatasetFacts
from tastemaker.facts.problems import SchemaError

_MALFORMED = (ValueError, KeyError, TypeError, AttributeError, RecursionError, SchemaParseException, UnknownType)
"""What json and fastavro raise for text that is no schema."""
_COLUMN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,149}")


@dataclass(frozen=True)
class Column:
    """One field of a schema.

    Attributes:
        type: Avro type without null.
        item_name: `itemName`: what Semantic-Similarity takes for the item's title.
    """

    name: str
    type: str
    nullable: bool
    categorical: bool
    textual: bool
    item_name: bool = False


@dataclass(frozen=True)
class DatasetSchema:
    """A checked schema.

    Attributes:
        columns: in the schema's order.
        avro: the parsed JSON.
    """

    facts: DatasetFacts
    columns: tuple[Column, ...]
    avro: dict[str, Any]

    def find(self, name: str) -> Column | None:
        """The column of this name; None when the schema has none."""
        return next((column for column in self.columns if column.name == name), None)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    @property
    def custom(self) -> tuple[Column, ...]:
        """Columns without a meaning fixed by the service."""
        known = self.facts.required.keys() | self.facts.reserved.keys()
        return tuple(column for column in self.columns if column.name not in known)


def read_schema(text: str, domain: str | None = None) -> DatasetSchema:
    """Read and check a schema.

    Raises:
        SchemaError: the first rule that it breaks.
    """
    avro = _read(text)
    facts = _facts(avro["name"])
    columns = tuple(_column(field) for field in avro["fields"])
    schema = DatasetSchema(facts, columns, avro)
    _check_names(schema)
    _check_required(schema, domain)
    _check_reserved(schema)
    _check_custom(schema)
    if domain is not None:
        check_domain(schema, domain)
    return schema


def _read(text: str) -> dict[str, Any]:
    try:
        avro = json.loads(text)
        if not isinstance(avro, dict) or avro.get("type") != "record":
            raise SchemaError("The schema must be an Avro record: a JSON object with type, name and fields.")
        if not all(isinstance(named["name"], str) for named in (avro, *avro["fields"])):
            raise TypeError("every name must be a string")
        fastavro.parse_schema(avro, _write_hint=False)
    except _MALFORMED as error:
        raise SchemaError(f"The schema is not valid Avro: {error}") from error
    return avro


def _facts(name: str) -> DatasetFacts:
    wanted = name.replace("_", "").lower()
    for facts in DATASETS.values():
        if facts.record_name.lower() == wanted:
            return facts
    known = ", ".join(facts.record_name for facts in DATASETS.values())
    raise SchemaError(f"The schema's name '{name}' must be one of: {known}.")


def _column(field: dict[str, Any]) -> Column:
    union = field["type"] if isinstance(field["type"], list) else [field["type"]]
    flat = [part["type"] if isinstance(part, dict) and set(part) == {"type"} else part for part in union]
    types = [part for part in flat if part != "null"]
    if any(not isinstance(part, str) or part not in AVRO_TYPES for part in flat) or len(types) != 1:
        raise SchemaError(
            f"Field {field['name']} has type {json.dumps(field['type'])}; allowed are float, double, int, long, "
            "string, boolean, and a union of one of them with null."
        )
    marks = [bool(field.get(mark)) for mark in ("categorical", "textual", "itemName")]
    return Column(field["name"], types[0], "null" in flat, *marks)


def _check_names(schema: DatasetSchema) -> None:
    seen: dict[str, str] = {}
    for name in schema.names:
        if not _COLUMN_NAME.fullmatch(name):
            raise SchemaError(
                f"Field name '{name}' must start with a letter or underscore and have at most 150 characters."
            )
        bare = name.replace("_", "").lower()
        if bare in seen:
            raise SchemaError(f"Field names {seen[bare]} and {name} must differ by more than underscores.")
        seen[bare] = name


def _check_required(schema: DatasetSchema, domain: str | None) -> None:
    facts = schema.facts
    wanted = [*facts.required, *DOMAIN_REQUIRED.get((domain or "", facts.type), ())]
    missing = [name for name in wanted if schema.find(name) is None]
    if missing:
        raise SchemaError(f"The {facts.record_name} schema is missing the required fields: [{', '.join(missing)}].")
    for name, avro_type in facts.required.items():
        column = schema.find(name)
        if column is not None and (column.type != avro_type or column.nullable):
            raise SchemaError(f"Field {name} must be of type {avro_type} and not nullable.")
    if facts.needs_metadata and len(schema.columns) == len(facts.required):
        raise SchemaError(f"The {facts.record_name} schema must have at least one metadata field.")


def _check_reserved(schema: DatasetSchema) -> None:
    for name, avro_type in schema.facts.reserved.items():
        column = schema.find(name)
        if column is None:
            continue
        if column.type not in ({"float", "double"} if avro_type == "float" else {avro_type}):
            raise SchemaError(f"Reserved field {name} must be of type {avro_type}.")
        if column.categorical and schema.facts.type == "INTERACTIONS":
            raise SchemaError(f"Reserved field {name} must not be categorical.")


def _check_custom(schema: DatasetSchema) -> None:
    facts, custom = schema.facts, schema.custom
    if len(custom) > facts.max_metadata:
        raise SchemaError(
            f"The {facts.record_name} schema has {len(custom)} metadata fields; at most {facts.max_metadata}."
        )
    for column in custom:
        if column.categorical and column.type != "string":
            raise SchemaError(f"Field {column.name} is categorical and must be of type string.")
        if column.textual and (facts.type != "ITEMS" or column.type != "string"):
            raise SchemaError(f"Field {column.name} is textual: allowed for string fields of Items only.")
        if column.textual and column.categorical:
            raise SchemaError(f"Field {column.name} cannot be both categorical and textual.")
    if sum(column.textual for column in custom) > 1:
        raise SchemaError("An Items schema may have one textual field.")
    _check_item_name(schema)


def _check_item_name(schema: DatasetSchema) -> None:
    named = [column for column in schema.columns if column.item_name]
    for column in named:
        if schema.facts.type != "ITEMS" or column.type != "string":
            raise SchemaError(f"Field {column.name} is itemName: allowed for string fields of Items only.")
    if len(named) > 1:
        raise SchemaError("An Items schema may have one field with itemName.")
