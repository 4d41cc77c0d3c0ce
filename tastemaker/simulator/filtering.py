"""Filters between the API and the engine: parsed once, compiled once for each model and state of the items."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tastemaker.facts.filters.expression import FilterError, check_filter, parameter_names, parse_filter
from tastemaker.facts.filters.nodes import CURRENT_ITEM, EVENT_DATASETS, Field
from tastemaker.simulator.filters.compiled import CompiledFilter
from tastemaker.simulator.refusals import invalid_input

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tastemaker.facts.filters.nodes import FilterExpression
    from tastemaker.simulator.filters.compiled import FilterContext
    from tastemaker.simulator.recipes.base import BoolArray, MetadataTable
    from tastemaker.simulator.serving import ServedVersion


@dataclass(frozen=True)
class ParsedFilter:
    """An expression and what a request has to provide for it."""

    expression: FilterExpression
    needs_events: bool
    needs_user: bool
    needs_current_item: bool
    target: str
    includes: bool
    parameters: frozenset[str]


def check_expression(text: str, schemas: Mapping[str, dict[str, Any]]) -> None:
    """Check a filter against the schemas of its group.

    Raises:
        RefusalError: InvalidInputException with the grammar's or the schema's complaint.
    """
    try:
        check_filter(parse_filter(text), schemas)
    except FilterError as error:
        raise invalid_input(str(error)) from error


class FilterCache:
    """Parsed filters by text, compiled ones by text and solution version."""

    def __init__(self) -> None:
        self._parsed: dict[str, ParsedFilter] = {}
        self._compiled: dict[tuple[str, tuple[str, int]], tuple[MetadataTable | None, CompiledFilter]] = {}

    def parse(self, text: str) -> ParsedFilter:
        """The parsed expression of a filter that was checked when it was created."""
        parsed = self._parsed.get(text)
        if parsed is None:
            parsed = self._parsed[text] = _parse(text)
        return parsed

    def allowed(
        self, text: str, version: ServedVersion, items: MetadataTable | None, context: FilterContext
    ) -> BoolArray:
        """Which items of the model's catalogue may be returned.

        Raises:
            RefusalError: InvalidInputException, e.g. for a missing parameter of an INCLUDE expression, or one too many.
        """
        unknown = context.values.keys() - self.parse(text).parameters
        if unknown:
            raise invalid_input(f"filterValues has {min(unknown)}; the filter has no placeholder ${min(unknown)}.")
        try:
            return self._compile(text, version, items).allowed(context)
        except FilterError as error:
            raise invalid_input(str(error)) from error

    def forget(self, version_arn: str) -> None:
        """Drop what was compiled for a solution version that no longer exists."""
        self._compiled = {key: value for key, value in self._compiled.items() if key[1][0] != version_arn}

    def _compile(self, text: str, version: ServedVersion, items: MetadataTable | None) -> CompiledFilter:
        key = (text, version.catalogue)
        entry = self._compiled.get(key)
        if entry is None or entry[0] is not items:
            compiled = CompiledFilter(self.parse(text).expression, version.model.item_ids, items)
            entry = self._compiled[key] = (items, compiled)
        return entry[1]


def _parse(text: str) -> ParsedFilter:
    expression = parse_filter(text)
    conditions = [condition for part in expression.parts for condition in part.conditions()]
    return ParsedFilter(
        expression,
        needs_events=any(condition.field.dataset in EVENT_DATASETS for condition in conditions),
        needs_user=any(part.user_conditions for part in expression.parts),
        needs_current_item=any(
            isinstance(condition.operand, Field) and condition.operand.dataset == CURRENT_ITEM
            for condition in conditions
        ),
        target=expression.parts[0].target,
        includes=any(part.action == "INCLUDE" for part in expression.parts),
        parameters=frozenset(parameter_names(expression)),
    )
