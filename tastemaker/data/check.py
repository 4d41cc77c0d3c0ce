"""Would Amazon Personalize take this data? All findings at once."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import duckdb

from tastemaker.data.database import open_database
from tastemaker.data.header import read_header
from tastemaker.data.locate import locate_bad_values
from tastemaker.data.minimums import check_minimums
from tastemaker.data.prepare import prepare_datasets
from tastemaker.data.profile import Profile, profile_rows
from tastemaker.data.rejects import find_rejects, forget_rejects
from tastemaker.data.report import DataReport, DatasetReport
from tastemaker.data.rows import Rows, build_rows
from tastemaker.data.selections import Selection, build_selections
from tastemaker.errors import DataError, Finding

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from tastemaker.data.dialect import CsvFile
    from tastemaker.data.locate import BadValue
    from tastemaker.data.value_checks import ValueCheck
    from tastemaker.model.datasets import Dataset
    from tastemaker.model.project import Project

PREPARED_FOLDER = ".tastemaker/prepared"


def check_datasets(project: Project, files: Mapping[str, Path] | None = None) -> DataReport:
    """Check every dataset file by the rules of imports and of training.

    Args:
        project: what the files must fit.
        files: dataset type to CSV, as `prepare_datasets` returns; None prepares into `.tastemaker/prepared` beside the
            project file.

    Returns:
        Figures and findings; findings of preparing are among them, and a dataset that was not prepared has no figures.
    """
    reports: dict[str, DatasetReport] = {}
    findings: list[Finding] = []
    if files is None:
        files, found = _prepare(project)
        findings.extend(found)
    for dataset in project.datasets.declared():
        if dataset.dataset_type not in files:
            continue
        selections = build_selections(project) if dataset.key == "interactions" else ()
        report, found = check_dataset(dataset, files[dataset.dataset_type], selections)
        reports[dataset.dataset_type] = report
        findings.extend(found)
    return DataReport(tuple(sorted(findings)), reports)


def _prepare(project: Project) -> tuple[Mapping[str, Path], tuple[Finding, ...]]:
    try:
        return prepare_datasets(project, project.root / PREPARED_FOLDER), ()
    except DataError as error:
        given = (dataset for dataset in project.datasets.declared() if dataset.path is not None)
        return {dataset.dataset_type: project.root / str(dataset.path) for dataset in given}, error.findings


def check_dataset(
    dataset: Dataset, path: Path, selections: Sequence[Selection] = ()
) -> tuple[DatasetReport, tuple[Finding, ...]]:
    """Check one file; never raises for what the file holds."""
    header = read_header(path, dataset)
    report = DatasetReport(dataset.dataset_type, path, path.stat().st_size if path.is_file() else 0)
    if header.csv is None:
        return report, header.findings
    try:
        profile, findings = _check_rows(dataset, header.csv, selections)
    except duckdb.Error as error:
        message = str(error).splitlines()[0]
        hint = "Check that the file is a CSV with commas and double quotes."
        return report, (*header.findings, Finding(str(path), 1, 1, "csv-unreadable", message, hint))
    report = replace(
        report,
        rows=profile.rows,
        users=profile.users,
        items=profile.items,
        event_types=profile.event_types,
        first_timestamp=profile.first_timestamp,
        last_timestamp=profile.last_timestamp,
    )
    return report, (*header.findings, *findings)


def _check_rows(dataset: Dataset, csv: CsvFile, selections: Sequence[Selection]) -> tuple[Profile, tuple[Finding, ...]]:
    with open_database() as database:
        rows = build_rows(csv, dataset)
        profile = profile_rows(database, rows, selections)
        rejects = find_rejects(database, rows)
        if any(reject.rule == "csv-quotes" for reject in rejects):
            rows, profile, rejects = _read_doubled_quotes(database, rows, profile, rejects, selections)
        findings = list(rejects)
        if profile.broken:
            lines = [reject.line for reject in rejects]
            found = locate_bad_values(database, rows, lines)
            findings += [_build_value_finding(csv, check, bad) for check, bad in found]
        if dataset.key == "interactions" and rows.has("USER_ID", "ITEM_ID", "TIMESTAMP"):
            findings += check_minimums(database, rows, profile, selections)
        return profile, tuple(findings)


def _build_value_finding(csv: CsvFile, check: ValueCheck, bad: BadValue) -> Finding:
    message = check.message.format(value=_shorten(bad.value), rows=_count(bad.rows))
    return Finding(str(csv.path), bad.line, bad.column, check.rule, message, check.hint, check.source)


def _read_doubled_quotes(
    database: duckdb.DuckDBPyConnection,
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
    hint = "Write the file with backslash as the escape character, or give the rows by `sql`, which does."
    return (
        other_rows,
        other_profile,
        (*other_rejects, replace(first, rule="csv-doubled-quote", message=message, hint=hint)),
    )


def _shorten(value: str) -> str:
    return value if len(value) <= 40 else f"{value[:37]}…"


def _count(rows: int) -> str:
    return "1 row" if rows == 1 else f"{rows} rows"
