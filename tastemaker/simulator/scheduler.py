"""What will happen and when: a heap of transitions on the simulator's clock."""

from __future__ import annotations

import heapq
import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, order=True)
class Transition:
    """One step in the life of one resource. Plain data, so that a simulator can be saved.

    Attributes:
        due: epoch seconds; equal times happen in the order in which they were scheduled.
        step: key of the table of steps.
        serial: of the record that scheduled it; a record re-created under the same ARN is another one.
        detail: what the step needs to know besides.
    """

    due: float
    sequence: int
    step: str = field(compare=False)
    arn: str = field(compare=False)
    serial: int = field(compare=False)
    detail: int = field(compare=False, default=0)


@dataclass(frozen=True)
class Work:
    """A long computation that runs outside the lock, and what to do with its result inside it."""

    compute: Callable[[], Any]
    finish: Callable[[Any], None]


class Scheduler:
    """Transitions in time order. Writers hold the simulator's lock."""

    def __init__(self) -> None:
        self._heap: list[Transition] = []
        self._sequence = itertools.count()

    def schedule(self, due: float, step: str, arn: str, serial: int, detail: int = 0) -> None:
        heapq.heappush(self._heap, Transition(due, next(self._sequence), step, arn, serial, detail))

    def pending(self) -> list[Transition]:
        """Everything that will happen, in order."""
        return sorted(self._heap)

    def next_due(self) -> float | None:
        """Time of the earliest transition; None when nothing will happen by itself."""
        heap = self._heap
        return heap[0].due if heap else None

    def pop_due(self, now: float) -> Transition | None:
        """Take the earliest transition that is due at `now`; None when none is."""
        if not self._heap or self._heap[0].due > now:
            return None
        return heapq.heappop(self._heap)
