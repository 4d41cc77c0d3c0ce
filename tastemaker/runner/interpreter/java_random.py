"""The numbers of Java's `java.util.Random`, which the service draws from a seed.

Source: documentation of java.util.Random: a linear congruential generator of 48 bits.
"""

from __future__ import annotations

_MULTIPLIER, _ADDEND, _MASK = 0x5DEECE66D, 0xB, (1 << 48) - 1


def first_double(seed: int) -> float:
    """What `new Random(seed).nextDouble()` gives: at least 0, less than 1."""
    state = (seed ^ _MULTIPLIER) & _MASK
    high, state = _next(state, 26)
    low, state = _next(state, 27)
    return float(((high << 27) + low) / (1 << 53))


def first_below(seed: int, bound: int) -> int:
    """What `new Random(seed).nextInt(bound)` gives; the bound is positive."""
    state = (seed ^ _MULTIPLIER) & _MASK
    while True:
        drawn, state = _next(state, 31)
        if bound & -bound == bound:
            return (bound * drawn) >> 31
        value = drawn % bound
        if drawn - value + bound <= 1 << 31:
            return value


def _next(state: int, bits: int) -> tuple[int, int]:
    state = (state * _MULTIPLIER + _ADDEND) & _MASK
    return state >> (48 - bits), state
