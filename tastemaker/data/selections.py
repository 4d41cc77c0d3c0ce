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
class Part:
    """Interactions of one event type.

    Attributes:
        kind: SQL over EVENT_TYPE.
        least_value: of EVENT_VALUE; None takes all, also without a value.
    """

    kind: str
    least_value: float | None

    @property
    def condition(self) -> str:
        """SQL over the prepared rows."""
        if self.least_value is None:
            return self.kind
        return f"{self.kind} AND {build_value_name('EVENT_VALUE')} >= CAST('{self.least_value!r}' AS DOUBLE)"


@dataclass(frozen=True)
class Selection:
    """Interactions that train one or more solutions.

    Attributes:
        solutions: names, in the project file's order.
        parts: what is selected, any of them; empty when nothing is filtered.
        words: the event types, as the service lists them; empty when nothing is filtered.
    """

    solutions: tuple[str, ...]
    parts: tuple[Part, ...]
    words: str

    @property
    def condition(self) -> str:
        """SQL over the prepared rows."""
        return " OR ".join(f"({part.condition})" for part in self.parts) or EVERYTHING


def build_selections(project: Project) -> tuple[Selection, ...]:
    """One selection for each different filter, in the file's order; all interactions when there is no solution."""
    by_filter: dict[tuple[tuple[Part, ...], str], list[str]] = {}
    for name, solution in project.solutions.items():
        by_filter.setdefault(_build_filter(solution, _event_columns(project)), []).append(name)
    return tuple(
        Selection(tuple(names), parts, words) for (parts, words), names in (by_filter or {((), ""): []}).items()
    )


def _event_columns(project: Project) -> set[str]:
    interactions = project.datasets.interactions
    return set() if interactions is None else {"EVENT_TYPE", "EVENT_VALUE"} & set(interactions.schema_fields)


def _build_filter(solution: Solution, columns: set[str]) -> tuple[tuple[Part, ...], str]:
    """Parts and words. Event types compare without case; a threshold is met by equal values. Source: §2.3, §4.1."""
    listed: list[tuple[str, float | None]] = []
    if solution.events_config is not None:
        events = solution.events_config.event_parameters_list
        listed = [(event.event_type, event.event_value_threshold) for event in events]
    elif solution.event_type is not None:
        threshold = solution.event_value_threshold
        listed = [(solution.event_type, None if threshold is None else float(threshold))]
    parts = tuple(
        Part(_is_kind(kind) if "EVENT_TYPE" in columns else EVERYTHING, threshold if "EVENT_VALUE" in columns else None)
        for kind, threshold in listed
    )
    return parts, ", ".join(kind for kind, _ in listed)


def _is_kind(kind: str) -> str:
    """The same letters in either case; lengths are compared first, because writing all values small costs more."""
    name, wanted = quote_name("EVENT_TYPE"), quote_text(kind.lower())
    small = f"lower({name}) = {wanted}"
    return f"CASE WHEN strlen({name}) = {len(kind)} THEN {small} ELSE false END" if kind.isascii() else small
