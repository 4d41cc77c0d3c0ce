"""Calls that have to be done by a deadline.

A third of the deadline is what one attempt may take: a slow attempt and the one of the next tier, or a refused attempt,
its retry and the next tier's, are over before it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .aws import call
from .problem import ProblemError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

ATTEMPTS_PER_DEADLINE = 3
PASSING = frozenset({429, 503, 504})
"""Statuses of problems that may be gone a moment later. A 502 that never reached the service is one as well."""


class Deadline:
    """What is left of the time of one request.

    Args:
        clock: seconds from any moment on.
    """

    def __init__(self, seconds: float, clock: Callable[[], float]) -> None:
        self._clock, self._end = clock, clock() + seconds
        self.attempt_seconds = seconds / ATTEMPTS_PER_DEADLINE

    def allows(self, attempts: int) -> bool:
        """Whether so many attempts, each as slow as can be, would still be in time."""
        return self._end - self._clock() >= attempts * self.attempt_seconds


def call_in_time(
    operation: Callable[..., Any], parameters: Mapping[str, Any], deadline: Deadline, *, spare_attempts: int
) -> dict[str, Any]:
    """Call, and once more if it failed in passing and there is time.

    Args:
        spare_attempts: how many attempts have to remain possible for whoever answers instead.

    Raises:
        ProblemError: of the last attempt, as `aws.call` says.
    """
    try:
        return call(operation, **parameters)
    except ProblemError as problem:
        passing = problem.status in PASSING or problem.kind == "unreachable"
        if not passing or not deadline.allows(1 + spare_attempts):
            raise
    return call(operation, **parameters)
