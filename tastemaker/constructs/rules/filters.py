"""Rules about filter expressions; `tastemaker.facts.filters` has the grammar."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tastemaker.constructs.rules.base import Rule, Severity, Violation
from tastemaker.constructs.rules.datasets import DATASET, group_of
from tastemaker.constructs.rules.declared import declared
from tastemaker.constructs.rules.schemas import SCHEMA, read_literal
from tastemaker.facts.filters.expression import FilterError, check_filter, parse_filter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tastemaker.constructs.rules.declared import Declared
    from tastemaker.constructs.rules.templates import Resource, Templates


def _written(templates: Templates) -> Iterator[tuple[Declared, str]]:
    for found in declared(templates, "Filter"):
        expression = (found.values or {}).get("FilterExpression")
        if isinstance(expression, str) and not expression.startswith("{%"):
            yield found, expression


def _check_expression(templates: Templates) -> Iterator[Violation]:
    for found, expression in _written(templates):
        try:
            parse_filter(expression)
        except FilterError as error:
            yield Violation(found.resource, found.at("FilterExpression"), str(error))


def _check_columns(templates: Templates) -> Iterator[Violation]:
    for found, expression in _written(templates):
        schemas = _schemas(templates, found.resource)
        if not schemas:
            continue
        try:
            parsed = parse_filter(expression)
        except FilterError:
            continue  # the other rule's finding
        try:
            check_filter(parsed, schemas)
        except FilterError as error:
            yield Violation(found.resource, found.at("FilterExpression"), str(error))


def _schemas(templates: Templates, resource: Resource) -> dict[str, dict[str, Any]]:
    """Dataset type to Avro record of the filter's dataset group; empty where one of them is not known."""
    group, schemas = group_of(templates, resource), {}
    for dataset in templates.of_type(DATASET):
        if group is not None and group_of(templates, dataset) == group:
            schema = templates.find(dataset.properties.get("SchemaArn"), dataset.template, SCHEMA)
            parsed = None if schema is None else read_literal(schema)
            if parsed is None:
                return {}
            schemas[parsed.facts.type] = parsed.avro
    return schemas


EXPRESSION = Rule(
    "filter-expression", "A filter expression parses.",
    'For example: EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("*").',
    "developer guide, filter-expressions", Severity.ERROR, _check_expression,
)  # fmt: skip
COLUMNS = Rule(
    "filter-column", "A filter's columns are in the schemas of its dataset group.", "Name a column that exists.",
    "developer guide, filter-expressions", Severity.ERROR, _check_columns,
)  # fmt: skip
