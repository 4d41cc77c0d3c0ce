"""Large files of interactions are counted by compiled loops, as long as they are plain (decision 0022)."""

from __future__ import annotations

from contextlib import closing
from itertools import chain
from typing import TYPE_CHECKING

from tastemaker.data.plain_file import BLOCK_BYTES, build_layout, read_blocks
from tastemaker.data.profile import choose_sample

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from duckdb import DuckDBPyConnection

    from tastemaker.data.plain_file import Block, Layout
    from tastemaker.data.profile import Profile
    from tastemaker.data.rows import Rows
    from tastemaker.data.selections import Selection

LARGE_BYTES = 128 << 20
"""Below that, compiling on the first use takes longer than it will ever save."""


def profile_plain_rows(
    database: DuckDBPyConnection, rows: Rows, selections: Sequence[Selection], block_bytes: int = BLOCK_BYTES
) -> Profile | None:
    """What `profile_rows` gives of a file in which nothing is wrong; None when it is not plain, or may be wrong."""
    layout = build_layout(rows, selections)
    if layout is None:
        return None
    try:
        with closing(read_blocks(rows.csv.path, rows.csv.columns, block_bytes)) as blocks:
            return _count(database, rows, layout, selections, blocks)
    except OSError:  # which DuckDB tells of
        return None


def _count(
    database: DuckDBPyConnection,
    rows: Rows,
    layout: Layout,
    selections: Sequence[Selection],
    blocks: Iterator[Block | None],
) -> Profile | None:
    first = next(blocks, None)
    if first is None:
        return None
    from tastemaker.data.plain_counts import PlainCounts  # and NumPy, which no other file need wait for

    counts = PlainCounts(database, layout, selections, choose_sample(rows.csv.path))
    for block in chain([first], blocks):
        if block is None or not counts.add(block):
            return None
    return counts.build_profile(rows)
