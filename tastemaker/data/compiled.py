"""Loops over the bytes of a plain CSV, compiled by Numba to machine code (decision 0022).

They take plain arrays, write to arrays of the caller's and make none; `loops.py` calls them. Texts are told apart by a
hash of 64 bits, which is taken of eight bytes at a time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tastemaker.data.loops import DECIMAL, MOST_EXACT_DIGITS, MOST_KINDS, SKIPPED, TEXT, WHOLE
from tastemaker.data.profile import HOUR_SECONDS
from tastemaker.machine_code import inline_part, native_loop

if TYPE_CHECKING:
    from tastemaker.data.loops import Batch, Bytes, Doubles, Line, Lines, Longs, Totals, Words


_COMMA, _MINUS, _POINT, _ZERO = np.uint64(44), np.uint64(45), np.uint64(46), np.uint64(48)
_RETURN, _LINE_FEED = np.uint64(13), np.uint8(10)
_NOT_PLAIN = np.uint64(0xFFFFFFFFFFFFFFFF)
_EIGHT_ONES, _EIGHT_HIGH = np.uint64(0x0101010101010101), np.uint64(0x8080808080808080)
_SEED, _FACTOR = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xD6E8FEB86659FD93)
_NONE, _ONE, _SEVEN, _NINE, _TEN = np.uint64(0), np.uint64(1), np.uint64(7), np.uint64(9), np.uint64(10)
_POWERS = np.array([10.0**power for power in range(MOST_EXACT_DIGITS + 1)])


@inline_part
def _load_word(block: Bytes, at: np.uint64) -> np.uint64:
    """Eight bytes, which the compiler makes one load of."""
    low = np.uint64(block[at]) | _shift(block, at, 1) | _shift(block, at, 2) | _shift(block, at, 3)
    return low | _shift(block, at, 4) | _shift(block, at, 5) | _shift(block, at, 6) | _shift(block, at, 7)


@inline_part
def _shift(block: Bytes, at: np.uint64, place: int) -> np.uint64:
    return np.uint64(block[at + np.uint64(place)]) << np.uint64(8 * place)


@inline_part
def _find_ends(word: np.uint64, line_end: np.uint64) -> np.uint64:
    """The high bit of the first byte that is a comma or ends a line is set, none before it, and any after it."""
    commas, ends = word ^ (_EIGHT_ONES * _COMMA), word ^ (_EIGHT_ONES * line_end)
    return ((commas - _EIGHT_ONES) & ~commas | (ends - _EIGHT_ONES) & ~ends) & _EIGHT_HIGH


@inline_part
def _hash_text(block: Bytes, at: np.uint64, line_end: np.uint64) -> tuple[np.uint64, np.uint64]:
    """Hash of the text up to the next comma or end of line, never 0; where that stands."""
    hashed, word = _SEED, _load_word(block, at)
    ends = _find_ends(word, line_end)
    while ends == _NONE:
        hashed = _mix(hashed ^ word)
        at += np.uint64(8)
        word = _load_word(block, at)
        ends = _find_ends(word, line_end)
    before = ((ends & (_NONE - ends)) >> _SEVEN) - _ONE
    length = ((before & _EIGHT_ONES) * _EIGHT_ONES) >> np.uint64(56)
    return max(_mix(_mix(hashed ^ (word & before)) ^ length), _ONE), at + length


@inline_part
def _mix(word: np.uint64) -> np.uint64:
    mixed = word * _FACTOR
    return mixed ^ (mixed >> np.uint64(32))


@inline_part
def _read_cell(
    block: Bytes, at: np.uint64, line_end: np.uint64, form: int, limit: int, nullable: int
) -> tuple[np.uint64, float, np.uint64]:
    """One value: its hash, or the number it is; the same as a decimal; where it ends, or _NOT_PLAIN.

    An empty value is minus infinity, which is at or above no threshold but the one that takes everything.
    """
    first = np.uint64(block[at])
    if form == SKIPPED or (nullable and first in (_COMMA, line_end)):
        hashed, end = _hash_text(block, at, line_end)
        return hashed, -np.inf, end
    if form == TEXT:
        hashed, end = _hash_text(block, at, line_end)
        return hashed, -np.inf, end if _ONE <= end - at <= np.uint64(limit) else _NOT_PLAIN
    negative = first == _MINUS and form == DECIMAL
    mantissa, digits, decimals, end = _read_digits(block, at + np.uint64(negative))
    good = digits <= limit and decimals >= 0 and digits > decimals
    if form == WHOLE:
        good = good and decimals == 0 and (first != _ZERO or digits == 1)
    size = np.float64(mantissa) / _POWERS[decimals] if good and digits <= MOST_EXACT_DIGITS else np.inf
    return mantissa, -size if negative else size, end if good else _NOT_PLAIN


@inline_part
def _read_digits(block: Bytes, at: np.uint64) -> tuple[np.uint64, int, int, np.uint64]:
    """Digits with or without a point among them: as one whole number, how many, how many behind the point; the end.

    Behind the point are -1 where no digit follows it, or another point.
    """
    mantissa, digits, before, points = _NONE, 0, 0, 0
    while True:
        byte = np.uint64(block[at])
        if byte == _POINT:
            before = digits
            points += 1
        elif byte - _ZERO <= _NINE:
            mantissa = mantissa * _TEN + (byte - _ZERO)
            digits += 1
        else:
            break
        at += _ONE
    decimals = digits - before if points else 0
    if points > 1 or (points and decimals == 0):
        decimals = -1
    return mantissa, digits, decimals, at


@native_loop
def read_rows(block: Bytes, size: int, lines: Lines, totals: Totals, batch: Batch, scratch: Line) -> int:
    """Read and check the rows of a block: whole lines of so many bytes, and READ_AHEAD_BYTES of anything.

    Returns:
        The rows; -1 when something is not plain, and the caller must not use what was received.
    """
    columns, places, line_end = lines.columns, lines.places, np.uint64(lines.line_end)
    cells, numbers, begins, counts = scratch.cells, scratch.numbers, scratch.begins, totals.counts
    at, row, good, end = _NONE, 0, True, np.uint64(size)
    while good and at < end:
        at = _read_line(block, at, line_end, columns, cells, numbers, begins, counts)
        code = _find_kind(totals.kinds, cells[places[3]]) if places[3] >= 0 else np.int64(0)
        hour = cells[places[2]] // np.uint64(HOUR_SECONDS)
        good = bool(at != _NOT_PLAIN and hour < np.uint64(totals.hours.size) and code >= 0)
        if good:
            time = np.int64(cells[places[2]])
            counts[0], counts[1] = min(counts[0], time), max(counts[1], time)
            totals.hours[hour] += 1
            batch.codes[row], batch.values[row] = code, numbers[places[4]] if places[4] >= 0 else -np.inf
            for key in range(2):
                batch.hashes[key, row], batch.starts[key, row] = cells[places[key]], np.int64(begins[places[key]])
            if cells[places[0]] & np.uint64(lines.one_user_in - 1) == _NONE:
                batch.sample[counts[2]] = _hash_row(block, line_end, columns, begins)
                counts[2] += 1
            row += 1
    return row if good else -1


@inline_part
def _read_line(
    block: Bytes,
    at: np.uint64,
    line_end: np.uint64,
    columns: Longs,
    cells: Words,
    numbers: Doubles,
    begins: Words,
    counts: Longs,
) -> np.uint64:
    """The values of one line; where the next one starts, or _NOT_PLAIN."""
    column, size = 0, columns.shape[0]
    while column < size and at != _NOT_PLAIN:
        form, limit, nullable = columns[column]
        cells[column], numbers[column], stop = _read_cell(block, at, line_end, form, limit, nullable)
        begins[column] = at
        counts[3 + column] += stop == at
        column += 1
        at = _pass(block, stop, _COMMA if column < size else line_end)
    return at + np.uint64(line_end == _RETURN and at != _NOT_PLAIN)


@inline_part
def _pass(block: Bytes, stop: np.uint64, wanted: np.uint64) -> np.uint64:
    """Behind the byte that must end a value."""
    return stop + _ONE if stop != _NOT_PLAIN and np.uint64(block[stop]) == wanted else _NOT_PLAIN


@inline_part
def _find_kind(kinds: Words, hashed: np.uint64) -> np.int64:
    """The place of an event type, which is taken now when it is new; -1 when none is free."""
    place = hashed >> np.uint64(56)
    for _ in range(MOST_KINDS):
        if kinds[place] == hashed or kinds[place] == _NONE:
            kinds[place] = hashed
            return np.int64(place)
        place = (place + _ONE) & np.uint64(MOST_KINDS - 1)
    return np.int64(-1)


@inline_part
def _hash_row(block: Bytes, line_end: np.uint64, columns: Longs, begins: Words) -> np.uint64:
    """Of all values that the schema names, as they are written."""
    hashed = _SEED
    for column in range(columns.shape[0]):
        if columns[column, 0] != SKIPPED:
            hashed = _mix(hashed ^ _hash_text(block, begins[column], line_end)[0])
    return hashed


@native_loop
def count_keys(
    slots: Words,
    keys: Words,
    starts: Longs,
    codes: Bytes,
    values: Doubles,
    least: Doubles,
    fresh_keys: Words,
    fresh_starts: Longs,
) -> int:
    """Count rows by user, or by item, in a table with open addresses.

    Args:
        slots: key, rows, and rows of each selection; key 0 is free, and more slots than rows are;
            shape (a power of two, 2 + selections).
        keys, starts, codes, values: of all rows, as of `Batch`.
        least: the value from which each selection takes an event type, shape (event types, selections).
        fresh_keys, fresh_starts: receive those that were met for the first time.

    Returns:
        How many were.
    """
    fresh, mask = 0, np.uint64(slots.shape[0] - 1)
    for row in range(keys.size):
        key = keys[row]
        slot = _find_slot(slots, key, mask)
        if slots[slot, 0] == _NONE:
            slots[slot, 0], fresh_keys[fresh], fresh_starts[fresh] = key, key, starts[row]
            fresh += 1
        slots[slot, 1] += _ONE
        for selection in range(least.shape[1]):
            slots[slot, 2 + selection] += np.uint64(values[row] >= least[codes[row], selection])
    return fresh


@inline_part
def _find_slot(slots: Words, key: np.uint64, mask: np.uint64) -> np.uint64:
    """Where a key stands, or would stand."""
    slot = (key >> np.uint64(24)) & mask
    while slots[slot, 0] != key and slots[slot, 0] != _NONE:
        slot = (slot + _ONE) & mask
    return slot


@native_loop
def find_slots(slots: Words, keys: Words, found: Longs) -> None:
    """Where known keys stand."""
    for place in range(keys.size):
        found[place] = np.int64(_find_slot(slots, keys[place], np.uint64(slots.shape[0] - 1)))


@native_loop
def move_keys(slots: Words, larger: Words) -> None:
    """Bring a table into a larger, empty one."""
    mask = np.uint64(larger.shape[0] - 1)
    for slot in range(slots.shape[0]):
        if slots[slot, 0] != _NONE:
            target = _find_slot(larger, slots[slot, 0], mask)
            for column in range(slots.shape[1]):
                larger[target, column] = slots[slot, column]


@native_loop
def copy_texts(block: Bytes, line_end: int, starts: Longs, texts: Bytes) -> int:
    """Write the values that start at given offsets, each with a line feed behind it; returns how many bytes."""
    size = 0
    for start in starts:
        at = np.uint64(start)
        while block[at] != _COMMA and block[at] != line_end:
            texts[size] = block[at]
            size += 1
            at += _ONE
        texts[size] = _LINE_FEED
        size += 1
    return size
