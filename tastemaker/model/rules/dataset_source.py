"""A dataset comes from exactly one of `sql` and `path`; SQL needs sources."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tastemaker.model.rules.base import Declaration, Rule, Violation

if TYPE_CHECKING:
    from collections.abc import Iterator


def _check(declaration: Declaration) -> Iterator[Violation]:
    for dataset in declaration.project.datasets.declared():
        path = ("datasets", dataset.key)
        has_sql, has_path = (declaration.declares(*path, key) for key in ("sql", "path"))
        if has_sql and has_path and dataset.sql is not None and dataset.path is not None:
            message = f"datasets.{dataset.key} has both `sql` and `path`"
            yield Violation((*path, "path"), message, "Keep the one that the rows come from.", at_key=True)
        elif not has_sql and not has_path:
            message = f"datasets.{dataset.key} says not where its rows come from"
            yield Violation(path, message, "Add `sql: sql/….sql` over the sources, or `path: data/….csv`.")


def _check_sources(declaration: Declaration) -> Iterator[Violation]:
    for name, file in declaration.project.sources.items():
        if not name.isidentifier():
            message = f"source `{name}` cannot be a table name in SQL"
            yield Violation(("sources", name), message, "Use letters, digits and underscores.", at_key=True)
        if not file.endswith(_READABLE):
            message = f"source `{name}` is a file of unknown kind: {file}"
            hint = f"Possible: {', '.join(_READABLE[:-1])}, or a folder of JSON Lines with a slash at its end."
            yield Violation(("sources", name), message, hint)
        elif file.endswith("/") and file.startswith("s3://"):
            message = f"source `{name}` is a folder of S3"
            yield Violation(("sources", name), message, f"Run `aws s3 sync {file} {name}/` and write `{name}/`.")


_READABLE = (".csv", ".csv.gz", ".parquet", "/")
RULE = Rule("dataset-source", "A dataset has exactly one of sql and path.", "our own", _check)
SOURCES = Rule(
    "source-kind", "A source is a CSV or Parquet file or a folder with a table name.", "our own", _check_sources
)
