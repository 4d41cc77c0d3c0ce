"""`tastemaker check --fix`: writes files that would be accepted, and says what became of every value."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import duckdb
from rich.text import Text

from tastemaker.cli.inspecting import inspect_project
from tastemaker.cli.progress import step
from tastemaker.cli.report import print_json
from tastemaker.cli.screen import err, out, show_findings
from tastemaker.data.check import check_datasets
from tastemaker.data.fix import Fixed, fix_dataset

if TYPE_CHECKING:
    from pathlib import Path

    from tastemaker.cli.inspecting import Inspection

FIXED_FOLDER = ".tastemaker/fixed"


def fix_files(project_path: Path, environment: str, *, as_json: bool) -> int:
    """Exit code: 0 when all files would be accepted now, or were before; 2 when something is left.

    Raises:
        ProjectFileError: there is nothing to read.
    """
    inspection = inspect_project(project_path, environment)
    fixed = _fix(inspection)
    files = {**inspection.files, **{name: one.path for name, one in fixed.items()}}
    with step("checking the fixed files"):
        data = check_datasets(inspection.project, files)
    others = [finding for finding in inspection.findings if finding.file not in map(str, inspection.files.values())]
    left = tuple(sorted({*others, *data.findings}))
    failed = any(finding.severity == "error" for finding in left)
    if as_json:
        facts = {name: {**asdict(one), "path": str(one.path)} for name, one in fixed.items()}
        print_json(
            {
                "status": "FINDINGS" if failed else "OK",
                "fixed": facts,
                "findings": [asdict(finding) for finding in left],
            }
        )
    else:
        _show(inspection, fixed)
    if failed:
        show_findings(err(), left)
    return 2 if failed else 0


def _fix(inspection: Inspection) -> dict[str, Fixed]:
    """Dataset type to what was written, of the files with any finding."""
    marked = {finding.file for finding in inspection.findings}
    fixed: dict[str, Fixed] = {}
    for dataset in inspection.project.datasets.declared():
        path = inspection.files.get(dataset.dataset_type)
        if path is None or str(path) not in marked or not path.is_file():
            continue
        target = inspection.project.root / FIXED_FOLDER / f"{dataset.key}.csv"
        try:
            with step(f"fixing {path}"):
                written = fix_dataset(dataset, path, target)
        except duckdb.Error as error:
            err().print(f"{path}: {str(error).splitlines()[0]}")
            continue
        if written is not None:
            fixed[dataset.dataset_type] = written
    return fixed


def _show(inspection: Inspection, fixed: dict[str, Fixed]) -> None:
    console = out()
    if not fixed:
        console.print("There is nothing to fix." if inspection.passed else "Nothing could be fixed.")
    for name, one in fixed.items():
        changes = [f"{count:,} values of {column} rewritten" for column, count in one.changed.items()]
        lost = one.rows_read - one.rows_written
        if lost:
            changes.append(f"{lost:,} rows left out (repeated, or nothing to save)")
        what = "; ".join(changes) or "only its form changed"
        console.print(Text.assemble(("  fixed  ", "green"), f"{name}: {one.rows_written:,} rows in {one.path}; {what}"))
    if fixed:
        console.print(
            "The given files are as they were. Point `path:` of the dataset at the fixed file, or mend the export."
        )
