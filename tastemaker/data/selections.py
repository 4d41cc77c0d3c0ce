"""Which interactions each solution trains on: those of its event type at or above its threshold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tastemaker.data.dialect import quote_name, quote_text
from tastemaker.data.value_checks import build_value_name

if TYPE_CHECKING:
    from tastemaker.model.project import Project
    from tastemaker.model.solutions import Solution

EVERYTHING = "true"
"""The condition of a selection that leaves nothing out."""


@dataclass(frozen=True)
class Selection:
    """Interactions that train one or more solutions.

    Attributes:
        solutions: names, in the project file's order.
        condition: SQL over the prepared rows.
        words: the event types, as the service lists them; empty when nothing is filtered.
    """

    solutions: tuple[str, ...]
    condition: str
    words: str


def build_selections(project: Project) -> tuple[Selection, ...]:
    """One selection for each different filter, in the file's order; all interactions when there is no solution."""
    by_filter: dict[tuple[str, str], list[str]] = {}
    for name, solution in project.solutions.items():
        by_filter.setdefault(_build_filter(solution, _event_columns(project)), []).append(name)
    return tuple(
        Selection(tuple(names), condition, words)
        for (condition, words), names in (by_filter or {(EVERYTHING, ""): []}).items()
    )


def _event_columns(project: Project) -> set[str]:
    interactions = project.datasets.interactions
    return set() if interactions is None else {"EVENT_TYPE", "EVENT_VALUE"} & set(interactions.schema_fields)


def _build_filter(solution: Solution, columns: set[str]) -> tuple[str, str]:
    """Condition and words. Event types compare without case; a threshold is met by equal values. Source: §2.3, §4.1."""
    parts: list[tuple[str, float | None]] = []
    if solution.events_config is not None:
        listed = solution.events_config.event_parameters_list
        parts = [(event.event_type, event.event_value_threshold) for event in listed]
    elif solution.event_type is not None:
        threshold = solution.event_value_threshold
        parts = [(solution.event_type, None if threshold is None else float(threshold))]
    conditions = [_build_condition(kind, threshold, columns) for kind, threshold in parts]
    if not parts:
        return EVERYTHING, ""
    return " OR ".join(f"({condition})" for condition in conditions), ", ".join(kind for kind, _ in parts)


def _build_condition(kind: str, threshold: float | None, columns: set[str]) -> str:
    conditions = ["true"]
    if "EVENT_TYPE" in columns:
        conditions.append(_is_kind(kind))
    if threshold is not None and "EVENT_VALUE" in columns:
        conditions.append(f"{build_value_name('EVENT_VALUE')} >= {threshold!r}")
    return " AND ".join(conditions)


def _is_kind(kind: str) -> str:
    """The same letters in either case; lengths are compared first, because writing all values small costs more."""
    name, wanted = quote_name("EVENT_TYPE"), quote_text(kind.lower())
    small = f"lower({name}) = {wanted}"
    return f"CASE WHEN strlen({name}) = {len(kind)} THEN {small} ELSE false END" if kind.isascii() else small
