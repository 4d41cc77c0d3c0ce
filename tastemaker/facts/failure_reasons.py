"""What Amazon Personalize answers about data that it does not take; the check and the simulator use the same words.

Source: developer guide, error-messages, for rows that do not conform, missing columns, lengths and the two minimums of
a training; the others are ours, because no public document quotes them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tastemaker.facts.limits import (
    MAX_EVENT_TYPES_AND_COLUMNS,
    MIN_ACTIVE_USER_SHARE,
    MIN_ACTIVE_USERS,
    MIN_IMPORTED_INTERACTIONS,
    MIN_INTERACTIONS,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

NOT_CONFORM: Final = (
    "Input csv has rows that do not conform to the dataset schema. Please ensure all required data fields are present "
    "and that they are of the type specified in the schema."
)
NOT_UTF8: Final = "Input CSV must be encoded in UTF-8."
COLUMN_TWICE: Final = "The header of the CSV names a column twice."
TOO_FEW_ACTIVE_USERS: Final = f"Dataset has fewer than {MIN_ACTIVE_USERS} users with at least 2 interactions each"
TOO_SMALL_SHARE: Final = (
    f"Dataset has fewer than {MIN_ACTIVE_USER_SHARE:.0%} of users with at least 2 interactions each"
)
SAME_TIMESTAMP: Final = "All interactions have the same timestamp; user segments cannot be trained on them."

_DOCUMENTED: Final = (
    NOT_CONFORM,
    TOO_FEW_ACTIVE_USERS,
    "Input CSV is missing the following columns: ",
    "Length cannot be more than ",
    f"Dataset has fewer than {MIN_INTERACTIONS} interactions",
)


def is_documented(reason: str) -> bool:
    """Whether a public document quotes these words as the service's; others are what the local Personalize says."""
    return reason.startswith(_DOCUMENTED)


def missing_columns(names: Iterable[str]) -> str:
    """The header lacks columns of the schema."""
    return f"Input CSV is missing the following columns: [{', '.join(names)}]"


def too_long(column: str, most: int) -> str:
    """A value has too many characters."""
    return f"Length cannot be more than {most} characters for {column}"


def out_of_range(column: str, least: int, most: int) -> str:
    """A number that its column cannot hold (`facts.fields.VALUE_RANGES`)."""
    return f"{column} must be from {least} to {most}."


def too_few_rows(rows: int) -> str:
    """An import of interactions."""
    return f"Input CSV has fewer than {MIN_IMPORTED_INTERACTIONS} interactions; it has {rows}."


def too_few_interactions(event_types: str) -> str:
    """A training; `event_types` are those that the solution filters by, empty for none."""
    after = f" after filtering by event type: {event_types}" if event_types else ""
    return f"Dataset has fewer than {MIN_INTERACTIONS} interactions{after}"


def too_many_event_types(event_types: int, columns: int) -> str:
    """A training; `columns` are the optional ones of the Interactions dataset."""
    return (
        f"Dataset has {event_types} event types and {columns} optional columns; together at most "
        f"{MAX_EVENT_TYPES_AND_COLUMNS} are supported."
    )
