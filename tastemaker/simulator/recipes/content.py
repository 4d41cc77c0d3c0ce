"""Items as TF-IDF vectors over their metadata."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy.typing as npt

    from tastemaker.simulator.recipes.base import MetadataTable
    from tastemaker.simulator.recipes.histories import ObjectArray

_WORD = re.compile(r"[^\W_]+")
_MIN_DOCUMENTS = 2
_RANGES = 10
_NOT_CONTENT = frozenset({"CREATION_TIMESTAMP"})


def build_item_vectors(items: MetadataTable | None, item_ids: ObjectArray) -> sparse.csr_array | None:
    """TF-IDF of categorical values (split at `|`), words of textual columns and ranges of numeric ones.

    Rows have length 1 or are empty. A number belongs to one of ten ranges that hold as many items each. Null is no
    term; terms of a single item say nothing about another one and are left out.

    Returns:
        Shape (items, terms), float32; None when no term is shared by two items.
    """
    if items is None:
        return None
    columns = {name: terms for name, terms in sorted(_read_columns(items).items()) if terms is not None}
    vocabulary: dict[tuple[str, str], int] = {}
    rows: list[int] = []
    terms: list[int] = []
    codes = np.searchsorted(item_ids, items.ids)
    for name, values in columns.items():
        for row, value in zip(codes.tolist(), values, strict=True):
            for term in _terms(value, textual=name in items.textual):
                rows.append(row)
                terms.append(vocabulary.setdefault((name, term), len(vocabulary)))
    return _weigh(sparse.csr_array((np.ones(len(rows), np.float32), (rows, terms)), (item_ids.size, len(vocabulary))))


def _read_columns(items: MetadataTable) -> dict[str, Sequence[object] | None]:
    """Values by column; numbers as the names of their ranges; None for what is no content."""
    named = items.categorical | items.textual
    return {
        name: values.tolist() if name in named else _ranges(values) if values.dtype.kind in "fiu" else None
        for name, values in items.columns.items()
        if name not in _NOT_CONTENT
    }


def _ranges(values: npt.NDArray[np.generic]) -> Sequence[object] | None:
    numbers = np.asarray(values, np.float64)
    known = np.isfinite(numbers)
    if not known.any():
        return None
    edges = np.unique(np.quantile(numbers[known], np.arange(1, _RANGES) / _RANGES))
    places = np.searchsorted(edges, numbers, side="right")
    return [str(place) if given else None for place, given in zip(places.tolist(), known.tolist(), strict=True)]


def _terms(value: object, *, textual: bool) -> Iterator[str]:
    if not isinstance(value, str):
        return
    if textual:
        yield from _WORD.findall(value.lower())
    else:
        yield from (part for part in value.split("|") if part)


def _weigh(counts: sparse.csr_array) -> sparse.csr_array | None:
    documents = np.bincount(counts.indices, minlength=counts.shape[1])
    shared = np.flatnonzero(documents >= _MIN_DOCUMENTS)
    if shared.size == 0:
        return None
    counts = sparse.csr_array(counts[:, shared])
    counts.data[:] = np.log1p(counts.data) * np.log((counts.shape[0] + 1) / documents[shared])[counts.indices]
    lengths = np.sqrt(np.asarray(counts.multiply(counts).sum(axis=1)).ravel())
    scale = np.divide(1.0, lengths, out=np.zeros_like(lengths), where=lengths > 0)
    counts.data *= np.repeat(scale, np.diff(counts.indptr)).astype(np.float32)
    return counts.astype(np.float32)
