"""From raw sources to the CSVs that Amazon Personalize imports."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

import duckdb

from tastemaker.data.database import open_database
from tastemaker.data.dialect import quote_name, quote_text
from tastemaker.data.sources import first_line, open_sources
from tastemaker.errors import DataError, Finding
from tastemaker.model.suggest import build_hint

if TYPE_CHECKING:
    from pathlib import Path

    from tastemaker.model.datasets import Dataset
    from tastemaker.model.project import Project

_ERROR_LINE = re.compile(r"^LINE (\d+): ", re.MULTILINE)
_WRAPPER = "SELECT * FROM (\n"


def prepare_datasets(project: Project, out_dir: Path) -> dict[str, Path]:
    """Run each dataset's SQL over the sources and write one CSV each.

    Rows are in the order of TIMESTAMP where there is one, then of all columns, so that equal data gives equal bytes.
    A file appears under its name only when it is complete; when anything is wrong, none is replaced.

    Returns:
        Dataset type (`INTERACTIONS` …) to file; datasets with `path` keep their own file.

    Raises:
        DataError: sources or SQL files are missing, or SQL fails; with every finding.
    """
    files: dict[str, Path] = {}
    written: list[tuple[Path, Path]] = []
    with open_database() as database:
        findings = open_sources(database, project) if _uses_sql(project) else []
        broken_sources = bool(findings)
        for dataset in project.datasets.declared():
            if dataset.sql is None:
                files[dataset.dataset_type] = project.root / (dataset.path or "")
                continue
            target = out_dir / f"{dataset.key}.csv"
            found = _prepare_dataset(database, project, dataset, target, check_only=broken_sources)
            findings += found
            files[dataset.dataset_type] = target
            written.append((_partial(target), target))
    _finish(written, keep=not findings)
    if findings:
        raise DataError(findings)
    return files


def _finish(written: list[tuple[Path, Path]], *, keep: bool) -> None:
    for partial, target in written:
        if keep:
            partial.replace(target)
        else:
            partial.unlink(missing_ok=True)


def _partial(target: Path) -> Path:
    return target.with_name(f".{target.name}.partial")


def _uses_sql(project: Project) -> bool:
    return any(dataset.sql is not None for dataset in project.datasets.declared())


def _prepare_dataset(
    database: duckdb.DuckDBPyConnection, project: Project, dataset: Dataset, target: Path, *, check_only: bool
) -> list[Finding]:
    path = project.root / str(dataset.sql)
    try:
        sql = path.read_text(encoding="utf-8-sig").strip().removesuffix(";")
    except (OSError, UnicodeDecodeError):
        spot = project.locations.find(("datasets", dataset.key, "sql"))
        message = f"there is no readable SQL file {path}"
        return [Finding(str(project.file), *spot, "sql-not-found", message, "Correct the path.")]
    if check_only:  # with a source missing, every mistake in the SQL would look like one of the SQL's own
        return []
    query = f"{_WRAPPER}{sql}\n)"
    try:
        present = [str(column[0]) for column in database.execute(f"DESCRIBE {query}").fetchall()]
        missing = [name for name in dataset.schema_fields if name not in present]
        if missing:
            return [_missing_finding(path, missing, present)]
        target.parent.mkdir(parents=True, exist_ok=True)
        database.execute(_build_copy(dataset, query, _partial(target)))
    except duckdb.Error as error:
        return [_sql_finding(path, error)]
    return []


def _build_copy(dataset: Dataset, query: str, target: Path) -> str:
    names = list(dataset.schema_fields)
    first = [name for name in ("TIMESTAMP",) if name in names]
    order = ", ".join(quote_name(name) for name in [*first, *(name for name in names if name not in first)])
    columns = ", ".join(quote_name(name) for name in names)
    options = "FORMAT csv, HEADER true, DELIMITER ',', QUOTE '\"', ESCAPE '\\', NULLSTR ''"
    rows = f"SELECT {columns} FROM ({query}) ORDER BY {order}"
    return f"COPY ({rows}) TO {quote_text(str(target))} ({options})"


def _missing_finding(path: Path, missing: list[str], present: list[str]) -> Finding:
    message = f"the result lacks the following columns of the schema: [{', '.join(missing)}]"
    return Finding(str(path), 1, 1, "sql-missing-column", message, build_hint(missing[0], present, "The result has"))


def _sql_finding(path: Path, error: duckdb.Error) -> Finding:
    text = str(error)
    match = _ERROR_LINE.search(text)
    line = max(int(match[1]) - 1, 1) if match is not None else 1
    hint = "One SELECT in DuckDB's dialect over the sources of the project file."
    return Finding(str(path), line, _find_caret(text), "sql-error", first_line(error), hint)


def _find_caret(text: str) -> int:
    """Column of the `^` that DuckDB draws under the mistake; 1 where it draws none."""
    lines = text.splitlines()
    for line, under in pairwise(lines):
        prefix = _ERROR_LINE.match(line)
        if prefix is not None and set(under.strip()) == {"^"} and not line.startswith(prefix[0] + "..."):
            return max(under.index("^") - prefix.end() + 1, 1)
    return 1
