"""The inner loops of a request, compiled by Numba to machine code (decision 0015).

Each takes plain arrays, writes to arrays of the caller's and lets other threads run. Sums are taken in the order of the
history, by one thread and without rearrangement: a live request and the same one in a batch agree to the last bit. The
first request on a computer waits some three seconds for the compiler; the code is kept beside this file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tastemaker.machine_code import compile_loop

if TYPE_CHECKING:
    import numpy.typing as npt

    from tastemaker.simulator.recipes.base import BoolArray, FloatArray, IntArray, LongArray

_LEAST_DEVIATION = 1e-12
_WEYL, _FIRST, _SECOND = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)


@compile_loop
def add_up(
    rows: npt.NDArray[np.integer],
    weights: FloatArray,
    indptr: IntArray,
    indices: IntArray,
    data: FloatArray,
    total: FloatArray,
) -> None:
    """Add the weighted sum of rows of a sparse matrix to `total`, shape (columns,)."""
    for place in range(rows.size):
        weight, row = weights[place], rows[place]
        if weight != 0:
            for entry in range(np.uint64(indptr[row]), np.uint64(indptr[row + 1])):
                total[np.uint64(indices[entry])] += weight * data[entry]


@compile_loop
def weigh_layers(
    items: IntArray,
    queries: FloatArray,
    count: int,
    layers: LongArray,
    indptr: IntArray,
    columns: npt.NDArray[np.unsignedinteger],
    data: FloatArray,
    weights: FloatArray,
    sizes: FloatArray,
    raw: FloatArray,
    total: FloatArray,
) -> None:
    """Add the weighted sum of the signals that come from the layers of an `Engine`, each standardised.

    What a signal says of every item is summed up densely: to remember which items it says something of takes longer
    than to look at all of them afterwards, side by side.

    Args:
        items: of the history, shape (history,).
        queries: their weights, one row per signal, and perhaps more rows; shape (signals or more, history).
        count: of layers.
        layers: of each signal.
        indptr, columns, data: the rows of the engine's table, those of one item after the other, columns without layer.
        weights: one per signal, and perhaps more.
        sizes: as for `add_standardised`.
        raw: zeros, before and afterwards; shape (signals, items).
        total: shape (items,).
    """
    for place in range(items.size):
        for signal in range(layers.size):
            weight, row, sums = queries[signal, place], items[place] * count + layers[signal], raw[signal]
            if weight == 0:
                continue  # beyond what the signal's rule looks at, as half of a long history is
            for entry in range(np.uint64(indptr[row]), np.uint64(indptr[row + 1])):
                sums[columns[entry]] += weight * data[entry]
    add_standardised(raw, weights, sizes, total)


@compile_loop
def add_standardised(raw: FloatArray, weights: FloatArray, sizes: FloatArray, total: FloatArray) -> None:
    """Add the weighted sum of the rows that `standardise` makes of `raw`, which is zero afterwards.

    The deviation joins the weight, because sqrt(x / d) = sqrt(x) / sqrt(d). All zeros of a row become one number, which
    is added once.

    Args:
        raw: shape (signals, items).
        weights: one per signal, and perhaps more.
        sizes: how many of the items a signal is about, which alone count for mean and deviation; the others are 0.
        total: shape (items,).
    """
    signals = raw.shape[0]
    mean, of_zero, scaled = np.empty(signals, np.float32), np.empty(signals, np.float32), np.empty(signals, np.float32)
    rest = 0.0
    for signal in range(signals):
        size = max(np.float64(sizes[signal]), 1.0)
        summed, squared = _moments(raw[signal])
        average = summed / size
        deviation = np.sqrt(max(squared / size - average * average, 0.0))
        mean[signal] = average
        of_zero[signal] = _signed_root(-mean[signal])
        scaled[signal] = weights[signal] / np.sqrt(deviation) if deviation > _LEAST_DEVIATION else 0.0
        rest += scaled[signal] * of_zero[signal]
    total += np.float32(rest)
    for signal in range(signals):
        row, average, root, scale = raw[signal], mean[signal], of_zero[signal], scaled[signal]
        for item in range(row.size):
            total[item] += scale * (_signed_root(row[item] - average) - root)
            row[item] = 0


@compile_loop
def _moments(row: FloatArray) -> tuple[float, float]:
    """Sum and sum of squares, each as two sums that do not wait for one another."""
    even, odd, even_squares, odd_squares = 0.0, 0.0, 0.0, 0.0
    for place in range(0, row.size - 1, 2):
        one, other = np.float64(row[place]), np.float64(row[place + 1])
        even += one
        odd += other
        even_squares += one * one
        odd_squares += other * other
    if row.size % 2:
        last = np.float64(row[row.size - 1])
        even += last
        even_squares += last * last
    return even + odd, even_squares + odd_squares


@compile_loop
def add_standardised_groups(
    scores: FloatArray, counts: FloatArray, groups: LongArray, weight: np.float32, total: FloatArray
) -> None:
    """Add the weighted row that `standardise` makes of scores which stand for several items each; `scores` is used up.

    Args:
        scores: shape (groups,).
        counts: how many items have each score.
        groups: of every item, shape (items,).
        total: shape (items,).
    """
    summed, squared, size = 0.0, 0.0, 0.0
    for group in range(scores.size):
        value, count = np.float64(scores[group]), np.float64(counts[group])
        size += count
        summed += value * count
        squared += value * value * count
    average = summed / max(size, 1.0)
    deviation = np.sqrt(max(squared / max(size, 1.0) - average * average, 0.0))
    if deviation > _LEAST_DEVIATION:
        scale, mean = np.float32(weight / np.sqrt(deviation)), np.float32(average)
        for group in range(scores.size):
            scores[group] = scale * _signed_root(scores[group] - mean)
        for item in range(groups.size):
            total[item] += scores[groups[item]]


@compile_loop
def _signed_root(value: np.float32) -> np.float32:
    root: np.float32 = np.sqrt(np.abs(value))
    return root if value >= 0 else -root


@compile_loop
def keep_best(
    scores: npt.NDArray[np.floating], allowed: BoolArray, codes: npt.NDArray[np.int32], kept: npt.NDArray[np.floating]
) -> int:
    """The best scores, best first, ties by ascending code: a heap of them with the worst on top.

    Args:
        scores: shape (items,); -inf and NaN are never kept.
        allowed: True where a score may be kept; empty where all may.
        codes, kept: receive the positions of the best and their scores; as many as are wanted.

    Returns:
        How many were found.
    """
    size, wanted, all_may = 0, codes.size, allowed.size == 0
    for code in range(scores.size if wanted else 0):
        score = scores[code]
        if not score > (kept[0] if size == wanted else -np.inf) or not (all_may or allowed[code]):
            continue
        if size < wanted:
            size += 1
            _sift_up(codes, kept, size - 1, code, score)
        else:
            _sift_down(codes, kept, size, code, score)
    for end in range(size - 1, 0, -1):
        code, score = codes[end], kept[end]
        codes[end], kept[end] = codes[0], kept[0]
        _sift_down(codes, kept, end, code, score)
    return size


@compile_loop
def _sift_up(
    codes: npt.NDArray[np.int32], kept: npt.NDArray[np.floating], place: int, code: int, score: np.floating
) -> None:
    """Put an entry at the end of the heap and let it rise: a child is never worse than its parent."""
    while place > 0:
        parent = (place - 1) // 2
        if not _is_worse(code, score, codes[parent], kept[parent]):
            break
        codes[place], kept[place] = codes[parent], kept[parent]
        place = parent
    codes[place], kept[place] = code, score


@compile_loop
def _sift_down(
    codes: npt.NDArray[np.int32], kept: npt.NDArray[np.floating], size: int, code: int, score: np.floating
) -> None:
    """Put an entry in place of the heap's top and let it sink."""
    place = 0
    while 2 * place + 1 < size:
        child = 2 * place + 1
        if child + 1 < size and _is_worse(codes[child + 1], kept[child + 1], codes[child], kept[child]):
            child += 1
        if not _is_worse(codes[child], kept[child], code, score):
            break
        codes[place], kept[place] = codes[child], kept[child]
        place = child
    codes[place], kept[place] = code, score


@compile_loop
def _is_worse(code: int, score: np.floating, other_code: int, other_score: np.floating) -> bool:
    return score < other_score or (score == other_score and code > other_code)


@compile_loop
def draw(keys: npt.NDArray[np.uint32], user: np.uint64, drawn: npt.NDArray[np.float64]) -> None:
    """A number from 0 to 1 for each key, by key and user (the finaliser of SplitMix64)."""
    for place in range(keys.size):
        mixed = np.uint64(keys[place]) * _WEYL ^ user
        mixed = (mixed ^ (mixed >> np.uint64(30))) * _FIRST
        mixed = (mixed ^ (mixed >> np.uint64(27))) * _SECOND
        drawn[place] = np.float64(mixed ^ (mixed >> np.uint64(31))) / 2.0**64
