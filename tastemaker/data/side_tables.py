"""What the team's own tables of item metadata hold on the laptop: CSV files with key and attributes as columns."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tastemaker.errors import Finding
from tastemaker.model.endpoints import ItemsEndpoint, RankingEndpoint

if TYPE_CHECKING:
    from pathlib import Path

    from tastemaker.model.endpoints import SideTable
    from tastemaker.model.project import Project

    Items = list[dict[str, str]]


@dataclass(frozen=True)
class SideTables:
    """Table to its items, one for each key: the last row of it, without empty values."""

    items: dict[str, Items] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()


def read_side_tables(project: Project) -> SideTables:
    """Read and check the file of every route that names one."""
    items: dict[str, Items] = {}
    findings: set[Finding] = set()
    for _, endpoint in project.endpoints.asking():
        table = endpoint.metadata if isinstance(endpoint, (ItemsEndpoint, RankingEndpoint)) else None
        if table is None or table.path is None:
            continue
        rows, found = _read(project.root / table.path, table)
        items[table.table] = rows
        findings.update(found)
    return SideTables(items, tuple(sorted(findings)))


def _read(file: Path, table: SideTable) -> tuple[Items, list[Finding]]:
    try:
        with file.open(encoding="utf-8-sig", newline="") as text:
            rows = csv.DictReader(text)
            missing = [name for name in (table.key, *table.attributes) if name not in (rows.fieldnames or ())]
            if missing:
                message = f"the header lacks {', '.join(missing)}"
                return [], [Finding(str(file), 1, 1, "side-table-column", message, "Add the columns of `metadata`.")]
            return _items(file, table, rows)
    except OSError as error:
        message = f"the file of table `{table.table}` cannot be read: {error.strerror}"
        return [], [Finding(str(file), 0, 0, "side-table-unreadable", message, "Change `path` of `metadata`.")]
    except (UnicodeDecodeError, csv.Error) as error:
        message = f"the file of table `{table.table}` is no CSV in UTF-8: {error}"
        return [], [Finding(str(file), 0, 0, "side-table-unreadable", message, "Save it as UTF-8.")]


def _items(file: Path, table: SideTable, rows: csv.DictReader[str]) -> tuple[Items, list[Finding]]:
    found: dict[str, dict[str, str]] = {}
    for row in rows:
        item = {name: value for name, value in row.items() if name and isinstance(value, str) and value}
        if table.key not in item:
            message = f"a row has no {table.key}"
            return [], [Finding(str(file), rows.line_num, 1, "side-table-key", message, "Give every item its id.")]
        found[item[table.key]] = item
    return list(found.values()), []
