"""What the compiled loops take and give (`compiled.py`); importing this does not import Numba."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from tastemaker.native_loops import NativeLoop

if TYPE_CHECKING:
    import numpy.typing as npt

    Bytes = npt.NDArray[np.uint8]
    Words = npt.NDArray[np.uint64]
    Longs = npt.NDArray[np.int64]
    Doubles = npt.NDArray[np.float64]

SKIPPED, TEXT, WHOLE, DECIMAL = range(4)
"""What a column holds."""
MOST_EXACT_DIGITS = 15
"""Decimals up to here are read to the last bit: their digits as a whole number and powers of ten are exact doubles."""
MOST_KINDS = 256
"""Event types that can be told apart; a place among them is the first byte of a hash, or one behind it."""


class Lines(NamedTuple):
    """How lines are read.

    Attributes:
        line_end: the byte that ends a line; behind a carriage return follows a line feed.
        columns: form, limit (bytes of a text, digits of a number) and whether it may be empty; shape (columns, 3).
        places: as of `Layout`.
        one_user_in: a power of two: of so many users the rows of one are sampled.
    """

    line_end: int
    columns: Longs
    places: Longs
    one_user_in: int


class Totals(NamedTuple):
    """What adds up over all blocks.

    Attributes:
        kinds: hashes of the event types, 0 where there is none; shape (MOST_KINDS,).
        hours: rows of each hour since 1970.
        counts: first time, last time, rows in the sample, and the empty values of each column.
    """

    kinds: Words
    hours: Longs
    counts: Longs


class Batch(NamedTuple):
    """What is received of each row of a block.

    Attributes:
        hashes, starts: hash and offset of user and item; shape (2, rows).
        codes, values: event type (a place among the kinds), and value, minus infinity where there is none.
        sample: hashes of whole rows of the sample.
    """

    hashes: Words
    starts: Longs
    codes: Bytes
    values: Doubles
    sample: Words


class Line(NamedTuple):
    """Scratch for the values of one line: hash or whole number, decimal, offset; each of shape (columns,)."""

    cells: Words
    numbers: Doubles
    begins: Words

    @classmethod
    def of(cls, columns: int) -> Line:
        return cls(np.empty(columns, np.uint64), np.empty(columns), np.empty(columns, np.uint64))


_MODULE = "tastemaker.data.compiled"
read_rows = NativeLoop(_MODULE, "read_rows")
count_keys = NativeLoop(_MODULE, "count_keys")
copy_texts = NativeLoop(_MODULE, "copy_texts")
move_keys = NativeLoop(_MODULE, "move_keys")
find_slots = NativeLoop(_MODULE, "find_slots")
