"""A compiled definition: what the interpreter walks. Built by `compile.py`, never changed afterwards."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import simpy

if TYPE_CHECKING:
    from tastemaker.runner.interpreter.payload import Payload
    from tastemaker.runner.interpreter.query import StateData
    from tastemaker.runner.interpreter.visit import Visit

Steps = Generator[simpy.Event, Any, Any]
"""A line of control on the virtual clock: yields what it waits for."""


class Outcome(NamedTuple):
    """How a visit ended.

    Attributes:
        next: the state to go to; None ends the scope.
        assigned: variables to set, already evaluated.
    """

    data: Payload
    next: str | None
    assigned: dict[str, Any]


Work = Callable[["Visit"], Generator[simpy.Event, Any, Outcome]]
"""The work of one attempt at a state; raises StateError when the state fails."""


@dataclass(frozen=True, slots=True)
class Retrier:
    """One rule of Retry. Source: States Language, "Retrying after error"."""

    error_equals: tuple[str, ...]
    interval_seconds: float
    max_attempts: int
    backoff_rate: float
    max_delay_seconds: float | None
    full_jitter: bool

    def delay(self, retries: int) -> float:
        """Seconds until the next attempt after so many retries, without jitter."""
        delay: float = self.interval_seconds * self.backoff_rate**retries
        return delay if self.max_delay_seconds is None else min(delay, self.max_delay_seconds)


@dataclass(frozen=True, slots=True)
class Catcher:
    """One rule of Catch; `StateData.caught` gives its output."""

    error_equals: tuple[str, ...]
    next: str


@dataclass(slots=True)
class State:
    """One state.

    Attributes:
        next: None when the state ends its scope, and for Choice, which finds its own.
        data: fields in the state's query language.
        work: set by the state type's compiler.
        entered_type, exited_type: names of the two history events.
    """

    name: str
    type: str
    next: str | None
    data: StateData
    work: Work
    retriers: tuple[Retrier, ...] = ()
    catchers: tuple[Catcher, ...] = ()
    entered_type: str = ""
    exited_type: str = ""


@dataclass(frozen=True, slots=True)
class Scope:
    """The states of a machine, a branch or an item processor."""

    start_at: str
    states: dict[str, State]


@dataclass(frozen=True, slots=True)
class Machine:
    """A registered state machine.

    Attributes:
        timeout_seconds: None means no deadline.
        type: STANDARD or EXPRESS.
        role_arn: what executions run as.
    """

    name: str
    arn: str
    definition: dict[str, Any]
    scope: Scope
    timeout_seconds: float | None
    type: str = "STANDARD"
    role_arn: str = ""
