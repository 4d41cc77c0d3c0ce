"""A column of context or of users as a set of values, each with a place: categories, or ranges of numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import sparse

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

_MAX_VALUES, _MIN_ROWS, _RANGES = 50, 10, 5
_MAX_CELLS = 20_000_000
_FEW_NUMBERS = 10


@dataclass(frozen=True)
class Column:
    """How values of a column are told apart.

    Attributes:
        first: place of the first value.
        labels: categories; empty for numbers.
        edges: inner bounds of ranges of numbers, ascending; a bound belongs to the range above it.
    """

    name: str
    first: int
    labels: tuple[str, ...] = ()
    edges: tuple[float, ...] = ()

    @property
    def size(self) -> int:
        return len(self.labels) or len(self.edges) + 1

    def places(self, value: str | float | None) -> list[int]:
        """Places of the parts of a value (`a|b` has two); none for null and for what the training did not know."""
        if value is None:
            return []
        if not self.labels:
            number = _number(value)
            return [] if np.isnan(number) else [self.first + int(np.searchsorted(self.edges, number, side="right"))]
        return [self.first + self.labels.index(part) for part in _parts(value) if part in self.labels]

    def record(self) -> dict[str, Any]:
        """For JSON."""
        return {"name": self.name, "first": self.first, "labels": self.labels, "edges": self.edges}

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> Column:
        return cls(record["name"], record["first"], tuple(record["labels"]), tuple(record["edges"]))


def build_columns(
    columns: Mapping[str, npt.NDArray[Any]], first: int, items: int, wanted: frozenset[str] | None = None
) -> list[tuple[Column, sparse.csr_array]]:
    """Columns with the values of their rows, shape (rows, places so far), ones.

    Only values of at least ten rows have a place, the 50 most frequent of a column, fewer with very many items.

    Args:
        first: place of the first value.
        items: size of the catalogue.
        wanted: names of categorical columns; other strings are left out. None takes all.
    """
    found = []
    most = min(_MAX_VALUES, max(_MAX_CELLS // items // max(len(columns), 1), 1))
    for name in sorted(columns):
        if wanted is not None and name not in wanted and columns[name].dtype == object:
            continue
        values, rows = _distinct(columns[name])
        column = _column(name, first, values, np.bincount(rows, minlength=len(values)), most)
        if column is None:
            continue
        places = [column.places(value) for value in values]
        lengths = np.array([len(some) for some in places], np.int64)
        indptr = np.concatenate(([0], np.cumsum(lengths)))
        indices = np.array([place for some in places for place in some], np.int32)
        ones = np.ones(indices.size, np.float32)
        by_value = sparse.csr_array((ones, indices, indptr), shape=(len(values), first + column.size))
        found.append((column, sparse.csr_array(by_value[rows])))
        first += column.size
    return found


def _distinct(values: npt.NDArray[Any]) -> tuple[list[Any], npt.NDArray[np.int64]]:
    """Distinct values, null as None, and the one of every row."""
    if values.dtype == object:
        names = np.array(["" if value is None else value for value in values.tolist()], object)
        distinct, rows = np.unique(names, return_inverse=True)
        return [value or None for value in distinct.tolist()], rows
    numbers, rows = np.unique(np.asarray(values, np.float64), return_inverse=True)
    return [None if np.isnan(number) else number for number in numbers.tolist()], rows


def _column(name: str, first: int, values: list[Any], counts: npt.NDArray[np.int64], most: int) -> Column | None:
    """None when no value is frequent enough."""
    given = [place for place, value in enumerate(values) if value is not None]
    numbers = np.array([_number(values[place]) for place in given])
    if numbers.size > _FEW_NUMBERS and not np.isnan(numbers).any():
        rows = np.repeat(numbers, counts[given])
        inner = np.quantile(rows, np.arange(1, _RANGES) / _RANGES)
        return Column(name, first, edges=tuple(np.unique(inner).tolist()))
    frequent: dict[str, int] = {}
    for place in given:
        for part in _parts(values[place]):
            frequent[part] = frequent.get(part, 0) + int(counts[place])
    labels = sorted(frequent, key=lambda part: (-frequent[part], part))[:most]
    labels = [part for part in labels if frequent[part] >= _MIN_ROWS]
    return Column(name, first, labels=tuple(labels)) if labels else None


def _parts(value: str | float) -> list[str]:
    """Categories of a value; a number is its own, however it is written."""
    number = _number(value)
    return [f"{number:g}"] if not np.isnan(number) else [part for part in str(value).split("|") if part]


def _number(value: str | float) -> float:
    """NaN for what is none."""
    try:
        number = float(value)
    except ValueError:
        return float("nan")
    return number if np.isfinite(number) else float("nan")
