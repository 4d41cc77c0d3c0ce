"""What Amazon Personalize takes without a word, and what then makes poor recommendations or none. All are warnings."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tastemaker.data.counts import count_unknown
from tastemaker.data.dialect import quote_name
from tastemaker.data.header import find_column
from tastemaker.data.profile import HOUR_SECONDS, LEAST_REPEATED_SHARE
from tastemaker.errors import Finding
from tastemaker.facts import failure_reasons
from tastemaker.facts.fields import MAX_EPOCH_SECONDS
from tastemaker.facts.recipes import RecipeType, find_recipe

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from duckdb import DuckDBPyConnection

    from tastemaker.data.profile import Scanned
    from tastemaker.model.project import Project

DAY_SECONDS = 86_400
LEAST_UNKNOWN_SHARE = 0.01
"""Of the interactions; a few of items that are gone are nothing to worry about."""
MOST_COLD_SHARE = 0.5
MOST_EMPTY_SHARE = 0.3
"""The guide advises to fill 70 % of each column."""
LONGEST_GAP_DAYS, LOOKED_AT_DAYS = 7, 90
OLDEST_DAYS = 30
MOST_CATEGORIES = 30
_PREPARING = "developer guide, preparing-training-data"


@dataclass(frozen=True)
class Look:
    """What every look at the data takes; `scans` is dataset type to scan, of the files that could be read."""

    database: DuckDBPyConnection
    project: Project
    scans: Mapping[str, Scanned]
    now: float | None

    def fetch(self, query: str) -> tuple[float, ...]:
        return tuple(self.database.execute(query).fetchone() or ())


def check_health(
    database: DuckDBPyConnection, project: Project, scans: Mapping[str, Scanned], now: float | None
) -> Iterator[Finding]:
    """Everything that is worth a look; nothing here fails an import."""
    look = Look(database, project, scans, now)
    for dataset_type, scan in scans.items():
        yield from _check_repeats(dataset_type, scan)
        yield from _check_empty_columns(scan)
        if dataset_type != "INTERACTIONS":
            yield from _check_categories(look, scan)
    if "INTERACTIONS" in scans and scans["INTERACTIONS"].profile.rows:
        yield from _check_times(look, scans["INTERACTIONS"])
        for dataset_type, what in (("ITEMS", "item"), ("USERS", "user")):
            if dataset_type in scans:
                yield from _check_references(look, dataset_type, what)
        if "ITEMS" in scans:
            yield from _check_cold_items(look)


def _warn(scan: Scanned, rule: str, message: str, hint: str, source: str = "", column: str | None = None) -> Finding:
    """A finding about a file as a whole; where it is about a column, it stands at its name in the header."""
    names = scan.rows.csv.columns
    at = find_column(",".join(names), names.index(column)) if column is not None else 1
    return Finding(str(scan.rows.csv.path), 1, at, rule, message, hint, source, "warning")


def _check_repeats(dataset_type: str, scan: Scanned) -> Iterator[Finding]:
    profile = scan.profile
    complete = scan.rows.has(*scan.rows.dataset.schema_fields)
    if dataset_type == "INTERACTIONS" and complete and profile.repeated_share >= LEAST_REPEATED_SHARE:
        about = "" if profile.repeated_exactly else "about "
        message = f"{about}{profile.repeated_share:.1%} of the rows are equal to another one in all columns"
        hint = "The service keeps one of each. Look for an export that ran twice; check --fix drops them."
        yield _warn(scan, "duplicate-rows", message, hint, _PREPARING)
    ids = {"ITEMS": ("ITEM_ID", profile.items), "USERS": ("USER_ID", profile.users)}
    if dataset_type in ids:
        name, different = ids[dataset_type]
        if profile.rows > different > 0:
            message = f"{profile.rows} rows describe {different} different {name}s"
            hint = "One row of each counts, and which one is not documented. check --fix keeps the last."
            yield _warn(scan, "duplicate-ids", message, hint, _PREPARING, name)


def _check_empty_columns(scan: Scanned) -> Iterator[Finding]:
    for name, share in scan.profile.empty_shares.items():
        if share > MOST_EMPTY_SHARE and scan.profile.rows:
            message = f"{name} is empty in {share:.0%} of the rows"
            hint = "The guide advises to fill at least 70 % of a column; fill it, or leave it out of training."
            yield _warn(scan, "sparse-column", message, hint, _PREPARING, name)


def _check_categories(look: Look, scan: Scanned) -> Iterator[Finding]:
    fields = scan.rows.dataset.schema_fields
    names = [name for name, field in fields.items() if field.categorical and scan.rows.has(name)]
    if not names or not scan.profile.rows:
        return
    columns = ", ".join(
        f"coalesce(max(strlen({name}) - strlen(replace({name}, '|', '')) + 1), 0), count(DISTINCT {name})"
        for name in map(quote_name, names)
    )
    found = look.fetch(f"SELECT {columns} FROM ({scan.rows.relation})")
    for name, most, different in zip(names, found[::2], found[1::2], strict=True):
        if most > MOST_CATEGORIES:
            message = f"a value of {name} holds {most:.0f} categories"
            hint = f"The guide advises at most {MOST_CATEGORIES}; keep the most telling ones."
            yield _warn(scan, "many-categories", message, hint, _PREPARING, name)
        if different > max(scan.profile.rows / 2, 100):
            message = f"{name} has {different:.0f} different values in {scan.profile.rows} rows"
            hint = "A category that nearly every row has for itself teaches nothing: group the values."
            yield _warn(scan, "too-fine-categories", message, hint, column=name)


def _check_times(look: Look, scan: Scanned) -> Iterator[Finding]:
    first, last = scan.profile.first_timestamp, scan.profile.last_timestamp
    if first is None or last is None or last > MAX_EPOCH_SECONDS:  # no seconds, which is an error already
        return
    if first == last:
        yield _find_single_time(look, scan)
    if look.now is not None and last < look.now - OLDEST_DAYS * DAY_SECONDS:
        message = f"the newest interaction is {(look.now - last) / DAY_SECONDS:.0f} days old"
        yield _warn(scan, "stale-data", message, "Look whether the export still runs.", column="TIMESTAMP")
    if look.now is not None and last > look.now + DAY_SECONDS:
        message = f"the newest interaction lies {(last - look.now) / DAY_SECONDS:.0f} days in the future"
        yield _warn(scan, "future-data", message, "Check unit and time zone of TIMESTAMP.", column="TIMESTAMP")
    yield from _check_gaps(look, scan, last)


def _find_single_time(look: Look, scan: Scanned) -> Finding:
    """Fails the training of user segments; other recipes only lose the order of events."""
    message = "all interactions have the same TIMESTAMP"
    finding = _warn(scan, "single-timestamp", message, "Export when each one happened.", _PREPARING, "TIMESTAMP")
    recipes = (find_recipe(solution.recipe) for solution in look.project.solutions.values())
    if not any(recipe is not None and recipe.type is RecipeType.USER_SEGMENTATION for recipe in recipes):
        return finding
    return replace(finding, severity="error", failure_reason=failure_reasons.SAME_TIMESTAMP)


def _check_gaps(look: Look, scan: Scanned, last: int) -> Iterator[Finding]:
    """The longest silence between two interactions of the last three months."""
    query = (
        f"SELECT time, time - lag(time) OVER (ORDER BY time) AS gap FROM "
        f"(SELECT hour * {HOUR_SECONDS} AS time FROM {scan.profile.tables.hours}) "
        f"WHERE time > {last - LOOKED_AT_DAYS * DAY_SECONDS}"
    )
    found = look.fetch(f"SELECT max(gap), arg_max(time, gap), arg_max(time - gap, gap) FROM ({query})")
    if found[0] is None or found[0] <= LONGEST_GAP_DAYS * DAY_SECONDS:
        return
    after, before = (datetime.fromtimestamp(at, UTC).date() for at in found[1:])
    message = f"nothing happened between {before} and {after}, {found[0] / DAY_SECONDS:.0f} days"
    hint = "Look for exports that are missing; recipes weigh recent interactions most."
    yield _warn(scan, "recency-gap", message, hint, column="TIMESTAMP")


def _check_references(look: Look, dataset_type: str, what: str) -> Iterator[Finding]:
    interactions, described = look.scans["INTERACTIONS"], look.scans[dataset_type]
    table, known = (getattr(scan.profile.tables, f"{what}s") for scan in (interactions, described))
    rows, ids = count_unknown(look.database, f"{what}_hash", table, known)
    if rows < LEAST_UNKNOWN_SHARE * interactions.profile.rows or not rows:
        return
    share = rows / interactions.profile.rows
    message = f"{ids} {what}s with {share:.1%} of the interactions are missing in this file"
    hint = f"Filters on {dataset_type.capitalize()} do not see them. Compare how both exports write {what.upper()}_ID."
    yield _warn(described, f"{what}s-without-metadata", message, hint, column=f"{what.upper()}_ID")


def _check_cold_items(look: Look) -> Iterator[Finding]:
    interactions, items = look.scans["INTERACTIONS"], look.scans["ITEMS"]
    all_items = items.profile.items
    _, cold = count_unknown(look.database, "item_hash", items.profile.tables.items, interactions.profile.tables.items)
    if all_items and cold > MOST_COLD_SHARE * all_items:
        message = f"{cold} of {all_items} items have no interaction"
        hint = "Most recipes cannot recommend them. Drop what is sold out; new ones need a recipe that explores."
        yield _warn(items, "cold-items", message, hint, column="ITEM_ID")
