"""What was computed a moment ago."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

T = TypeVar("T")
_KEPT = 6


class Recent:
    """The last few values by key; safe from several threads.

    Args:
        kept: how many; the one that was built first makes room for a new one.
    """

    def __init__(self, kept: int = _KEPT) -> None:
        self._values: OrderedDict[Hashable, Any] = OrderedDict()
        self._kept = kept

    def get(self, key: Hashable, build: Callable[[], T]) -> T:
        """The value of this key, built when it is not there; two threads may build the same value."""
        value = self._values.get(key)
        if value is None:
            value = build()
            self._values[key] = value
            while len(self._values) > self._kept:
                self._values.popitem(last=False)
        found: T = value
        return found
