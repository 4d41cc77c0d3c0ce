"""How many rows the last good check saw: an export that broke in the middle is smaller, and otherwise looks fine."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tastemaker.errors import Finding
from tastemaker.model.datasets import MOST_LOST_SHARE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tastemaker.data.report import DatasetReport
    from tastemaker.model.project import Project

ACTIVE_USERS = "users with interactions"
ROW_COUNTS_FILE = ".tastemaker/row-counts.json"


def load_row_counts(file: Path) -> dict[str, int]:
    """Dataset type to rows; nothing when there is no such file, or none that we wrote."""
    try:
        counts = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {str(name): rows for name, rows in counts.items() if isinstance(rows, int)} if type(counts) is dict else {}


def count_rows(reports: Mapping[str, DatasetReport]) -> dict[str, int]:
    """What is remembered of a check: rows by dataset type, and the users with interactions."""
    counts = {name: report.rows for name, report in reports.items()}
    interactions = reports.get("INTERACTIONS")
    return counts if interactions is None else {**counts, ACTIVE_USERS: interactions.users}


def save_row_counts(file: Path, counts: Mapping[str, int]) -> None:
    """Remember a check without errors."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(counts, indent=2) + "\n", encoding="utf-8")


def check_row_counts(
    project: Project, reports: Mapping[str, DatasetReport], before: Mapping[str, int]
) -> Iterator[Finding]:
    """A full import replaces everything, so `import-data` refuses one that lost a fifth; here it is told before."""
    for dataset in project.datasets.declared():
        report = reports.get(dataset.dataset_type)
        earlier = before.get(dataset.dataset_type, 0)
        if report is None or dataset.allow_shrink or report.rows >= earlier * (1 - MOST_LOST_SHARE):
            continue
        lost = 1 - report.rows / earlier
        message = f"{report.rows} rows, {lost:.0%} less than the {earlier} of the last good check"
        hint = f"Look for a broken export; if it is meant, set allowShrink: true at datasets.{dataset.key}."
        yield Finding(str(report.path), 1, 1, "row-count-shrink", message, hint)
