"""Inner lines of control: iterations of Map and branches of Parallel, at most so many at once."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import simpy

from tastemaker.runner.interpreter.failures import Ending, StateError, ending_of

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from tastemaker.runner.interpreter.model import Steps


@dataclass(slots=True)
class Lanes:
    """Runs `jobs` inner lines in `width` lanes; a lane takes the next job when it has finished one.

    Attributes:
        job: gives the steps of the job at a position in a lane; they return its result or raise StateError.
        tolerates: asked with the number of failures so far; False stops everything.
        results: by position; None where a job failed or was not run.
        failures: position and error, in the order in which they happened.
        last_event: the id that aborted lines name as their previous event: the last one of the line that failed.
    """

    env: simpy.Environment
    jobs: int
    width: int
    job: Callable[[int, int], Steps]
    tolerates: Callable[[int], bool]
    results: list[Any] = field(default_factory=list)
    failures: list[tuple[int, StateError]] = field(default_factory=list)
    last_event: Callable[[], int | None] = lambda: None
    _waiting: deque[int] = field(default_factory=deque)
    _open: dict[int, simpy.Process] = field(default_factory=dict)
    _settled: simpy.Event = field(init=False)

    def run(self) -> Generator[simpy.Event, Any, None]:
        """Until all jobs ended or a failure is not tolerated; then the other lanes are interrupted."""
        self.results = [None] * self.jobs
        self._waiting, self._settled = deque(range(self.jobs)), self.env.event()
        self.resize(self.width)
        previous: int | None = None
        try:
            if self._open:
                yield self._settled
            previous = self.last_event()
        except simpy.Interrupt as interrupt:
            previous = ending_of(interrupt).previous
            raise
        except GeneratorExit:  # the engine itself is given up, and its time with it: nobody would hear the lanes end
            self._open = {}
            raise
        finally:
            alive = [lane for lane in self._open.values() if lane.is_alive]
            for lane in alive:
                lane.interrupt(Ending("ABORTED", previous=previous))
            if alive:
                # they end at this very moment, but their last events belong before those of this line
                yield self.env.all_of(alive)

    def resize(self, width: int) -> None:
        """Open lanes up to this number; those beyond it close after their current job."""
        self.width = width
        for number in range(min(width, len(self._open) + len(self._waiting))):
            if number not in self._open:
                self._open[number] = self.env.process(self._lane(number))

    def _lane(self, number: int) -> Steps:
        try:
            while self._waiting and number < self.width and not self._settled.triggered:
                position = self._waiting.popleft()
                try:
                    self.results[position] = yield from self.job(position, number)
                except StateError as error:
                    self.failures.append((position, error))
                    if not self.tolerates(len(self.failures)) and not self._settled.triggered:
                        self._settled.succeed()
        except simpy.Interrupt:
            return
        del self._open[number]
        if not self._open and not self._settled.triggered:
            self._settled.succeed()
