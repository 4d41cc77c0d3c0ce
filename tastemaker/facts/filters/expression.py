"""The face of this package for a filter's text: parse it, list its placeholders, check it against schemas."""

from __future__ import annotations

import functools

from tastemaker.facts.filters.columns_check import check_filter
from tastemaker.facts.filters.nodes import FilterExpression
from tastemaker.facts.filters.problems import FilterError
from tastemaker.facts.filters.reading import read_filter
from tastemaker.facts.filters.rules import check_rules
from tastemaker.facts.filters.syntax import parse_tree
from tastemaker.facts.limits import MAX_FILTER_LENGTH

__all__ = ["FilterError", "FilterExpression", "check_filter", "parameter_names", "parse_filter"]

_KEPT = 512


@functools.lru_cache(_KEPT)
def parse_filter(text: str) -> FilterExpression:
    """Read an expression and check everything that needs no schema.

    Raises:
        FilterError: with the position and what should stand there.
    """
    if len(text) > MAX_FILTER_LENGTH:
        raise FilterError(f"A filter expression has at most {MAX_FILTER_LENGTH} characters, this one has {len(text)}.")
    parsed = read_filter(parse_tree(text))
    check_rules(parsed)
    return parsed


def parameter_names(parsed: FilterExpression) -> tuple[str, ...]:
    """Names of all placeholders without the dollar sign, sorted."""
    return tuple(sorted(frozenset().union(*(part.parameters() for part in parsed.parts))))
