"""From raw sources to the CSVs that Amazon Personalize imports."""

from __future__ import annotations

import re
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from tastemaker.data.database import open_database
from tastemaker.data.dialect import CSV_OPTIONS, quote_name, quote_text
from tastemaker.data.local_copy import CopyFailedError, fetch_file, is_packed, unpack_file
from tastemaker.data.sources import FETCHED_FOLDER, count_source_rows, first_line, open_sources
from tastemaker.errors import DataError, Finding
from tastemaker.facts.fields import MAX_EPOCH_SECONDS
from tastemaker.model.suggest import build_hint

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tastemaker.model.datasets import Dataset
    from tastemaker.model.project import Project

_ERROR_LINE = re.compile(r"^LINE (\d+): ", re.MULTILINE)
_WRAPPER = "SELECT * FROM (\n"


@dataclass(frozen=True)
class Window:
    """What `$since` (inclusive) and `$until` (exclusive) stand for in a dataset's SQL, in epoch seconds."""

    since: int = 0
    until: int = MAX_EPOCH_SECONDS

    def bind(self, database: duckdb.DuckDBPyConnection, query: str) -> dict[str, int]:
        """Values of those parameters that the query has."""
        names = set().union(*(statement.named_parameters for statement in database.extract_statements(query)))
        return {name: value for name, value in (("since", self.since), ("until", self.until)) if name in names}


@dataclass(frozen=True)
class Prepared:
    """What one preparation wrote.

    Attributes:
        files: dataset type (`INTERACTIONS` …) to file; a CSV that a dataset gives by `path` is that file itself.
        rows: dataset type to rows, of those that SQL made.
        source_rows: source to rows; empty unless they were to be counted.
    """

    files: dict[str, Path]
    rows: dict[str, int]
    source_rows: dict[str, int]


def prepare_datasets(project: Project, out_dir: Path) -> dict[str, Path]:
    """All of every dataset: `Prepared.files` of `prepare`."""
    return prepare(project, out_dir).files


def prepare(project: Project, out_dir: Path, window: Window | None = None, *, counts_sources: bool = False) -> Prepared:
    """Run each dataset's SQL over the sources and write one CSV each; unpack what the service could not read.

    Rows are in the order of TIMESTAMP where there is one, then of all columns, so that equal data gives equal bytes.
    A file appears under its name only when it is complete; when anything is wrong, none is replaced. Several
    preparations of one project may run at once: each writes in a scratch folder of its own.

    Args:
        project: with the SQL files beside its file.
        out_dir: receives `<dataset>.csv`.
        window: prepare only what lies in it, of those datasets whose SQL says `$since`; None prepares all of all.
        counts_sources: read the sources once more for their rows.

    Raises:
        DataError: sources or SQL files are missing, or SQL fails; with every finding.
    """
    declared = project.datasets.declared()
    given = [dataset for dataset in declared if dataset.sql is None and window is None]
    queried = [dataset for dataset in declared if dataset.sql is not None]
    files = {dataset.dataset_type: _take_given(project, dataset, out_dir) for dataset in given}
    rows = _run_queries(project, queried, out_dir, window) if queried else {}
    written = {dataset.dataset_type: out_dir / f"{dataset.key}.csv" for dataset in queried}
    files |= {name: path for name, path in written.items() if name in rows}
    return Prepared(files, rows, count_source_rows(project, out_dir) if queried and counts_sources else {})


def _take_given(project: Project, dataset: Dataset, out_dir: Path) -> Path:
    """The CSV of a dataset with `path`, fetched and unpacked where it has to be."""
    location = str(dataset.path)
    try:
        path = fetch_file(location, project.root, out_dir / FETCHED_FOLDER)
        if not is_packed(path) or not path.is_file():
            return path
        target = out_dir / f"{dataset.key}.csv"
        unpack_file(path, dataset.schema_fields, target)
    except (CopyFailedError, duckdb.Error) as error:
        spot = project.locations.find(("datasets", dataset.key, "path"))
        message = f"`{location}` cannot be read: {str(error).splitlines()[0]}"
        finding = Finding(str(project.file), *spot, "data-file-unreadable", message, "Check path and permissions.")
        raise DataError([finding]) from error
    return target


def _run_queries(project: Project, datasets: list[Dataset], out_dir: Path, window: Window | None) -> dict[str, int]:
    """Dataset type to rows, of the files that were written."""
    rows: dict[str, int] = {}
    with open_database() as database, _scratch_folder(out_dir) as scratch:
        findings = open_sources(database, project, out_dir)
        broken_sources = bool(findings)
        for dataset in datasets:
            sql, problems = read_sql(project, dataset)
            findings += problems
            if sql is None or broken_sources:  # every mistake in the SQL would look like one of the SQL's own
                continue
            written, problems = _run_query(database, project, dataset, sql, scratch, window)
            findings += problems
            rows |= {} if written is None else {dataset.dataset_type: written}
        if findings:
            raise DataError(findings)
        for file in scratch.iterdir():
            file.replace(out_dir / file.name)
    return rows


@contextmanager
def _scratch_folder(out_dir: Path) -> Iterator[Path]:
    """A folder beside the results, so that moving them is atomic; nothing of it stays, whatever happens."""
    out_dir.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out_dir, prefix=".partial-") as folder:
        yield Path(folder)


def read_sql(project: Project, dataset: Dataset) -> tuple[str | None, list[Finding]]:
    """The text of a dataset's SQL file, without the semicolon at its end; None with a finding where there is none."""
    path = project.root / str(dataset.sql)
    try:
        return path.read_text(encoding="utf-8-sig").strip().removesuffix(";"), []
    except (OSError, UnicodeDecodeError):
        spot = project.locations.find(("datasets", dataset.key, "sql"))
        message = f"there is no readable SQL file {path}"
        return None, [Finding(str(project.file), *spot, "sql-not-found", message, "Correct the path.")]


def _run_query(
    database: duckdb.DuckDBPyConnection,
    project: Project,
    dataset: Dataset,
    sql: str,
    scratch: Path,
    window: Window | None,
) -> tuple[int | None, list[Finding]]:
    """Rows written, None when the SQL is wrong or knows no window and one is asked for."""
    path = project.root / str(dataset.sql)
    query = f"{_WRAPPER}{sql}\n)"
    try:
        bound = (window or Window()).bind(database, query)
        if window is not None and "since" not in bound:
            return None, []
        present = [str(column[0]) for column in database.execute(f"DESCRIBE {query}", bound).fetchall()]
        missing = [name for name in dataset.schema_fields if name not in present]
        if missing:
            return None, [_missing_finding(path, missing, present)]
        target = scratch / f"{dataset.key}.csv"
        (written,) = database.execute(_build_copy(dataset, query, target), bound).fetchone() or (0,)
    except duckdb.Error as error:
        return None, [_sql_finding(path, error)]
    return int(written), []


def _build_copy(dataset: Dataset, query: str, target: Path) -> str:
    names = list(dataset.schema_fields)
    first = [name for name in ("TIMESTAMP",) if name in names]
    order = ", ".join(quote_name(name) for name in [*first, *(name for name in names if name not in first)])
    columns = ", ".join(quote_name(name) for name in names)
    rows = f"SELECT {columns} FROM ({query}) ORDER BY {order}"
    return f"COPY ({rows}) TO {quote_text(str(target))} {CSV_OPTIONS}"


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
