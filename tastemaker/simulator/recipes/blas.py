"""Sums that come out the same on every machine: BLAS adds in another order when it shares the work among threads.

Everything that trains runs inside `one_blas_thread`; independent pieces run in two threads of Python, which together
use two cores without changing a bit. What answers live requests does not call BLAS at all.
"""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from threadpoolctl import threadpool_limits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

First = TypeVar("First")
Second = TypeVar("Second")


class _Limit:
    """BLAS has one setting for the whole process: the first holder sets it, the last one puts it back."""

    def __init__(self) -> None:
        self._lock, self._holders = threading.Lock(), 0
        self._set: threadpool_limits | None = None

    def take(self) -> None:
        with self._lock:
            if self._holders == 0:
                self._set = threadpool_limits(limits=1, user_api="blas")
            self._holders += 1

    def give_back(self) -> None:
        with self._lock:
            self._holders -= 1
            if self._holders == 0 and self._set is not None:
                self._set.restore_original_limits()


_LIMIT = _Limit()


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """BLAS without threads of its own, for as long as anybody in the process is inside; may be nested."""
    _LIMIT.take()
    try:
        yield
    finally:
        _LIMIT.give_back()


def in_halves(work: Callable[[slice], None], size: int) -> None:
    """`work` on the first and on the second half of `size` rows, at once; where they are cut depends on nothing else.

    BLAS may round a row otherwise when it is asked together with others, so that the cut must not depend on cores.
    """
    half = (size + 1) // 2
    if half == size:
        work(slice(0, size))
        return
    run_both(lambda: work(slice(0, half)), lambda: work(slice(half, size)))


def run_both(first: Callable[[], First], second: Callable[[], Second]) -> tuple[First, Second]:
    """Two independent computations at once; an error of either one is raised when both have ended."""
    with ThreadPoolExecutor(1) as pool:
        other = pool.submit(second)
        return first(), other.result()
