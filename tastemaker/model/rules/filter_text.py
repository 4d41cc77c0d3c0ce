"""The obvious mistakes of filter expressions; the grammar is the service's, or the simulator's, to check."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tastemaker.facts.limits import MAX_FILTER_LENGTH
from tastemaker.model.rules.base import Declaration, Rule, Violation

if TYPE_CHECKING:
    from collections.abc import Iterator


def _check(declaration: Declaration) -> Iterator[Violation]:
    for name, expression in declaration.project.filters.items():
        path = ("filters", name)
        if len(expression) > MAX_FILTER_LENGTH:
            message = f"filter `{name}` is {len(expression)} characters long; {MAX_FILTER_LENGTH} are allowed"
            yield Violation(path, message, "Split it into two filters, or shorten the lists.")
        if not expression.upper().lstrip().startswith(("INCLUDE ", "EXCLUDE ")):
            message = f"filter `{name}` must start with INCLUDE or EXCLUDE"
            yield Violation(path, message, 'For example: EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("*").')


RULE = Rule(
    "filter-expression",
    "A filter expression has the service's form.",
    "developer guide, filter-expressions; API",
    _check,
)
