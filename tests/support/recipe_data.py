"""Training tables for tests and benchmarks of the recipes: from rows, from files, cut by users."""

from __future__ import annotations

import csv
import gzip
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from tastemaker.simulator.recipes.base import InteractionTable, MetadataTable, TrainingInput

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from tastemaker.simulator.recipes.base import BoolArray


def build_table(rows: Iterable[tuple[str, str, int]]) -> InteractionTable:
    """A table from (user id, item id, epoch seconds) in any order."""
    columns = list(zip(*rows, strict=True)) or [(), (), ()]
    user_ids, user = np.unique(np.array(columns[0], object), return_inverse=True)
    item_ids, item = np.unique(np.array(columns[1], object), return_inverse=True)
    timestamp = np.array(columns[2], np.int64)
    order = np.lexsort((item, user, timestamp))
    size = order.size
    return InteractionTable(
        user_ids=user_ids,
        item_ids=item_ids,
        user=user[order].astype(np.int32),
        item=item[order].astype(np.int32),
        timestamp=timestamp[order],
        event_type=np.full(size, -1, np.int32),
        event_types=(),
        event_value=np.full(size, np.nan, np.float32),
    )


def build_input(
    rows: Iterable[tuple[str, str, int]], items: MetadataTable | None = None, seed: int = 7
) -> TrainingInput:
    return TrainingInput(build_table(rows), items, None, {}, seed)


def take_rows(table: InteractionTable, kept: BoolArray) -> InteractionTable:
    """The table with these rows only; ids without a row are gone."""
    users, user = np.unique(table.user[kept], return_inverse=True)
    items, item = np.unique(table.item[kept], return_inverse=True)
    return replace(
        table,
        user_ids=table.user_ids[users],
        item_ids=table.item_ids[items],
        user=user.astype(np.int32),
        item=item.astype(np.int32),
        timestamp=table.timestamp[kept],
        event_type=table.event_type[kept],
        event_value=table.event_value[kept],
    )


def read_interactions(path: Path, user: str, item: str, time: str) -> InteractionTable:
    """A CSV file, gzipped or not, by the names of its columns."""
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as file:
        return build_table((row[user], row[item], int(row[time])) for row in csv.DictReader(file))


def read_items(path: Path, key: str, categorical: Sequence[str] = (), textual: Sequence[str] = ()) -> MetadataTable:
    """Items metadata from a CSV file; empty cells are null."""
    with path.open(encoding="utf-8") as file:
        rows = sorted(csv.DictReader(file), key=lambda row: row[key])
    columns = {name: np.array([row[name] or None for row in rows], object) for name in (*categorical, *textual)}
    ids = np.array([row[key] for row in rows], object)
    return MetadataTable(ids, columns, frozenset(categorical), frozenset(textual))
