"""Checking a project with its data: what every verb does first that needs either."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from rich.text import Text

from tastemaker.cli.estimating import check_budget
from tastemaker.cli.progress import step
from tastemaker.cli.screen import moment, show_findings
from tastemaker.data.check import PREPARED_FOLDER, check_datasets
from tastemaker.data.portable import check_portability
from tastemaker.data.prepare import prepare_datasets
from tastemaker.data.row_counts import ROW_COUNTS_FILE, count_rows, load_row_counts, save_row_counts
from tastemaker.data.side_tables import read_side_tables
from tastemaker.errors import DataError, Finding, UserFileError
from tastemaker.model.load import read_project
from tastemaker.plan.build import build_plan

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from rich.console import Console

    from tastemaker.data.report import DataReport
    from tastemaker.data.side_tables import Items
    from tastemaker.model.project import Project
    from tastemaker.plan.specs import Plan

DAY_SECONDS = 86_400


@dataclass(frozen=True)
class Checked:
    """A project without errors: its plan, prepared files, their figures and warnings, what its own tables hold here."""

    project: Project
    plan: Plan
    data: DataReport
    files: Mapping[str, Path]
    side_tables: Mapping[str, Items]

    def facts(self) -> dict[str, Any]:
        """Dataset type to figures, for JSON."""
        return {
            name: {key: str(value) if key == "path" else value for key, value in asdict(report).items()}
            for name, report in self.data.datasets.items()
        }

    def day_after_newest_interaction(self) -> float:
        """Midnight UTC: the natural moment at which to import data that ends there."""
        newest = self.data.datasets["INTERACTIONS"].last_timestamp or 0
        return float((newest // DAY_SECONDS + 1) * DAY_SECONDS)


@dataclass(frozen=True)
class Inspection:
    """All that checking found.

    Attributes:
        findings: of project file, filters and data, sorted.
        data: None when the data could not be prepared.
        files: dataset type to prepared file.
        side_tables: table of item metadata to what it holds here.
    """

    project: Project
    findings: tuple[Finding, ...]
    data: DataReport | None
    files: Mapping[str, Path]
    side_tables: Mapping[str, Items]

    @property
    def passed(self) -> bool:
        return self.data is not None and all(finding.severity == "warning" for finding in self.findings)


def inspect_project(path: Path, environment: str, *, with_figures: bool = False) -> Inspection:
    """Check the project file, its filters, its data and its budget.

    Raises:
        ProjectFileError: there is nothing to read.
    """
    project, findings = read_project(path)
    found = [*findings, *_check_batch_files(project)]
    files: Mapping[str, Path] = {}
    data: DataReport | None = None
    prepared_folder = project.root / PREPARED_FOLDER
    side_tables = read_side_tables(project)
    found += side_tables.findings
    try:
        with step("preparing and checking the data"):
            files = prepare_datasets(project, prepared_folder)
            before = load_row_counts(project.root / ROW_COUNTS_FILE)
            data = check_datasets(project, files, now=time.time(), rows_before=before, with_figures=with_figures)
            found += data.findings
        foreign = [] if findings else check_portability(project.in_environment(environment), prepared_folder)
        found += foreign
        if not findings and not foreign:
            found += check_budget(project, build_plan(project, environment), count_rows(data.datasets))
    except DataError as error:
        found += error.findings
    return Inspection(project, tuple(sorted(set(found))), data, files, side_tables.items)


def accept(inspection: Inspection, environment: str) -> Checked:
    """The plan of what passed; remembers how many rows there were.

    Raises:
        UserFileError: with every finding; warnings alone raise nothing.
    """
    if inspection.data is None or not inspection.passed:
        raise UserFileError(inspection.findings)
    save_row_counts(inspection.project.root / ROW_COUNTS_FILE, count_rows(inspection.data.datasets))
    project = inspection.project
    plan = build_plan(project, environment)
    return Checked(project, plan, inspection.data, inspection.files, inspection.side_tables)


def check_project(path: Path, environment: str) -> Checked:
    """Check everything before anything is done.

    Raises:
        UserFileError: with every finding of project file, filters and data, sorted by file and line.
    """
    return accept(inspect_project(path, environment), environment)


def _check_batch_files(project: Project) -> list[Finding]:
    return [
        Finding(
            str(project.file),
            *project.locations.find(("batch", name, "file")),
            "batch-file-not-found",
            f"there is no file {project.root / job.file}",
            "Correct the path, or leave `file` out; then batch jobs have no input on a laptop.",
        )
        for name, job in project.batch.items()
        if job.file is not None and not (project.root / job.file).is_file()
    ]


def show_checked(console: Console, checked: Checked) -> None:
    """One line for the project file and one for each dataset."""
    project = checked.project
    counts = {
        "solution": len(project.solutions), "campaign": len(project.campaigns), "filter": len(project.filters),
        "route": len(checked.plan.routes),
    }  # fmt: skip
    parts = [f"{count} {what}{'' if count == 1 else 's'}" for what, count in counts.items()]
    console.print(Text.assemble(("  ok  ", "green"), f"{project.file}: ", ", ".join(parts)))
    for name, report in checked.data.datasets.items():
        figures = [f"{report.rows:,} rows"]
        figures += [f"{count:,} {what}" for what, count in (("users", report.users), ("items", report.items)) if count]
        if report.first_timestamp is not None and report.last_timestamp is not None:
            figures.append(f"{moment(report.first_timestamp)} to {moment(report.last_timestamp)} UTC")
        console.print(Text.assemble(("  ok  ", "green"), f"{name}: ", ", ".join(figures)))
    if checked.data.warnings:
        show_findings(console, checked.data.warnings)
    for finding in checked.data.silenced:
        reason = project.silence[finding.rule]
        console.print(Text(f"  silenced  {finding.rule}: {finding.message} ({reason})", style="dim"))
