"""Filter expressions as CreateFilter reads them, against the declared schemas."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tastemaker.facts.filters.expression import FilterError, check_filter, parse_filter
from tastemaker.model.rules.base import Declaration, Rule, Violation
from tastemaker.model.schema import build_avro_schema

if TYPE_CHECKING:
    from collections.abc import Iterator

HINT = 'A filter reads: EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("watch"), or INCLUDE ItemID WHERE Items.X = 1.'


def _check(declaration: Declaration) -> Iterator[Violation]:
    """Columns are left alone while a dataset cannot be read."""
    project = declaration.project
    schemas = {dataset.dataset_type: build_avro_schema(dataset) for dataset in project.datasets.declared()}
    readable = not any(path[:1] == ("datasets",) for path in declaration.broken)
    for name, expression in project.filters.items():
        try:
            parsed = parse_filter(expression)
            if readable:
                check_filter(parsed, schemas)
        except FilterError as error:
            yield Violation(("filters", name), str(error), HINT, offset=max(error.position - 1, 0))


RULE = Rule(
    "filter-expression",
    "A filter expression has the service's form, and its columns are in the schemas.",
    "developer guide, filter-expressions; API",
    _check,
)
