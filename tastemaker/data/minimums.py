"""What training needs of the interactions, in the service's words. Source: reference §1.3 and §2.5."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tastemaker.data.dialect import quote_name
from tastemaker.errors import Finding
from tastemaker.facts import failure_reasons
from tastemaker.facts.limits import (
    MAX_EVENT_TYPES_AND_COLUMNS,
    MIN_ACTIVE_USER_SHARE,
    MIN_ACTIVE_USERS,
    MIN_IMPORTED_INTERACTIONS,
    MIN_INTERACTIONS,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from duckdb import DuckDBPyConnection

    from tastemaker.data.counts import SelectionCounts
    from tastemaker.data.profile import Profile
    from tastemaker.data.rows import Rows
    from tastemaker.data.selections import Selection

_SOURCE = "developer guide, limits"
_SAMPLE_ROWS = 10_000


def check_minimums(
    database: DuckDBPyConnection, rows: Rows, profile: Profile, selections: Sequence[Selection]
) -> Iterator[Finding]:
    """Findings about the file as a whole; they stand in line 1."""
    file = str(rows.csv.path)
    yield from _check_event_types(file, rows, profile)
    unique = min(profile.rows, count_unique_rows(database, rows, profile))
    if unique < MIN_IMPORTED_INTERACTIONS:
        few_rows = profile.rows < MIN_IMPORTED_INTERACTIONS  # the import counts rows, the training those that differ
        reason = failure_reasons.too_few_rows(profile.rows) if few_rows else failure_reasons.too_few_interactions("")
        message = failure_reasons.too_few_interactions("")
        hint = f"It has {unique} that differ; every import needs {MIN_IMPORTED_INTERACTIONS}. Add older interactions."
        yield Finding(file, 1, 1, "too-few-interactions", message, hint, _SOURCE, failure_reason=reason)
    for selection, counts in zip(selections, profile.selections, strict=True):
        yield from _check_selection(file, profile, selection, counts, enough=unique >= MIN_IMPORTED_INTERACTIONS)


def count_unique_rows(database: DuckDBPyConnection, rows: Rows, profile: Profile) -> int:
    """Rows that differ in any column, because the service collapses equal ones; exact below the minimum only.

    So many users, or items, settle it, and nearly always the head of the file does.
    """
    if max(profile.users, profile.items) >= MIN_IMPORTED_INTERACTIONS:
        return max(profile.users, profile.items)
    names = ", ".join(quote_name(name) for name in rows.dataset.schema_fields)
    for tail in (f" LIMIT {_SAMPLE_ROWS}", ""):
        query = f"SELECT count(*) FROM (SELECT DISTINCT {names} FROM ({rows.relation}{tail}))"
        found = database.execute(query).fetchone() or (0,)
        if int(found[0]) >= MIN_IMPORTED_INTERACTIONS:
            break
    return int(found[0])


def _check_selection(
    file: str, profile: Profile, selection: Selection, counts: SelectionCounts, *, enough: bool
) -> Iterator[Finding]:
    who = f" Solution{'s' * (len(selection.solutions) > 1)}: {', '.join(selection.solutions)}." * bool(selection.words)
    if selection.words and enough and counts.interactions < MIN_INTERACTIONS:
        reason = failure_reasons.too_few_interactions(selection.words)
        hint = f"It has {counts.interactions}; use another event type or a lower threshold.{who}"
        yield Finding(file, 1, 1, "too-few-interactions", reason, hint, _SOURCE, failure_reason=reason)
    if counts.active_users < MIN_ACTIVE_USERS:
        reason = failure_reasons.TOO_FEW_ACTIVE_USERS
        hint = f"It has {counts.active_users} of {profile.users} users; check that USER_ID identifies people.{who}"
        yield Finding(file, 1, 1, "too-few-active-users", reason, hint, _SOURCE, failure_reason=reason)
    elif counts.active_users < MIN_ACTIVE_USER_SHARE * counts.users:
        reason = failure_reasons.TOO_SMALL_SHARE
        found = f"{counts.active_users} of {counts.users}, {counts.active_users / counts.users:.2%}"
        hint = f"It has {found}. Leave anonymous visits out, or give sessions of one person one USER_ID.{who}"
        yield Finding(file, 1, 1, "too-small-share-of-active-users", reason, hint, _SOURCE, failure_reason=reason)


def _check_event_types(file: str, rows: Rows, profile: Profile) -> Iterator[Finding]:
    required = {"USER_ID", "ITEM_ID", "TIMESTAMP"}
    columns = len(set(rows.dataset.schema_fields) - required)
    if profile.event_types + columns > MAX_EVENT_TYPES_AND_COLUMNS:
        reason = failure_reasons.too_many_event_types(profile.event_types, columns)
        hint = "Merge event types in SQL, or drop columns: training would fail."
        page = "developer guide, how-it-works-dataset-schema, limits"
        yield Finding(file, 1, 1, "too-many-event-types", reason, hint, page, failure_reason=reason)
