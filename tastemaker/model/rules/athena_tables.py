"""Athena knows every source by a table, and CSV columns as text only."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tastemaker.model.rules.base import Declaration, Rule, Violation
from tastemaker.model.suggest import build_hint

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tastemaker.model.preparation import RawTable
    from tastemaker.model.source import Path

_COLUMN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
"""Source: Athena user guide, tables-databases-columns-names."""


def _check(declaration: Declaration) -> Iterator[Violation]:
    project = declaration.project
    athena = project.prepare.athena
    if athena is None:
        return
    path = ("prepare", "athena", "tables")
    for name in project.sources:
        if name not in athena.tables:
            message = f"source `{name}` has no table for Athena"
            yield Violation(path, message, f"Add `{name}: {{prefix: …, columns: {{…}}}}`.", at_key=True)
    for name, table in athena.tables.items():
        if name not in project.sources:
            hint = build_hint(name, list(project.sources), "Sources")
            yield Violation((*path, name), f"there is no source `{name}`", hint, at_key=True)
        yield from _check_columns((*path, name, "columns"), table)


def _check_columns(path: Path, table: RawTable) -> Iterator[Violation]:
    for column, kind in table.columns.items():
        if _COLUMN.fullmatch(column) is None:
            message = f"`{column}` cannot be the name of a column in Athena"
            hint = "Use letters, digits and underscores, and name the column so in the raw files."
            yield Violation((*path, column), message, hint, at_key=True)
        if table.format == "csv" and kind != "string":
            message = f"{column} of a CSV is text to Athena, not {kind}"
            yield Violation((*path, column), message, "Declare string, and cast it in the SQL.")


RULE = Rule("athena-table", "Athena knows every source by a table.", "Athena user guide, OpenCSVSerDe", _check)
