"""Time as a parameter. The simulator never reads the wall clock itself."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Protocol


class Clock(Protocol):
    """Seconds since 1970-01-01 UTC; may stand still, never runs backwards."""

    def now(self) -> float: ...


@dataclass
class ManualClock:
    """A clock that a test or a workflow engine moves."""

    seconds: float

    def now(self) -> float:
        return self.seconds

    def advance(self, seconds: float) -> None:
        """Move forward; a negative step is a mistake of the caller.

        Raises:
            ValueError: `seconds` is negative.
        """
        if seconds < 0:
            raise ValueError(f"a clock never runs backwards: {seconds}")
        self.seconds += seconds


@dataclass(frozen=True)
class SystemClock:
    """The computer's clock, plus an offset for a simulation that goes live after a virtual past."""

    offset_seconds: float = 0.0

    def now(self) -> float:
        return time.time() + self.offset_seconds


class ScaledClock:
    """Real time, run faster: at speed 600 a training of an hour takes six seconds.

    Args:
        start: where it begins, for a simulation that goes on; None for the computer's time.
    """

    def __init__(self, speed: float, start: float | None = None) -> None:
        self._speed = speed
        self._started, self._began = time.time() if start is None else start, time.monotonic()

    def now(self) -> float:
        return self._started + (time.monotonic() - self._began) * self._speed
