"""Would Amazon Personalize take this data, and learn from it? All findings at once."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import duckdb

from tastemaker.data.database import open_database
from tastemaker.data.figures import build_figures
from tastemaker.data.header import read_header
from tastemaker.data.health import check_health
from tastemaker.data.local_copy import is_packed
from tastemaker.data.locate import locate_bad_values
from tastemaker.data.minimums import check_minimums
from tastemaker.data.plain import LARGE_BYTES, profile_plain_rows
from tastemaker.data.prepare import prepare_datasets
from tastemaker.data.profile import Scanned, profile_rows
from tastemaker.data.rejects import find_rejects, forget_rejects
from tastemaker.data.report import DataReport, DatasetReport
from tastemaker.data.row_counts import check_row_counts
from tastemaker.data.rows import build_rows
from tastemaker.data.selections import build_selections
from tastemaker.errors import DataError, Finding
from tastemaker.facts import failure_reasons

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from duckdb import DuckDBPyConnection

    from tastemaker.data.dialect import CsvFile
    from tastemaker.data.locate import BadValue
    from tastemaker.data.profile import Profile
    from tastemaker.data.rows import Rows
    from tastemaker.data.selections import Selection
    from tastemaker.data.value_checks import ValueCheck
    from tastemaker.model.datasets import Dataset
    from tastemaker.model.project import Project

PREPARED_FOLDER = ".tastemaker/prepared"


def check_datasets(
    project: Project,
    files: Mapping[str, Path] | None = None,
    *,
    now: float | None = None,
    rows_before: Mapping[str, int] | None = None,
    with_figures: bool = False,
    large_bytes: int = LARGE_BYTES,
) -> DataReport:
    """Check every dataset file by the rules of imports and of training.

    Args:
        project: what the files must fit, and which rules it silences.
        files: dataset type to CSV, as `prepare_datasets` returns; None prepares into `.tastemaker/prepared` beside the
            project file.
        now: epoch seconds, to tell whether the newest data are old; None does not look.
        rows_before: dataset type to the rows of the last good check (`row_counts.py`).
        with_figures: count what the HTML report draws, too.
        large_bytes: interactions from this size on are counted by compiled loops, with the same outcome.

    Returns:
        Figures and findings; findings of preparing are among them, and a dataset that was not prepared has no figures.
    """
    found: list[Finding] = []
    if files is None:
        files, found = _prepare(project)
    with open_database() as database:
        reports, scans, findings = _check_files(database, project, files, large_bytes)
        found += findings
        found += check_health(database, project, scans, now)
        figures = build_figures(database, scans) if with_figures else None
    found += check_row_counts(project, reports, rows_before or {})
    kept, silenced = _split_silenced(project, found)
    return DataReport(kept, reports, silenced, figures)


def _check_files(
    database: DuckDBPyConnection, project: Project, files: Mapping[str, Path], large_bytes: int
) -> tuple[dict[str, DatasetReport], dict[str, Scanned], list[Finding]]:
    """Dataset type to figures, and to what was scanned where the file can be read; findings of each file."""
    reports: dict[str, DatasetReport] = {}
    scans: dict[str, Scanned] = {}
    found: list[Finding] = []
    for dataset in project.datasets.declared():
        if dataset.dataset_type in files:
            selections = build_selections(project) if dataset.key == "interactions" else ()
            path = files[dataset.dataset_type]
            report, scan, findings = _check_dataset(database, dataset, path, selections, large_bytes)
            reports[dataset.dataset_type] = report
            scans |= {} if scan is None else {dataset.dataset_type: scan}
            found += findings
    return reports, scans, found


def _split_silenced(project: Project, found: Sequence[Finding]) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
    """What is told, and what the project silences; both sorted."""
    kept = tuple(sorted(finding for finding in found if finding.rule not in project.silence))
    return kept, tuple(sorted(finding for finding in found if finding.rule in project.silence))


def _prepare(project: Project) -> tuple[Mapping[str, Path], list[Finding]]:
    try:
        return prepare_datasets(project, project.root / PREPARED_FOLDER), []
    except DataError as error:
        declared = project.datasets.declared()
        given = {dataset.dataset_type: project.root / dataset.path for dataset in declared if dataset.path is not None}
        plain = {name: path for name, path in given.items() if path.is_file() and not is_packed(path)}
        return plain, list(error.findings)


def check_dataset(
    dataset: Dataset, path: Path, selections: Sequence[Selection] = ()
) -> tuple[DatasetReport, tuple[Finding, ...]]:
    """Check one file by itself; never raises for what the file holds."""
    with open_database() as database:
        report, _, findings = _check_dataset(database, dataset, path, selections, LARGE_BYTES)
    return report, findings


def _check_dataset(
    database: DuckDBPyConnection, dataset: Dataset, path: Path, selections: Sequence[Selection], large_bytes: int
) -> tuple[DatasetReport, Scanned | None, tuple[Finding, ...]]:
    header = read_header(path, dataset)
    report = DatasetReport(dataset.dataset_type, path, path.stat().st_size if path.is_file() else 0)
    if header.csv is None:
        return report, None, header.findings
    try:
        large = report.size_bytes >= large_bytes
        scan, findings = _check_rows(database, build_rows(header.csv, dataset), selections, large=large)
    except duckdb.Error as error:
        return report, None, (*header.findings, _build_unreadable_finding(path, error))
    profile = scan.profile
    report = replace(
        report,
        rows=profile.rows,
        users=profile.users,
        items=profile.items,
        event_types=profile.event_types,
        first_timestamp=profile.first_timestamp,
        last_timestamp=profile.last_timestamp,
    )
    return report, scan, (*header.findings, *findings)


def _build_unreadable_finding(path: Path, error: duckdb.Error) -> Finding:
    message = str(error).splitlines()[0]
    hint = "Check that the file is a CSV with commas and double quotes."
    return Finding(str(path), 1, 1, "csv-unreadable", message, hint, failure_reason=failure_reasons.NOT_CONFORM)


def _check_rows(
    database: DuckDBPyConnection, rows: Rows, selections: Sequence[Selection], *, large: bool
) -> tuple[Scanned, tuple[Finding, ...]]:
    profile, findings = profile_plain_rows(database, rows, selections) if large else None, list[Finding]()
    if profile is None:
        rows, profile, findings = _check_values(database, rows, selections)
    if rows.dataset.key == "interactions" and rows.has("USER_ID", "ITEM_ID", "TIMESTAMP"):
        findings += check_minimums(database, rows, profile, selections)
    return Scanned(rows, profile), tuple(findings)


def _check_values(
    database: DuckDBPyConnection, rows: Rows, selections: Sequence[Selection]
) -> tuple[Rows, Profile, list[Finding]]:
    """Findings about lines and values, and the rows as they were read best."""
    profile = profile_rows(database, rows, selections)
    rejects = find_rejects(database, rows)
    if any(reject.rule == "csv-quotes" for reject in rejects):
        rows, profile, rejects = _read_doubled_quotes(database, rows, profile, rejects, selections)
    findings = list(rejects)
    if profile.suspicious:
        found = locate_bad_values(database, rows, [reject.line for reject in rejects])
        findings += [_build_value_finding(rows.csv, check, bad) for check, bad in found]
    return rows, profile, findings


def _build_value_finding(csv: CsvFile, check: ValueCheck, bad: BadValue) -> Finding:
    message = check.message.format(value=_shorten(bad.value), rows=_count(bad.rows))
    spot = (str(csv.path), bad.line, bad.column)
    return Finding(*spot, check.rule, message, check.hint, check.source, check.severity, check.failure_reason)


def _read_doubled_quotes(
    database: DuckDBPyConnection,
    rows: Rows,
    profile: Profile,
    rejects: tuple[Finding, ...],
    selections: Sequence[Selection],
) -> tuple[Rows, Profile, tuple[Finding, ...]]:
    """The file read with `""` for a quote, when that reads more of it; the service documents the backslash only."""
    forget_rejects(database)
    other_rows = build_rows(replace(rows.csv, escape='"'), rows.dataset)
    other_profile = profile_rows(database, other_rows, selections)
    other_rejects = find_rejects(database, other_rows)
    if len(other_rejects) >= len(rejects):
        return rows, profile, rejects
    first = next(reject for reject in rejects if reject.rule == "csv-quotes")
    message = 'a quote inside quotes is written "" here; Amazon Personalize documents \\"'
    hint = "Run tastemaker check --fix, or give the rows by `sql`: both write a backslash before such quotes."
    return (
        other_rows,
        other_profile,
        (*other_rejects, replace(first, rule="csv-doubled-quote", message=message, hint=hint)),
    )


def _shorten(value: str) -> str:
    return value if len(value) <= 40 else f"{value[:37]}…"


def _count(rows: int) -> str:
    return "1 row" if rows == 1 else f"{rows} rows"
