"""A fitted engine for a larger catalogue: items are added, nothing is learnt anew."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from tastemaker.simulator.recipes.pruning import move_items
from tastemaker.simulator.recipes.storage import pack_sparse, unpack_sparse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tastemaker.simulator.recipes.base import FloatArray, IntArray, LongArray
    from tastemaker.simulator.recipes.engine import Engine
    from tastemaker.simulator.recipes.storage import AnyArray
    from tastemaker.simulator.recipes.trends import TrendGrid

_NEIGHBOURS, _BLOCK = 20, 256


@dataclass(frozen=True)
class Newcomers:
    """Items that joined after the training: the collaborative components know nothing about them.

    Attributes:
        codes: ascending, shape (newcomers,).
        likeness: weights of the most similar learnt items, each row sums to 1 or is empty; shape (newcomers, items).
    """

    codes: IntArray
    likeness: sparse.csr_array

    def judge(self, scores: FloatArray) -> None:
        """Give newcomers the average score of the items that they are like; shape (items,), in place."""
        like = np.diff(self.likeness.indptr) > 0
        scores[self.codes[like]] = (self.likeness @ scores)[like]

    def unpack(self) -> dict[str, AnyArray]:
        """As arrays for `save_arrays`."""
        return {"newcomers": self.codes, **unpack_sparse("likeness", self.likeness)}

    @classmethod
    def pack(cls, arrays: Mapping[str, AnyArray]) -> Newcomers | None:
        """What `unpack` took apart; None when the model has none."""
        return cls(arrays["newcomers"], pack_sparse("likeness", arrays)) if "newcomers" in arrays else None


def find_newcomers(vectors: sparse.csr_array | None, learned: LongArray, items: int) -> Newcomers:
    """The items that were not learnt, with their nearest learnt ones by TF-IDF; ties by item code.

    Args:
        vectors: rows of length 1, shape (items, terms); None when nothing is known about items.
        learned: codes of the items of the training, ascending.
    """
    codes = np.setdiff1d(np.arange(items, dtype=np.int32), learned, assume_unique=True).astype(np.int32)
    if vectors is None:
        return Newcomers(codes, sparse.csr_array((codes.size, items), dtype=np.float32))
    others = sparse.csr_array(vectors[learned].T)
    blocks = [_nearest(vectors[codes[start : start + _BLOCK]] @ others) for start in range(0, codes.size, _BLOCK)]
    near = sparse.csr_array(sparse.vstack(blocks)) if blocks else sparse.csr_array((0, learned.size), dtype=np.float32)
    likeness = sparse.csr_array((near.data, learned[near.indices], near.indptr), shape=(codes.size, items))
    return Newcomers(codes, likeness.astype(np.float32))


def _nearest(similarities: sparse.csr_array) -> sparse.csr_array:
    """The largest entries of each row, divided by their sum."""
    rows = sparse.csr_array(similarities)
    rows.sort_indices()
    columns, values, indptr = [], [], [0]
    for start, end in zip(rows.indptr[:-1], rows.indptr[1:], strict=True):
        order = np.argsort(-rows.data[start:end], kind="stable")[:_NEIGHBOURS]
        chosen = rows.data[start:end][order]
        columns.append(rows.indices[start:end][order])
        values.append(chosen / chosen.sum() if chosen.size else chosen)
        indptr.append(indptr[-1] + chosen.size)
    parts = np.concatenate(values), np.concatenate(columns), np.array(indptr)
    return sparse.csr_array(parts, shape=rows.shape)


def extend_engine(engine: Engine, places: LongArray, items: int, vectors: sparse.csr_array | None) -> Engine:
    """The engine in the codes of a larger catalogue. No layer knows the new items.

    Args:
        places: new code of every item, ascending, shape (engine.items,).
        items: size of the larger catalogue.
        vectors: TF-IDF of the larger catalogue; None leaves new items without any.
    """
    content = engine.content
    if content is not None:
        moved = vectors if vectors is not None else _spread_rows(content.vectors, places, items)
        content = replace(content, vectors=moved)
    table, trends = move_items(engine.table, places, items), _trends(engine.trends, places, items)
    return replace(engine, items=items, table=table, content=content, trends=trends)


def _trends(trends: TrendGrid, places: LongArray, items: int) -> TrendGrid:
    """A new item is as much in fashion as the median item: exploration, not age, is what lifts it."""
    layers = [spread_columns(layer, places, items, np.median(layer, axis=1)) for layer in trends.features]
    return replace(trends, features=np.stack(layers))


def spread_columns(values: FloatArray, places: LongArray, items: int, rest: FloatArray) -> FloatArray:
    """Columns at their new places; the others hold `rest`, one value per row."""
    spread: FloatArray = np.repeat(rest.astype(np.float32)[:, None], items, axis=1)
    spread[:, places] = values
    return spread


def _spread_rows(matrix: sparse.csr_array, places: LongArray, rows: int) -> sparse.csr_array:
    lengths = np.zeros(rows, np.int64)
    lengths[places] = np.diff(matrix.indptr)
    indptr = np.concatenate(([0], np.cumsum(lengths)))
    return sparse.csr_array((matrix.data, matrix.indices, indptr), shape=(rows, matrix.shape[1]))
