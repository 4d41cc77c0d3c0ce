"""What Athena prepares before an import, for projects that say so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tastemaker.errors import Finding, UserFileError
from tastemaker.plan.athena_sql import SINCE, NotPortableError, build_export, translate_sql
from tastemaker.plan.specs import PreparationSpec, TableSpec

if TYPE_CHECKING:
    from collections.abc import Collection

    from tastemaker.model.datasets import Dataset
    from tastemaker.model.preparation import Athena
    from tastemaker.model.project import Project
    from tastemaker.plan.names import Names


def build_preparation(project: Project, names: Names) -> PreparationSpec | None:
    """None without Athena."""
    athena = project.prepare.athena
    if athena is None:
        return None
    prefix = f"{project.project}-{names.environment}"
    return PreparationSpec(
        database=f"{prefix}-raw".replace("-", "_"),
        work_group=f"{prefix}-prepare",
        bucket=athena.bucket,
        tables=build_tables(athena),
        maximum_scanned_bytes=athena.maximum_scanned_gigabytes * 2**30,
        samples={
            name: file if file.startswith("s3://") else str(project.root / file)
            for name, file in project.sources.items()
        },
    )


def build_queries(project: Project, mode: str) -> dict[str, Any]:
    """The part of the input of `import-data` that says what to prepare; empty without Athena.

    An incremental run prepares only what has a window.

    Raises:
        UserFileError: an SQL file cannot be read, or Athena would not understand it.
    """
    athena = project.prepare.athena
    if athena is None:
        return {}
    queries = [_query(project, dataset, athena, mode) for dataset in project.datasets.declared() if dataset.sql]
    kept = [query for query in queries if mode == "FULL" or SINCE in query["QueryString"]]
    return {"Queries": kept, "WindowSeconds": athena.window_hours * 3_600}


def build_tables(athena: Athena) -> dict[str, TableSpec]:
    """Source to its table."""
    return {
        name: TableSpec(table.prefix, table.format, dict(table.columns.items()))
        for name, table in athena.tables.items()
    }


def list_columns(athena: Athena) -> Collection[str]:
    """Of all tables."""
    return {column for table in athena.tables.values() for column in table.columns}


def _query(project: Project, dataset: Dataset, athena: Athena, mode: str) -> dict[str, Any]:
    path = project.root / str(dataset.sql)
    try:
        sql = path.read_text(encoding="utf-8-sig").strip().removesuffix(";")
        text = translate_sql(build_export(dataset, sql), list_columns(athena))
    except (OSError, UnicodeDecodeError) as error:
        raise UserFileError([Finding(str(path), 0, 0, "sql-not-found", "there is no such SQL file")]) from error
    except NotPortableError as error:
        raise UserFileError([build_finding(str(path), error)]) from error
    return {
        "DatasetType": dataset.dataset_type,
        "QueryString": text,
        "Key": f"{mode.lower()}/{dataset.key}/{dataset.key}.csv",
        "HeaderBytes": len(",".join(f'"{name}"' for name in dataset.schema_fields).encode()) + 1,
    }


def build_finding(file: str, error: NotPortableError) -> Finding:
    """What `check` and `plan` say of SQL that Athena would not understand."""
    what, hint = error.args
    return Finding(file, 1, 1, "sql-not-portable", f"Athena does not understand {what}", hint, "Athena, SQL reference")
