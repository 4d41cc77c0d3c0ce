"""Metadata columns lined up with the codes of what a filter selects."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tastemaker.simulator.recipes.base import BoolArray, IntArray, MetadataTable

_SEPARATOR = "|"


class Columns:
    """Columns by code. What has no row, no value or no such column is null.

    Args:
        ids: what the codes stand for, sorted ascending, shape (rows,).
        table: its metadata, with ids of its own; None for no dataset.
        id_column: the name under which the ids themselves are a column.
    """

    def __init__(self, ids: npt.NDArray[np.object_], table: MetadataTable | None, id_column: str) -> None:
        self.size = len(ids)
        self._ids = ids
        self._table = table
        self._id_column = id_column
        self._indexes: dict[str, ValueIndex] = {}
        self._raw: Mapping[str, npt.NDArray[np.generic]] = {}
        if table is not None and len(table.ids):
            self._raw = {**table.columns, id_column: table.ids}

    def has(self, name: str) -> bool:
        return name in self._raw

    def is_numeric(self, name: str) -> bool:
        return self._raw[name].dtype.kind == "f"

    def numbers(self, name: str) -> npt.NDArray[np.float64]:
        """NaN for null, shape (rows,)."""
        aligned = np.full(self.size, np.nan)
        known, rows = self._rows
        aligned[known] = self._raw[name][rows]
        return aligned

    def texts(self, name: str) -> npt.NDArray[np.object_]:
        """As in the dataset, elements of categorical values still joined; None for null; shape (rows,)."""
        aligned = np.full(self.size, None, np.object_)
        known, rows = self._rows
        aligned[known] = self._raw[name][rows]
        return aligned

    def index(self, name: str) -> ValueIndex:
        """Which codes have which string."""
        if name not in self._indexes:
            categorical = self._table is not None and name in self._table.categorical
            self._indexes[name] = ValueIndex(self.texts(name), categorical=categorical)
        return self._indexes[name]

    @cached_property
    def _rows(self) -> tuple[BoolArray, npt.NDArray[np.intp]]:
        """Which codes have a row, and the row of each of those."""
        table_ids = self._raw[self._id_column]
        rows = np.searchsorted(table_ids, self._ids)
        rows[rows == len(table_ids)] = 0
        known = np.asarray(table_ids[rows] == self._ids, np.bool_)
        return known, rows[known]


class ValueIndex:
    """Inverted index of one string column.

    Attributes:
        present: codes whose value is not null, shape (rows,).
    """

    def __init__(self, texts: npt.NDArray[np.object_], *, categorical: bool) -> None:
        self._categorical = categorical
        codes_by_text: dict[str, list[int]] = {}
        for code, text in enumerate(texts):
            if text is not None:
                codes_by_text.setdefault(text, []).append(code)
        codes_by_value: dict[str, list[int]] = {}
        for text, codes in codes_by_text.items():
            for value in frozenset(self.split(text)):
                codes_by_value.setdefault(value, []).extend(codes)
        self._codes: Mapping[str, IntArray] = {
            value: np.array(codes, np.int32) for value, codes in codes_by_value.items()
        }
        self.present: BoolArray = np.array([text is not None for text in texts], np.bool_)

    def split(self, text: str) -> tuple[str, ...]:
        """The elements of one value: several only in a categorical column."""
        return tuple(text.split(_SEPARATOR)) if self._categorical else (text,)

    def any_of(self, values: Iterable[str]) -> BoolArray:
        """Codes with at least one of the values, in full and with their case."""
        mask = np.zeros(self.present.size, np.bool_)
        for value in values:
            codes = self._codes.get(value)
            if codes is not None:
                mask[codes] = True
        return mask

    def none_of(self, values: Iterable[str]) -> BoolArray:
        """Codes with a value, but none of these: null matches nothing, not even a negation."""
        return self.present & ~self.any_of(values)
