"""The Avro schema of a dataset, as CreateSchema takes it. Source: reference §2.1 and §2.2."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tastemaker.model.datasets import Dataset, SchemaField

NAMESPACE = "com.amazonaws.personalize.schema"
_ATTRIBUTES = {"categorical": "categorical", "textual": "textual", "item_name": "itemName"}


def build_avro_schema(dataset: Dataset) -> dict[str, Any]:
    """The schema as a dictionary; fields in the order of the project file, which is the CSV's order."""
    return {
        "type": "record",
        "name": dataset.record_name,
        "namespace": NAMESPACE,
        "fields": [_build_field(name, declared) for name, declared in dataset.schema_fields.items()],
        "version": "1.0",
    }


def _build_field(name: str, declared: SchemaField) -> dict[str, Any]:
    """Attributes that were written are kept, false included."""
    kind = ["null", declared.type] if declared.nullable else declared.type
    values = {word: getattr(declared, attribute) for attribute, word in _ATTRIBUTES.items()}
    return {"name": name, "type": kind, **{word: value for word, value in values.items() if value is not None}}
