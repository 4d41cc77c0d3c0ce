"""The schemas of Domain dataset groups (reference §2.8)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tastemaker.facts.domain_fields import DOMAIN_FIELDS, DomainField
from tastemaker.facts.problems import SchemaError

if TYPE_CHECKING:
    from tastemaker.facts.avro import Column, DatasetSchema

_CUSTOM_ONLY = frozenset({"ACTIONS", "ACTION_INTERACTIONS"})


def check_domain(schema: DatasetSchema, domain: str) -> None:
    """Check a schema that is otherwise in order. Required fields that are missing are found before.

    Raises:
        SchemaError: the first rule that it breaks.
    """
    if schema.facts.type in _CUSTOM_ONLY:
        raise SchemaError(f"A schema for {schema.facts.record_name} must not have a domain.")
    for field in DOMAIN_FIELDS.get((domain, schema.facts.type), ()):
        column = schema.find(field.name)
        if column is not None:
            _check(field, column)


def _check(field: DomainField, column: Column) -> None:
    if column.type != field.type:
        raise SchemaError(f"Field {field.name} must be of type {field.type}.")
    if column.nullable and not field.nullable:
        raise SchemaError(f"Field {field.name} must not be nullable.")
    for name, wanted, given in (
        ("categorical", field.categorical, column.categorical),
        ("textual", field.textual, column.textual),
    ):
        if wanted != given:
            raise SchemaError(f"Field {field.name} must{'' if wanted else ' not'} be {name}.")
