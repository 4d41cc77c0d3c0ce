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
    _open: int = 0

    def run(self) -> Generator[simpy.Event, Any, None]:
        """Until all jobs ended or a failure is not tolerated; then the other lanes are interrupted."""
        self.results = [None] * self.jobs
        waiting = deque(range(self.jobs))
        settled = self.env.event()
        self._open = min(self.jobs, self.width)
        lanes = [self.env.process(self._lane(number, waiting, settled)) for number in range(self._open)]
        previous: int | None = None
        try:
            if lanes:
                yield settled
            previous = self.last_event()
        except simpy.Interrupt as interrupt:
            previous = ending_of(interrupt).previous
            raise
        except GeneratorExit:  # the engine itself is given up, and its time with it: nobody would hear the lanes end
            lanes = []
            raise
        finally:
            alive = [lane for lane in lanes if lane.is_alive]
            for lane in alive:
                lane.interrupt(Ending("ABORTED", previous=previous))
            if alive:
                # they end at this very moment, but their last events belong before those of this line
                yield self.env.all_of(alive)

    def _lane(self, number: int, waiting: deque[int], settled: simpy.Event) -> Steps:
        try:
            while waiting and not settled.triggered:
                position = waiting.popleft()
                try:
                    self.results[position] = yield from self.job(position, number)
                except StateError as error:
                    self.failures.append((position, error))
                    if not self.tolerates(len(self.failures)) and not settled.triggered:
                        settled.succeed()
        except simpy.Interrupt:
            return
        self._open -= 1
        if self._open == 0 and not settled.triggered:
            settled.succeed()
