"""A dataset's rows as SQL: text as written, numbers beside it, missing columns as NULL."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tastemaker.data.dialect import quote_name
from tastemaker.data.value_checks import ValueCheck, build_number, build_value_checks

if TYPE_CHECKING:
    from tastemaker.data.dialect import CsvFile
    from tastemaker.model.datasets import Dataset


@dataclass(frozen=True)
class Rows:
    """What the scans read.

    Attributes:
        relation: SQL of a SELECT; columns as text, and `"X as number"` for numeric ones.
        checks: of the columns that the file has.
    """

    csv: CsvFile
    dataset: Dataset
    relation: str
    checks: tuple[ValueCheck, ...]

    def has(self, *columns: str) -> bool:
        return set(columns) <= set(self.csv.columns) & set(self.dataset.schema_fields)


def build_rows(csv: CsvFile, dataset: Dataset) -> Rows:
    """Streaming relation over one CSV; columns that the schema does not name are not read."""
    fields = dataset.schema_fields
    columns = [
        quote_name(name) if name in csv.columns else f"CAST(NULL AS VARCHAR) AS {quote_name(name)}" for name in fields
    ]
    inner = f"SELECT {', '.join(columns)} FROM {csv.build_relation()}"
    numbers = [number for name, field in fields.items() if (number := build_number(name, field)) is not None]
    checks = tuple(check for check in build_value_checks(dataset) if check.column in csv.columns)
    return Rows(csv, dataset, f"SELECT {', '.join(['*', *numbers])} FROM ({inner})", checks)
